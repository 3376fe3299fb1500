"""Why a case failed: where, at which scale, at which values; how to look further, and how to remember it."""

import html

import holoviews as hv
import numpy as np
import panel as pn
import panel_material_ui as pmui
from bokeh.models import ColumnDataSource

from engine.scores.bands import NAMES
from engine.scores.boxes import WorstBox
from explorer.base.given import given
from explorer.base.zoom import MapZoom
from explorer.drawing.copies import glyphs
from explorer.drawing.lines import dim, pretty, title_text
from explorer.drawing.palette import limits
from explorer.drawing.panes import Frame, MapPane
from explorer.drawing.pictures import Picture
from explorer.pages.failures import ranking
from explorer.pages.failures.bars import Bars
from explorer.pages.failures.evaluation import Case
from explorer.pages.failures.places import BOTH, picture, put, scrolled, wrapping
from explorer.pages.failures.session import FailureSession

hv.extension("bokeh", logo=False)

PARTS = {"box": "Where", "band": "Scale", "detail": "Detail", "quantile": "Values"}
OUTLINES = {  # of boxes on the map: what is said of them, colour, dash
    "box": ("largest error", "#ff3d7f", "solid"), "invented": ("invents most", "#008a5e", "dashed"),
    "missed": ("misses most", "#7b3fb5", "dotted"),
}  # fmt: skip
SWATCH = "display:inline-block;width:16px;height:9px;margin:0 4px 0 10px;border:2px"
KEY = "<div style='font-size:calc(12*var(--px,1px))'>Boxes:" + "".join(
    f"<span style='white-space:nowrap'><span style='{SWATCH} {dash} {colour}'></span>{words}</span> "
    for words, colour, dash in OUTLINES.values()
) + "</div>"  # fmt: skip
WORDS = 190  # px that are kept for them: the map above does not grow for the moment in which another case is run
HINT = "Click a cell of the heat map or a row of the table: here you read why it failed."
UNKNOWN = "Nobody knows the truth here, so nobody knows why."
LINK = "font-weight:600;color:var(--mui-palette-primary-main)"


