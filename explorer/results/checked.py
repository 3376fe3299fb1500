"""Tables of what a simulated run looks like in numbers, beside what a usable run has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import paths
from engine.evaluation.evaluate import Evaluation
from engine.simulate.statistics import Statistic
from explorer.results.page import Cells, Table


@dataclass(frozen=True)
class Checked(Table):
    """Statistics of shipped runs: statistics(path) by name, a column for each file of `assets/scenes`; verb: what
    `finescale simulate` calls such a run."""

    statistics: Callable[[Path], Mapping[str, Statistic]]
    files: tuple[str, ...]
    verb: str

    def cells(self, work: Sequence[Evaluation]) -> Cells:
        """Measure the runs.

        Args:
            work: nothing.

        Returns:
            A row for each statistic with its unit, its value in each file and the range asked for.
        """
        found = [self.statistics(paths.assets() / "scenes" / file) for file in self.files]
        rows = [
            [_meaning(one[0]), *map(_value, one), _expected(one[0])] for one in zip(*map(_values, found), strict=True)
        ]
        checks = ", ".join(f"`finescale simulate {self.verb} --check assets/scenes/{file}`" for file in self.files)
        head = ["mean over dates", *(f"`{file}`" for file in self.files), "asked for"]
        return Cells(head, rows, [f"The same on the screen: {checks}."])


def _meaning(statistic: Statistic) -> str:
    """What it is, with its unit."""
    return statistic.meaning + ("" if statistic.units == "1" else f" ({statistic.units})")


def _value(statistic: Statistic) -> str:
    """Its value in three digits; marked where it is not as asked for."""
    return f"{statistic.value:.3g}" + ("" if statistic.within else " (not as asked)")


def _expected(statistic: Statistic) -> str:
    """The range that a usable run has; empty where there is no opinion."""
    return "" if statistic.expected is None else "{:g} to {:g}".format(*statistic.expected)


def _values(found: Mapping[str, Statistic]) -> list[Statistic]:
    return list(found.values())
