"""What a run is: from a selection to a scene, from a scene and a method to results. Runs in the worker; no page."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import xarray as xr

from engine import methods, scenes, scores
from engine.methods import Method, settings
from engine.scene import Scene
from explorer.jobs import CACHE

THIN = 0.5  # m: thinner ice is a lead, or was one; of other fields it is their own upper tenth


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
    """One visible state of a run; `asked` is its selection, method with settings, and seed.

    The last one is seen first and judged then: `table` of scores, bicubic's as `reference`, spectra as `curves`,
    `densities` of its values; of an ensemble with a truth `ranks` and `chances`, its rank histogram and reliability.
    `film`: as in Step.
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
    chances: xr.Dataset | None = None
    film: xr.Dataset | None = None
    cached: bool = False

    @property
    def final(self) -> bool:
        return self.index == self.total

    @property
    def judged(self) -> bool:
        return self.table is not None

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
    asked = (selection, method_key(method), seed)
    known = CACHE.get(asked)
    if known is not None:
        yield known
        return
    for step in method.steps(scene.problem, seed=seed):
        trace = {name: float(value) for name, value in step.trace.items()}
        result = Result(
            asked, scene, method.key, method.title, step.estimate, step.index, step.total, trace, film=step.film
        )
        if result.final:
            _keep(result)
        yield result


def judge(result: Result) -> Iterator[Result | None]:
    """Yield the last result of a run again, with its scores, spectra and densities.

    Its parts take tenths of a second on a large field; it yields None between them, so that a newer job need not wait.
    """
    (selection, method, _), scene = result.asked, result.scene
    curves = scores.spectra_or_none(result.estimate, scene)
    yield None
    densities = scores.densities(result.values, scene)
    yield None
    table = scores.table(result.estimate, scene, _bicubic(selection, scene), curves)
    if method == method_key(methods.create("bicubic")):
        CACHE.put((selection, "table"), table, table.nbytes)
    else:
        yield None
    reference = _reference(selection, scene)
    ranks, chances = _of_members(result)
    judged = replace(
        result, table=table, curves=curves, densities=densities, reference=reference, ranks=ranks, chances=chances
    )
    _keep(judged)
    yield judged


def _of_members(result: Result) -> tuple[xr.DataArray | None, xr.Dataset | None]:
    """Rank histogram and reliability of an ensemble with a truth."""
    truth, members = result.scene.truth, result.members
    if truth is None or members is None or members.sizes["member"] < 2:
        return None, None
    field = truth[result.scene.variable]
    threshold, below, name = event(field)
    chances = scores.reliability(members, field, threshold, below).assign_attrs(event=name)
    return scores.rank_histogram(members, field), chances


def event(field: xr.DataArray) -> tuple[float, bool, str]:
    """The event whose probability is asked for: a threshold, whether it is below it, and its name.

    field: the truth, or where there is none the input.
    """
    units = field.attrs.get("units", "")
    if field.name == "thickness":
        return THIN, True, f"Thinner than {THIN:g} {units}"
    high = float(field.quantile(0.9))
    return high, False, f"Above {high:.3g} {units}"


def _keep(result: Result) -> None:
    """Into the cache, judged or not."""
    parts = (result.estimate, result.curves, result.densities, result.film)
    CACHE.put(result.asked, replace(result, cached=True), sum(part.nbytes for part in parts if part is not None))


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


def _parts(scene: Scene) -> list[xr.Dataset]:
    parts = [scene.problem.low, scene.problem.guides, scene.problem.target]
    return parts + ([scene.truth] if scene.truth is not None else [])
