"""Rows of evaluations on disk, each under all that it was made of: nothing is scored twice, and nothing is stale.

A file per (data set, selection, method with every setting, seed, bands, code and weights): JSON lines in the user's
cache, appended as scenes finish, so that an evaluation goes on after any interruption. Its name is the sha256 of the
key that its first line holds. The key's `code` is the sha256 of the source behind the score (`source.version`), and
`weights` are the sha256 of the weight files' cards. A line is found by region, date and the version of the stored data
of that date (`DataSet.version`).
"""

import hashlib
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from engine import device, methods, paths, scenes, weights
from engine.evaluation import source
from engine.evaluation.scoring import PASSING, Chosen, Row
from engine.methods import settings

FILES = 400  # kept at most, the latest
Place = tuple[str, pd.Timestamp]


def folder() -> Path:
    return paths.cache() / "evaluations"


class RowCache:
    """The rows of one method under one selection; of a method whose source nobody can read, none are kept."""

    def __init__(
        self, dataset_key: str | scenes.DataSet, selection: dict, choice: Chosen, seed: int, edges_km: Iterable[float]
    ):
        self._data = scenes.get(dataset_key)
        key = _key(self._data, selection, choice, seed, edges_km)
        self._line = json.dumps(key, sort_keys=True, default=str) if key else ""
        name = hashlib.sha256(self._line.encode()).hexdigest()
        self.path = folder() / f"{name}.jsonl" if key else None
        self._versions: dict[pd.Timestamp, str | None] = {}
        self._read_so_far = 0  # bytes of the file

    def news(self) -> dict[Place, Row]:
        """(region, date) -> row of all that was added since the last call, by whomever, of the data as they are stored
        now; what cannot be read was never there."""
        if self.path is None or not self.path.is_file():
            return {}
        with self.path.open("rb") as stream:
            stream.seek(self._read_so_far)
            added = stream.read()
        whole = added[: added.rfind(b"\n") + 1]  # another process may be writing the last line
        self._read_so_far += len(whole)
        lines = (_read(line) for line in whole.decode(errors="replace").splitlines())
        found = {(row["region"], row["time"]): (row, version) for row, version in filter(None, lines)}
        return {place: row for place, (row, version) in found.items() if version == self._version(place[1])}

    def add(self, row: Row) -> None:
        """Append a row, unless it or the data behind it may be another one the next time."""
        version = self._version(row["time"])
        if self.path is None or version is None or row.get(PASSING):
            return
        if not self.path.is_file():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _make_room(self.path.parent)
        values = {name: None if _missing(value) else value for name, value in row.items()}
        line = json.dumps({"data": version, **values, "time": row["time"].isoformat()})
        with self.path.open("ab") as stream:  # one write per line: other processes append as well
            head = "" if stream.tell() else f"{self._line}\n"
            stream.write(f"{head}{line}\n".encode())

    def _version(self, time: pd.Timestamp) -> str | None:
        if time not in self._versions:
            self._versions[time] = self._data.version(time)
        return self._versions[time]


def _key(
    data: scenes.DataSet, selection: dict, choice: Chosen, seed: int, edges_km: Iterable[float]
) -> dict[str, Any] | None:
    """All that a row depends on beside its date and region; None where somebody's source cannot be read."""
    code = source.version((methods.METHODS[choice[0]], type(data)))
    if code is None:
        return None
    computed = {"code": code, "torch": [torch.__version__, device.chosen().type]}
    return asked(data, selection, choice, seed, edges_km) | computed


def asked(
    data: scenes.DataSet, selection: dict, choice: Chosen, seed: int, edges_km: Iterable[float]
) -> dict[str, Any]:
    """What a row was asked for, whatever computed it.

    Args:
        data: the data set.
        selection: what else `engine.scenes.open` takes.
        choice: a method and its settings.
        seed: of its random numbers.
        edges_km: wavelengths between bands of one's own.

    Returns:
        Names -> values that JSON can hold; defaults are written out, weights stand by their sha256.
    """
    key, options = choice
    method = methods.create(key, **options)
    usual = {"field": data.fields[0], "factor": data.factors[0], "degradation": data.degradation, "noise": 0.0}
    chosen = {**(usual if data.task == "resolution" else {}), **selection}
    return {
        "dataset": data.key,
        "selection": {name: value for name, value in chosen.items() if value not in (None, "")},
        "method": key,
        "settings": {name: getattr(method, name) for name in settings(method)},
        "seed": seed,
        "bands": list(edges_km),
        "weights": {name: weights.card(name)["sha256"] for name in (*method.weights, *method.tables)},
    }


def _read(line: str) -> tuple[Row, str] | None:
    """A row and the version of its data; None for a line that was cut short or is none of ours."""
    try:
        row = json.loads(line)
        version, time = row.pop("data"), pd.Timestamp(row["time"])
        row = {name: math.nan if value is None else value for name, value in row.items()}
        return {**row, "region": str(row["region"]), "time": time, "method": str(row["method"])}, version
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _missing(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _make_room(where: Path) -> None:
    """Remove the files that were not added to for longest."""
    files = sorted(where.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    for path in files[: max(0, len(files) - FILES + 1)]:
        path.unlink(missing_ok=True)
