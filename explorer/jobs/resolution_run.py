"""What a run is: from a request to a scene, from a scene and a method to results. Runs in the worker; no page."""

import time
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

import xarray as xr

from engine import methods, scenes, scores
from engine.contract import require
from engine.errors import InputError
from engine.grid import require_size
from engine.methods import Method, settings
from engine.scene import Scene, Step
from engine.scenes.own import is_own
from explorer.jobs import uploads
from explorer.jobs.cache import CACHE
from explorer.jobs.limits import LIMITS
from explorer.jobs.outside import waited_for

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class SceneRequest:
    """Everything that defines a scene."""

    source: str
    field: str
    region: str
    time: str
    factor: int
    degradation: str
    width_km: float | None = None
    noise: float | str = 0.0  # or 'instrument': what the data set states
    sampling: str = ""

    def open(self) -> Scene:
        """The scene, from the shared cache where it has been opened before; raises InputError."""
        data = uploads.data_set(self.source)
        by, scene = CACHE.get(self) or (data, None)
        again = by is not data and (not data.stamp or by.stamp != data.stamp)
        if again:  # a data set that was written again in a notebook, or a file: what the other one gave is void
            CACHE.clear()
        if scene is None or again:
            scene = scenes.open(
                data, time=self.time, region=self.region, factor=self.factor, degradation=self.degradation,
                width_km=self.width_km, noise=self.noise, sampling=self.sampling, field=self.field,
            )  # fmt: skip
            require_size(scene.problem.mask.shape, LIMITS.cells)
            CACHE.put(self, (data, scene), sum(part.nbytes for part in _parts(scene)))
        return scene

    def opening(self) -> Generator[Future, None, Scene]:
        """The same as a part of a job; where it may take long, beside the worker: what is waited for is yielded."""
        slow = is_own(self.source) or scenes.get(self.source).slow
        return (yield from waited_for(self.open)) if slow else self.open()


@dataclass(frozen=True)
class Result:
    """One visible state of a run; `asked` is its request, method with settings, and seed.

    The last one is seen first and judged then: `table` of scores, bicubic's as `reference`, spectra as `curves`,
    `densities` of its values; of an ensemble the `agreement` of its members by band, and with a truth `ranks`, its rank
    histogram. While members are still being made, all that is of the `scored` ones that were finished. `film`: as in
    Step.
    """

    asked: tuple
    scene: Scene
    method: str
    title: str
    estimate: xr.Dataset
    index: int
    total: int
    trace: dict[str, float] = field(default_factory=dict)
    table: xr.Dataset | None = None
    reference: xr.Dataset | None = None
    curves: xr.Dataset | None = None
    densities: xr.Dataset | None = None
    ranks: xr.DataArray | None = None
    agreement: xr.DataArray | None = None
    judged_in: Box | None = None
    scored: int = 0
    film: xr.Dataset | None = None
    cached: bool = False

    @property
    def final(self) -> bool:
        return self.index == self.total

    @property
    def judged(self) -> bool:
        """Whether its scores are there, of all that there will be."""
        return self.table is not None and not self.scored

    @property
    def outside(self) -> list[str]:
        """How what is shown differs from what its method was trained for; nothing where it ran through another."""
        known = self.method in methods.METHODS and not self.estimate.attrs.get("through")
        return methods.METHODS[self.method].outside(self.scene.problem) if known else []

    @property
    def finished(self) -> int:
        """How many of its members are finished; of a single field none."""
        if self.members is None:
            return 0
        return self.members.sizes["member"] if self.final else int(self.trace.get("finished", 0))

    def of_the_finished(self) -> "Result":
        """The same with its finished members alone, where it has some; the others show where they are heading."""
        if self.final or not self.finished:
            return self
        return replace(self, estimate=self.estimate.isel(member=slice(self.finished)))

    def without_glimpse(self) -> "Result":
        """The same without numbers that are of some of its members alone."""
        if not self.scored:
            return self
        bare = replace(self, scored=0, table=None, reference=None, curves=None, densities=None)
        return replace(bare, ranks=None, agreement=None)

    @property
    def members(self) -> xr.DataArray | None:
        """The members (member, y, x) of the last time, or None where the method gives a single field."""
        field = self.estimate[self.scene.variable]
        field = field.isel(time=-1) if "time" in field.dims else field
        return field if "member" in field.dims else None

    @property
    def values(self) -> xr.DataArray:
        """The estimate as one (y, x) field: the ensemble mean where there are members, the last time."""
        return self.shown(None)

    def shown(self, member: int | None) -> xr.DataArray:
        """The estimate as one (y, x) field, the last time: a member, counted from 1, or the mean of all there are."""
        field = self.estimate[self.scene.variable]
        field = field.isel(time=-1) if "time" in field.dims else field
        if "member" not in field.dims:
            return field
        if member is not None and member <= field.sizes["member"]:
            return field.isel(member=member - 1, drop=True)
        return field.mean("member", keep_attrs=True)


