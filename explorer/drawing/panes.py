"""A map pane: declared once with HoloViews, then fed by assigning its Bokeh source; zoom and crosshair shared."""

import html

import holoviews as hv
import numpy as np
import xarray as xr
from bokeh.models import (
    BoxZoomTool,
    ColorBar,
    ColumnDataSource,
    CrosshairTool,
    CustomJSTickFormatter,
    HoverTool,
    LinearColorMapper,
    Range1d,
    Span,
    WheelZoomTool,
)
from datashader import Canvas

from engine.grid import Grid
from explorer.drawing.lines import pretty, rendered, title_pane, title_text, titled
from explorer.drawing.palette import LAND, colours
from explorer.drawing.pictures import Picture

hv.extension("bokeh", logo=False)

RASTER_ABOVE = 1_000_000  # cells; larger fields are drawn by Datashader at the pane's own pixels
PIXELS = 110_000  # most pixels sent for one rasterized map
PLAIN = (
    "return (Math.round(tick * 1000) / 1000) + (index == ticks.length - 1 ? '{}' : '')"  # a narrow map has no more room
)
DEGREES = """
if (Math.abs(tick) > {2}) return '';
return (Math.round(Math.abs(tick) * 1000) / 1000) + '°' + (tick < 0 ? '{1}' : tick > 0 ? '{0}' : '')
"""


class Frame:
    """What the maps share: ranges, crosshair, coastline, probe."""

    def __init__(self):
        self.x_range, self.y_range = Range1d(0, 1), Range1d(0, 1)
        self.spans = [
            Span(dimension=d, line_dash="dotted", line_width=1, line_color="#888888") for d in ("width", "height")
        ]
        self.coast = ColumnDataSource({"xs": [], "ys": []})
        self.transect = ColumnDataSource({"xs": [], "ys": []})
        self.probe = ColumnDataSource({"x": [], "y": []})


def declared() -> hv.Overlay:
    """A map: the field, the coastline, the transect, the probe."""
    blank = hv.Image(np.zeros((2, 2), np.float32), bounds=(0, 0, 1, 1), kdims=["x", "y"], vdims=["value"])
    drawn = blank.opts(colorbar=True, tools=["hover"], cmap=["#000000", "#ffffff"], responsive=True) * (
        hv.Path([], label="coast").opts(color="#333333", line_width=0.8)
        * hv.Path([], label="transect").opts(color="#ff3d7f", line_width=2)
        * hv.Points([], label="probe").opts(marker="x", size=11, color="#ff3d7f", line_width=2.5)
    )
    return drawn.opts(show_legend=False)


