"""How values are distributed."""

import panel as pn

from explorer.base.given import given
from explorer.base.zoom import LineZoom
from explorer.drawing.lines import describe, dim, feed, line_figure
from explorer.pages.resolution.session import ResolutionSession

CURVES = ("truth", "input", "estimate", "b:estimate")


class Histogram(pn.viewable.Viewer):
    """Densities of truth, input and prediction."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        tips = [("", "@label"), ("value", "@x{0.000}"), ("density", "@y{0.000}")]
        self.figure, self.sources = line_figure("histogram", "value", "density", CURVES, tips)
        self.zoom = LineZoom(session.look, self.figure, CURVES)
        self.view = pn.pane.Bokeh(self.figure, sizing_mode="stretch_both", min_height=0, min_width=0)
        session.watch(self._draw, "result", "result_b")
        session.watch(self._dim, "stale", "result")
        self._draw()
        self._dim()

    def _draw(self, *_) -> None:
        result, other = self.session.outcome.result, self.session.comparison.judged
        if result is None or result.densities is None:
            return
        densities = result.densities
        value = densities["value"].values
        lines = {name: (value, density.values) for name, density in densities.items()}
        if other is not None and other.densities is not None:
            lines["b:estimate"] = other.densities["value"].values, other.densities["estimate"].values
        feed(self.figure, self.sources, lines)
        half = (value[1] - value[0]) / 2
        top = 1.05 * max(float(n.max()) for _, n in lines.values()) or 1
        self.zoom.fit((value[0] - half, value[-1] + half), (0, top))
        field = result.scene.problem.low[result.scene.variable]
        self.figure.xaxis.axis_label = f"{field.attrs.get('long_name', field.name)} ({field.attrs['units']})"
        self.figure.yaxis.axis_label = f"density (1/{field.attrs['units']})"
        describe(self.figure, f"Histogram of {field.attrs.get('long_name', field.name)} ({field.attrs['units']})")

    def _dim(self, *_) -> None:
        dim(self.view, self.session.outdated)

    def __panel__(self):
        return self.view
