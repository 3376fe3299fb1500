"""Values along a line that a person puts on a map."""

import numpy as np
import panel as pn

from engine.scene import Scene
from explorer.base.given import given
from explorer.base.zoom import LineZoom
from explorer.drawing.lines import feed, line_figure, pretty, title_pane, title_text, titled
from explorer.pages.resolution.session import ResolutionSession
from explorer.pages.resolution.transect import path, sample

CURVES = ("truth", "input", "estimate", "b:estimate")


class Transect(pn.viewable.Viewer):
    """Values along the line between two clicks, or along the row of the first click."""

    session = given(ResolutionSession)
    HINT = "Transect: click a map for its row, twice for a line"

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        tips = [("", "@label"), ("distance", "@x{0.0} km"), ("value", "@y{0.0000}")]
        self.figure, self.sources = line_figure("transect", "distance (km)", "value", CURVES, tips)
        self.zoom = LineZoom(session.look, self.figure, CURVES)
        self.title = title_pane()
        self.title.object = title_text(self.HINT)
        self.view = titled(self.title, self.figure)
        session.watch(self._draw, "scene", "result", "result_b", "probe", "probe_end", "member", "style")
        self._draw()

    def _draw(self, *_) -> None:
        scene, display = self.session.outcome.scene, self.session.display
        if scene is None or display.probe is None:
            self.title.object = title_text(self.HINT)
            feed(self.figure, self.sources, {})
            return
        x, y, distance = path(scene.problem.target, display.probe, display.probe_end)
        shown = {name: display.picture(name) for name in CURVES}
        lines = {name: (distance, sample(of.field, x, y)) for name, of in shown.items() if of is not None}
        feed(self.figure, self.sources, lines)
        heights = np.concatenate([values for _, values in lines.values()])
        self._frame(scene, heights[np.isfinite(heights)], distance)

    def _frame(self, scene: Scene, heights: np.ndarray, distance: np.ndarray) -> None:
        low, high = (heights.min(), heights.max()) if heights.size else (0.0, 1.0)
        pad = 0.05 * (high - low) or 0.5
        self.zoom.fit((0, distance[-1]), (low - pad, high + pad))
        (x0, y0), end = self.session.display.probe, self.session.display.probe_end
        to = (
            f"From ({x0:.4g}, {y0:.4g}) to ({end[0]:.4g}, {end[1]:.4g})" if end else f"Row through ({x0:.4g}, {y0:.4g})"
        )
        units = pretty(shown.field.attrs["units"]) if (shown := self.session.display.picture("input")) else ""
        self.figure.yaxis.axis_label = f"({units})"
        self.title.object = title_text(to)

    def __panel__(self):
        return self.view
