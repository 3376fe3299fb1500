"""The tabs beside the spectrum: scores, histogram, transect, probe, method, code."""

import html
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui
import param
import xarray as xr

from engine.grid import Grid
from engine.methods import METHODS
from engine.methods.base import Published
from explorer.drawing.lines import dim, feed, line_figure, pretty, title_pane, title_text, titled
from explorer.base.looks import TABS, Look, follow_tab
from explorer.pages.resolution.script import code
from explorer.pages.resolution.session import Session
from explorer.pages.resolution.transect import path, sample
from explorer.base.session import Working

CURVES = ("truth", "input", "estimate", "b:estimate")
BEST = {
    "higher": ("higher is better", "↑"), "lower": ("lower is better", "↓"), "zero": ("0 is best", "0"),
    "one": ("1 is best", "1"),
}  # fmt: skip
STYLE = """
:host {overflow: auto}
table {border-collapse: collapse; width: 100%; font-size: 12.5px}
th, td {padding: 0 8px; line-height: 1.42; text-align: right; white-space: nowrap}
tr {border-bottom: 1px solid rgba(128,128,128,.25)}
th:first-child, td:first-child {text-align: left}
td small, p small {opacity: .7}
pre {font-size: 12px; white-space: pre-wrap; margin: 4px 0; user-select: all}
p {margin: 4px 0; font-size: 12.5px}
"""


def page(text: str = "", **options) -> pn.pane.HTML:
    return pn.pane.HTML(text, stylesheets=[STYLE], sizing_mode="stretch_both", min_height=0, margin=(4, 8), **options)


def value(table: xr.Dataset, name: str) -> str:
    """A score as text, empty where there is none; the CRPS of a single field is its mean absolute error."""
    name = "mae" if name == "crps" and name not in table else name
    return number(float(table[name])) if name in table else ""


class Scores(pn.viewable.Viewer):
    """Every score of the prediction, with bicubic's beside it and the published number where there is one."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        self.view = page("<p>No result yet.</p>")
        session.param.watch(self._draw, ["result", "result_b"])
        session.param.watch(lambda *_: dim(self.view, session.outdated), ["stale", "result"])

    def _draw(self, *_) -> None:
        result = self.session.result
        if result is None or result.table is None or result.reference is None:
            return
        published, other = METHODS[result.method].published_for(result.scene), self.session.judged_b
        shown = [result.table, *([other.table] if other is not None else [])]
        rows = "".join(self._row(name, shown, result.reference, published) for name in result.table)
        titles = "".join(f"<th>{html.escape(of.title)}</th>" for of in (result, other) if of is not None)
        protocol = f"<p><small>Published: {html.escape(published.protocol)}</small></p>" if published else ""
        head = f"<tr><th>Score</th>{titles}<th>Bicubic</th><th>Published</th><th></th></tr>"
        so_far = f"<p>So far of {result.scored} members:</p>" if result.scored else ""
        self.view.object = f"{so_far}<table tabindex='0'>{head}{rows}</table>{protocol}"

    @staticmethod
    def _row(name: str, tables: list[xr.Dataset], reference: xr.Dataset, published: Published | None) -> str:
        score = tables[0][name]
        ours = "".join(f"<td><b>{value(t, name)}</b></td>" for t in tables)
        units = html.escape(pretty(score.attrs["units"]))
        theirs = f"{published.scores[name]:.4g}" if published and name in published.scores else ""
        better, sign = BEST[score.attrs["better"]]
        label = html.escape(score.attrs["long_name"])
        return (
            f"<tr title='{better}'><td>{label} <small>{units}</small></td>{ours}"
            f"<td>{value(reference, name)}</td><td>{theirs}</td><td><small>{sign}</small></td></tr>"
        )

    def __panel__(self):
        return self.view


class Histogram(pn.viewable.Viewer):
    """Densities of truth, input and prediction."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        tips = [("", "@label"), ("value", "@x{0.000}"), ("density", "@y{0.000}")]
        self.figure, self.sources = line_figure("histogram", "value", "density", CURVES, tips)
        self.look = Look(session, self.figure, CURVES)
        self.view = pn.pane.Bokeh(self.figure, sizing_mode="stretch_both", min_height=0, min_width=0)
        session.param.watch(self._draw, ["result", "result_b"])
        session.param.watch(lambda *_: dim(self.view, session.outdated), ["stale", "result"])

    def _draw(self, *_) -> None:
        result, other = self.session.result, self.session.judged_b
        if result is None or result.densities is None:
            return
        densities = result.densities
        value = densities["value"].values
        lines = {name: (value, density.values) for name, density in densities.items()}
        if other is not None:
            lines["b:estimate"] = other.densities["value"].values, other.densities["estimate"].values
        feed(self.figure, self.sources, lines)
        half = (value[1] - value[0]) / 2
        top = 1.05 * max(float(n.max()) for _, n in lines.values()) or 1
        self.look.fit((value[0] - half, value[-1] + half), (0, top))
        field = result.scene.problem.low[result.scene.variable]
        self.figure.xaxis.axis_label = f"{field.attrs.get('long_name', field.name)} ({field.attrs['units']})"
        self.figure.yaxis.axis_label = f"density (1/{field.attrs['units']})"

    def __panel__(self):
        return self.view


