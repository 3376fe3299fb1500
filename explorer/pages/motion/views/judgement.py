"""How good forecasts are, beside those of others."""

import numpy as np
import panel as pn

from explorer.base.given import given
from explorer.base.zoom import LineZoom
from explorer.drawing.lines import columns, dim, line_figure, pretty, title_pane, title_text, titled
from explorer.pages.motion.fields import lead_axis
from explorer.pages.motion.session import MotionSession

JUDGED = ("estimate", "persistence", "dis", "farneback")


class Judgement(pn.viewable.Viewer):
    """RMSE of forecasts by lead time beside persistence and optical flow."""

    session = given(MotionSession)

    def __init__(self, session: MotionSession, **params):
        super().__init__(session=session, **params)
        tips = [("", "@label"), ("lead time", "@x{0.0}"), ("RMSE", "@y{0.000}")]
        self.figure, self.sources = line_figure("judgement", "lead time", "RMSE of the forecast", JUDGED, tips)
        self.figure.legend.update(location="top_left")  # no forecast begins there
        self.zoom = LineZoom(session.look, self.figure, JUDGED)
        self.title, self.table = title_pane(), pn.pane.HTML("", margin=(0, 12), sizing_mode="stretch_width")
        self.view = pn.Column(
            titled(self.title, self.figure), self.table, sizing_mode="stretch_both", min_height=0, margin=0
        )
        session.watch(self._draw, "result")
        session.watch(self._dim, "stale")
        self._draw()
        self._dim()

    def _draw(self, *_) -> None:
        found = self.session.outcome.result
        if found is None or found.errors is None:
            self.title.object = title_text("RMSE by lead time: at the end of the descent")
            return
        lead, unit = lead_axis(found.scene)
        for name in JUDGED:
            self.sources[name].data = columns(lead, found.errors[name][1], name)
        top = np.nanmax([errors for _, errors in found.errors.values()])
        self.zoom.fit((0, 1.15 * lead[-1]), (0, 1.15 * float(top)))
        units = pretty(found.scene.problem.low[found.scene.variable].attrs["units"])
        self.figure.xaxis.axis_label, self.figure.yaxis.axis_label = f"lead time ({unit})", f"RMSE ({units})"
        self.title.object = title_text(f"Forecasts: {found.title}")
        angles = found.angles or {}
        known = {name: error for name, (error, _) in found.errors.items() if np.isfinite(error)}
        words = {"estimate": "prediction", "persistence": "persistence", "dis": "DIS", "farneback": "Farneback"}
        text = " · ".join(f"{words[name]} {error:.2f}, {angles[name]:.2g}°" for name, error in known.items())
        meant = "the mean end-point error over the mean motion, and the mean angular error"
        self.table.object = (
            f"<span style='font-size:calc(12*var(--px,1px))' title='{meant}'>Flow errors: {text}</span>" if known else
            "<span style='font-size:calc(12*var(--px,1px))'>"
            "Nobody knows the true flow: forecasts alone can be judged</span>"
        )  # fmt: skip

    def _dim(self, *_) -> None:
        dim(self.view, self.session.outcome.stale)

    def __panel__(self):
        return self.view
