"""Tables of one method against another over many kinds of observation: kernels down, noise along."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from engine.evaluation.evaluate import Evaluation
from engine.evaluation.scoring import label
from explorer.results.page import Cells, Table
from explorer.results.scored import NONE, Row, Selection, command, complete, evaluation, unfinished


@dataclass(frozen=True)
class Grid(Table):
    """RMSE of a method over that of another, means over dates: of the whole domain and, in brackets, of the region
    where it is largest.

    selections: how the input is made, a line each; noises: standard deviations, in the field's unit, a column each.
    """

    selections: tuple[Selection, ...]
    noises: tuple[float, ...]
    method: Row
    against: Row
    units: str

    def work(self) -> list[Evaluation]:
        """One evaluation for each cell."""
        return [evaluation(one, (self.against, self.method)) for one in self._each()]

    def cells(self, work: Sequence[Evaluation]) -> Cells:
        """The ratios.

        Args:
            work: the evaluations of `work`, in its order, run.

        Returns:
            The table as text.
        """
        done, rows = iter(work), []
        for selection in self.selections:
            rows.append([selection.title, *(self._cell(next(done)) for _ in self.noises)])
        head = ["input", *(f"{noise:g} {self.units}" if noise else "free of noise" for noise in self.noises)]
        notes = [f"{self.method.title} over {self.against.title}, one cell: "
                 f"`{command(next(self._each()), (self.against, self.method))}`."]  # fmt: skip
        return Cells(head, rows, [*notes, *dict.fromkeys(note for one in work for note in unfinished(one))])

    def _each(self) -> Iterator[Selection]:
        for selection in self.selections:
            for noise in self.noises:
                yield replace(selection, noise=noise)

    def _cell(self, done: Evaluation) -> str:
        """The ratio of the first region and the largest of any, where all is scored."""
        frame = complete(done)
        names = [label(row.method, row.settings) for row in (self.method, self.against)]
        if not {*names} <= {*frame["method"]}:
            return NONE
        means = pd.DataFrame(frame).groupby(["region", "method"])["rmse"].mean().unstack()
        ratios = means[names[0]] / means[names[1]]
        return f"{ratios[done.regions[0]]:.2f} ({ratios.max():.2f})"
