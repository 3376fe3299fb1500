"""A map pane: declared once with HoloViews, then fed by assigning its Bokeh source; zoom and crosshair shared."""

import html
from typing import cast

import holoviews as hv
import numpy as np
import xarray as xr
from bokeh.core.property.descriptors import UnsetValueError
from bokeh.models import (
    BoxZoomTool,
    ColumnDataSource,
    CrosshairTool,
    CustomJSHover,
    CustomJSTickFormatter,
    HoverTool,
    LinearColorMapper,
    Range1d,
    WheelZoomTool,
)
from bokeh.models.annotations import Span
from bokeh.models.axes import Axis
from bokeh.models.tickers import ContinuousTicker
from bokeh.plotting import figure as Figure
from datashader import Canvas

from engine.grid import Grid
from explorer.drawing import threefold
from explorer.drawing.coded import coded, decimals
from explorer.drawing.colourbar import lying
from explorer.drawing.copies import glyphs, rendered, sources
from explorer.drawing.lines import pretty, title_pane, title_text, titled
from explorer.drawing.mapping import mapped
from explorer.drawing.mosaic import ABOVE, BELOW, LEFT, RIGHT
from explorer.drawing.palette import LAND, colours
from explorer.drawing.pictures import Picture
from explorer.drawing.sampling import UNKNOWN, View, Window, rung
from explorer.drawing.told import Told
from explorer.drawing.told import tips as beside

hv.extension("bokeh", logo=False)

RASTER_ABOVE = 1_000_000  # cells; larger fields are drawn by Datashader at the pane's own pixels
STEP = 40  # pixels by which a map's width changes before its labels may change
APART, TICKS = 45, 5  # pixels between two labels of an axis; how many have room where nobody knows
COARSE = 128  # pixels along a side of what is seen for a moment
PLAIN = """
const after = ticks.length - 1 - index
if (ticks.length > {1} && after % 2) return ''  // or the unit would lie on the one before it
return (Math.round(tick * 1000) / 1000) + (after ? '' : '{0}')
"""
DEGREES = """
if (Math.abs(tick) > {2}) return '';
return (Math.round(Math.abs(tick) * 1000) / 1000) + '°' + (tick < 0 ? '{1}' : tick > 0 ? '{0}' : '')
"""
TOLD = "return isNaN(value) ? 'land or missing' : texts[value < 1 ? 0 : 1 + (value - 1) % (texts.length - 1)]"