class MapPane:
    """One map: a HoloViews picture rendered once; `show` assigns its data."""

    def __init__(self, frame: Frame, name: str):
        self.frame, self._shown, self._role = frame, None, ""
        self.figure = rendered("map", declared)
        self.image, coast, transect, probe = self.figure.renderers
        coast.data_source, transect.data_source, probe.data_source = frame.coast, frame.transect, frame.probe
        self.hover = next(tool for tool in self.figure.tools if isinstance(tool, HoverTool))
        self.bar = next(item for item in self.figure.right if isinstance(item, ColorBar))
        self.mapper = LinearColorMapper(palette=["#000000"], nan_color=LAND)
        self.image.glyph.color_mapper = self.bar.color_mapper = self.mapper
        self.image.visible = self.bar.visible = False  # until there is something to show
        self._dress(name)
        self.title = title_pane()
        self.view = titled(self.title, self.figure)

    def _dress(self, name: str) -> None:
        """Shared ranges and crosshair, a quiet toolbar, sizes that leave the room to the map."""
        f = self.figure
        f.name, f.title, f.outline_line_color, self.bar.title = name, None, None, None
        f.x_range, f.y_range = self.frame.x_range, self.frame.y_range
        f.tools = [tool for tool in f.tools if not isinstance(tool, BoxZoomTool)]
        f.add_tools(CrosshairTool(overlay=self.frame.spans), BoxZoomTool(match_aspect=True))
        f.toolbar.active_scroll = next(tool for tool in f.tools if isinstance(tool, WheelZoomTool))
        f.toolbar.autohide, f.toolbar.logo, f.toolbar_inner = True, None, True
        f.min_border_left, f.min_border_right, f.min_border_top, f.min_border_bottom = 52, 44, 2, 20
        for axis in (f.xaxis, f.yaxis):
            axis.axis_label = None
            axis.formatter = CustomJSTickFormatter(code=PLAIN.format(" "))
            axis.ticker.desired_num_ticks = 4
        f.grid.grid_line_color = None
        self.bar.update(width=9, title_standoff=4, label_standoff=4, padding=2, major_tick_out=0, margin=0)
        self.hover.renderers = [self.image]

    def show(self, picture: Picture | None, limits: tuple[float, float] | None, view=None, nothing="none") -> None:
        """Draw a picture, or say that there is nothing; only what changed is sent."""
        if picture is None or limits is None:
            self._shown = None
            self.title.object = title_text(nothing)
            self.image.visible = self.bar.visible = False
            return
        self._colour(picture.role, limits)
        units = pretty(picture.field.attrs["units"])
        self.title.object = title_text(picture.title + (f" ({units})" if units else ""))
        self._label(picture.field, units)
        if self._shown != (id(picture.field), view if picture.field.size > RASTER_ABOVE else None):
            self._shown = (id(picture.field), view if picture.field.size > RASTER_ABOVE else None)
            self._keep = picture.field  # keeps the id from being used again
            self.image.data_source.data = self._image(picture.field, view)
        self.image.visible = self.bar.visible = True

    def _colour(self, role: str, limits: tuple[float, float]) -> None:
        if self._role != role:
            self._role, self.mapper.palette = role, colours(role)
        if (self.mapper.low, self.mapper.high) != limits:
            self.mapper.update(low=limits[0], high=limits[1])

    def _label(self, field: xr.DataArray, units: str) -> None:
        grid = Grid.of(field)
        for axis, suffix in zip((self.figure.xaxis, self.figure.yaxis), (("E", "W", 360), ("N", "S", 90)), strict=True):
            code = DEGREES.format(*suffix) if grid.geographic else PLAIN.format(f" {grid.units}")
            if axis.formatter.code != code:
                axis.formatter.code = code
        x, y = ("longitude", "latitude") if grid.geographic else (f"x ({grid.units})", f"y ({grid.units})")
        tips = [
            (str(field.attrs.get("long_name", field.name)), f"@image{{0.0000}} {html.escape(units)}"),
            (x, "$x{0.00}"),
            (y, "$y{0.00}"),
        ]
        if self.hover.tooltips != tips:
            self.hover.tooltips = tips

    def _image(self, field: xr.DataArray, view) -> dict[str, list]:
        """Source data of a field: its own cells, or Datashader's pixels for a large one."""
        field = field.sortby(["y", "x"]) if field.y[0] > field.y[-1] or field.x[0] > field.x[-1] else field
        x0, x1, y0, y1 = Grid.of(field).extent
        if field.size > RASTER_ABOVE:
            field, (x0, x1, y0, y1) = self._raster(field, (x0, x1, y0, y1), view)
        image = np.ascontiguousarray(field.values, dtype=np.float32)
        return {"image": [image], "x": [x0], "y": [y0], "dw": [x1 - x0], "dh": [y1 - y0]}

    def _raster(self, field: xr.DataArray, extent, view):
        """Mean of the cells under every pixel of what is in view, by Datashader."""
        x0, x1, y0, y1 = extent
        if view is not None:
            x0, x1, y0, y1 = max(x0, view[0]), min(x1, view[1]), max(y0, view[2]), min(y1, view[3])
            if x0 >= x1 or y0 >= y1:
                x0, x1, y0, y1 = extent
        shape = (y1 - y0) / (x1 - x0)
        width = int(np.clip(np.sqrt(PIXELS / shape), 16, field.sizes["x"]))
        height = int(np.clip(width * shape, 16, field.sizes["y"]))
        canvas = Canvas(width, height, x_range=(x0, x1), y_range=(y0, y1))
        return canvas.raster(field.rename("value"), agg="mean"), (x0, x1, y0, y1)
