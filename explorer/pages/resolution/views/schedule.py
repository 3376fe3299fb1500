"""The schedule of a generator: signal rate, noise rate and angle by step, and where the run stands."""

import numpy as np
import panel as pn
from bokeh.models.annotations import Span

from engine.methods import Method
from explorer.base.given import given
from explorer.base.zoom import LineZoom
from explorer.drawing.lines import NOTHING, columns, line_figure, title_pane, title_text, titled
from explorer.pages.resolution.session import ResolutionSession

CURVES = ("signal rate", "noise rate", "angle")
HINT = "This method has no schedule"


class Schedule(pn.viewable.Viewer):
    """Lines by step, and a mark at the step that the picture on the screen has reached."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        tips = [("", "@label"), ("step", "@x"), ("value", "@y{0.000}")]
        self.figure, self.sources = line_figure("schedule", "steps done", "rate, or angle (rad)", CURVES, tips)
        self.zoom = LineZoom(session.look, self.figure, CURVES)
        self.mark = Span(dimension="height", line_color="#009e73", line_dash="dashed", line_width=2, visible=False)
        self.figure.add_layout(self.mark)
        self.title = title_pane()
        self.view = titled(self.title, self.figure)
        self._watched: Method | None = None
        session.watch(self._follow, "configured")
        session.watch(self._mark, "result")
        self._follow()

    def _follow(self, *_) -> None:
        """Draw the method's schedule again whenever one of its own settings changes."""
        method = self.session.chosen.configured
        if method is not self._watched:
            self._watched = method
            method.param.watch(lambda *_: self._draw(), [name for name in method.param if name not in ("name",)])
        self._draw()

    def _draw(self) -> None:
        schedule = self.session.chosen.configured.schedule()
        self.title.object = title_text(HINT if schedule is None else "What the network is told, step by step")
        for name, source in self.sources.items():
            values = schedule[name].values if schedule is not None and name in schedule else NOTHING
            source.data = columns(np.arange(len(values)), values, name)
        if schedule is not None:
            self.zoom.fit((0, schedule.sizes["step"] - 1), (0, 1.65))
        self._mark()

    def _mark(self, *_) -> None:
        result = self.session.outcome.result
        here = result is not None and result.method == self.session.chosen.configured.key and "step" in result.trace
        self.mark.visible = bool(here)
        if here:
            self.mark.location = result.trace["step"]

    def __panel__(self):
        return self.view
