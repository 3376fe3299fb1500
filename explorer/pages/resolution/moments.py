"""What a method makes of many dates, sampled at the probe and along a line. Runs in the worker; no page."""

from collections.abc import Generator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from engine import scores
from engine.errors import DataMissing, InputError
from engine.methods import Method
from engine.scene import Scene
from explorer.drawing.pictures import WHAT, Picture
from explorer.jobs.resolution_run import Result, SceneRequest, is_known, question, run
from explorer.pages.resolution.over_time import undated
from explorer.pages.resolution.transect import path, sample

MOST, STEP = 31, 10  # dates that are followed, and by how many they move on with the date that is shown


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