class Frame:
    """What the maps share: ranges, crosshair, coastline, probe; how many pixels (width, height) each has, and which
    part of the field is in view, None for all of it."""

    def __init__(self):
        self.x_range, self.y_range = Range1d(start=0, end=1), Range1d(start=0, end=1)
        along, across = (
            Span(dimension=d, line_dash="dotted", line_width=1, line_color="#888888") for d in ("width", "height")
        )
        self.spans = along, across
        self.coast = ColumnDataSource({"xs": [], "ys": []})
        self.transect = ColumnDataSource({"xs": [], "ys": []})
        self.probe = ColumnDataSource({"x": [], "y": []})
        self.told: Told | None = None  # what a pointer is told beside a map's own value
        self.pixels = UNKNOWN, UNKNOWN
        self.wide = UNKNOWN  # pixels of the page across a map, of which its labels take up as many whatever the screen
        self.view: View | None = None

    def window(self, grid: Grid, most: int | None = None) -> Window:
        """The cells of a field that these maps can show; most: no more of them along a side."""
        width, height = (side if most is None else min(side, most) for side in self.pixels)
        return Window.of(grid, self.view, (width, height))

    def measure(self, f: Figure, density: float) -> None:
        """Take the size of a figure that the browser has laid out, with so many pixels of the screen in one of its."""
        try:
            width, height = f.inner_width, f.inner_height
        except UnsetValueError:
            return
        if width > 0 and height > 0:
            self.pixels = rung(width * density), rung(height * density)
            self.wide = max(STEP, int(width) // STEP * STEP)


def declared() -> hv.Overlay:
    """A map: the field, the coastline, the transect, the probe."""
    blank = hv.Image(np.zeros((2, 2), np.float32), bounds=(0, 0, 1, 1), kdims=["x", "y"], vdims=["value"])
    drawn = blank.opts(tools=["hover"], cmap=["#000000", "#ffffff"], responsive=True) * (
        hv.Path([], label="coast").opts(color="#333333", line_width=0.8)
        * hv.Path([], label="transect").opts(color="#ff3d7f", line_width=2)
        * hv.Points([], label="probe").opts(marker="x", size=11, color="#ff3d7f", line_width=2.5)
    )
    return drawn.opts(show_legend=False)


def dressed(f: Figure) -> None:
    """A quiet toolbar, sizes that leave the room to the map.

    Args:
        f: A figure of `declared`, changed in place.
    """
    f.title, f.outline_line_color = None, None
    f.tools = [tool for tool in f.tools if not isinstance(tool, BoxZoomTool)]
    f.add_tools(BoxZoomTool(match_aspect=True))
    f.toolbar.active_scroll = next(tool for tool in f.tools if isinstance(tool, WheelZoomTool))
    f.toolbar.autohide, f.toolbar.logo, f.toolbar_inner = True, None, True
    f.min_border_left, f.min_border_right, f.min_border_top, f.min_border_bottom = LEFT, RIGHT, ABOVE, BELOW
    for axis in _axes(f):
        axis.axis_label = None
        axis.update(major_tick_out=0, minor_tick_out=0, major_label_standoff=5)
        axis.formatter = CustomJSTickFormatter(code=PLAIN.format("", TICKS))
        cast(ContinuousTicker, axis.ticker).desired_num_ticks = 4
    f.grid.grid_line_color = None
    f.border_fill_alpha = 0  # the page's own: where a frame grows Bokeh paints it for the former size
    image = glyphs(f)[0]
    image.glyph.color_mapper = LinearColorMapper(palette=["#000000"], nan_color=LAND)
    image.visible = False  # until there is something to show
    next(tool for tool in f.tools if isinstance(tool, HoverTool)).update(
        renderers=[image], formatters={"@image": "printf"}
    )


def _axes(f: Figure) -> tuple[Axis, Axis]:
    """The one below and the one on the left."""
    return cast(Axis, f.below[0]), cast(Axis, f.left[0])


class MapPane:
    """One map: a HoloViews picture rendered once; `show` assigns its data."""

    def __init__(self, frame: Frame, name: str):
        self.frame, self._role = frame, ""
        self._field: xr.DataArray | None = None  # that is shown, of it the cells that were sent, and to how many places
        self._window: Window | None = None
        self.places: int | None = None
        self._passing = self._coloured = False  # coarser than it will be; of colours that are no numbers
        f = self.figure = rendered("map", declared, dressed)
        f.name, f.x_range, f.y_range = name, frame.x_range, frame.y_range
        f.add_tools(CrosshairTool(overlay=frame.spans))
        self.image, coast, transect, probe = glyphs(f)
        self.source = sources(f)[0]
        coast.data_source, transect.data_source, probe.data_source = frame.coast, frame.transect, frame.probe
        self.hover = next(tool for tool in f.tools if isinstance(tool, HoverTool))
        self.mapper = cast(LinearColorMapper, self.image.glyph.color_mapper)
        f.tags = [self.mapper]  # known to the browser where the figure comes with another one and this has changed
        self.title = title_pane()
        self.view = titled(self.title, f)

    def show(
        self,
        picture: Picture | None,
        limits: tuple[float, float] | None,
        nothing: str = "none",
        passing: bool = False,
        barred: bool = True,
        judged: bool | None = None,
    ) -> None:
        """Draw a picture, or say that there is nothing; only what changed is sent.

        passing: another one follows at once, so that this one may be coarser; barred: its title has the colours;
        judged: whether there is a truth, where a pointer is told of input, prediction and truth instead of this alone.
        """
        if picture is None or limits is None:
            self._field = None
            self.title.object = title_text(nothing)
            self.image.visible = False
            return
        self._colour(picture, limits)
        detail = picture.role == threefold.ROLE
        units = pretty(picture.field.attrs["units"])
        bar = lying(picture.role, limits, picture.colours) if barred and not detail else ""
        title = title_text(picture.title + (f" ({units})" if units else ""), bar)
        self.title.object = threefold.legend(title) if detail else title
        if self._field is not picture.field or self._passing > passing:
            self._field, self._window, self._passing = picture.field, None, passing
            self.places = 0 if detail else decimals(picture.field.values)
            if passing and self.places is not None:
                self.places = max(0, self.places - 2)
        self._label(picture.field, units, judged)
        needed = self.frame.window(Grid.of(picture.field), COARSE if passing else None)
        if self._window != needed:
            self._window = needed
            self.source.data = self._image(picture.field, needed)
        self.image.visible = True

    def _colour(self, picture: Picture, limits: tuple[float, float]) -> None:
        role = f"{picture.role} {picture.colours}"
        if self._role != role:
            self._role, self.mapper.palette = role, colours(picture.role, chosen=picture.colours)
            self._coloured = picture.role == threefold.ROLE
            told = CustomJSHover(args={"texts": threefold.texts()}, code=TOLD) if self._coloured else "printf"
            others = {} if self.frame.told is None else {"$sx": self.frame.told.formatter}
            self.hover.formatters = {"@image": told} | others  # type: ignore[assignment]
        glyph = self.image.glyph
        glyph.color_mapper = mapped(self.mapper, glyph.color_mapper, limits, picture.log)

    def _label(self, field: xr.DataArray, units: str, judged: bool | None) -> None:
        grid = Grid.of(field)
        named = f" {grid.units}", ""  # the unit stands where there is room, below
        for axis, suffix, unit in zip(_axes(self.figure), (("E", "W", 360), ("N", "S", 90)), named, strict=True):
            formatter = cast(CustomJSTickFormatter, axis.formatter)
            code = DEGREES.format(*suffix) if grid.geographic else PLAIN.format(unit, max(2, self.frame.wide // APART))
            if formatter.code != code:
                formatter.code = code
        x, y = ("longitude", "latitude") if grid.geographic else (f"x ({grid.units})", f"y ({grid.units})")
        digits = "{%.4g}" if self.places is None else "{%." + str(self.places) + "f}"
        digits = "{custom}" if self._coloured else digits
        own = [(str(field.attrs.get("long_name", field.name)), f"@image{digits} {html.escape(units)}")]
        values = own if self.frame.told is None or judged is None else beside(html.escape(units), judged)
        tips = [*values, (x, "$x{0.00}"), (y, "$y{0.00}")]
        if self.hover.tooltips != tips:
            self.hover.tooltips = tips

    def _image(self, field: xr.DataArray, window: Window) -> dict[str, list]:
        """Source data of a field."""
        return sent(field, window, self.places, pixels=field.size > RASTER_ABOVE and not self._coloured)


def sent(field: xr.DataArray, window: Window, places: int | None, pixels: bool = False) -> dict[str, list]:
    """Source data of a field: its own cells, or Datashader's pixels for a large one.

    Args:
        field: Field (y, x).
        window: The cells that are sent.
        places: Decimals that are sent; None: the field as it is.
        pixels: Whether cells are averaged; there is no mean of colours' numbers.

    Returns:
        Columns of an image.
    """
    field = field.sortby(["y", "x"]) if field.y[0] > field.y[-1] or field.x[0] > field.x[-1] else field
    x0, x1, y0, y1 = window.extent(Grid.of(field))
    if pixels:
        canvas = Canvas(window.x.count, window.y.count, x_range=(x0, x1), y_range=(y0, y1))
        values = canvas.raster(field.rename("value"), agg="mean").values
    else:
        values = window.sample(field.values)
    return {"image": [coded(values, places)], "x": [x0], "y": [y0], "dw": [x1 - x0], "dh": [y1 - y0]}
