"""What a run is: from a selection to a scene, from a scene and a method to results. Runs in the worker; no page."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace

import xarray as xr

from engine import scenes, scores
from engine.errors import InputError
from engine.methods import Method, settings
from engine.scene import Scene
from explorer.jobs import CACHE


@dataclass(frozen=True)
class Selection:
    """Everything that defines a scene."""

    source: str
    field: str
    region: str
    time: str
    factor: int
    degradation: str
    width_km: float | None = None
    noise: float = 0.0

    def open(self) -> Scene:
        """The scene, from the shared cache where it has been opened before; raises InputError."""
        scene = CACHE.get(self)
        if scene is None:
            scene = scenes.open(
                self.source, time=self.time, region=self.region, factor=self.factor, degradation=self.degradation,
                width_km=self.width_km, noise=self.noise, field=self.field,
            )  # fmt: skip
            CACHE.put(self, scene, sum(part.nbytes for part in _parts(scene)))
        return scene


@dataclass(frozen=True)
class Result:
    """One visible state of a run. The last one comes twice: to be seen at once, then judged.

    Judged, it has a `table` of scores, bicubic's as `reference`, spectra as `curves`, and `densities` of its values.
    """

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
    cached: bool = False

    @property
    def final(self) -> bool:
        return self.index == self.total

    @property
    def judged(self) -> bool:
        return self.table is not None

    @property
    def values(self) -> xr.DataArray:
        """The estimate as one (y, x) field: the ensemble mean where there are members, the last time."""
        field = self.estimate[self.scene.variable]
        field = field.mean("member", keep_attrs=True) if "member" in field.dims else field
        return field.isel(time=-1) if "time" in field.dims else field


def method_key(method: Method) -> tuple:
    """What tells two runs of a method apart: its key and every setting."""
    return (method.key, *((name, getattr(method, name)) for name in settings(method)))


def look(selection: Selection) -> Iterator[Scene]:
    """Yield the scene alone, opened in the worker."""
    yield selection.open()


def run(selection: Selection, method: Method, seed: int) -> Iterator[Scene | Result | None]:
    """Yield the scene before a slow method, then a Result for every step of the method, and the last one judged.

    None means that nothing new can be seen yet.
    """
    scene = selection.open()
    if not method.cheap:
        yield scene
    key = (selection, method_key(method), seed)
    known = CACHE.get(key)
    if known is not None:
        yield known
        return
    for step in method.steps(scene.problem, seed=seed):
        trace = {name: float(value) for name, value in step.trace.items()}
        result = Result(scene, method.key, method.title, step.estimate, step.index, step.total, trace)
        yield result
        if result.final:
            result = yield from judge(selection, result, plain=method.key == "bicubic" and not method.consistent)
            parts = (result.estimate, result.curves, result.densities)
            CACHE.put(key, replace(result, cached=True), sum(part.nbytes for part in parts if part is not None))
            yield result


def judge(selection: Selection, result: Result, plain: bool = False) -> Generator[None, None, Result]:
    """The last state of a run with its scores, spectra and densities; `plain` if it is the reference itself.

    Yields between its parts, which take tenths of a second on a large field: a newer job need not wait for them all.
    """
    scene = result.scene
    yield
    curves = _curves(result)
    yield
    densities = scores.densities(result.values, scene)
    yield
    table = scores.table(result.estimate, scene, _bicubic(selection, scene), curves)
    if plain:
        CACHE.put((selection, "table"), table, table.nbytes)
    else:
        yield
    return replace(result, table=table, curves=curves, densities=densities, reference=_reference(selection, scene))


def _bicubic(selection: Selection, scene: Scene) -> xr.Dataset:
    """Bicubic interpolation of a scene's input, made once."""
    known = CACHE.get((selection, "bicubic"))
    if known is None:
        known = scores.bicubic(scene.problem).to_dataset()
        CACHE.put((selection, "bicubic"), known, known.nbytes)
    return known


def _reference(selection: Selection, scene: Scene) -> xr.Dataset:
    """Bicubic's scores on a scene, computed once."""
    known = CACHE.get((selection, "table"))
    if known is None:
        bicubic = _bicubic(selection, scene)
        known = scores.table(bicubic, scene, bicubic)
        CACHE.put((selection, "table"), known, known.nbytes)
    return known


def _curves(result: Result) -> xr.Dataset | None:
    """Spectra of a result, or None where its region has no gap-free rectangle."""
    try:
        return scores.spectra(result.values, result.scene)
    except InputError:
        return None


def _parts(scene: Scene) -> list[xr.Dataset]:
    parts = [scene.problem.low, scene.problem.guides, scene.problem.target]
    return parts + ([scene.truth] if scene.truth is not None else [])
