"""What views share: line figures declared with HoloViews and fed through their Bokeh sources, titles, dimming."""

import html
import re
from collections.abc import Mapping
from typing import cast

import contourpy
import holoviews as hv
import numpy as np
import panel as pn
import xarray as xr
from bokeh.models import ColumnDataSource, CustomJS, HoverTool, Range1d
from bokeh.models.annotations import Legend, LegendItem
from bokeh.models.axes import Axis
from bokeh.plotting import figure as Figure

from engine.resample import without_specks
from explorer.drawing.copies import glyphs, rendered, sources

# legend, colour (Okabe and Ito, safe for the colour-blind), dash
LINES = {
    "truth": ("truth", "#7f7f7f", "solid"),
    "input": ("input", "#e69f00", "solid"),
    "estimate": ("prediction", "#0072b2", "solid"),
    "error": ("error", "#d55e00", "dashed"),
    "b:estimate": ("prediction B", "#cc79a7", "solid"),
    "b:error": ("error B", "#cc79a7", "dashed"),
    "b:members": ("members B", "#cc79a7", "dotted"),
    "members": ("members", "#56b4e9", "solid"),
    "signal rate": ("signal rate", "#0072b2", "solid"),
    "noise rate": ("noise rate", "#d55e00", "solid"),
    "angle": ("angle", "#7f7f7f", "dashed"),
    "cost": ("cost", "#7f7f7f", "solid"),
    "cost_observation": ("observations", "#0072b2", "solid"),
    "cost_background": ("background", "#e69f00", "solid"),
    "cost_gradient": ("gradient", "#009e73", "solid"),
    "cost_divergence": ("divergence", "#d55e00", "dashed"),
    "cost_error": ("jumps", "#cc79a7", "solid"),
    "cost_prior": ("prior", "#009e73", "dashed"),
    "cost_change": ("change", "#cc79a7", "dashed"),
    "persistence": ("persistence", "#7f7f7f", "dashed"),
    "dis": ("optical flow (DIS)", "#e69f00", "solid"),
    "farneback": ("optical flow (Farneback)", "#009e73", "solid"),
}

POWER, RAISED = re.compile(r"(?<=[A-Za-z)])(?<!\de)-?\d+\b"), str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def line_figure(
    name: str, x: str, y: str, curves: tuple[str, ...], tips: list[tuple[str, str]], log: str = ""
) -> tuple[Figure, dict[str, ColumnDataSource]]:
    """An untitled figure with one line per curve.

    Args:
        name: Of the figure.
        x: Label of the x axis.
        y: Label of the y axis.
        curves: Keys of LINES.
        tips: Label and format of what a pointer is told, by columns x, y and label.
        log: The axes that are logarithmic, 'x', 'y' or 'xy'.

    Returns:
        The figure, and curve -> source to assign, with columns x, y and label.
    """
    start, end = (1e-3, 1e-2) if log else (0.0, 1.0)

    def dress(f: Figure) -> None:
        f.title, f.toolbar.autohide, f.toolbar.logo, f.toolbar_inner = None, True, None, True
        f.legend.update(label_text_font_size="12px", padding=3, spacing=0, background_fill_alpha=0.6)
        f.legend.update(border_line_alpha=0, click_policy="hide")
        f.add_tools(HoverTool(tooltips=tips, mode="mouse", renderers=[*glyphs(f)]))
        f.min_border_left, f.min_border_bottom, f.min_border_right, f.min_border_top = 56, 40, 10, 6
        for curve, source in zip(curves, sources(f), strict=True):
            source.data = columns(NOTHING, NOTHING, curve)

    f = rendered((curves, x, y, log, str(tips)), lambda: _lines(curves, [start, end], x, y, log), dress)
    f.name, f.x_range, f.y_range = name, Range1d(start=start, end=end), Range1d(start=start, end=end)
    describe(f, f"{name.capitalize()}: {y or 'value'} over {x}")
    return f, dict(zip(curves, sources(f), strict=True))


def legend(f: Figure) -> Legend:
    """A figure's one legend, without a search through all that belongs to it.

    Args:
        f: The figure.

    Returns:
        The legend.
    """
    return next(part for part in f.center if isinstance(part, Legend))


def entries(f: Figure) -> list[LegendItem]:
    """What stands in a figure's legend.

    Args:
        f: The figure.

    Returns:
        An item for each curve.
    """
    return cast(list[LegendItem], legend(f).items)


