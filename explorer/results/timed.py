"""Tables of benchmarks: the command that measures each, and what it found where somebody has measured."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.evaluation.evaluate import Evaluation
from explorer.results.page import Cells, Table

FOLDER = "tests/benchmarks/"
OPTIONS = "--benchmark-enable --benchmark-only"
PRINTED = "printed"  # what a benchmark said of itself, among the extra_info of its entry


@dataclass(frozen=True)
class Timed(Table):
    """What is measured -> the file below tests/benchmarks that does, with `-k WORD` where it is one of several.

    timings: a file by `pytest --benchmark-json`; without any the table has commands alone.
    """

    benchmarks: tuple[tuple[str, str], ...]
    timings: Path | None = None

    def cells(self, work: Sequence[Evaluation]) -> Cells:
        """Commands, and beside each what the file of timings says of it.

        Args:
            work: nothing.

        Returns:
            The table as text, with date and machine of the measurement as a note.

        Raises:
            InputError: the file of timings cannot be read.
        """
        commands = [[what, f"`pytest {FOLDER}{test} {OPTIONS}`"] for what, test in self.benchmarks]
        if self.timings is None:
            return Cells(("what", "command"), commands)
        measured = read(self.timings)
        rows = [
            [what, "<br>".join(found(measured, test)), command]
            for (what, test), (_, command) in zip(self.benchmarks, commands, strict=True)
        ]
        return Cells(("what", "found", "command"), rows, [_occasion(measured)])


def read(path: Path) -> dict[str, Any]:
    """What `pytest --benchmark-json` wrote.

    Args:
        path: the file.

    Returns:
        Its content, with `benchmarks`, `datetime` and `machine_info`.

    Raises:
        InputError: it is absent, or is no such file.
    """
    try:
        measured = json.loads(path.read_text(encoding="utf-8"))
        return {name: measured[name] for name in ("benchmarks", "datetime", "machine_info")}
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{path.name} is no file of timings; make one with pytest --benchmark-json FILE.") from None


def found(measured: dict[str, Any], test: str) -> Iterator[str]:
    """What the entries of one benchmark say: what it printed, or else the median of its rounds.

    Args:
        measured: content of a file of timings.
        test: file below tests/benchmarks, with `-k WORD` for some of its tests.

    Yields:
        A line for each entry; none where it was not measured.
    """
    file, _, word = test.partition(" -k ")
    for entry in measured["benchmarks"]:
        place, _, name = entry["fullname"].rpartition("::")
        if place.endswith(FOLDER + file) and word in name:
            median = f"{name.removeprefix('test_')}: {entry['stats']['median']:.2g} s"
            yield entry.get("extra_info", {}).get(PRINTED) or median


def _occasion(measured: dict[str, Any]) -> str:
    cores = measured["machine_info"].get("cpu", {}).get("count", "?")
    return f"Measured on {str(measured['datetime'])[:10]} on {cores} cores."
