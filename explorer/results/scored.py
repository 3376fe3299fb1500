"""Tables of scores, declared as data: which scenes, which methods as rows, which columns."""

import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from engine.evaluation.evaluate import Evaluation, dates_between, summary
from engine.evaluation.scoring import label
from explorer.results.page import Cells, Table

NONE = "–"


@dataclass(frozen=True)
class Selection:
    """Scenes: a data set, regions (default: its first), dates as `finescale evaluate` takes them (default: the test).

    title: what a table of several selections calls it; bands: wavelengths in km between the bands, falling; noise: std
    added to the input, in the field's unit; degradation, width_km, sampling: as `engine.scenes.open` takes them.
    """

    dataset: str
    title: str = ""
    regions: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    factor: int | None = None
    bands: tuple[float, ...] = ()
    noise: float | None = None
    degradation: str | None = None
    width_km: float | None = None
    sampling: str | None = None

    @property
    def made(self) -> dict[str, Any]:
        """How the input is made, as far as it is not the data set's usual way."""
        names = ("factor", "noise", "degradation", "width_km", "sampling")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@dataclass(frozen=True)
class Row:
    """A method with its settings; without a method, a row that has nothing but what its authors printed."""

    title: str
    method: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    published: str = ""


@dataclass(frozen=True)
class Column:
    """Mean scores, written one after the other; of 'crps|mae' the first that the method has.

    over: score of the first row by which they are divided; change: then in per cent more or less than it; form: how a
    number is written; region: the one region whose scenes count (default: all).
    """

    head: str
    scores: tuple[str, ...]
    form: str = "{:.3g}"
    over: str = ""
    change: bool = False
    region: str = ""


@dataclass(frozen=True)
class Scored(Table):
    """Selections x rows against columns; published_by: who printed what stands under `published`."""

    selections: tuple[Selection, ...]
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    published_by: str = ""

    def work(self) -> list[Evaluation]:
        """One evaluation for each selection; it keeps its rows on disk, so that it goes on after an interruption."""
        return [evaluation(selection, self.rows) for selection in self.selections]

    def cells(self, work: Sequence[Evaluation]) -> Cells:
        """Means over the scenes of each selection, a line for each row.

        Args:
            work: the evaluations of `work`, in its order, run.

        Returns:
            The table as text, with its numbers of scenes, refusals and commands as notes. A method that was not run on
            every scene has dashes, and a note says how many are left.
        """
        several, printed = len(self.selections) > 1, any(row.published for row in self.rows)
        head = ["scenes"] * several + ["method", *(column.head for column in self.columns)] + ["published"] * printed
        rows, notes = [], []
        for selection, done in zip(self.selections, work, strict=True):
            frame = complete(done)
            for row in self.rows:
                lead = [selection.title or selection.dataset] * several + [row.title]
                rows.append([*lead, *self._values(row, frame), *[row.published] * printed])
            means = f"{selection.title or selection.dataset}, " * several + f"means over {_scenes(done)}"
            notes += [
                *unfinished(done),
                *_refusals(frame),
                f"{means[0].upper()}{means[1:]}: `{command(selection, self.rows)}`.",
            ]
        return Cells(head, rows, [f"Published: {self.published_by}."] * bool(self.published_by) + notes)

    def _values(self, row: Row, frame: pd.DataFrame) -> Iterator[str]:
        first = label(self.rows[0].method, self.rows[0].settings)
        for column in self.columns:
            there = frame[frame["region"] == column.region] if column.region else frame
            means = summary(there) if len(there) else pd.DataFrame()
            yield written(column, means, label(row.method, row.settings), first) if row.method else ""


def evaluation(selection: Selection, rows: Sequence[Row]) -> Evaluation:
    """What has to be scored for rows under a selection.

    Args:
        selection: the scenes.
        rows: the methods; those without one are left out.

    Returns:
        An evaluation that keeps its rows on disk and knows those that are there.

    Raises:
        InputError: a data set, date, method or setting is not on offer.
    """
    return Evaluation(
        selection.dataset,
        [(row.method, row.settings) for row in rows if row.method],
        times=dates_between(selection.dataset, selection.times) if selection.times else None,
        regions=selection.regions or None,
        edges_km=selection.bands,
        cache=True,
        **selection.made,
    )


def written(column: Column, means: pd.DataFrame, name: str, first: str) -> str:
    """One cell.

    Args:
        column: what is asked for.
        means: mean scores, a line for each method by its label.
        name: label of the row's method.
        first: label of the method that it is compared to.

    Returns:
        The numbers as text with commas between; a dash for each that the method does not have.
    """
    divisor = _mean(means, first, column.over) if column.over else 1.0
    ratios = [_mean(means, name, score) / divisor for score in column.scores]
    values = [100 * (ratio - 1) if column.change else ratio for ratio in ratios]
    return ", ".join(NONE if math.isnan(value) else column.form.format(value) for value in values)


def command(selection: Selection, rows: Sequence[Row]) -> str:
    """The line of `finescale evaluate` that prints all scores of rows under a selection.

    Args:
        selection: the scenes.
        rows: the methods; those without one are left out.

    Returns:
        One line for a shell.
    """
    words = ["finescale", "evaluate", selection.dataset]
    words += [word for name, value in selection.made.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    words += [word for region in selection.regions for word in ("-r", region)]
    words += ["-t", ",".join(selection.times)] if selection.times else []
    words += ["--bands", ",".join(f"{edge:g}" for edge in selection.bands)] if selection.bands else []
    words += [word for row in rows if row.method for word in ("-m", _asked(row))]
    return shlex.join(words) + (" --by-region" if len(selection.regions) > 1 else "")


def _asked(row: Row) -> str:
    """A method with its settings as the command line takes it."""
    texts = (str(value).lower() if isinstance(value, bool) else str(value) for value in row.settings.values())
    chosen = ",".join(f"{name}={text}" for name, text in zip(row.settings, texts, strict=True))
    return f"{row.method}:{chosen}" if chosen else row.method


def _mean(means: pd.DataFrame, name: str, score: str) -> float:
    """The first of the scores 'a|b' that the method has; NaN without any."""
    known = [float(means.loc[name, one]) for one in score.split("|") if one in means.columns and name in means.index]
    return next((value for value in known if not math.isnan(value)), math.nan)


def complete(done: Evaluation) -> pd.DataFrame:
    """The rows of methods that were run on every scene: means over different scenes are not compared.

    Args:
        done: an evaluation, run or not.

    Returns:
        Its rows.
    """
    every = len(done.dates) * len(done.regions)
    frame = pd.DataFrame(done.known(), columns=None if done.known() else ["method", "region", "error"])
    return frame.groupby("method").filter(lambda rows: len(rows) == every)


def unfinished(done: Evaluation) -> list[str]:
    """How much is left to be scored, in words; nothing where all is.

    Args:
        done: an evaluation, run or not.

    Returns:
        One sentence, or none.
    """
    return [f"Unfinished, scenes still to be scored: {done.scenes}."] if done.scenes else []


def _scenes(done: Evaluation) -> str:
    """How many scenes a mean is over, in words."""
    counts = ((len(done.dates), "date"), (len(done.regions), "region"))
    return " and ".join(f"{number} {what}{'s' * (number > 1)}" for number, what in counts)


def _refusals(frame: pd.DataFrame) -> list[str]:
    """Why scenes were refused, each reason once."""
    reasons = frame.loc[frame["error"] != "", ["method", "error"]].drop_duplicates()
    return [f"`{reason.method}`: {reason.error}" for reason in reasons.itertuples()]
