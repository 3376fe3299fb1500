"""Line figures: declared with HoloViews, fed through their Bokeh sources."""

import holoviews as hv
import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from bokeh.plotting import figure as Figure

hv.extension("bokeh", logo=False)

# legend, colour (Okabe and Ito, safe for the colour-blind), dash
LINES = {
    "truth": ("truth", "#7f7f7f", "solid"),
    "input": ("input", "#e69f00", "solid"),
    "estimate": ("prediction", "#0072b2", "solid"),
    "error": ("error", "#d55e00", "dashed"),
}


def line_figure(
    name: str, title: str, x: str, y: str, curves: tuple[str, ...], tips: list[tuple[str, str]], log: bool = False
) -> tuple[Figure, dict[str, ColumnDataSource]]:
    """A figure with one line per curve, and the sources to assign; columns x, y and label."""
    start = [1e-3, 1e-2] if log else [0.0, 1.0]
    lines = [
        hv.Curve((start, [1.0, 1.0], [""] * 2), "x", ["y", "label"], label=LINES[curve][0]).opts(
            color=LINES[curve][1], line_dash=LINES[curve][2], line_width=2.2 if curve in ("truth", "estimate") else 1.6
        )
        for curve in curves
    ]
    options = hv.opts.Overlay(responsive=True, logx=log, logy=log, title=title, xlabel=x, ylabel=y, ylim=(1e-3, 1.0))
    f = hv.render(hv.Overlay(lines).opts(options))
    f.name, f.x_range, f.y_range = name, Range1d(*start), Range1d(*start)
    f.toolbar.autohide, f.toolbar.logo, f.toolbar_inner = True, None, True
    f.legend.update(label_text_font_size="11px", padding=3, spacing=0, background_fill_alpha=0.6, border_line_alpha=0)
    f.legend.click_policy = "hide"
    f.add_tools(HoverTool(tooltips=tips, mode="mouse", renderers=list(f.renderers)))
    f.min_border_left, f.min_border_bottom, f.min_border_right, f.min_border_top = 56, 40, 10, 6
    return f, {curve: r.data_source for curve, r in zip(curves, f.renderers, strict=True)}


def columns(x: np.ndarray, y: np.ndarray, curve: str) -> dict:
    """Source data of one line."""
    return {"x": np.asarray(x, float), "y": np.asarray(y, float), "label": [LINES[curve][0]] * len(x)}


NOTHING = np.empty(0)
