"""State and actions of the page "Motion": images in a row, a flow that descends, its forecast. No widget, no figure."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import param

from engine import methods
from engine.errors import InputError
from engine.scene import Scene
from explorer.pages.motion.run import Latest, Motion, complete, follow, look, question
from explorer.jobs.worker import Ticket
from explorer.pages.motion.fields import Moving
from explorer.base.session import Working


class MotionSession(Working):
    """One person's page "Motion"."""

    TASK = "motion"
    PAGE = "motion"
    NAMES = (
        "source", "region", "time", "gaps", "method", "seed", "image", "lead", "flow", "flow_of", "iterate", "view",
        *Working.LOOK,
    )  # fmt: skip
    OPTIONAL = ("flow_of", "iterate", "view", *Working.LOOK)

    gaps = param.Number(
        default=0.0, bounds=(0, 0.8), step=0.05, label="Missing", doc="Share of the cells taken away from every image."
    )
    image = param.Integer(default=1, bounds=(1, 4), label="Image", doc="Which one is shown, with its flow.")
    lead = param.Integer(default=1, bounds=(1, 3), label="Lead time", doc="Which forecast is shown.")
    flow = param.Selector(
        default="arrows", objects={"Arrows": "arrows", "None": "none"}, label="On the image",
        doc="How the flow is drawn on the image; its colours are in the map beside it.",
    )  # fmt: skip
    flow_of = param.Selector(
        default="", objects={"Found": "", "True": "true"}, label="True flow",
        doc="Show the true flow, where it is known, in place of the one that was found.",
    )  # fmt: skip
    iterate = param.Integer(
        default=None, allow_None=True, bounds=(1, None), label="Iterate", doc="An earlier one; empty is the last one."
    )
    view = param.NumericTuple(default=None, length=4, allow_None=True, doc="Zoom x0, x1, y0, y1; empty shows all.")
    result = param.ClassSelector(class_=Motion, allow_None=True)

    def __init__(self, dispatch: Callable[[Callable[[], None]], None] = lambda call: call()):
        super().__init__(dispatch)
        self._started, self._drawing, self._latest = 0.0, False, Latest()
        with param.discard_events(self):
            first = "rain_run" if "rain_run" in self._catalogue else next(iter(self._catalogue))
            self._adopt_source(first)
            self._adopt_method("fourdvar" if "fourdvar" in self.param.method.objects.values() else "persistence")
        self.param.watch(self._selected, ["source", "region", "time", "gaps", "method", "seed"])

    def _adopt_source(self, key: str) -> None:
        data = self._catalogue[key]
        self.param.update(source=key, **self._adopt_dates(data))

    def _forget(self, names: set[str]) -> None:
        self.iterate = None
        if names & {"source", "region"}:
            self.view = None

    @property
    def moving(self) -> Moving:
        """What the maps show, once there is a scene."""
        return Moving(self.scene, self.current, self.image, self.lead, self.iterate, bool(self.flow_of))

    @property
    def selection(self) -> dict[str, Any]:
        return {"time": self.time, "region": self.region, "gaps": self.gaps}

    def refresh(self, message: str = "") -> None:
        """Open the scene and, if the method answers at once, run it; otherwise mark the picture as stale."""
        if self._quiet:
            return
        if self.configured.cheap or self.result is None:
            self._follow(message)
        else:
            self._begin(message, look(self.source, self.selection))
            self.stale = True

    def run(self) -> None:
        self.iterate = None
        self.restore()

    def restore(self) -> None:
        self._follow("")

    def _follow(self, message: str) -> None:
        asked = (self.source, self.selection, methods.copy(self.configured), self.seed)
        self._latest = Latest()
        self._begin(message, follow(*asked, self._latest), asked[2], question(*asked))

    def cancel(self) -> None:
        """Stop the descent: what it has found by now is shown, then carried on and judged."""
        found, running = self._latest.found, self.busy
        super().cancel()
        if running and found is not None and not found.final:
            self._show(found)
            self._submit(complete(found))

    def _begin(self, message: str, work: Iterator, *asked) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
        self._started = time.monotonic()
        self.param.update(busy=True, message=message, missing=[], progress=None)
        self._submit(work, *asked)

    def _deliver(self, ticket: Ticket, item: Scene | Motion) -> None:
        """An iterate that comes while another is being drawn is passed over: Cancel is not to wait behind it."""
        passing = isinstance(item, Motion) and item.errors is None
        if passing and self._drawing:
            return

        def draw() -> None:
            try:
                if ticket is self._ticket and not ticket.cancelled:
                    self._show(item)
            finally:
                self._drawing = False

        self._drawing = isinstance(item, Motion)
        self._dispatch(draw)

    def _show(self, item: Scene | Motion) -> None:
        if isinstance(item, Scene):
            images, leads = item.problem.low.sizes["time"], item.problem.target.sizes["lead"]
            self.param.image.bounds, self.param.lead.bounds = (1, images), (1, max(leads, 1))
            chosen = {"image": min(self.image, images), "lead": min(self.lead, max(leads, 1))}
            self.param.update(**chosen, **self._another(item))
            return
        share, since = item.index / item.total, time.monotonic() - self._started
        left = since * (1 - share) / share if share else 0.0
        if item.final and self.iterate not in item.iterates:
            self.iterate = None
        about = {"result": item, "stale": False, "progress": share, "time_left": left}
        self.param.update(**about, **self._another(item.scene))

    def _another(self, scene: Scene) -> dict[str, Scene]:
        """The scene, if it is another one: the same one again would have all that it shows drawn again."""
        return {} if scene is self.scene else {"scene": scene}

    @property
    def current(self) -> Motion | None:
        return self.result if self.result is not None and self.result.scene is self.scene else None

    def check(self, name: str, given: Any, value: Any) -> None:
        super().check(name, given, value)
        if name in ("image", "lead") and value is None:
            raise InputError(f"The {name} has to be a number.")