def _lines(curves: tuple[str, ...], start: list[float], x: str, y: str, log: str) -> hv.Overlay:
    """The declaration of a line figure."""
    bold = ("truth", "estimate", "b:estimate")
    lines = [
        hv.Curve((start, [1.0, 1.0], [""] * 2), "x", ["y", "label"], label=LINES[curve][0]).opts(
            color=LINES[curve][1], line_dash=LINES[curve][2], line_width=2.2 if curve in bold else 1.6
        )
        for curve in curves
    ]
    options = hv.opts.Overlay(
        responsive=True, logx="x" in log, logy="y" in log, title="", xlabel=x, ylabel=y, ylim=(1e-3, 1.0)
    )
    return hv.Overlay(lines).opts(options)


def outline(mask: xr.DataArray) -> list[np.ndarray]:
    """Lines around what a mask leaves out: land and clouds, not thousands of specks.

    Args:
        mask: True where there is a value, (y, x).

    Returns:
        Lines (point, x and y), in the mask's coordinates.
    """
    valid = mask.values if bool(mask.all()) else without_specks(mask.values)
    if valid.all():
        return []
    return contourpy.contour_generator(mask.x.values, mask.y.values, valid.astype(float)).lines(0.5)  # type: ignore[return-value]


def columns(x: np.ndarray, y: np.ndarray, curve: str) -> dict:
    """Source data of one line.

    Args:
        x: Points (n,).
        y: Values (n,).
        curve: Key of LINES.

    Returns:
        Columns x, y and label.
    """
    return {"x": np.asarray(x, float), "y": np.asarray(y, float), "label": [LINES[curve][0]] * len(x)}


