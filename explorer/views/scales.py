"""The tab "Scales": a statistic over the width of a cell, and what the hypothesis of scale invariance costs."""

import html

import numpy as np
import panel as pn
import panel_material_ui as pmui
import param
import xarray as xr
from bokeh.models import CustomJSTickFormatter, FixedTicker

from explorer.drawing import adjust, dim, feed, line_figure, pretty
from explorer.looks import Look
from explorer.scaling import STRUCTURE, Scaling
from explorer.session import NEIGHBOURS

CURVES = ("truth", "input", "estimate", "b:estimate")
HEAD = "<tr><td>Scale invariance</td><td>RMSE</td></tr>"
STYLE = """
table {border-collapse: collapse; width: 100%; font-size: 12px}
td {padding: 0 6px; line-height: 1.35}
td:last-child {text-align: right; white-space: nowrap}
tr {border-bottom: 1px solid rgba(128,128,128,.25)}
p {margin: 2px 6px; font-size: 12px}
"""


class Scales(pn.viewable.Viewer):
    """One statistic at a time; beside it, for temperatures with a truth, the table of the hypothesis."""

    scaling = param.ClassSelector(class_=Scaling)

    def __init__(self, scaling: Scaling, **params):
        super().__init__(scaling=scaling, **params)
        session = scaling.session
        tips = [("", "@label"), ("width", "@x{0.000} km"), ("value", "@y{0.0000}")]
        self.figure, self.sources = line_figure("scales", "width of a cell (km)", "", CURVES, tips, log="x")
        self.figure.legend.location = "top_left"
        self.figure.xaxis.formatter = CustomJSTickFormatter(code="return String(Number(tick.toPrecision(2)))")
        self.look = Look(session, self.figure, CURVES)
        self.choice = pmui.Select.from_param(
            session.param.statistic, description=session.param.statistic.doc, size="small", margin=(6, 6),
            sizing_mode="stretch_width",
        )  # fmt: skip
        self.table = pn.pane.HTML(
            "", stylesheets=[STYLE], sizing_mode="stretch_both", min_width=0, margin=(0, 4), styles={"flex": "2 1 0"}
        )
        self.curves = pn.pane.Bokeh(self.figure, sizing_mode="stretch_both", min_height=0, min_width=0)
        below = pn.Row(
            pn.Column(self.curves, sizing_mode="stretch_both", min_height=0, min_width=0, styles={"flex": "3 1 0"}),
            self.table, sizing_mode="stretch_both", min_height=0, margin=0,
        )  # fmt: skip
        self.view = pn.Column(self.choice, below, sizing_mode="stretch_both", min_height=0, margin=0)
        scaling.param.watch(self._draw, ["found", "busy"])
        scaling.param.watch(self._tell, ["cost", "busy", "found"])
        session.param.watch(self._draw, "statistic")
        session.param.watch(lambda *_: dim(self.curves, session.outdated), ["stale", "result"])

    def _draw(self, *_) -> None:
        """The chosen statistic."""
        name, found = self.scaling.session.statistic or NEIGHBOURS, self.scaling.found
        axis = "lag" if name == STRUCTURE else "scale"
        lines, shown = {}, None
        for curve in CURVES:
            of = found.get(curve)
            if of is not None and np.isfinite(of[name]).any():
                shown = of[name]
                lines[curve] = (shown[axis].values, shown.values)
        feed(self.figure, self.sources, lines)
        if shown is None:
            return
        ticks = np.unique(np.concatenate([at for at, _ in lines.values()]))
        self.figure.xaxis.update(ticker=FixedTicker(ticks=[float(tick) for tick in ticks]))
        self.figure.xaxis.axis_label = f"{shown[axis].attrs['long_name']} (km)"
        units = shown.attrs["units"]
        self.figure.yaxis.axis_label = "" if units == "1" else f"({pretty(units)})"
        self._frame(lines)

    def _frame(self, lines: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
        x = np.concatenate([at for at, _ in lines.values()])
        y = np.concatenate([values[np.isfinite(values)] for _, values in lines.values()])
        pad = 0.08 * float(y.max() - y.min()) or 0.1
        self.look.fit((0.85 * float(x.min()), 1.15 * float(x.max())), (float(y.min()) - pad, float(y.max()) + pad))

    def _tell(self, *_) -> None:
        words = _words(self.scaling)
        adjust(self.table, object=words, visible=bool(words))

    def __panel__(self):
        return self.view


def _words(scaling: Scaling) -> str:
    """The table of the hypothesis, as far as it is known."""
    if not scaling.found:
        return "<p>Measuring …</p>" if scaling.busy else ""
    if all(of is None for of in scaling.found.values()):
        return "<p>The region is too small: statistics across scales need 16 x 16 cells.</p>"
    if not scaling.measurable:
        return ""
    cost = scaling.cost if scaling.cost is not None else xr.Dataset()
    rows = "".join(_row(of.attrs["long_name"], f"{float(of):.3f} {of.attrs['units']}") for of in _errors(cost))
    if "loss" not in cost:
        return f"<table>{HEAD}{rows}</table><p>Measuring what the hypothesis of scale invariance costs …</p>"
    loss, removed = float(cost["loss"]), float(cost["removed"])
    share = loss / float(cost["here"])
    if loss <= 0:
        words = "The hypothesis costs nothing on this scene."
    else:
        saved = f"the correction removes {removed:.0%} of it" if removed > 0 else "the correction does not help here"
        words = f"The hypothesis costs {loss:.3f} K ({share:.0%}); {saved}."
    return f"<table tabindex='0'>{HEAD}{rows}</table><p><b>{words}</b></p>"


def _errors(cost: xr.Dataset) -> list[xr.DataArray]:
    return [of for of in cost.values() if of.attrs["units"] == "K" and of.name != "loss"]


def _row(title: str, value: str) -> str:
    return f"<tr><td>{html.escape(title)}</td><td>{html.escape(value)}</td></tr>"
