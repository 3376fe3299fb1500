"""What a run is: from a selection to a scene, from a scene and a method to results. Runs in the worker; no page."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import xarray as xr

from engine import scenes, scores
from engine.errors import InputError
from engine.methods import Method, settings
from engine.scene import Scene, Step
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
    """One visible state of a run; `table`, `reference` (bicubic's) and `curves` come with its last step."""

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
    cached: bool = False

    @property
    def final(self) -> bool:
        return self.index == self.total

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


def run(selection: Selection, method: Method, seed: int) -> Iterator[Scene | Result]:
    """Yield the scene before a slow method, then a Result for every step of the method."""
    scene = selection.open()
    if not method.cheap:
        yield scene
    key = (selection, method_key(method), seed)
    known = CACHE.get(key)
    if known is not None:
        yield known
        return
    for step in method.steps(scene.problem, seed=seed):
        result = judge(selection, scene, method, step)
        if result.final:
            size = result.estimate.nbytes + (result.curves.nbytes if result.curves is not None else 0)
            CACHE.put(key, replace(result, cached=True), size)
        yield result


def judge(selection: Selection, scene: Scene, method: Method, step: Step) -> Result:
    """A step as a Result, with scores and spectra if it is the last one."""
    trace = {name: float(value) for name, value in step.trace.items()}
    result = Result(scene, method.key, method.title, step.estimate, step.index, step.total, trace)
    if not result.final:
        return result
    curves = _curves(result)
    table = scores.table(step.estimate, scene, _bicubic(selection, scene), curves)
    if method.key == "bicubic" and not method.consistent:
        CACHE.put((selection, "table"), table, table.nbytes)
    return replace(result, table=table, curves=curves, reference=_reference(selection, scene))


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