def feed(f: Figure, sources: dict[str, ColumnDataSource], lines: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Give a line figure's curves their points; one without any leaves the legend too.

    Args:
        f: The figure.
        sources: Curve -> source, as `line_figure` gives them.
        lines: Curve -> x and y, (n,) each.
    """
    for (name, source), item in zip(sources.items(), entries(f), strict=True):
        source.data = columns(*lines.get(name, (NOTHING, NOTHING)), name)
        item.visible = name in lines


def titled(title: pn.pane.HTML, f: Figure, **options) -> pn.Column:
    """A figure under a title that is text, so that themes and screen readers reach it; it is the figure's name too.

    Args:
        title: The title, see `title_pane`; set it after the labels of the axes, which belong to the figure's name.
        f: The figure.
        options: Of the column.

    Returns:
        Title and figure in a column.
    """

    def name(*_) -> None:
        describe(f, ": ".join(filter(None, (_plain(title.object), _axes_named(f)))) or str(f.name))

    title.param.watch(name, "object", onlychanged=False)  # labels of the axes may have changed
    name()
    pane = pn.pane.Bokeh(f, sizing_mode="stretch_both", min_height=0, min_width=0, margin=0)
    return pn.Column(title, pane, sizing_mode="stretch_both", min_height=0, min_width=0, margin=0, **options)


def describe(f: Figure, text: str) -> None:
    """Say in words what a figure shows, for those who do not see it.

    Args:
        f: The figure.
        text: Its name, plain text.
    """
    said = {"role": "img", "aria-label": text}
    if f.html_attributes != said:
        f.html_attributes = said


def _plain(title: str) -> str:
    """The words of a title, see `title_text`."""
    words = re.search(r"<span[^>]*>(.*?)</span>", title)
    return html.unescape(words[1]).strip() if words else ""


def _axes_named(f: Figure) -> str:
    """What is drawn over what, where the axes say it."""
    labels = (axis.axis_label for axis in (*f.left, *f.below) if isinstance(axis, Axis))
    return " over ".join(label for label in labels if isinstance(label, str) and label)


def adjust(widget: pn.viewable.Viewable, **values) -> None:
    """Set only what differs: every update of a widget costs a walk through the page's models.

    Args:
        widget: What is set.
        values: Parameter -> value.
    """
    changed = {name: value for name, value in values.items() if getattr(widget, name) != value}
    if changed:
        widget.param.update(**changed)


def dim(view: pn.viewable.Viewable, dimmed: bool) -> None:
    """Pale if what a view shows no longer belongs to the settings.

    Args:
        view: What is shown.
        dimmed: Whether it is pale.
    """
    adjust(view, styles=view.styles | {"opacity": "0.35" if dimmed else "1"})  # none at all would leave the old one


def title_text(text: str, beside: str = "") -> str:
    """Text of a title.

    Args:
        text: Words, not escaped yet.
        beside: HTML at the other end of the line, as a colour bar.

    Returns:
        HTML.
    """
    said = f"<span style='overflow:hidden;text-overflow:ellipsis;max-width:var(--most,100%)'>{html.escape(text)}</span>"
    return f"<div style='{TITLE}'>{said}{beside}</div>"


TITLE = (
    "display:flex;justify-content:var(--titled,space-between);gap:10px;white-space:nowrap;font-size:calc(12.5*var(--px,1px));"
    "font-weight:600"
)


def title_pane() -> pn.pane.HTML:
    return pn.pane.HTML(title_text(" "), height=20, margin=(0, 0, 0, 54), sizing_mode="stretch_width")


def pretty(units: str) -> str:
    """A unit as people write it: '1' disappears, degC is °C, km-1 is km⁻¹.

    Args:
        units: The unit, as CF has it.

    Returns:
        The unit to be shown.
    """
    if units == "1":
        return ""
    return POWER.sub(lambda found: found[0].translate(RAISED), units.replace("degC", "°C"))


def thinned(fields: np.ndarray, pixels: int) -> np.ndarray:
    """Fields thinned to thumbnails.

    Args:
        fields: Fields (n, y, x).
        pixels: The most a side.

    Returns:
        Every so many cells of the fields, float32.
    """
    stride = max(1, -(-max(fields.shape[1:]) // pixels))
    return fields[:, ::stride, ::stride].astype(np.float32)


NOTHING = np.empty(0)

ASKED = "[...box.data.box, Math.round(fig.inner_width), Math.round(fig.inner_height)].join()"
# tags: what was asked for last, and the ranges set for the box. Labels of another width must not start a loop.
FIT = f"""
const w = fig.inner_width, h = fig.inner_height, asked = {ASKED};
if (!(w > 0) || !(h > 0) || box.tags[0] === asked) return;
const now = [xr.start, xr.end, yr.start, yr.end], zooming = cb_obj !== box && box.tags[1] && box.tags[1] !== now.join();
const [x0, x1, y0, y1] = zooming ? now : box.data.box, aspect = box.data.box[4];  // who has not stopped yet goes on
const scale = Math.max((x1 - x0) * aspect / w, (y1 - y0) / h);
const cx = (x0 + x1) / 2, cy = (y0 + y1) / 2, dx = scale * w / aspect / 2, dy = scale * h / 2;
xr.setv({{start: cx - dx, end: cx + dx, reset_start: cx - dx, reset_end: cx + dx}});
yr.setv({{start: cy - dy, end: cy + dy, reset_start: cy - dy, reset_end: cy + dy}});
box.tags = [asked, zooming ? box.tags[1] : [xr.start, xr.end, yr.start, yr.end].join()];
"""
MOVED = f"""
const now = [xr.start, xr.end, yr.start, yr.end];
if (box.tags[1] === now.join()) return;  // as they were set
const moved = [...now, ...box.data.box.slice(4)];
box.tags = [{ASKED.replace("box.data.box", "moved")}, now.join()];
box.data = {{box: moved}};
"""


def keep_aspect(f: Figure) -> ColumnDataSource:
    """Let the browser fit a figure's ranges around a box with true aspect, whatever the pane's size.

    Args:
        f: The figure.

    Returns:
        The source to assign: {"box": [x0, x1, y0, y1, aspect]}; another number behind them makes the browser fit the
        same box again.
    """
    box = ColumnDataSource({"box": [0, 1, 0, 1, 1]})
    fit = _script(f, box, FIT)
    f.js_on_change("inner_width", fit)
    f.js_on_change("inner_height", fit)
    box.js_on_change("data", fit)
    return box


def tell_zoom(f: Figure, box: ColumnDataSource) -> None:
    """Let the browser put into a figure's box what a reader zooms to; the number behind it stays.

    Args:
        f: The figure.
        box: Its box, see `keep_aspect`.
    """
    f.js_on_event("rangesupdate", _script(f, box, MOVED))


def _script(f: Figure, box: ColumnDataSource, code: str) -> CustomJS:
    return CustomJS(args={"fig": f, "xr": f.x_range, "yr": f.y_range, "box": box}, code=code)
