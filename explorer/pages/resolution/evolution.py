"""What the tab "Time" shows: the method run over the dates of a data set, sampled at the probe and along a line."""

from collections.abc import Generator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import param
import xarray as xr

from engine import methods, scores
from engine.errors import DataMissing, InputError
from engine.methods import Method
from engine.scene import Scene
from explorer.base.given import given
from explorer.base.run import Run
from explorer.drawing.dates import milliseconds
from explorer.drawing.pictures import WHAT, Picture
from explorer.jobs.resolution_run import Result, SceneRequest, is_known, question, run
from explorer.pages.resolution.over_time import CHANGE, Errors, undated
from explorer.pages.resolution.session import ResolutionSession
from explorer.pages.resolution.transect import path, sample

TAB = "time"
MOST, STEP = 31, 10  # dates that are followed, and by how many they move on with the date that is shown
AT_ONCE = 20.0  # s that a cheap method may take over all dates without being asked
CURVES = ("truth", "input", "estimate")


@dataclass(frozen=True, eq=False)
class Line:
    """Places x, y (n,) in the middles of equal parts of a line, and its length in km."""

    x: np.ndarray
    y: np.ndarray
    length: float

    @property
    def ends(self) -> tuple[float, ...]:
        """The first and the last of its places."""
        return tuple(float(of[end]) for of in (self.x, self.y) for end in (0, -1))

    @classmethod
    def of(cls, target: xr.Dataset, start: tuple, end: tuple | None) -> "Line":
        """The transect, or the row of its start."""
        x, y, distance = path(target, start, end)
        return cls((x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2, float(distance[-1]))


@dataclass(frozen=True, eq=False)
class Moment:
    """One date. point: curve -> value at the probe; line: curve -> values along the line (n,), NaN where there are
    none; members: their values at the probe (m,); errors: as in `OverTime`, None without a truth or a prediction;
    refused: why there is no prediction."""

    point: dict[str, float] = field(default_factory=dict)
    line: dict[str, np.ndarray] = field(default_factory=dict)
    members: np.ndarray = field(default_factory=lambda: np.empty(0))
    errors: tuple[float, float] | None = None
    refused: str = ""

    @property
    def done(self) -> bool:
        """Whether there is a prediction, or will be none."""
        return "estimate" in self.point or bool(self.refused)


@dataclass(frozen=True, eq=False)
class Found:
    """What is known so far: date -> its moment; share: of the work that is done."""

    moments: dict[str, Moment]
    share: float


@dataclass(frozen=True, eq=False)
class Change:
    """The later of two dates minus the earlier one: 'truth', 'estimate' or 'input' -> its picture."""

    pictures: dict[str, Picture]
    refused: str = ""


@dataclass(frozen=True, eq=False)
class Asked:
    """What is followed: a method with its seed over dates, at a place (x, y) and along a line.

    request: of the date that is shown; dates: in their order; eager: whether what is not known is run.
    """

    request: SceneRequest
    dates: tuple[str, ...]
    method: Method
    seed: int
    member: int | None = None
    place: tuple[float, float] | None = None
    line: Line | None = None
    eager: bool = True

    def on(self, date: str) -> tuple:
        """What a run on a date is to find."""
        return question(replace(self.request, time=date), self.method, self.seed)

    @cached_property
    def wanted(self) -> tuple:
        """What tells it from others, eager or not."""
        return undated(self.on("")), self.dates, self.member, self.line and (self.place, self.line.ends)

    @property
    def unknown(self) -> list[str]:
        """Dates on which the method would have to be run."""
        return [date for date in self.dates if not is_known(self.on(date))]


def window(dates: list[str], now: str) -> list[str]:
    """The dates that are followed: all, or MOST around the one that is shown, the same for several in a row.

    Args:
        dates: All of them.
        now: The one that is shown.

    Returns:
        Some of them, in their order.
    """
    start = (dates.index(now) // STEP) * STEP - (MOST - STEP) // 2
    start = max(0, min(start, len(dates) - MOST))
    return dates[start : start + MOST]


# ---- in the worker ---------------------------------------------------------------------------------------------------


def moments(asked: Asked) -> Iterator[Found | Future | None]:
    """Sample every date, those next to the one that is shown first.

    Args:
        asked: With a place and a line.

    Yields:
        What is known, after every date and every step of a slow method; what is waited for; None in between.

    Raises:
        DataMissing: A file has to be fetched first.
    """
    found: dict[str, Moment] = {}
    now = asked.dates.index(asked.request.time)
    order = sorted(asked.dates, key=lambda date: abs(asked.dates.index(date) - now))
    for number, date in enumerate(order):
        try:
            for item in _one(asked, date):
                share = item if isinstance(item, float) else 0.0
                if isinstance(item, Moment):
                    found = {**found, date: item}
                yield Found(found, (number + share) / len(order)) if isinstance(item, float) else _passed(item)
        except DataMissing:
            raise
        except InputError as error:  # nothing but clouds, say: a gap
            found = {**found, date: Moment(refused=str(error))}
        yield Found(found, (number + 1) / len(order))


def _passed(item: Any) -> Future | None:
    return item if isinstance(item, Future) else None


def _one(asked: Asked, date: str) -> Iterator[Moment | Future | float | None]:
    """How far the method is on a date, then the date's moment."""
    scene, result, refused = yield from _made(asked, date)
    yield _moment(asked, scene, result, refused)


def _made(asked: Asked, date: str) -> Generator[Any, None, tuple[Scene, Result | None, str]]:
    """The scene of a date and, as far as it is known or may be run, the method's result, or why there is none."""
    request, result, refused = replace(asked.request, time=date), None, ""
    scene = yield from request.opening()
    if not asked.eager and not is_known(asked.on(date)):
        return scene, None, ""
    try:
        for item in run(request, asked.method, asked.seed):
            if isinstance(item, Result):
                result = item
            yield item.index / item.total if isinstance(item, Result) and not item.final else _passed(item)
    except InputError as error:
        refused = str(error)
    return scene, result if result is not None and result.final else None, refused


def _moment(asked: Asked, scene: Scene, result: Result | None, refused: str) -> Moment:
    assert asked.line is not None
    assert asked.place is not None
    fields = {"truth": None if scene.truth is None else scene.truth[scene.variable]}
    fields |= {"input": scene.problem.low[scene.variable]}
    fields |= {"estimate": None if result is None else result.shown(asked.member)}
    there = {name: values for name, values in fields.items() if values is not None}
    members = None if result is None else result.members
    return Moment(
        {name: _at(asked.place, values) for name, values in there.items()},
        {name: sample(values, asked.line.x, asked.line.y) for name, values in there.items()},
        np.array([] if members is None else [_at(asked.place, each) for each in members]), _errors(result), refused,
    )  # fmt: skip


def _at(place: tuple[float, float], values: xr.DataArray) -> float:
    """The value of the cell that holds a place."""
    return float(sample(values, np.array(place[:1]), np.array(place[1:]))[0])


def _errors(result: Result | None) -> tuple[float, float] | None:
    """RMSE of a prediction, and of bicubic interpolation."""
    if result is None or result.scene.truth is None:
        return None
    truth = result.scene.truth[result.scene.variable]
    fields = result.values, scores.bicubic(result.scene.problem)
    return tuple(float(scores.rmse(values, truth)) for values in fields)  # type: ignore[return-value]


def change(asked: Asked, now: tuple[Scene, Result | None]) -> Iterator[Change | Future | float | None]:
    """Subtract the earlier of two dates from the later one.

    Args:
        asked: Its last date is shown, the first one is the other.
        now: Scene and result of the date that is shown.

    Yields:
        How far the method is on the other date, what is waited for, None in between; then the change.

    Raises:
        InputError: The dates lie on different grids.
    """
    other, shown = asked.dates
    scene, result, refused = yield from _made(asked, other)
    pairs: dict[str, list[xr.DataArray | None]] = {
        "truth": [None if of.truth is None else of.truth[of.variable] for of in (now[0], scene)],
        "estimate": [None if of is None else of.shown(asked.member) for of in (now[1], result)],
        "input": [of.problem.low[of.variable] for of in (now[0], scene)],
    }
    later = max(asked.dates) == shown  # they are written by ISO 8601
    said = f"since {other}" if later else f"until {other}"
    pictures = {}
    for name, (here, there) in pairs.items():
        if here is not None and there is not None:
            field = difference(here, there) if later else difference(there, here)
            pictures[name] = Picture(field, f"{WHAT[name]}: change {said}", "error", "change")
    yield Change(pictures, refused)


def difference(later: xr.DataArray, earlier: xr.DataArray) -> xr.DataArray:
    """What happened from one date to another.

    Args:
        later: A field (y, x).
        earlier: The same on another date.

    Returns:
        later - earlier, (y, x), in the field's unit.

    Raises:
        InputError: They lie on different grids.
    """
    if later.shape != earlier.shape or not all(np.array_equal(later[axis], earlier[axis]) for axis in ("y", "x")):
        raise InputError("The two dates lie on different grids: there is no difference of them.")
    return later.copy(data=later.values - earlier.values)


# ---- in the page -----------------------------------------------------------------------------------------------------


class Evolution(param.Parameterized):
    """Follows the page while the tab is open: what is known or quick at once, the rest when it is asked for."""

    session = given(ResolutionSession)
    found = param.Dict(default={}, doc="Date -> Moment, of the dates in `dates` as far as they are known.")
    change = param.ClassSelector(class_=Change, allow_None=True)
    asked = param.ClassSelector(class_=Asked, allow_None=True, doc="What `found` or `change` is of, or is going to be.")

    def __init__(self, session: ResolutionSession):
        super().__init__(session=session)
        self.run = Run(f"{session.name}.time", session.dispatch, lambda: None)
        self.run.pace = session.run.pace
        session.on_close(self.run.close)
        names = ("tab", "over", "since", "probe", "probe_end", "scene", "result", "member", "busy")
        session.watch(self._follow, *names)
        self._follow()

    # ---- what is asked -----------------------------------------------------------------------------------------------

    @property
    def changing(self) -> bool:
        """Whether two dates are compared, not many followed."""
        return self.session.over_time.over == CHANGE

    @property
    def since(self) -> str:
        """The earlier of two dates: the chosen one, or the one before that which is shown; the first has the next."""
        dates, selection = list(self.session.selection.param.time.objects), self.session.selection
        at = dates.index(selection.time)
        return self.session.over_time.since or dates[at - 1 if at else min(1, len(dates) - 1)]

    @property
    def dates(self) -> list[str]:
        """The dates in question."""
        selection = self.session.selection
        if self.changing:
            return [self.since, selection.time]
        return window(list(selection.param.time.objects), selection.time)

    @property
    def axis(self) -> tuple[list[str], np.ndarray]:
        """The dates in question in the order of time, and where they are on an axis (ms)."""
        at = {date: float(milliseconds([self.session.data.find_time(date)])[0]) for date in self.dates}
        dates = sorted(at, key=lambda date: at[date])
        return dates, np.array([at[date] for date in dates])

    @property
    def now(self) -> float:
        """The date that is shown (ms)."""
        return float(milliseconds([self.session.data.find_time(self.session.selection.time)])[0])

    def choose(self, at: float) -> None:
        """Show the date that is next to a point in time (ms)."""
        dates, times = self.axis
        self.session.selection.time = dates[int(np.abs(times - at).argmin())]

    @property
    def obstacle(self) -> str:
        """Why there is nothing to show, in one sentence; empty where there is."""
        session = self.session
        dates = list(session.selection.param.time.objects)
        if len(dates) < 2:
            return f"{session.data.title} has one date: nothing can be followed from date to date."
        if pd.to_datetime(pd.Series(dates[:2]), errors="coerce", format="ISO8601").isna().any():
            return f"The scenes of {session.data.title} are not dates of one place: nothing can be followed."
        if self.changing:
            same = self.since == session.selection.time
            return "Both dates are the same: choose another one to see a change." if same else ""
        return "Click a map: the values there are followed from date to date." if session.display.probe is None else ""

    def _asked(self, eager: bool = True) -> Asked | None:
        """What the page asks for now; None where that is nothing."""
        session, display = self.session, self.session.display
        scene = session.outcome.scene
        if scene is None or self.obstacle:
            return None
        method = methods.copy(session.chosen.configured)
        line = None if self.changing else Line.of(scene.problem.target, display.probe, display.probe_end)
        return Asked(
            session.request, tuple(self.dates), method, session.chosen.seed, display.member, display.probe, line, eager
        )

    def seconds(self, dates: list[str]) -> float | None:
        """How long the method takes for so many dates, by its last run here; None where that is not known."""
        result = self._now()[1]
        return None if result is None else len(dates) * result.trace.get("seconds", 0.0)

    @property
    def _key(self) -> tuple:
        session = self.session
        return question(session.request, session.chosen.configured, session.chosen.seed)

    @property
    def missing(self) -> list[str]:
        """Dates without a prediction that could have one."""
        if self.asked is None:
            return []
        if self.changing:
            there = self.change is None or "estimate" in self.change.pictures or self.change.refused
            return [] if there else list(self.asked.dates[:1])
        return [date for date in self.asked.dates if not self.found.get(date, Moment()).done]

    # ---- what is done ------------------------------------------------------------------------------------------------

    def _follow(self, *_) -> None:
        """Ask for what the page shows now, unless that has been done."""
        session = self.session
        if session.look.tab != TAB:
            self._leave()
        elif not session.run.busy:
            asked = self._asked()
            if asked is None or self.asked is None or not self._same(asked):
                self._begin(asked)

    def _same(self, asked: Asked) -> bool:
        """Whether this has been asked for already, of the same picture where two dates are compared."""
        assert self.asked is not None
        same = all(one is other for one, other in zip(map(_fields, self._of), map(_fields, self._now()), strict=True))
        return asked.wanted == self.asked.wanted and (same or not self.changing)

    def _now(self) -> tuple[Scene | None, Result | None]:
        """What is on the screen, as far as it belongs to the settings."""
        result = self.session.outcome.current
        return self.session.outcome.scene, result if result is not None and result.asked == self._key else None

    def _leave(self) -> None:
        """Stop what nobody has asked for, once nobody looks at it."""
        if self.run.busy and not self._insisted:
            self.cancel()
            self.asked = None

    def start(self) -> None:
        """Run the method on every date in question."""
        self._begin(self._asked(), insisted=True)

    def cancel(self) -> None:
        """Stop; what is known stays."""
        self.run.cancel()
        self.param.trigger("found")

    _insisted = False  # whether somebody has asked for it by a button
    _of: tuple[Scene | None, Result | None] = (None, None)  # what a change is of

    def _begin(self, asked: Asked | None, insisted: bool = False) -> None:
        self.run.cancel()
        self._insisted, self._of = insisted, self._now()
        self.session.over_time.followed = [] if asked is None or asked.line is None else list(asked.dates)
        if asked is None:
            self.param.update(asked=None, found={}, change=None)
            return
        eager = insisted or self._at_once(asked)
        asked = replace(asked, eager=eager)
        kept = self.asked is not None and self.asked.wanted == asked.wanted
        self.param.update(asked=asked, change=None, **({} if kept else {"found": {}}))
        self.run.begin("")
        work: Iterator = change(asked, self._of) if self.changing else moments(asked)  # type: ignore[arg-type]
        slow = eager and not asked.method.cheap and bool(asked.unknown)
        about: dict[str, Any] = {"method": asked.method, "source": asked.request.source} if slow else {}
        key = ("over time", asked.wanted) if slow else None
        self.run.submit(work, self._show, passing=lambda item: isinstance(item, Found), key=key, **about)

    def _at_once(self, asked: Asked) -> bool:
        """Whether the method may be run on all dates without being asked."""
        if not asked.method.cheap:
            return False
        seconds = self.seconds(asked.unknown)
        return seconds is not None and seconds <= AT_ONCE

    def _show(self, item: Found | Change | float) -> None:
        if isinstance(item, Change):
            self.change = item
        elif isinstance(item, float):
            self.run.advance(item)
        else:
            self.run.advance(item.share)
            self.found = {**self.found, **item.moments}
            self._learn(item)

    def _learn(self, item: Found) -> None:
        """Note the errors for whoever shows the score of every date."""
        assert self.asked is not None
        errors: Errors = {date: at.errors for date, at in item.moments.items() if at.errors is not None}
        self.session.over_time.learn(undated(self.asked.on("")), errors)


def _fields(of: Scene | Result | None) -> Any:
    """What is the same in a result before it is judged and after."""
    return of.estimate if isinstance(of, Result) else of
