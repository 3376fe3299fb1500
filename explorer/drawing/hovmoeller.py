"""A Hovmöller diagram: distance along a line to the right, time upwards, a row of colours for every date."""

from collections.abc import Mapping
from typing import cast

import holoviews as hv
import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, LinearColorMapper, Range1d
from bokeh.models.annotations import ColorBar
from bokeh.models.axes import Axis
from bokeh.models.tickers import ContinuousTicker
from bokeh.plotting import figure as Figure

from explorer.drawing.coded import coded, decimals
from explorer.drawing.copies import glyphs, rendered, sources
from explorer.drawing.dates import dated, edges, now
from explorer.drawing.lines import title_pane, title_text, titled
from explorer.drawing.palette import LAND, colours


def declared() -> hv.Image:
    """The declaration: one image, of which there will be as many as dates."""
    blank = hv.Image(np.zeros((2, 2), np.float32), bounds=(0, 0, 1, 1), kdims=["x", "y"], vdims=["value"])
    return blank.opts(colorbar=True, tools=["hover"], cmap=["#000000", "#ffffff"], responsive=True)


def dressed(f: Figure) -> None:
    """Dates upwards, kilometres to the right, a narrow bar of colours.

    Args:
        f: A figure of `declared`, changed in place.
    """
    f.title, f.outline_line_color = None, None
    f.toolbar.autohide, f.toolbar.logo, f.toolbar_inner = True, None, True
    f.min_border_right, f.min_border_top, f.min_border_bottom = 8, 2, 34
    dated(cast(Axis, f.left[0]))
    cast(Axis, f.left[0]).axis_label, cast(Axis, f.below[0]).axis_label = None, "distance (km)"
    cast(ContinuousTicker, cast(Axis, f.below[0]).ticker).desired_num_ticks = 3
    f.grid.grid_line_color = None
    image, bar = glyphs(f)[0], next(item for item in f.right if isinstance(item, ColorBar))
    bar.update(width=9, title=None, label_standoff=4, padding=2, major_tick_out=0, margin=0)
    image.glyph.color_mapper = bar.color_mapper = LinearColorMapper(palette=["#000000"], nan_color=LAND)
    hover = next(tool for tool in f.tools if isinstance(tool, HoverTool))
    hover.update(
        renderers=[image], formatters={"$y": "datetime"},
        tooltips=[("value", "@image"), ("distance", "$x{0.0} km"), ("date", "$y{%F}")],
    )  # fmt: skip


class Hovmoeller:
    """One diagram, with a line at the date that is shown; those beside each other share their ranges."""

    def __init__(self, name: str, ranges: tuple[Range1d, Range1d]):
        """ranges: of distance (km) and time (ms)."""
        f = self.figure = rendered("hovmoeller", declared, dressed)
        f.name, (f.x_range, f.y_range) = name, ranges
        self.now = now("width")
        f.add_layout(self.now)
        self.source: ColumnDataSource = sources(f)[0]
        self.bar = next(item for item in f.right if isinstance(item, ColorBar))
        self.mapper = cast(LinearColorMapper, self.bar.color_mapper)
        self.title = title_pane()
        self.view = titled(self.title, f)

    def show(
        self, title: str, rows: Mapping[float, np.ndarray], times: np.ndarray, length: float, role: str,
        limits: tuple[float, float],
    ) -> None:  # fmt: skip
        """Draw a field along a line.

        Args:
            title: Words above it.
            rows: Time (ms) -> values (n,) at even distances.
            times: All that are followed, rising, (ms): what is not among the rows stays empty.
            length: Of the line, km.
            role: What is drawn, see `explorer.drawing.palette`.
            limits: Of the colours, in the field's unit.
        """
        self.title.object = title_text(title)
        self.mapper.update(palette=colours(role), low=limits[0], high=limits[1])
        low, high = edges(times)
        there = [number for number, time in enumerate(times) if time in rows]
        drawn = [rows[times[number]] for number in there]
        places = decimals(np.array(drawn)) if drawn else None
        self.source.data = {
            "image": [coded(row[None, :], places) for row in drawn],
            "x": [0.0] * len(there), "dw": [length] * len(there),
            "y": list(low[there]), "dh": list((high - low)[there]),
        }  # fmt: skip
