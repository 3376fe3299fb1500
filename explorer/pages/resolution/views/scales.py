"""The tab "Scales": a statistic over the width of a cell, and what the hypothesis of scale invariance costs."""

import html

import numpy as np
import panel as pn
import panel_material_ui as pmui
import xarray as xr
from bokeh.models import CustomJSTickFormatter, FixedTicker

from engine import hypothesis, scores
from engine.scores.scales import SMALLEST
from explorer.base.given import given
from explorer.base.zoom import LineZoom
from explorer.drawing.lines import adjust, dim, feed, line_figure, pretty
from explorer.pages.resolution.display import NEIGHBOURS
from explorer.pages.resolution.scaling import STRUCTURE, Scaling, guide_of
from explorer.pages.resolution.session import ResolutionSession

CURVES = ("truth", "input", "estimate", "b:estimate")
HEAD = "<tr><td>Scale invariance</td><td>RMSE</td></tr>"
STYLE = """
table {border-collapse: collapse; width: 100%; font-size: calc(12*var(--px,1px))}
td {padding: 0 6px; line-height: 1.35}
td:last-child {text-align: right; white-space: nowrap}
tr {border-bottom: 1px solid rgba(128,128,128,.25)}
p {margin: 2px 6px; font-size: calc(12*var(--px,1px))}
"""


class Plot:
    """The curves of a statistic on one kind of axes: logarithmic along `log`, "x" or "xy"."""

    def __init__(self, session: ResolutionSession, name: str, log: str):
        tips = [("", "@label"), ("width", "@x{0.000} km"), ("value", "@y{0.0000}")]
        self.figure, self.sources = line_figure(name, "width of a cell (km)", "", CURVES, tips, log=log)
        self.figure.legend.location = "top_left"
        self.figure.xaxis.formatter = CustomJSTickFormatter(code="return String(Number(tick.toPrecision(2)))")
        self.zoom, self.log = LineZoom(session.look, self.figure, CURVES), log
        pane = pn.pane.Bokeh(self.figure, sizing_mode="stretch_both", min_height=0, min_width=0)
        self.view = pn.Column(pane, sizing_mode="stretch_both", min_height=0, min_width=0, margin=0)

    def show(self, lines: dict[str, xr.DataArray]) -> None:
        """Curve -> statistic over its only dimension."""
        feed(self.figure, self.sources, {name: (of[of.dims[0]].values, of.values) for name, of in lines.items()})
        shown = next(iter(lines.values()))
        axis, units = shown[shown.dims[0]], shown.attrs["units"]
        x = np.unique(np.concatenate([of[of.dims[0]].values for of in lines.values()]))
        self.figure.xaxis.update(
            ticker=FixedTicker(ticks=[float(tick) for tick in x]), axis_label=f"{axis.attrs['long_name']} (km)"
        )
        self.figure.yaxis.axis_label = "" if units == "1" else f"({pretty(units)})"
        y = np.concatenate([of.values[np.isfinite(of.values)] for of in lines.values()])
        self.zoom.fit((0.85 * float(x.min()), 1.15 * float(x.max())), self._span(y))

    def _span(self, y: np.ndarray) -> tuple[float, float]:
        """From a little below the smallest value to a little above the largest."""
        low, high = float(y.min()), float(y.max())
        if "y" in self.log:
            return low / 1.3, 1.3 * high
        pad = 0.08 * (high - low) or 0.1
        return low - pad, high + pad