def method_key(method: Method) -> tuple:
    """What tells two runs of a method apart: its class, every setting, and where it runs.

    Args:
        method: The method.

    Returns:
        The class, then (name, value) of every setting and of its device.
    """
    return (type(method), *((name, getattr(method, name)) for name in (*settings(method), "device")))


def question(request: SceneRequest, method: Method, seed: int) -> tuple:
    """What a run is to find.

    Args:
        request: Of the scene.
        method: The method.
        seed: Of the run.

    Returns:
        Request, `method_key` and seed: the key of its result in the cache.
    """
    return request, method_key(method), seed


def is_known(asked: tuple) -> bool:
    """Whether the result of a run is in the cache.

    Args:
        asked: Its `question`.

    Returns:
        True where it need not be run again.
    """
    return CACHE.get(asked) is not None


def remade(key: tuple) -> Method:
    """The method of a `method_key`.

    Args:
        key: The class, then (name, value) of every setting and of its device.

    Returns:
        A new instance.
    """
    return key[0](**dict(key[1:]))


def look(request: SceneRequest) -> Iterator[Scene | Future]:
    """Yield the scene alone, or first what it waits for.

    Args:
        request: Of the scene.

    Yields:
        What is waited for, if anything, and the scene.
    """
    yield (yield from request.opening())


def run(request: SceneRequest, method: Method, seed: int) -> Iterator[Scene | Result | Future | None]:
    """Yield the scene before a slow method, or one that cannot be used on it, then a Result for every step.

    Args:
        request: Of the scene.
        method: The method.
        seed: Of the run.

    Yields:
        What is waited for, the scene, results, None in between; of a run that is known its last result alone.

    Raises:
        InputError: Where the scene cannot be opened or the method cannot be used on it.
    """
    scene = yield from request.opening()
    if not method.cheap:
        yield scene
    try:
        yield from _results(scene, question(request, method, seed), method, seed)
    except InputError:
        yield scene
        raise


def _results(scene: Scene, asked: tuple, method: Method, seed: int) -> Iterator[Result | None]:
    known = CACHE.get(asked)
    if known is not None:
        yield replace(known, scene=scene)
        return
    result, glimpse = None, Glimpse()
    for step, spent in _timed(method.run(scene.problem, seed=seed)):
        require(method, step, scene.problem)
        glimpse = Glimpse() if step.index == 1 else glimpse  # one that is repeated begins again
        trace = {"seconds": spent} | {name: float(value) for name, value in step.trace.items()}
        result = Result(
            asked, scene, method.key, method.title, step.estimate, step.index, step.total, trace, film=step.film
        )
        if result.final:
            _keep(result)
        yield replace(result, **glimpse.known)
        if glimpse.due(result):
            yield from glimpse.look(result)
            yield replace(result, **glimpse.known)
    if result is None or not result.final:
        raise InputError(f"The method {method.title} ended before its last step.")


class Glimpse:
    """What is known of the members that are finished while others are still being made."""

    PACE = 4.0  # a look is taken after so many times what the last one took: a fifth of the time at most

    def __init__(self):
        self.known: dict[str, Any] = {}
        self._seen, self._after = 1, 0.0

    def due(self, result: Result) -> bool:
        """Whether more members are finished than were looked at, and others still to come."""
        finished = result.trace.get("finished", 0.0)
        return finished > self._seen and not result.final and time.perf_counter() >= self._after

    def look(self, result: Result) -> Iterator[None]:
        """Judge the members so far; yields None between the parts of it."""
        start = time.perf_counter()
        self._seen = int(result.trace["finished"])
        self.known = (yield from _numbers(result)) | {"scored": self._seen}
        end = time.perf_counter()
        self._after = end + self.PACE * (end - start)