class Transect(pn.viewable.Viewer):
    """Values along the line between two clicks, or along the row of the first click."""

    session = param.ClassSelector(class_=Session)
    HINT = "Transect: click a map for its row, twice for a line"

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        tips = [("", "@label"), ("distance", "@x{0.0} km"), ("value", "@y{0.0000}")]
        self.figure, self.sources = line_figure("transect", "distance (km)", "value", CURVES, tips)
        self.look = Look(session, self.figure, CURVES)
        self.title = title_pane()
        self.title.object = title_text(self.HINT)
        self.view = titled(self.title, self.figure)
        session.param.watch(self._draw, ["scene", "result", "result_b", "probe", "probe_end", "member"])

    def _draw(self, *_) -> None:
        session = self.session
        if session.scene is None or session.probe is None:
            self.title.object = title_text(self.HINT)
            feed(self.figure, self.sources, {})
            return
        x, y, distance = path(session.scene.problem.target, session.probe, session.probe_end)
        shown = {name: session.picture(name) for name in CURVES}
        lines = {name: (distance, sample(of.field, x, y)) for name, of in shown.items() if of is not None}
        feed(self.figure, self.sources, lines)
        heights = np.concatenate([values for _, values in lines.values()])
        self._frame(heights[np.isfinite(heights)], distance)

    def _frame(self, heights: np.ndarray, distance: np.ndarray) -> None:
        low, high = (heights.min(), heights.max()) if heights.size else (0.0, 1.0)
        pad = 0.05 * (high - low) or 0.5
        self.look.fit((0, distance[-1]), (low - pad, high + pad))
        (x0, y0), end = self.session.probe, self.session.probe_end
        to = (
            f"From ({x0:.4g}, {y0:.4g}) to ({end[0]:.4g}, {end[1]:.4g})" if end else f"Row through ({x0:.4g}, {y0:.4g})"
        )
        self.title.object = title_text(to)
        low_field = self.session.scene.problem.low[self.session.scene.variable]
        self.figure.yaxis.axis_label = f"({low_field.attrs['units']})"

    def __panel__(self):
        return self.view


