"""What a run of the page "Motion" is: a scene of images, then the flows that a method finds. In the worker; no page."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import torch
import xarray as xr

from engine import methods, scenes, scores
from engine.contract import require
from engine.errors import InputError
from engine.grid import require_size
from engine.methods import Method
from engine.methods.shared.motion import MotionMethod
from engine.physics.variational import Descent
from engine.scene import Scene, Step
from explorer.jobs.cache import CACHE
from explorer.jobs.limits import LIMITS
from explorer.jobs.resolution_run import method_key, remade

EVERY = 0.8  # s between two iterates that are drawn: a browser on the same two cores needs half of it
KEPT = 20  # iterates of a run at most: the flows of a large scene are 1.5 MB each
BASELINES = {
    "persistence": ("persistence", {}),
    "dis": ("optical_flow", {"algorithm": "dis"}),
    "farneback": ("optical_flow", {"algorithm": "farneback"}),
}


@dataclass(frozen=True)
class Motion:
    """What a run has found so far; `asked` is its data set, selection, method with settings, and seed.

    costs: name -> the cost and its terms after every iterate; blurs: of the images then, in cells, if they are blurred:
    each blur is another cost. iterates: number -> the flows `u` and `v` of an earlier one. Once it is judged: `errors`,
    name -> (relative end-point error, RMSE of the forecast by lead time), and `angles`, name -> angular error in
    degrees, of it ("estimate") and of what it is judged by.
    """

    asked: tuple
    scene: Scene
    method: str
    title: str
    estimate: xr.Dataset
    index: int
    total: int
    costs: dict[str, np.ndarray]
    trace: dict[str, float]
    iterates: Mapping[int, xr.Dataset] = field(default_factory=dict)
    blurs: np.ndarray = field(default_factory=lambda: np.empty(0))
    errors: dict[str, tuple[float, np.ndarray]] | None = None
    angles: dict[str, float] | None = None
    cached: bool = False

    @property
    def final(self) -> bool:
        return self.index == self.total

    def at(self, iterate: int | None) -> xr.Dataset:
        """The estimate, or the flows of an earlier iterate where it was kept."""
        return self.estimate if iterate is None else self.iterates.get(iterate, self.estimate)

    @property
    def stages(self) -> dict[int, str]:
        """Iterate -> what is descended from there on; empty where it is one cost all along."""
        first = np.flatnonzero(np.diff(self.blurs, prepend=np.nan))
        return {int(at) + 1: f"blur {self.blurs[at]:g} cell{'' if self.blurs[at] == 1 else 's'}" for at in first}

    def curve(self, name: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Iterates, a cost where it is above 0, and the stage in words; NaN between two stages, where the line ends."""
        values = self.costs.get(name, np.empty(0))
        number = np.arange(1.0, values.size + 1)
        words = [next((word for first, word in reversed(self.stages.items()) if first <= n), "") for n in number]
        ends = [first - 1 for first in self.stages if first > 1]
        kept = np.where(values > 0, values, np.nan)
        words = list(np.insert(np.array(words, object), ends, ""))
        return np.insert(number, ends, [end + 0.5 for end in ends]), np.insert(kept, ends, np.nan), words

    @property
    def speed(self) -> xr.DataArray:
        """|w| in m s-1, (time, y, x)."""
        return speed(self.estimate)


def speed(flow: xr.Dataset) -> xr.DataArray:
    """|w| in m s-1 of flows `u` and `v`."""
    u, v = flow["u"], flow["v"]
    return u.copy(data=np.hypot(u.values, v.values)).assign_attrs(units="m s-1", long_name="speed").rename("speed")


class Iterates(dict[int, xr.Dataset]):
    """Flows by iterate: the first one and every second, fourth, eighth ... of the others, so that there are few."""

    every = 1

    def keep(self, number: int, estimate: xr.Dataset) -> None:
        if (number - 1) % self.every == 0:
            self[number] = estimate[["u", "v"]]
        if len(self) > KEPT:
            self.every *= 2
            for other in [other for other in self if (other - 1) % self.every]:
                del self[other]


