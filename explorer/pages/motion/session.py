"""State and actions of the page "Motion": images in a row, a flow that descends, its forecast. No widget, no figure."""

from collections.abc import Iterator
from typing import Any

from engine import methods
from engine.methods import METHODS, Method
from engine.scene import Scene
from explorer.base import link
from explorer.base.chosen import Chosen
from explorer.base.geography import Geography
from explorer.base.part import Part
from explorer.base.selection import Selection
from explorer.base.session import Session
from explorer.jobs.errand import Dispatch
from explorer.pages.motion.fields import Moving
from explorer.pages.motion.images import Images
from explorer.pages.motion.run import Latest, Motion, complete, follow, look, question

FIRST_METHODS = ("fourdvar", "persistence")


class MotionSession(Session):
    """One person's page "Motion"."""

    TASK = "motion"
    PAGE = "motion"
    selection: Selection

    def __init__(self, dispatch: Dispatch = lambda call: call()):
        super().__init__(dispatch)
        self._latest = Latest()
        self.selection, self.images = Selection(self.TASK), Images()
        self.geography = Geography()
        self.chosen = Chosen(self.TASK, next(key for key in FIRST_METHODS if key in METHODS), self.changed)
        self.adopt_source()
        self.react(self.selection, self.selection.held)
        self.react(self.images, ["gaps"])
        self.react(self.chosen, self.chosen.held)

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.selection, self.images, self.chosen, self.geography, self.look, self.outcome

    @property
    def configurations(self) -> dict[str, Method]:
        return {link.OPTION: self.chosen.configured}

    def step_date(self, by: int) -> None:
        self.selection.step_date(by)

    def adopt_source(self) -> None:
        self.selection.adopt()

    def forget(self, names: set[str]) -> None:
        if "method" in names:
            self.chosen.adopt(self.chosen.method)
        self.images.iterate = None
        if names & {"source", "region"}:
            self.look.view = None

    @property
    def moving(self) -> Moving:
        """What the maps show, once there is a scene."""
        images, outcome = self.images, self.outcome
        assert outcome.scene is not None
        return Moving(
            outcome.scene, outcome.current, images.image, images.lead, images.iterate, bool(images.flow_of)
        )  # fmt: skip

    @property
    def request(self) -> dict[str, Any]:
        """What, beside the data set, defines the scene."""
        return {"time": self.selection.time, "region": self.selection.region, "gaps": self.images.gaps}

    def refresh(self, message: str = "") -> None:
        """Open the scene and, if the method answers at once, run it; otherwise mark the picture as stale."""
        if self.chosen.configured.cheap or self.outcome.result is None:
            self._follow(message)
        else:
            self._begin(message, look(self.selection.source, self.request))
            self.outcome.stale = True
            self.images.iterate = None  # of a run whose settings no link would tell any more

    def start(self) -> None:
        self.images.iterate = None
        self.restore()

    def restore(self) -> None:
        self._follow("")

    def _follow(self, message: str) -> None:
        asked = (self.selection.source, self.request, methods.copy(self.chosen.configured), self.chosen.seed)
        self._latest = Latest()
        about = {"method": asked[2], "source": asked[0], "key": question(*asked)}
        self._begin(message, follow(*asked, self._latest), **about)

    def cancel(self) -> None:
        """Stop the descent: what it has found by now is shown, then carried on and judged."""
        found, running = self._latest.found, self.run.busy
        super().cancel()
        if running and found is not None and not found.final:
            self._show(found)
            self.run.submit(complete(found), self._show)

    def _begin(self, message: str, work: Iterator, **about: Any) -> None:
        """An iterate that comes while another is being drawn is passed over: Cancel is not to wait behind it."""
        self.run.begin(message)
        passing = lambda item: isinstance(item, Motion) and item.errors is None  # noqa: E731
        self.run.submit(work, self._show, passing=passing, **about)

    def _show(self, item: Scene | Motion) -> None:
        if isinstance(item, Scene):
            self.images.fit(item.problem.low.sizes["time"], item.problem.target.sizes["lead"])
            self._place(item)
            return
        self.run.advance(item.index / item.total)
        self.note(item)
        if item.final:
            self._fit_iterate(item)
        self._place(item.scene, result=item, stale=False)

    def _fit_iterate(self, found: Motion) -> None:
        """Of the iterates only those that were kept can be shown; instead of any other it is the end."""
        if self.images.iterate not in found.iterates:
            self.images.iterate = None

    def _place(self, scene: Scene, **more: Any) -> None:
        """Show a scene, if it is another one: the same one again would have all that it shows drawn again."""
        another = {} if scene is self.outcome.scene else {"scene": scene}
        self.outcome.param.update(**another, **more)
