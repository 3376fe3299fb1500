"""The whole domain of a data set, small, with the region that is shown."""

import holoviews as hv
import numpy as np
import panel as pn
from bokeh.events import SelectionGeometry
from bokeh.models import BoxSelectTool, LinearColorMapper, Range1d

from engine.grid import Grid
from explorer.base.given import given
from explorer.drawing.coded import small
from explorer.drawing.copies import glyphs, rendered, sources
from explorer.drawing.lines import describe, keep_aspect
from explorer.drawing.palette import LAND, colours, limits
from explorer.pages.resolution.session import ResolutionSession

hv.extension("bokeh", logo=False)


def declared() -> hv.Overlay:
    """A small map and the box of a region."""
    blank = hv.Image(np.zeros((2, 2), np.float32), bounds=(0, 0, 1, 1), kdims=["x", "y"], vdims=["value"])
    drawn = blank.opts(responsive=True, xaxis=None, yaxis=None, toolbar=None, default_tools=[]) * hv.Rectangles(
        [(0, 0, 1, 1)]
    ).opts(fill_alpha=0.08, line_color="#ff3d7f", line_width=2)
    return drawn


class Overview(pn.viewable.Viewer):
    """The whole domain with the present region; dragging a box chooses another."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        f = self.figure = rendered("overview", declared)
        self.image, self.box = sources(f)
        self.mapper = LinearColorMapper(palette=["#000000"], nan_color=LAND)
        glyphs(f)[0].glyph.color_mapper = self.mapper
        f.name, f.x_range, f.y_range = "overview", Range1d(start=0, end=1), Range1d(start=0, end=1)
        tool = BoxSelectTool(renderers=[], persistent=False)
        f.tools = [tool]
        f.toolbar.active_drag = tool
        f.min_border = 2
        f.on_event(SelectionGeometry, self._chosen)  # type: ignore[arg-type]
        f.update(height=112, sizing_mode="stretch_width")
        describe(f, "The whole domain")
        self.view = pn.pane.Bokeh(f, height=112, sizing_mode="stretch_width", margin=(2, 4))
        self.fit, self._drawn = keep_aspect(f), ("", "")
        session.watch(self._draw, "scene", "region")

    def _draw(self, *_) -> None:
        data = self.session.data
        try:
            if self._drawn != (data.key, data.stamp):
                field = data.overview()
                x0, x1, y0, y1 = Grid.of(field).extent
                values = field.values.astype(np.float32)
                low, high = limits(values, str(field.name))
                self.mapper.update(palette=colours(str(field.name)), low=low, high=high)
                self.image.data = {"image": [small(values)], "x": [x0], "y": [y0], "dw": [x1 - x0], "dh": [y1 - y0]}
                self.fit.data = {"box": [x0, x1, y0, y1, Grid.of(field).aspect]}
                self._drawn = (data.key, data.stamp)
            region = data.find_region(self.session.selection.region)
        except Exception:  # a plug-in's may be of any kind
            return  # opening the scene meets it too, and the session says it
        describe(self.figure, f"{data.title}: the whole domain, with the box of the region {region.title}")
        self.box.data = {"left": [region.x[0]], "right": [region.x[1]], "bottom": [region.y[0]], "top": [region.y[1]]}

    def _chosen(self, event: SelectionGeometry) -> None:
        g = event.geometry
        if event.final and g is not None and g["type"] == "rect":
            self.session.selection.region = ",".join(f"{bound:.5g}" for bound in (g["x0"], g["x1"], g["y0"], g["y1"]))

    def __panel__(self):
        look = "font-size:calc(12*var(--px,1px));opacity:.7;text-align:center"
        hint = f"<div style='{look}'>drag a box to choose a region</div>"
        return pn.Column(self.view, pn.pane.HTML(hint, margin=0, sizing_mode="stretch_width"), margin=0)