class Scales(pn.viewable.Viewer):
    """One statistic at a time; beside it, for temperatures with a truth, the table of the hypothesis."""

    scaling = given(Scaling)

    def __init__(self, scaling: Scaling, **params):
        super().__init__(scaling=scaling, **params)
        session = scaling.session
        self.plots = {log: Plot(session, f"scales{'_power' * (log == 'xy')}", log) for log in ("x", "xy")}
        self.choice = pmui.Select.from_param(
            about := session.display.param.statistic, description=about.doc, size="small", margin=(6, 6),
            sizing_mode="stretch_width",
        )  # fmt: skip
        self.note = pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width", margin=(0, 4), visible=False)
        self.table = pn.pane.HTML(
            "", stylesheets=[STYLE], sizing_mode="stretch_both", min_width=0, margin=(0, 4), styles={"flex": "2 1 0"}
        )
        views = [plot.view for plot in self.plots.values()]
        self.curves = pn.Column(
            self.note, *views, sizing_mode="stretch_both", min_height=0, min_width=0, styles={"flex": "3 1 0"}
        )
        below = pn.Row(self.curves, self.table, sizing_mode="stretch_both", min_height=0, margin=0)
        self.view = pn.Column(self.choice, below, sizing_mode="stretch_both", min_height=0, margin=0)
        scaling.param.watch(self._draw, ["found", "busy"])
        scaling.param.watch(self._tell, ["cost", "busy", "found", "failed"])
        session.watch(self._draw, "statistic")
        session.watch(lambda *_: self._dim(session.outdated), "stale", "result")
        self._draw()

    @property
    def shown(self) -> Plot:
        """The plot whose axes suit the chosen statistic: what goes as a power of the distance is a line on two
        logarithmic ones."""
        return self.plots["xy" if self.scaling.session.display.statistic == STRUCTURE else "x"]

    def _draw(self, *_) -> None:
        """The chosen statistic."""
        name, found = self.scaling.session.display.statistic or NEIGHBOURS, self.scaling.found
        of = {curve: found[curve][name] for curve in CURVES if found.get(curve) is not None}
        lines = {curve: values for curve, values in of.items() if np.isfinite(values).any()}
        nothing = _absent(name, self.scaling) if of and not lines else ""
        adjust(self.note, object=f"<p>{nothing}</p>", visible=bool(nothing))
        for plot in self.plots.values():
            adjust(plot.view, visible=plot is self.shown and not nothing)
        if lines:
            self.shown.show(lines)

    def _dim(self, dimmed: bool) -> None:
        for plot in self.plots.values():
            dim(plot.view, dimmed)

    def _tell(self, *_) -> None:
        words = _words(self.scaling)
        adjust(self.table, object=words, visible=bool(words))

    def __panel__(self):
        return self.view


def _absent(name: str, scaling: Scaling) -> str:
    """Why there is no curve of a statistic."""
    scene = scaling.session.outcome.scene
    if name in scores.RELATIONS and scene is not None and guide_of(scene) is None:
        return "This scene has no second image, such as a vegetation index, that its field could be related to."
    return "The region is too small, or too much of it is missing, for this statistic."


def _words(scaling: Scaling) -> str:
    """The table of the hypothesis, as far as it is known."""
    if not scaling.found:
        return "<p>Measuring …</p>" if scaling.busy else ""
    if all(of is None for of in scaling.found.values()):
        return f"<p>The region is too small: statistics across scales need {SMALLEST} x {SMALLEST} cells.</p>"
    if scaling.obstacle:
        lst = scaling.session.outcome.scene is not None and scaling.session.outcome.scene.variable == "lst"
        return f"<p>{html.escape(scaling.obstacle)}</p>" if lst else ""
    cost = scaling.cost if scaling.cost is not None else xr.Dataset()
    rows = "".join(_row(of.attrs["long_name"], f"{float(of):.3f} {of.attrs['units']}") for of in _errors(cost))
    return f"<table tabindex='0'>{HEAD}{rows}</table><p>{conclusion(cost, scaling.busy, scaling.failed)}</p>"


def conclusion(cost: xr.Dataset, busy: bool, failed: str) -> str:
    """What the hypothesis costs, or why that is not known."""
    if "loss" not in cost:
        waiting = "Measuring what the hypothesis of scale invariance costs …" if busy else ""
        return waiting or html.escape(failed or "The measurement was interrupted.")
    loss, here, removed = (float(cost[name]) for name in ("loss", "here", "removed"))
    if not hypothesis.clear(loss, here):
        return "<b>The hypothesis costs nothing that could be told on this scene.</b>"
    scale = min(float(cost["scale"]) / loss, 1)
    alone = f"{scale:.0%} of it is the scale's, the rest that of fewer pixels" if scale > 0 else "none is the scale's"
    saved = f"the correction removes {min(removed, 1):.0%}" if removed > 0 else "the correction does not help here"
    return f"<b>The hypothesis costs {loss:.3f} K ({loss / here:.0%}): {alone}; {saved}.</b>"


def _errors(cost: xr.Dataset) -> list[xr.DataArray]:
    return [of for of in cost.values() if of.attrs["units"] == "K" and of.name not in ("loss", "scale")]


def _row(title: str, value: str) -> str:
    return f"<tr><td>{html.escape(title)}</td><td>{html.escape(value)}</td></tr>"
