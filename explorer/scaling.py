"""What the tab "Scales" shows: statistics from scale to scale, and what a hypothesis of their equality costs."""

from collections.abc import Callable, Iterator

import param
import xarray as xr

from engine import hypothesis, scores
from engine.errors import InputError
from engine.scene import Scene
from explorer.jobs import Errand
from explorer.running import Result
from explorer.session import Session
from explorer.working import sentence

TAB = "scales"
STRUCTURE = "structure_function"
Found = dict[str, xr.Dataset | None]  # curve -> its statistics, None where the field is too small


class Scaling(param.Parameterized):
    """Measures in the worker, while the tab is open: the truth once per scene, predictions when they are judged."""

    session = param.ClassSelector(class_=Session)
    found = param.Dict(default={}, doc="Curve -> statistics over `scale`, structure function over `lag`.")
    cost = param.ClassSelector(class_=xr.Dataset, allow_None=True, doc="As engine.hypothesis.measured tells it.")
    busy = param.Boolean(default=False)

    def __init__(self, session: Session, dispatch: Callable):
        """dispatch: how the worker hands a call back to the page's own thread."""
        super().__init__(session=session)
        self._errand = Errand(dispatch)
        self._of: tuple = ()  # what has been measured, or is being
        session.param.watch(self._follow, ["tab", "result", "result_b", "busy"])

    @property
    def measurable(self) -> bool:
        """Whether the cost of the hypothesis can be measured on the scene that is shown."""
        return self.session.scene is not None and hypothesis.measurable(self.session.scene)

    def close(self) -> None:
        """The page has gone."""
        self._errand.cancel()

    def _follow(self, *_) -> None:
        session = self.session
        first, second = session.current, session.judged_b
        if session.tab != TAB or session.busy or first is None or not first.judged:
            return
        wanted = (first.scene, first.asked, None if second is None else second.asked)
        if wanted == self._of:
            return
        known = self._of and self._of[0] is first.scene
        self._of = wanted
        self.param.update(busy=True, **({} if known else {"cost": None, "found": {}}))
        work = _work(first.scene, {"estimate": first, "b:estimate": second}, self.cost is None)
        self._errand.start(work, self._show, self._fail, lambda: self.param.update(busy=False))

    def _show(self, item: Found | xr.Dataset) -> None:
        if isinstance(item, xr.Dataset):
            self.cost = item
        else:
            self.found = {name: item.get(name, self.found.get(name)) for name in ("truth", "input", *item)}

    def _fail(self, error: Exception) -> None:
        self.busy = False
        self.session.message = sentence("measurement across scales", error)


def _work(scene: Scene, results: dict[str, Result | None], all_of_it: bool) -> Iterator[Found | xr.Dataset | None]:
    """Statistics of the predictions, and with all_of_it of the scene itself, then the cost of the hypothesis."""
    guides = scene.problem.guides
    guide = next((guides[name] for name in ("ndvi", *guides) if name in guides), None)
    found: Found = {}
    if all_of_it:
        if scene.truth is not None:
            found["truth"] = statistics(scene.truth[scene.variable], guide)
            yield None
        found["input"] = statistics(scene.problem.low[scene.variable], None)
    for name, result in results.items():
        found[name] = None if result is None else statistics(result.values, guide)
        yield None
    yield found
    if all_of_it and hypothesis.measurable(scene):
        yield from hypothesis.measured(scene)


def statistics(field: xr.DataArray, guide: xr.DataArray | None) -> xr.Dataset | None:
    """Of one date of a field, its structure function among them; None where it has too few cells."""
    try:
        found = scores.across_scales(field, guide)
    except InputError:
        return None
    return found.assign({STRUCTURE: scores.structure_function(field)})
