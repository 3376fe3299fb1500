"""Rows that ship with the project: a page has something to show before anybody has scored anything.

`assets/evaluations/KEY.csv` has those of a data set: its first line says as JSON when and by which command they were
scored, and all that those of each method were asked for, weights by their sha256; a table follows. They belong to the
shipped scenes, and to no version of the code: a test scores one date anew. Whoever scores the same replaces them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from engine import paths
from engine.evaluation.rows import Place, asked
from engine.evaluation.scoring import Chosen, Row, label
from engine.scenes import DataSet

DIGITS = "%.5g"
LEFT_OUT = ("dataset", "rmse_published")  # the file's name says the one, the method the other


@dataclass(frozen=True)
class Shipped:
    """What a file holds; made: the date; asked: by method, as text; rows: by method, then by region and date."""

    made: str
    command: str
    asked: Mapping[str, str]
    rows: Mapping[str, Mapping[Place, Row]]


NOTHING = Shipped("", "", {}, {})


def path_of(key: str) -> Path:
    """The file of a data set, whether it is there or not.

    Args:
        key: of the data set.

    Returns:
        Its path below the assets.
    """
    return paths.assets() / "evaluations" / f"{key}.csv"


def write(frame: pd.DataFrame, keys: Mapping[str, Any], command: str, today: date, path: Path) -> None:
    """Write the file of a data set.

    Args:
        frame: rows of `evaluate`.
        keys: for each method what its rows were asked for (`engine.evaluation.rows.asked`).
        command: the line that makes the same file.
        today: when that was.
        path: where it goes; its folder is made.
    """
    head = {"made": f"{today:%Y-%m-%d}", "command": command, "asked": keys}
    table = frame.drop(columns=[name for name in LEFT_OUT if name in frame])
    path.parent.mkdir(parents=True, exist_ok=True)
    text = table.to_csv(index=False, float_format=DIGITS, date_format="%Y-%m-%dT%H:%M:%S", lineterminator="\n")
    path.write_text(f"# {json.dumps(head, sort_keys=True, default=str)}\n{text}", encoding="utf-8")


def read(key: str) -> Shipped:
    """What ships of a data set.

    Args:
        key: of the data set.

    Returns:
        Its rows; none where there is no file.
    """
    path = path_of(key)
    registered = key.isidentifier()  # a file of one's own has a path for a key
    return _read(path, path.stat().st_mtime_ns) if registered and path.is_file() else NOTHING


def known(data: DataSet, selection: dict, choice: Chosen, seed: int, edges_km: Iterable[float]) -> Mapping[Place, Row]:
    """The shipped rows of one method under one selection.

    Args:
        data: the data set.
        selection: what else `engine.scenes.open` takes.
        choice: a method and its settings.
        seed: of its random numbers.
        edges_km: wavelengths between bands of one's own.

    Returns:
        (region, date) -> row, whose `shipped` is the date of its making; none where they were asked for otherwise.
    """
    found, name = read(data.key), label(*choice)
    if name not in found.rows or found.asked[name] != _text(asked(data, selection, choice, seed, edges_km)):
        return {}
    return found.rows[name]


def _text(key: Mapping[str, Any]) -> str:
    """The same text for the same."""
    return json.dumps(key, sort_keys=True, default=str)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Shipped:
    """The file as it was last changed."""
    with path.open(encoding="utf-8") as stream:
        head = json.loads(stream.readline().removeprefix("# "))
        table = pd.read_csv(stream, parse_dates=["time"], dtype={"error": object, "outside": object})
        table = table.fillna({"error": "", "outside": ""})
    rows: dict[str, dict[Place, Row]] = {}
    for row in table.to_dict("records"):
        place = str(row["region"]), row["time"]
        rows.setdefault(row["method"], {})[place] = {**row, "dataset": path.stem, "shipped": head["made"]}
    return Shipped(head["made"], head["command"], {name: _text(one) for name, one in head["asked"].items()}, rows)
