"""State and actions of the page "Failure cases": many scenes scored, one of them looked at. No widget, no figure."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import param

from engine.errors import InputError
from engine.evaluation.scoring import label
from explorer.pages.failures import bookmarks, script as evaluation_script, ranking
from explorer.base import link as state
from explorer.pages.failures.request import parsed
from explorer.pages.failures.evaluation import EVALUATOR, Known, collect, score
from explorer.jobs.worker import WORKER, Ticket, Worker
from explorer.pages.failures.case import Looking


class FailureSession(Looking):
    """One person's page "Failure cases"."""

    PAGE = "failures"
    NAMES = (
        "source", "field", "factor", "degradation", "width_km", "noise", "seed", "split", "dates", "regions", "methods",
        "score", "shown", "against", "only", "sort", "method", "region", "time", "view", *Looking.LOOK,
    )  # fmt: skip
    OPTIONAL = (
        "width_km", "dates", "against", "only", "sort", "method", "region", "time", "view", *Looking.LOOK,
    )  # fmt: skip

    score = param.Selector(
        objects={about.title: name for name, about in ranking.SCORES.items()}, default="rmse",
        doc="What the heat map shows, and the order of the table unless another is chosen by a click on its head.",
    )  # fmt: skip
    shown = param.Selector(objects=[""], label="Heat map of", doc="The method whose score the heat map shows.")
    against = param.Selector(objects=[""], label="minus", doc="Another method, to see where one is worse.")
    only = param.String(label="Filter", doc="Rows of the table that are kept, e.g. rmse > 0.05 and region = jet.")
    sort = param.String(label="Order", doc="Column that orders the table, with - in front falling; empty: worst first.")
    running = param.Boolean(default=False, doc="Whether scenes are being scored.")
    total = param.Integer(default=0, doc="Rows that there will be.")
    scenes_left = param.Integer(default=0, doc="Scenes that are not scored yet.")
    bookmarks = param.List(default=[], doc="What this person has marked; the browser keeps it.")

    def __init__(self, dispatch: Callable[[Callable[[], None]], None] = lambda call: call()):
        super().__init__(dispatch)
        self._rows: dict[tuple[str, str, str], dict] = {}
        self.texts: dict[str, str] = {}  # the engine's name of a method -> its text
        self._started, self._before = 0.0, 0
        with param.discard_events(self):
            self._adopt_source("ocean_run" if "ocean_run" in self._catalogue else next(iter(self._catalogue)))
            self._forget({"source"})
        self.param.watch(self._selected, list(self.ASKED))

    # ---- selection -------------------------------------------------------------------------------------------------

    def check(self, name: str, given: Any, value: Any) -> None:
        super().check(name, given, value)
        what = state.describe(self.param[name])
        if name == "only":
            ranking.clauses(value)
        elif name == "sort" and value and value.lstrip("-") not in (*ranking.PLACE, *ranking.SCORES):
            raise InputError(f"{what} cannot be {state.quote(given)}; take a score, or one of method, region, time.")
        elif name == "region" and value not in ("", *self.regions):
            raise InputError(f"{what} {state.quote(value)} is not among those that are scored.")
        elif name == "time" and value and not self._scored(value):
            raise InputError(f"The date {state.quote(value)} is not among those that are scored.")
        elif name == "view" and value and not (value[0] < value[1] and value[2] < value[3]):
            raise InputError(f"The view cannot be {state.quote(given)}; it needs x0 < x1 and y0 < y1.")

    def _forget(self, names: set[str]) -> None:
        """Offer what the methods allow; drop a case that is not scored any more."""
        if "source" in names:
            self.opening.turn_back()
            self.score = "consistency" if self.data.coarse else "rmse"  # nobody knows the truth of a coarse one
        if "methods" in names or "source" in names:
            self.texts = {label(*parsed(text)): text for text in self.methods}
            self.titles = {text: self.title_of(text) for text in self.methods}
            titled = {title: text for text, title in self.titles.items()}
            self.param.method.objects = {"": "", **titled}
            self.param.shown.objects, self.param.against.objects = titled, {"nothing": "", **titled}
            self.shown = self.shown if self.shown in self.methods else self.methods[0]
            self.against = self.against if self.against in self.methods else ""
        if self.method not in self.methods or self.region not in self.regions or not self._scored(self.time):
            self.param.update(method="", region="", time="")

    def _scored(self, when: str) -> bool:
        """Whether a date, as it is written, is among those that are scored."""
        try:
            return bool(when) and self.data.find_time(when) in self.chosen_dates
        except InputError:
            return False

    @property
    def split_shown(self) -> str:
        """Of the dates that are scored; that of training if there are any of it among them."""
        return "train" if self.training else self.split

    # ---- evaluating ------------------------------------------------------------------------------------------------

    def refresh(self, message: str = "") -> None:
        """Show what the disk knows of the selection; what it does not know waits for Run."""
        if not self._quiet:
            self._ask(collect, WORKER, message)

    def run(self) -> None:
        """Score what is not known yet, in the background."""
        try:
            self._count()
        except InputError as error:
            self.message = str(error)
        else:
            self._ask(score, EVALUATOR)

    def cancel(self) -> None:
        """Stop after the scene under way; what is known stays, and Run goes on from there."""
        super().cancel()
        self.param.update(running=False, progress=None)

    def _ask(self, work: Callable[[dict], Iterator], worker: Worker, message: str = "") -> None:
        if self._ticket is not None:
            self._ticket.cancel()
        known, self._started, self._before = self._before, time.monotonic(), -1
        self.param.update(busy=True, running=worker is EVALUATOR, message=message, missing=[], progress=None)
        self._ticket = Ticket(work(self.asked), self._deliver, self._fail, self._finish)
        try:
            worker.submit(self._ticket)
        except InputError as error:
            self._before = known
            self._say(str(error), [])

    def _show(self, item: Known) -> None:
        first = self._before < 0
        self._before = item.scenes if first else self._before
        self._rows = dict(map(self._named, item.rows))
        done, since = self._before - item.scenes, time.monotonic() - self._started
        self.param.update(
            frame=pd.DataFrame(list(self._rows.values())), total=item.total, scenes_left=item.scenes,
            progress=done / self._before if self.running and self._before else None,
            time_left=since / done * item.scenes if done else 0.0,
        )  # fmt: skip
        if first or not item.scenes:
            self._focus()

    def _named(self, row: dict) -> tuple[tuple[str, str, str], dict]:
        """A row under its method as text, its region and its date as text."""
        place = self.texts[row["method"]], row["region"], self.data.written(row["time"])
        return place, {**row, "method": place[0], "title": self.titles[place[0]], "time": place[2]}

    def _finish(self, ticket: Ticket) -> None:
        self._hand_over(ticket, lambda: self.param.update(busy=False, running=False, progress=None))

    def _say(self, text: str, files: list) -> None:
        """What stopped the work; what was known of the selection stays, of another one nothing does."""
        if self._before < 0:
            self._rows = {}
            self.param.update(frame=pd.DataFrame(), total=0, scenes_left=0, result=None)
        self.param.update(running=False, progress=None)
        super()._say(text, files)

    def _focus(self) -> None:
        """Look at the case in focus once more, now that what is usual is known; at the worst one, if there is none."""
        rows = self.frame
        if self.method:
            self._look()
        elif not rows.empty and not (rows := rows[(rows["method"] == self.shown) & (rows["error"] == "")]).empty:
            first = ranking.ranked(rows, "", self.score).iloc[0]
            self.focus(first["method"], first["region"], first["time"])

    def row(self, place: tuple[str, str, str]) -> dict | None:
        """The scores of a case."""
        return self._rows.get(place)

    # ---- the table and what leads away from the page -----------------------------------------------------------------

    def table(self) -> pd.DataFrame:
        """The rows that the filter keeps, in order."""
        return ranking.ranked(ranking.kept(self.frame, self.only), self.sort, self.score)

    def grid(self) -> pd.DataFrame:
        """What the heat map shows over region (rows) and date (columns): the score of a method, or by how much it is
        worse than another's; what is not known or was refused is NaN."""
        values = self._grid(self.shown)
        if not self.against:
            return values
        better = ranking.SCORES[self.score].better
        first, other = (
            pd.DataFrame(ranking.badness(self.score, grid), grid.index, grid.columns)
            if better in ("zero", "one")
            else grid
            for grid in (values, self._grid(self.against))
        )
        return first - other

    def _grid(self, method: str) -> pd.DataFrame:
        rows = self.frame[self.frame["method"] == method] if not self.frame.empty else self.frame
        if rows.empty or self.score not in rows:
            return pd.DataFrame()
        return rows.pivot(index="region", columns="time", values=self.score)

    def heading(self) -> str:
        """What the heat map shows, with its unit."""
        unit, title = ranking.unit(self.score, self.units), ranking.SCORES[self.score].title
        what = f"{title}{f' ({unit})' if unit else ''} of {self.titles[self.shown]}"
        return f"{what} minus {self.titles[self.against]}" if self.against else what

    def tips(self) -> dict[tuple[str, str], str]:
        """(region, date) -> value with its unit, or why there is none, of every cell that is known."""
        unit, out = ranking.unit(self.score, self.units), {}
        for (method, region, when), row in self._rows.items():
            if method == self.shown:
                other = self._rows.get((self.against, region, when), {}) if self.against else None
                out[region, when] = _tip(row, other, self.score, unit)
        return out

    def step_date(self, by: int) -> None:
        """The case of the same method and region, so many dates on."""
        dates = [self.data.written(date) for date in self.chosen_dates]
        if self.time in dates:
            self.time = dates[min(max(dates.index(self.time) + by, 0), len(dates) - 1)]

    def code(self) -> str:
        """Runnable Python for the table, and for the case in focus."""
        case = (self.selection, self._method(), self.seed, self._usual()) if self.current is not None else None
        return evaluation_script.evaluation(self.asked, self.dates, self.split, self.score, case)

    def mark(self, note: str) -> None:
        """Bookmark the case in focus, with a note."""
        if self.method:
            made = f"{pd.Timestamp.now():%Y-%m-%d %H:%M}"
            self._keep(lambda: [bookmarks.bookmark(self.case_title(), note, self.query(), made)])

    def take(self, data: bytes) -> None:
        """Add the bookmarks of a file."""
        self._keep(lambda: bookmarks.read(data, self.NAMES))

    def _keep(self, new: Callable[[], list]) -> None:
        try:
            self.param.update(bookmarks=bookmarks.merged(self.bookmarks, new()), message="")
        except InputError as error:
            self.message = str(error)


def _tip(row: dict, other: dict | None, score: str, unit: str) -> str:
    """A value of the heat map in words; other: the row that is subtracted, if any."""
    if row["error"]:
        return row["error"]
    value = row.get(score, float("nan"))
    text = f"{value:.4g} {unit}".rstrip() if value == value else "no value"
    if other is None:
        return text
    against = other.get(score, float("nan"))
    return f"{text}, the other {against:.4g} {unit}".rstrip() if against == against else f"{text}, the other has none"