def opened(key: str, selection: dict[str, Any]) -> Scene:
    """The scene, opened once: reading and averaging seven images takes a third of a second."""
    asked = ("images", scenes.get(key), tuple(selection.items()))
    scene = CACHE.get(asked)
    if scene is None:
        scene = scenes.open(key, **selection)
        require_size(scene.problem.mask.shape, LIMITS.cells)
        parts = (scene.problem.low, scene.problem.target, scene.truth)
        CACHE.put(asked, scene, sum(part.nbytes for part in parts if part is not None))
    return scene


def look(key: str, selection: dict[str, Any]) -> Iterator[Scene]:
    """Yield the scene alone, opened in the worker; then get ready for Run."""
    yield opened(key, selection)
    warm_up()


@cache
def warm_up() -> None:
    """The first descent of a process imports a part of torch that takes more than a second."""
    list(Descent([torch.zeros(1)], lambda x: {"cost": (x - 1).square().sum()}).iterates(1))


def question(key: str, selection: dict[str, Any], method: Method, seed: int) -> tuple:
    """What a run is to find."""
    return "motion", scenes.get(key), tuple(selection.items()), method_key(method), seed


class Latest:
    """What a run had found when it was last asked: all of it, drawn or not."""

    found: Motion | None = None


def follow(
    key: str, selection: dict[str, Any], method: Method, seed: int, latest: Latest
) -> Iterator[Scene | Motion | None]:
    """Yield the scene, then what is found, at most every `EVERY` seconds; None in between, for the other jobs."""
    scene = opened(key, selection)
    yield scene
    asked = question(key, selection, method, seed)
    known = CACHE.get(asked)
    if known is not None:
        yield replace(known, scene=scene, cached=True)
        return
    curves: dict[str, list[float]] = {}
    iterates, drawn, last = Iterates(), 0.0, False
    for step in method.run(scene.problem, seed=seed):
        require(method, step, scene.problem)
        if step.index == 1:  # also of a run that is repeated
            curves, iterates = {}, Iterates()
        for name, value in step.trace.items():
            curves.setdefault(name, []).append(value)
        last = step.index == step.total
        if not last:
            iterates.keep(step.index, step.estimate)
        found = latest.found = _found(asked, scene, method, step, curves, iterates)
        if not last and time.monotonic() - drawn < EVERY:
            yield None
            continue
        if last:
            found = judged(found)
            parts = (found.estimate, *found.iterates.values())
            CACHE.put(asked, replace(found, scene=None), sum(part.nbytes for part in parts))  # type: ignore[arg-type]
        drawn = time.monotonic()
        yield found
    if not last:
        raise InputError(f"The method {method.title} ended before its last step.")


def complete(found: Motion) -> Iterator[Motion]:
    """Yield what a run had found when it was cancelled, with a forecast and judged."""
    method, problem = remade(found.asked[-2]), found.scene.problem
    assert isinstance(method, MotionMethod)
    yield judged(replace(found, estimate=method.carried_on(problem, found.estimate)))


def _found(
    asked: tuple, scene: Scene, method: Method, step: Step, curves: dict[str, list[float]], iterates: Iterates
) -> Motion:
    costs = {name: np.array(values) for name, values in curves.items() if name.startswith("cost")}
    return Motion(
        asked, scene, method.key, method.title, step.estimate, step.index, step.total, costs,
        {name: float(value) for name, value in step.trace.items()}, dict(iterates), np.array(curves.get("blur", [])),
    )  # fmt: skip


def judged(found: Motion) -> Motion:
    """The same with its errors beside those of persistence and optical flow."""
    scene = found.scene
    estimates = {"estimate": found.estimate} | {
        name: methods.create(key, **settings).predict(scene.problem) for name, (key, settings) in BASELINES.items()
    }
    errors, angles = {}, {name: scores.angular_error(estimate, scene) for name, estimate in estimates.items()}
    for name, estimate in estimates.items():
        rmse = scores.forecast_rmse(estimate, scene)
        lead = np.full(scene.problem.target.sizes["lead"], np.nan) if rmse is None else rmse.values
        errors[name] = (scores.relative_endpoint_error(estimate, scene), lead)
    return replace(found, errors=errors, angles=angles)