class Probe(pn.viewable.Viewer):
    """What every map shows at the probed position."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        self.view = page("<p>Click a map: its values appear here.</p>")
        session.param.watch(
            self._draw, ["scene", "result", "result_b", "probe", "lower_a", "lower_b", "member", "threshold"]
        )

    def _draw(self, *_) -> None:
        session = self.session
        if session.probe is None or session.scene is None:
            self.view.object = "<p>Click a map: its values appear here.</p>"
            return
        x, y = session.probe
        rows = []
        for key in dict.fromkeys(("input", "estimate", "truth", "error", session.lower_a, session.lower_b)):
            shown = session.picture(key)
            if shown is not None:
                value = float(sample(shown.field, np.array([x]), np.array([y]))[0])
                units = html.escape(pretty(shown.field.attrs["units"]))
                text = "land or missing" if np.isnan(value) else f"{number(value)} <small>{units}</small>"
                rows.append(f"<tr><td>{html.escape(shown.title)}</td><td>{text}</td></tr>")
        grid = Grid.of(session.scene.problem.target)
        where = f"{abs(x):.3f}°{'E' if x >= 0 else 'W'}, {abs(y):.3f}°{'N' if y >= 0 else 'S'}"
        where = where if grid.geographic else f"x = {x:.1f} {grid.units}, y = {y:.1f} {grid.units}"
        self.view.object = f"<p><b>{where}</b></p><table tabindex='0'>{''.join(rows)}</table>"

    def __panel__(self):
        return self.view


class Explanation(pn.viewable.Viewer):
    """Equations and source of the method, and what the data are."""

    session = param.ClassSelector(class_=Working)

    def __init__(self, session: Working, **params):
        super().__init__(session=session, **params)
        self.text = page()
        self.text.sizing_mode = "stretch_width"
        self.equations = pn.pane.LaTeX(
            "", renderer="katex", styles={"font-size": "13px"}, sizing_mode="stretch_width", margin=(0, 8)
        )
        session.param.watch(self._draw, ["configured", "scene"])
        self._draw()

    def _draw(self, *_) -> None:
        method, data = self.session.configured, self.session.data
        self.equations.object = "<br>".join(f"$${equation}$$" for equation in method.equations)
        about = [
            ("Method", f"{method.title}. {(type(method).__doc__ or '').split(chr(10))[0]}"),
            ("From", method.source),
        ]
        about += [("Trained on", method.trained_on())] if method.weights else []
        about += [("Data", data.source), ("Licence", data.licence)]
        about += [("Mind", data.caution)] if data.caution else []
        if self.session.scene is not None and self.session.scene.problem.degradation is not None:
            about.insert(2, ("Input", self.session.scene.problem.degradation.describe()))
        self.text.object = "".join(f"<p><small>{what}</small> {html.escape(text)}</p>" for what, text in about)

    def __panel__(self):
        return pn.Column(self.text, self.equations, sizing_mode="stretch_both", min_height=0, scroll=True)


class Code(pn.viewable.Viewer):
    """The lines of Python that make the same numbers."""

    session = param.ClassSelector(class_=Working)

    def __init__(self, session: Working, write: Callable[[Any], str] = code, **params):
        """write: the lines for a session."""
        super().__init__(session=session, **params)
        self.view = page()

        def draw(*_) -> None:
            self.view.object = f"<pre tabindex='0'>{html.escape(write(session))}</pre>"

        session.param.watch(draw, [*session.NAMES, *session.SHOWING, "scene"])
        draw()

    def __panel__(self):
        return self.view


class Details(pn.viewable.Viewer):
    """The tabs."""

    session = param.ClassSelector(class_=Session)
    PARTS = {
        "Scores": Scores, "Histogram": Histogram, "Transect": Transect, "Probe": Probe, "Method": Explanation,
        "Code": Code,
    }  # fmt: skip

    def __init__(
        self, session: Session, of_members: Mapping[str, type[pn.viewable.Viewer]] | None = None,
        further: Mapping[str, pn.viewable.Viewer] | None = None, **params,
    ):  # fmt: skip
        """of_members: title -> view of what only ensembles have; in front and first while the method makes one.
        further: title -> view that comes after PARTS."""
        super().__init__(session=session, **params)
        always = {title: part(session) for title, part in self.PARTS.items()} | dict(further or {})
        self._always = len(always)
        self.parts = always | {title: part(session) for title, part in (of_members or {}).items()}
        options = {"sizing_mode": "stretch_both", "min_height": 0, "margin": 0, "sx": self._look()}
        self.tabs = pmui.Tabs(*self.parts.items(), **options)
        self._shown = session.ensemble
        follow_tab(session, self.tabs, list(self.parts), lambda: self.front)
        session.param.watch(self._offer, ["configured"])

    def _look(self) -> dict[str, Any]:
        """The tabs' style. An ensemble's are hidden, not removed: browsers stumble over figures in tabs added later."""
        place = {"order": -1} if self.session.ensemble else {"display": "none"}
        arrows = {} if self.session.ensemble else {"display": "none"}  # they would lead to the hidden ones
        return {
            **TABS,
            "& .MuiTabScrollButton-root": arrows,
            f"& .MuiTab-root:nth-of-type(n+{self._always + 1})": place,
        }

    def _offer(self, *_) -> None:
        if self._shown != self.session.ensemble:
            self._shown = self.session.ensemble
            self.tabs.param.update(sx=self._look(), active=self.front)

    @property
    def front(self) -> int:
        """Which tab is in front until somebody opens another one."""
        return self._always if self.session.ensemble and len(self.parts) > self._always else 0

    def __panel__(self):
        return self.tabs


def number(value: float) -> str:
    """Four significant figures, or a dash for what could not be formed."""
    return "–" if np.isnan(value) else f"{value:.4g}"
