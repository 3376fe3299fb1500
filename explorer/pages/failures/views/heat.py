"""The heat map of the page "Failure cases": a score over dates and regions."""

import html
import re

import holoviews as hv
import numpy as np
import panel as pn
import panel_material_ui as pmui
from bokeh.events import Tap
from bokeh.models import FixedTicker, HoverTool, LinearColorMapper, NoOverlap, Range1d
from bokeh.models.annotations import ColorBar

from explorer.base import link
from explorer.base.given import given
from explorer.base.wording import count
from explorer.drawing.copies import glyphs, rendered, sources
from explorer.drawing.lines import adjust, describe, title_pane, title_text
from explorer.drawing.palette import LAND, colours, limits
from explorer.pages.failures import ranking
from explorer.pages.failures.keys import CellKeys
from explorer.pages.failures.places import put, wrapping
from explorer.pages.failures.session import FailureSession

hv.extension("bokeh", logo=False)

DATES = 9  # written along the heat map
SMALL = "font-size:calc(12*var(--px,1px));line-height:1.35;overflow-wrap:anywhere"
SHIPPED = "background:#8e5a00;color:#fff;border-radius:8px;padding:0 7px;font-size:calc(12*var(--px,1px))"


class HeatMap(pn.viewable.Viewer):
    """A score over dates and regions; a click or the arrow keys look closely at a case. Before there is any: a sentence
    and Run."""

    session = given(FailureSession)

    def __init__(self, session: FailureSession, **params):
        super().__init__(session=session, **params)
        f = self.figure = rendered("heat map", declared)
        cells, chosen = glyphs(f)
        self.cells, self.chosen = sources(f)
        self.mapper = LinearColorMapper(palette=["#000000"], nan_color=LAND)
        self.bar = next(item for item in f.right if isinstance(item, ColorBar))
        cells.glyph.fill_color = {"field": "value", "transform": self.mapper}
        cells.nonselection_glyph = chosen.nonselection_glyph = None
        self.bar.update(
            color_mapper=self.mapper, title=None, width=9, title_standoff=4, label_standoff=4, padding=2, margin=0
        )
        f.update(name="heat", title=None, outline_line_color=None)
        f.update(x_range=Range1d(start=0, end=1), y_range=Range1d(start=0, end=1))
        f.toolbar_location = None
        f.min_border_left, f.min_border_right, f.min_border_top, f.min_border_bottom = 110, 50, 2, 22
        f.grid.grid_line_color = None
        for axis in (f.xaxis, f.yaxis):
            axis[0].major_label_policy = NoOverlap(min_distance=6)
            axis.update(axis_label=None, major_tick_line_color=None, minor_tick_line_color=None, axis_line_color=None)
        tips = [("", "@what"), ("", "@where, @when"), ("", "@shown")]
        f.tools = [HoverTool(tooltips=tips, renderers=[cells])]
        f.on_event(Tap, self._tapped)  # type: ignore[arg-type]
        self.title, self.origin = wrapping(title_pane()), pn.pane.HTML("", margin=(0, 8), sizing_mode="stretch_width")
        self.where: list[str] = []
        self.when: list[str] = []
        self.keys = CellKeys()
        self.keys.param.watch(session.guarded(self._stepped), "step", onlychanged=False)
        self.full, self.empty = self._whole(), self._nothing()
        self.view = pn.Column(sizing_mode="stretch_both", min_height=0, min_width=0, margin=0)
        session.watch(self._draw, "frame", "score", "shown", "against", "busy", "shipped")
        session.watch(self._mark, "method", "region", "time", "frame", "shown", "score")
        self._draw()

    def _whole(self) -> pn.Column:
        look = {"sizing_mode": "stretch_both", "min_height": 0, "min_width": 0, "margin": 0}
        cells = pn.Column(pn.pane.Bokeh(self.figure, **look), self.keys, styles={"position": "relative"}, **look)
        return pn.Column(self.title, self.origin, cells, **look)

    def _nothing(self) -> pn.Column:
        self.sentence = pn.pane.HTML(
            "", styles={"font-size": "calc(14*var(--px,1px))", "text-align": "center"}, align="center"
        )
        self.start = pmui.Button(label="Run", align="center", on_click=lambda _: self.session.start())
        space = (pn.Spacer(sizing_mode="stretch_both", min_height=0) for _ in range(2))
        above, below = space
        return pn.Column(above, self.sentence, self.start, below, sizing_mode="stretch_both", min_height=0)

    def _draw(self, *_) -> None:
        session = self.session
        if session.scored.frame.empty:
            scenes = session.scored.scenes_left
            words = f"Nothing of this has been scored yet: Run scores {count(scenes, 'scene')}."
            waiting = session.run.busy and not session.scored.running
            self.sentence.object = "Looking at what is known …" if waiting else words
            adjust(self.start, visible=bool(scenes) and not session.scored.running)
        put(self.view, self.empty if session.scored.frame.empty else self.full)
        if not session.scored.frame.empty:
            self._fill()

    def _fill(self) -> None:
        session = self.session
        self.where = list(session.request.regions)[::-1]
        self.when = [session.data.written(date) for date in session.request.chosen_dates]
        values = session.scored.grid().reindex(index=self.where, columns=self.when)
        words, tips = session.scored.heading(), session.scored.tips()
        rows = [(place, name, values.at[place, name]) for place in self.where for name in self.when]
        known = [row for row in rows if row[:2] in tips]
        j, i = (
            np.array([names.index(row[k]) for row in known], float) for k, names in ((0, self.where), (1, self.when))
        )
        self.cells.data = {
            "left": i, "right": i + 1, "bottom": j, "top": j + 1,
            "value": np.array([row[2] for row in known], float), "what": [words] * len(known),
            "where": [session.data.find_region(row[0]).title for row in known], "when": [row[1] for row in known],
            "shown": [tips[row[:2]] for row in known],
        }  # fmt: skip
        self._axes()
        self._colour(values.to_numpy(float))
        heading = f"{words}: {count(len(self.where), 'region')} × {count(len(self.when), 'date')}"
        self.title.object, self.keys.label = title_text(heading), f"{heading}; the arrow keys choose one"
        describe(self.figure, heading)
        adjust(self.origin, object=said_of(session.scored.origin), visible=bool(session.scored.origin))

    def _axes(self) -> None:
        f, session = self.figure, self.session
        f.x_range.update(start=0, end=len(self.when))
        f.y_range.update(start=0, end=len(self.where))
        step = max(1, -(-len(self.when) // DATES))
        for axis, names, by in ((f.xaxis[0], self.when, step), (f.yaxis[0], self.where, 1)):
            words = names if axis is f.xaxis[0] else [session.data.find_region(name).title for name in names]
            axis.ticker = FixedTicker(ticks=[number + 0.5 for number in range(0, len(names), by)])
            axis.major_label_overrides = {number + 0.5: link.shorten(word, 16) for number, word in enumerate(words)}

    def _colour(self, values: np.ndarray) -> None:
        """Dark red is bad: a sequence for scores that have a best end, two colours around the best for the others."""
        session, better = self.session, ranking.SCORES[self.session.scored.score].better
        finite = values[np.isfinite(values)]
        if session.scored.against or better in ("zero", "one"):
            middle = 1.0 if better == "one" and not session.scored.against else 0.0
            high = float(np.abs(finite - middle).max(initial=0.0)) or 1.0
            palette, (low, high) = colours("error"), (middle - high, middle + high)
        else:
            low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
            low, high = (low, high) if high > low else limits(finite)
            palette = colours("endpoint_error")
        if better == "higher":
            palette = palette[::-1]
        self.mapper.update(palette=palette, low=low, high=high)

    def _mark(self, *_) -> None:
        session = self.session
        there = session.case.region in self.where and session.case.time in self.when
        i, j = (self.when.index(session.case.time), self.where.index(session.case.region)) if there else (0, 0)
        edges = {"left": i, "right": i + 1, "bottom": j, "top": j + 1}
        blank: dict[str, list] = {name: [] for name in self.chosen.data}
        self.chosen.data = blank | ({name: [float(edge)] for name, edge in edges.items()} if there else {})
        self.keys.said = self._told() if there else ""

    def _told(self) -> str:
        """The cell of the case in focus, in words."""
        scored, case = self.session.scored, self.session.case
        value = scored.tips().get((case.region, case.time), "not scored yet")
        return f"{self.session.data.find_region(case.region).title}, {case.time}: {value}"

    def _tapped(self, event: Tap) -> None:
        if event.x is None or event.y is None:
            return
        j, i = int(np.floor(event.y)), int(np.floor(event.x))
        if 0 <= j < len(self.where) and 0 <= i < len(self.when):
            self.session.focus(self.session.scored.shown, self.where[j], self.when[i])

    def _stepped(self, *_) -> None:
        """From the case in focus so many cells on, as far as there are any; from none to the first date."""
        across, up = self.keys.step
        case, last = self.session.case, (len(self.when) - 1, len(self.where) - 1)
        if min(last) < 0:
            return
        there = case.region in self.where and case.time in self.when
        i, j = (self.when.index(case.time) + across, self.where.index(case.region) + up) if there else (0, last[1])
        i, j = (min(max(at, 0), most) for at, most in zip((i, j), last, strict=True))
        self.session.focus(self.session.scored.shown, self.where[j], self.when[i])

    def __panel__(self):
        return self.view


def said_of(origin: str) -> str:
    """Where rows come from, marked."""
    words = re.sub("`(.*?)`", r"<code>\1</code>", html.escape(origin, quote=False))
    return f"<div style='{SMALL}'><b style='{SHIPPED}'>SHIPPED</b> {words}</div>"


def declared() -> hv.Overlay:
    """The cells, and the one that is looked at."""
    cells = hv.Rectangles([(0, 0, 1, 1, 0.0, "", "", "", "")], vdims=["value", "what", "where", "when", "shown"]).opts(
        color="value", colorbar=True, line_alpha=0, tools=["hover"], responsive=True, cmap=["#000000", "#ffffff"]
    )
    chosen = hv.Rectangles([(0, 0, 1, 1)]).opts(fill_alpha=0, line_color="#00a0ff", line_width=3)
    return (cells * chosen).opts(title="", xlabel="", ylabel="", responsive=True, default_tools=[])