def _timed(steps: Iterator[Step]) -> Iterator[tuple[Step, float]]:
    """Every step with the seconds that it and those before it took."""
    spent = 0.0
    while True:
        start = time.perf_counter()
        step = next(steps, None)
        spent += time.perf_counter() - start
        if step is None:
            return
        yield step, spent


def judge(result: Result, box: Box | None = None) -> Iterator[Result | None]:
    """Yield the last result of a run again, with its scores, spectra and densities.

    Args:
        result: The last result; of a run that was cancelled, that of its finished members.
        box: x0, x1, y0, y1 of the part that is judged, in the axes' unit; None: all of it.

    Yields:
        None between the parts of the work, so that a newer job need not wait; then the judged result.
    """
    numbers = yield from _numbers(result) if box is None else _numbers_within(result, box)
    judged = replace(result, scored=0 if result.final else result.finished, judged_in=box, **numbers)
    if result.final and box is None:
        _keep(judged)
    yield judged


def _numbers_within(result: Result, box: Box) -> Generator[None, None, dict[str, Any]]:
    """The same of a part of the scene."""
    scene = scores.part(result.scene, box)
    place = {name: scene.problem.target[name] for name in ("y", "x")}
    smooth = _bicubic(result.asked[0], result.scene).sel(place)
    return (yield from _numbers(replace(result, scene=scene, estimate=result.estimate.sel(place)), smooth))


def _numbers(result: Result, smooth: xr.Dataset | None = None) -> Generator[None, None, dict[str, Any]]:
    """Scores, spectra and densities of an estimate, by the names that they have in a Result.

    Its parts take tenths of a second on a large field; it yields None between them, so that a newer job need not wait.
    smooth: bicubic interpolation of a part of a scene; None: it is a whole one, of which it may be known.
    """
    (request, method, _), scene, whole = result.asked, result.scene, smooth is None
    smooth = _bicubic(request, scene) if smooth is None else smooth
    curves = scores.spectra_or_none(result.estimate, scene)
    yield None
    densities = scores.densities(result.values, scene)
    yield None
    table = scores.table(result.estimate, scene, smooth, curves)
    if whole and method == method_key(methods.create("bicubic")):
        CACHE.put((request, "table"), table, table.nbytes)
    else:
        yield None
    reference = _reference(request, scene) if whole else scores.table(smooth, scene, smooth)
    known = {"table": table, "curves": curves, "densities": densities, "reference": reference}
    if result.members is not None:
        yield None
    return known | {"ranks": _ranks(result), "agreement": _agreement(result, smooth)}


def _ranks(result: Result) -> xr.DataArray | None:
    """Rank histogram of an ensemble with a truth."""
    truth, members = result.scene.truth, result.members
    if truth is None or members is None or members.sizes["member"] < 2:
        return None
    return scores.rank_histogram(members, truth[result.scene.variable])


def _agreement(result: Result, reference: xr.Dataset) -> xr.DataArray | None:
    """What the members of an ensemble agree on, by band, of what each adds to the reference."""
    members = result.members
    if members is None or members.sizes["member"] < 2:
        return None
    return scores.agreement(members, result.scene, scores.bands(result.scene)[1:], reference)


def _keep(result: Result) -> None:
    """Into the cache, judged or not; without its scene, which has a place of its own there."""
    parts = (result.estimate, result.curves, result.densities, result.film)
    bare = replace(result, scene=None, cached=True)  # type: ignore[arg-type]
    CACHE.put(result.asked, bare, sum(part.nbytes for part in parts if part is not None))


def _bicubic(request: SceneRequest, scene: Scene) -> xr.Dataset:
    """Bicubic interpolation of a scene's input, made once."""
    known = CACHE.get((request, "bicubic"))
    if known is None:
        known = scores.bicubic(scene.problem).to_dataset()
        CACHE.put((request, "bicubic"), known, known.nbytes)
    return known


def _reference(request: SceneRequest, scene: Scene) -> xr.Dataset:
    """Bicubic's scores on a scene, computed once."""
    known = CACHE.get((request, "table"))
    if known is None:
        bicubic = _bicubic(request, scene)
        known = scores.table(bicubic, scene, bicubic)
        CACHE.put((request, "table"), known, known.nbytes)
    return known


def _parts(scene: Scene) -> list[xr.Dataset]:
    parts = [scene.problem.low, scene.problem.guides, scene.problem.target]
    return parts + ([scene.truth] if scene.truth is not None else [])