class Why(pn.viewable.Viewer):
    """The case in focus: its error with the worst box, skill by band, error by quantile, a sentence for each."""

    session = given(FailureSession)

    def __init__(self, session: FailureSession, **params):
        super().__init__(session=session, **params)
        self.head = pn.pane.HTML("", margin=(2, 8), sizing_mode="stretch_width")
        self.words = {name: pn.pane.HTML("", margin=(2, 8), sizing_mode="stretch_width") for name in PARTS}
        self._drawn: Case | None = None
        self.frame = Frame()
        self.map = MapPane(self.frame, "why")
        wrapping(self.map.title)
        glyphs(self.map.figure)[2].glyph.line_width = 4  # of the worst box: another one may lie on it
        self.lost = {name: self._outline(*look) for name, (_, *look) in OUTLINES.items() if name != "box"}
        self.zoom = MapZoom(session, self.frame, self.map.figure, [self.map.figure], self._again)
        self.band, self.quantile = Bars("bands", "Skill by band"), Bars("quantiles", "RMSE by quantile")
        self.note = pmui.TextInput(label="Note", placeholder="What is seen here", size="small", margin=(9, 4, 4, 8),
                                   sizing_mode="stretch_width")  # fmt: skip
        self.keep = pmui.Button(label="Bookmark", size="small", variant="outlined", margin=(12, 8, 4, 4), disabled=True)
        self.keep.on_click(self._mark)
        key = pn.pane.HTML(KEY, margin=(0, 8, 2, 8), sizing_mode="stretch_width")
        self.error = pn.Column(self.map.view, key, **BOTH, min_height=0)
        self.bars = pn.Row(self.band.view, self.quantile.view, **BOTH, min_height=0)
        self.above, self.below = picture(share=10, least=190), picture(share=6, least=150)
        self.view = self._laid_out()
        session.watch(self._draw, "result", "looking", "score", "frame")
        self._draw()

    def _laid_out(self) -> pn.Column:
        """What is told is scrolled where it is long; what remembers it stays in sight."""
        words = pn.Column(*self.words.values(), margin=0, sizing_mode="stretch_width", min_height=WORDS)
        remember = pn.Row(self.note, self.keep, margin=0, sizing_mode="stretch_width", styles={"flex": "0 0 auto"})
        return pn.Column(scrolled(self.head, self.above, words, self.below), remember, **BOTH, min_height=0)

    def _draw(self, *_) -> None:
        """While another case is looked at, the former one is pale; what cannot be looked at is said."""
        session, case = self.session, self.session.current
        waiting = bool(session.case.looking)
        seen = session.outcome.result if waiting else case
        there = seen is not None and seen.failure is not None
        for place, part in ((self.above, self.error), (self.below, self.bars)):
            dim(part, waiting)
            put(place, *(part,) * there)
        self.keep.disabled = case is None
        if case is None or waiting:
            self.head.object = head(session.case.looking, "") if waiting else head("Why it failed", HINT)
            self._say(None)
            return
        told = self._score() if case.failure is not None else UNKNOWN
        self.head.object = head(session.case.title(), told, session.case.link(case.failure))
        self._say(case.failure)
        if case.failure is not None and case is not self._drawn:
            self._error(case.failure)
            self._bands(case.failure.band)
            self._tenths(case.failure.quantile)
        self._drawn = case

    def _again(self) -> None:
        """The same error, where its size or zoom is another one."""
        if self._drawn is not None and self._drawn.failure is not None:
            self._error(self._drawn.failure)

    def _score(self) -> str:
        """The chosen score of the case, and its place among the same method's and region's."""
        session, name = self.session, self.session.scored.score
        row = session.scored.row(session.case.place)
        if row is None or name not in row or not np.isfinite(row[name]):
            return ""
        frame, case = session.scored.frame, session.case
        same = frame[(frame["method"] == case.method) & (frame["region"] == case.region)]
        bad = ranking.badness(name, same[name].to_numpy(float))
        place = 1 + int((bad > ranking.badness(name, np.array([row[name]]))[0]).sum())
        value = f"{row[name]:.4g} {session.scored.unit}".rstrip()
        rank = "the worst" if place == 1 else f"number {place} from the worst"
        return f"{ranking.SCORES[name].title} {value}, {rank} of {len(same)} dates"

    def _say(self, failure) -> None:
        for name, title in PARTS.items():
            part = getattr(failure, name, None)
            text = html.escape(pretty(part.sentence)) if part is not None else ""
            self.words[name].object = (
                f"<div style='font-size:calc(12.5*var(--px,1px));line-height:1.3'><b>{title}.</b> {text}</div>"
                if text
                else ""
            )

    def _error(self, failure) -> None:
        wide = limits(failure.error.values, "error")
        self.map.show(Picture(failure.error, "Error: prediction - truth", "error", "error"), wide)
        self.frame.transect.data = outline(failure.box)
        for name, source in self.lost.items():
            found = getattr(failure.detail, name, None)
            source.data = outline(found.box if found is not None else None)

    def _outline(self, colour: str, dash: str) -> ColumnDataSource:
        """A box on the map, none yet."""
        source = ColumnDataSource(outline(None))
        self.map.figure.multi_line("xs", "ys", source=source, line_color=colour, line_dash=dash, line_width=2)
        return source

    def _bands(self, band) -> None:
        if band is None:
            self.band.clear("No spectrum here")
            return
        names = [name for name in NAMES if name in band.skills]
        skills = np.array([band.skills[name] for name in names])
        self.band.show(
            np.arange(len(names) + 1), np.clip(skills, -1, 1), names.index(band.worst.name), names, (-1.05, 1.05),
            [f"{name} band: skill {skill:.3f}" + (f", usually {band.usual[name]:.3f}" if name in band.usual else "")
             for name, skill in zip(names, skills, strict=True)],
            [float(np.clip(band.usual.get(name, np.nan), -1, 1)) for name in names],
        )  # fmt: skip
        self.band.title.object = title_text("Skill by band; grey: usual")

    def _tenths(self, part) -> None:
        if part is None:
            self.quantile.clear("No error to divide")
            return
        units = pretty(part.units)
        parts = zip(part.edges[:-1], part.edges[1:], part.rmse, part.bias, strict=True)
        tips = [f"{low:.3g} to {high:.3g} {units}: RMSE {rmse:.3g} {units}, mean error {bias:+.2g} {units}"
                for low, high, rmse, bias in parts]  # fmt: skip
        self.quantile.show(
            100 * part.levels, part.rmse, part.worst, [], (0, 1.08 * float(part.rmse.max())), tips,
            [part.whole] * len(part.rmse),
        )  # fmt: skip
        self.quantile.title.object = title_text(f"RMSE ({units}) by quantile; grey: all")

    def _mark(self, *_) -> None:
        self.session.mark(self.note.value or self.note.value_input or "")
        self.note.value = ""

    def __panel__(self):
        return self.view


def outline(box: WorstBox | None) -> dict[str, list]:
    """The edges of a box as columns of a source."""
    if box is None:
        return {"xs": [], "ys": []}
    (x0, x1), (y0, y1) = box.x, box.y
    return {"xs": [[x0, x1, x1, x0, x0]], "ys": [[y0, y0, y1, y1, y0]]}


def head(title: str, text: str, link: str = "") -> str:
    """Title, text and, where there is one, the way to the explorer."""
    # In a window of its own: leaving the page would cancel what is being scored.
    target = f"href='{html.escape(link, quote=True)}' target='_blank' rel='noopener' style='{LINK}'"
    away = f" <a {target}>Open in the explorer</a>" if link else ""
    return (
        f"<div style='font-size:calc(14*var(--px,1px));font-weight:600'>{html.escape(title)}</div>"
        f"<div style='font-size:calc(12.5*var(--px,1px))'>{html.escape(text)}{away}</div>"
    )
