"""The tab "Time": what is chosen of it, and how far the method has come over the dates."""

import html
from collections.abc import Callable, Mapping
from typing import Any

import panel as pn
import panel_material_ui as pmui

from explorer.base.given import given
from explorer.base.page import BOTH
from explorer.base.widgets.forms import chooser
from explorer.base.widgets.later import Later
from explorer.base.wording import lasting, ordinal
from explorer.drawing.lines import adjust
from explorer.pages.resolution.evolution import Evolution
from explorer.pages.resolution.over_time import CHANGE

PLACED = {"sizing_mode": None, "margin": (10, 4, 0, 4)}
SMALL = {"font-size": "calc(12*var(--px,1px))", "line-height": "1.35"}


class Time(pn.viewable.Viewer):
    """One of the three at a time; above it what is chosen, and how far the method has come."""

    evolution = given(Evolution)

    def __init__(self, evolution: Evolution, kinds: Mapping[str, Callable[[Evolution], Any]], **params):
        """kinds: choice -> what makes its view, which has `draw`, and `mark` for the date that is shown."""
        super().__init__(evolution=evolution, **params)
        session = evolution.session
        self.made: dict[str, Any] = {}
        self.since = chooser(session.over_time, "since", width=160, **PLACED)
        self.note = pn.pane.HTML("", styles=SMALL, margin=(16, 6, 0, 6), sizing_mode="stretch_width")
        options = {"size": "small", "margin": (12, 4, 0, 4)}
        self.button = pmui.Button(label="Run", width=216, on_click=lambda _: evolution.start(), **options)
        self.cancel = pmui.Button(
            label="Cancel", variant="outlined", width=76, on_click=lambda _: evolution.cancel(), **options
        )
        which = chooser(session.over_time, "over", width=236, **PLACED)
        head = pn.Row(which, self.since, self.note, self.cancel, self.button, sizing_mode="stretch_width", margin=0)
        self.places = {name: Later(self._maker(name, kind), **BOTH) for name, kind in kinds.items()}
        self.view = pn.Column(head, *self.places.values(), **BOTH)
        evolution.param.watch(session.guarded(self._draw), ["found", "change", "asked"])
        evolution.run.param.watch(session.guarded(self._tell), ["busy", "progress", "place", "message"])
        session.watch(self._draw, "over", "since", "limits", "probe", "source", "busy")
        session.watch(self._mark, "time")
        self._draw()

    def _maker(self, name: str, kind: Callable[[Evolution], Any]):
        def make() -> pn.viewable.Viewable:
            self.made[name] = kind(self.evolution)
            return self.made[name].__panel__()

        return make

    def _draw(self, *_) -> None:
        """The chosen one, or why there is none."""
        chosen, nothing = self.evolution.session.over_time.over, self.evolution.obstacle
        adjust(self.since, visible=chosen == CHANGE)
        for name, place in self.places.items():
            adjust(place, visible=name == chosen and not nothing)
        if not nothing:
            self.places[chosen].fill()
            if self.evolution.asked is not None:
                self.made[chosen].draw()
        self._tell()

    def _mark(self, *_) -> None:
        if not self.evolution.obstacle:
            for made in self.made.values():
                made.mark()

    def _tell(self, *_) -> None:
        """How far it is, what can be done, why it cannot."""
        evolution = self.evolution
        missing = [] if evolution.run.busy else evolution.missing
        adjust(self.note, object=html.escape(evolution.obstacle or progress(evolution)))
        adjust(self.cancel, visible=evolution.run.busy)
        adjust(
            self.button, visible=bool(missing), label=(label := offer(evolution, missing)), width=24 + 7 * len(label)
        )

    def __panel__(self):
        return self.view


def progress(evolution: Evolution) -> str:
    """How far the run is, in words."""
    run = evolution.run
    if not run.busy:
        return run.message
    if run.place:
        return f"{ordinal(run.place)} in the queue"
    left = f", {run.time_left:.0f} s left" if run.time_left >= 1 else ""
    return f"Running: {run.progress or 0:.0%}{left}"


def offer(evolution: Evolution, missing: list[str]) -> str:
    """What the button says: what it does, and how long that takes."""
    if not missing:
        return "Run"
    seconds = evolution.seconds(missing)
    what = f"Run on {missing[0]}" if len(missing) == 1 else f"Run over {len(missing)} dates"
    return what if not seconds or seconds < 1 else f"{what} (about {lasting(seconds)})"
