"""What the tab "Scales" shows: statistics from scale to scale, and what a hypothesis of their equality costs."""

from collections.abc import Iterator

import param
import torch
import xarray as xr

from engine import hypothesis, scores
from engine.errors import InputError
from engine.methods.shared.shores import coarsened
from engine.scene import Problem, Scene
from explorer.base.given import given
from explorer.base.run import sentence
from explorer.jobs.errand import Errand
from explorer.jobs.resolution_run import Result
from explorer.pages.resolution.session import ResolutionSession

TAB = "scales"
STRUCTURE = "structure_function"
Found = dict[str, xr.Dataset | None]  # curve -> its statistics, None where the field is too small


class Scaling(param.Parameterized):
    """Measures in the worker, while the tab is open: the truth once per scene, predictions when they are judged."""

    session = given(ResolutionSession)
    found = param.Dict(default={}, doc="Curve -> statistics over `scale`, structure function over `lag`.")
    cost = param.ClassSelector(class_=xr.Dataset, allow_None=True, doc="As engine.hypothesis.measured tells it.")
    failed = param.String(doc="Why the measurement stopped, in one sentence; empty where it did not.")
    busy = param.Boolean(default=False)

    def __init__(self, session: ResolutionSession):
        super().__init__(session=session)
        self._errand = Errand(session.dispatch)
        session.on_close(self._errand.cancel)
        self._of: tuple = ()  # what has been measured, or is being
        session.watch(self._follow, "tab", "result", "result_b", "busy")
        self._follow()

    @property
    def obstacle(self) -> str:
        """Why the cost of the hypothesis cannot be measured on the scene that is shown; empty where it can."""
        scene = self.session.outcome.scene
        return hypothesis.obstacle(scene) if scene is not None else ""

    def _follow(self, *_) -> None:
        session = self.session
        first, second = session.outcome.current, session.comparison.judged
        if session.look.tab != TAB or session.run.busy or first is None or not first.judged:
            return
        wanted = (first.scene, first.asked, None if second is None else second.asked)
        if wanted == self._of:
            return
        known = self._of and self._of[0] is first.scene
        self._of = wanted
        self.param.update(busy=True, failed="", **({} if known else {"cost": None, "found": {}}))
        incomplete = self.cost is None or "loss" not in self.cost
        work = _work(first.scene, {"estimate": first, "b:estimate": second}, incomplete)
        self._errand.start(work, self._show, self._fail, lambda: self.param.update(busy=False))

    def _show(self, item: Found | xr.Dataset) -> None:
        if isinstance(item, xr.Dataset):
            self.cost = item
        else:
            self.found = {name: item.get(name, self.found.get(name)) for name in ("truth", "input", *item)}

    def _fail(self, error: Exception) -> None:
        self.session.run.message = sentence("measurement across scales", error)
        self.param.update(busy=False, failed=self.session.run.message)


def _work(scene: Scene, results: dict[str, Result | None], all_of_it: bool) -> Iterator[Found | xr.Dataset | None]:
    """Statistics of the predictions, and with all_of_it of the scene itself, then the cost of the hypothesis."""
    guide, found = guide_of(scene), Found()
    if all_of_it:
        if scene.truth is not None:
            found["truth"] = statistics(scene.truth[scene.variable], guide)
            yield None
        found["input"] = statistics(scene.problem.low[scene.variable], _seen(scene.problem, guide))
    for name, result in results.items():
        found[name] = None if result is None else statistics(result.values, guide)
        yield None
    yield found
    if all_of_it and not hypothesis.obstacle(scene):
        yield from hypothesis.measured(scene)


def guide_of(scene: Scene) -> xr.DataArray | None:
    """What a field is related to: the vegetation index, else the first guide."""
    guides = scene.problem.guides
    return next((guides[name] for name in ("ndvi", *guides) if name in guides), None)


def _seen(problem: Problem, guide: xr.DataArray | None) -> xr.DataArray | None:
    """A guide as the input's cells see it."""
    if guide is None:
        return None
    values = coarsened(problem, torch.as_tensor(guide.values))
    return problem.low[problem.variable].copy(data=values.numpy()).assign_attrs(guide.attrs)


def statistics(field: xr.DataArray, guide: xr.DataArray | None) -> xr.Dataset | None:
    """Of one date of a field, its structure function among them; None where it has too few cells."""
    try:
        found = scores.across_scales(field, guide)
    except InputError:
        return None
    return found.assign({STRUCTURE: scores.structure_function(field)})
