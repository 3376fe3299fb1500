"""The header's line, the message with its download button, progress and status: what the page says in words."""

import html

import panel as pn
import panel_material_ui as pmui

from explorer.base.given import given
from explorer.base.session import Session
from explorer.base.widgets.device import offers
from explorer.base.widgets.later import Seldom
from explorer.base.wording import ordinal
from explorer.drawing import noisy

BADGE = (
    "display:inline-block;padding:1px 9px;border-radius:9px;font-weight:600;font-size:calc(12*var(--px,1px));"
    "margin-left:8px;color:#fff;background:"
)
TITLE = "display:inline;font-size:calc(14*var(--px,1px));font-weight:400;margin:0"
KIND = {"simulated": "#8e44ad", "observed": "#1b7f4b", "reanalysis": "#8a5a08", "unknown": "#5f5f5f"}
SPLIT = {"test": "#2c6e9b", "validation": "#7a6a00", "train": "#c0392b", "unused": "#6b6b6b"}
OUTSIDE = "#b3261e"
LINE = 24  # pixels of a line of its own, below the header
BRIEF = f"""@media (max-width: 760px) {{
  :host {{position: fixed; top: 46px; left: 0; width: 100% !important; height: {LINE}px; margin: 0 !important;
    background: #0d3c53}}
  .much {{position: absolute; clip-path: inset(50%)}}
}}"""  # a phone: badges alone
SMALL = {"font-size": "calc(12*var(--px,1px))", "opacity": "0.85"}
ALERT = {
    "padding": "0 12px", "alignItems": "center",
    "& .MuiAlertTitle-root": {"fontSize": "0.85rem", "fontWeight": 400, "margin": 0},
}  # fmt: skip


class Headline(pn.viewable.Viewer):
    """Field, region, date, the input's noise; SIMULATED, OBSERVED or REANALYSIS; the split of the date; the device."""

    session = given(Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        self.view = pn.pane.HTML(
            "", margin=(0, 12), sizing_mode="stretch_width", styles={"color": "#fff"}, stylesheets=[BRIEF]
        )
        decisive = ("scene", "source", "split", "dates", "result", "result_b")
        known = {name for part in session.parts for name in part.param}
        session.watch(self._draw, *(name for name in decisive if name in known))
        self._draw()

    def _draw(self, *_) -> None:
        data, split, scene = self.session.data, self.session.split_shown, self.session.outcome.scene
        badges = f"<span style='{BADGE}{KIND[data.kind]}' title='{html.escape(data.source)}'>{data.kind.upper()}</span>"
        if split and not (split == "test" and scene is not None and scene.truth is None):  # nothing is tested there
            said = {"train": "TRAINING date", "unused": "date in no split"}.get(split, f"{split} date")
            badges += f"<span style='{BADGE}{SPLIT.get(split, SPLIT['unused'])}'>{html.escape(said)}</span>"
        for who, words in self.session.outside.items():
            told = f"{who} outside its training".strip()
            badges += f"<span style='{BADGE}{OUTSIDE}' title='{html.escape(words)}'>{told}</span>"
        drawn = (
            f"<h1 class='much' style='{TITLE}'>{' · '.join(map(html.escape, self._what()))}</h1>{badges}"
            f"<span class='much' style='font-size:calc(12*var(--px,1px));opacity:.8;margin-left:12px'>"
            f"{html.escape(self._where())}</span>"
        )
        if drawn != self.view.object:
            self.view.object = drawn

    def _where(self) -> str:
        """The device, unless there is a choice of them, which says it."""
        offered = list(offers())
        return offered[0] if len(offered) == 1 else ""

    def _what(self) -> tuple[str, ...]:
        """What is shown: a scene's field, region, date and the input's noise; before there is one, the data set."""
        scene = self.session.outcome.scene
        if scene is None:
            return (self.session.data.title,)
        low = scene.problem.low[scene.variable]
        named = low.attrs.get("long_name", scene.variable), scene.region, scene.time, noisy.words(scene)
        return tuple(filter(None, named))

    def __panel__(self):
        return self.view


class Message(pn.viewable.Viewer):
    """One sentence when something cannot be done, with a download button where that would help.

    It is the alert's title, which is text: its object is Markdown, where the name of a file becomes a link.
    """

    session = given(Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        self.row = Seldom(self._make)
        session.watch(self._draw, "message", "missing", "download")
        self._draw()

    def _make(self) -> pn.Row:
        self.alert = pmui.Alert(
            title="", severity="warning", variant="outlined", margin=(4, 8), sizing_mode="stretch_width", sx=ALERT
        )
        fetch = self.session.run.fetch
        self.button = pmui.Button(label="Download", size="small", margin=(8, 8), on_click=lambda _: fetch())
        self.bar = pmui.LinearProgress(value=0, variant="determinate", sizing_mode="stretch_width", margin=(18, 8))
        return pn.Row(self.alert, self.button, self.bar, sizing_mode="stretch_width", margin=0)

    def _draw(self, *_) -> None:
        run = self.session.run
        running = run.download is not None
        size = sum(file.bytes for file in run.missing) / 1e6
        said = bool(run.message) or running
        if not (said or self.row.visible):
            return
        self.row.show(said)
        self.alert.title = run.message or ("Downloading ..." if running else "")
        self.button.param.update(label=f"Download ({size:.1f} MB)", visible=bool(run.missing) and not running)
        self.bar.param.update(value=int(100 * (run.download or 0)), visible=running)

    def __panel__(self):
        return self.row


class Runner(pn.viewable.Viewer):
    """Run and cancel, with progress."""

    session = given(Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        options = {"size": "small", "margin": (4, 4), "width": 84}
        self.run = pmui.Button(label="Run", on_click=lambda _: session.start(), **options)
        self.cancel = pmui.Button(
            label="Cancel", variant="outlined", disabled=True, on_click=lambda _: session.cancel(), **options
        )
        self.bar = Seldom(
            lambda: pmui.LinearProgress(variant="determinate", sizing_mode="stretch_width", margin=(18, 8))
        )
        self.place = Seldom(lambda: pn.pane.HTML("", margin=(13, 8), styles=SMALL))
        session.watch(self._draw, "busy", "progress", "place")

    def _draw(self, *_) -> None:
        run = self.session.run
        slow = run.busy and self.session.lasting
        waits = slow and run.place > 0
        running = slow and not waits and run.progress is not None
        if self.cancel.disabled == slow:
            self.cancel.disabled = not slow
        self.bar.show(running, value=int(100 * (run.progress or 0)))
        self.place.show(waits, object=f"{ordinal(run.place)} in the queue")

    def __panel__(self):
        return pn.Row(self.run, self.cancel, self.bar, self.place, sizing_mode="stretch_width", margin=0)
