"""Bars from zero with what is usual: why a case failed, by scale and by value."""

from typing import cast

import holoviews as hv
import numpy as np
from bokeh.models import FixedTicker, HoverTool, NoOverlap, Range1d
from bokeh.models.tickers import ContinuousTicker

from explorer.drawing.copies import glyphs, rendered, sources
from explorer.drawing.lines import title_pane, title_text, titled
from explorer.pages.failures.places import wrapping

hv.extension("bokeh", logo=False)

PLAIN, WORST = "#56b4e9", "#d55e00"


class Bars:
    """Bars from zero, the worst one in another colour, a grey line where each would usually end."""

    def __init__(self, name: str, what: str):
        f = self.figure = rendered("bars", bars)
        drawn, usual = glyphs(f)
        self.bars, self.usual = sources(f)
        drawn.glyph.fill_color = "colour"
        drawn.nonselection_glyph = usual.nonselection_glyph = None
        f.update(name=name, title=None, outline_line_color=None)
        f.update(x_range=Range1d(start=0, end=1), y_range=Range1d(start=0, end=1))
        f.toolbar_location = None
        f.tools = [HoverTool(tooltips=[("", "@tip")], renderers=[drawn])]
        f.xgrid.grid_line_color = None
        f.min_border_left, f.min_border_right, f.min_border_top, f.min_border_bottom = 40, 16, 2, 20
        for axis in (f.xaxis, f.yaxis):
            axis.axis_label = None
            axis[0].major_label_policy = NoOverlap(min_distance=3)
        cast(ContinuousTicker, f.yaxis.ticker).desired_num_ticks = 4
        self.title = wrapping(title_pane())
        self.view = titled(self.title, f)
        self.clear(what)

    def clear(self, why: str) -> None:
        self.title.object = title_text(why)
        for source in (self.bars, self.usual):
            source.data = {name: [] for name in source.data}

    def show(self, edges, heights, worst: int, names: list[str], span, tips: list[str], usual: list[float]) -> None:
        """edges: between bars; names: below them, or none where the edges are numbers themselves."""
        left, right = np.asarray(edges[:-1], float), np.asarray(edges[1:], float)
        gap = 0.06 * (right - left)
        colour = [WORST if number == worst else PLAIN for number in range(len(heights))]
        zero = np.zeros(len(heights))
        self.bars.data = {
            "left": left + gap, "right": right - gap, "bottom": np.minimum(heights, zero),
            "top": np.maximum(heights, zero), "colour": colour, "tip": tips,
        }  # fmt: skip
        self.usual.data = {"x0": left, "x1": right, "y0": usual, "y1": usual}
        self.figure.x_range.update(start=float(left[0]), end=float(right[-1]))
        self.figure.y_range.update(start=span[0], end=span[1])
        middles = (left + right) / 2
        if names:
            self.figure.xaxis[0].ticker = FixedTicker(ticks=list(middles))
            self.figure.xaxis[0].major_label_overrides = dict(zip(middles.tolist(), names, strict=True))

    def __panel__(self):
        return self.view


def bars() -> hv.Overlay:
    drawn = hv.Rectangles([(0, 0, 1, 1, PLAIN, "")], vdims=["colour", "tip"]).opts(
        color="colour", line_alpha=0, tools=["hover"], responsive=True
    )
    usual = hv.Segments([(0, 0, 1, 1)]).opts(color="#7f7f7f", line_width=2.5)
    return (drawn * usual).opts(title="", xlabel="", ylabel="", responsive=True, default_tools=[])
