"""Starting an evaluation and stopping it, and how far it is."""

import html

import panel as pn
import panel_material_ui as pmui

from explorer.base.given import given
from explorer.base.wording import count, lasting
from explorer.drawing.lines import adjust
from explorer.pages.failures.session import FailureSession


class Evaluator(pn.viewable.Viewer):
    """Run and cancel, how far it is, how long it will take."""

    session = given(FailureSession)

    def __init__(self, session: FailureSession, **params):
        super().__init__(session=session, **params)
        options = {"size": "small", "margin": (4, 4), "width": 84}
        self.run = pmui.Button(label="Run", on_click=lambda _: session.start(), **options)
        self.cancel = pmui.Button(
            label="Cancel", variant="outlined", disabled=True, on_click=lambda _: session.cancel(), **options
        )
        self.bar = pmui.LinearProgress(value=0, variant="determinate", sizing_mode="stretch_width", margin=(2, 8))
        self.text = pn.pane.HTML("", margin=(0, 8), sizing_mode="stretch_width")
        session.watch(self._draw, "running", "progress", "scenes_left", "frame", "total", "shipped")
        self._draw()

    def _draw(self, *_) -> None:
        session = self.session
        adjust(self.run, disabled=session.scored.running or not session.scored.scenes_left)
        adjust(self.cancel, disabled=not session.scored.running)
        adjust(self.bar, value=int(100 * (session.run.progress or 0)), visible=session.scored.running)
        self.text.object = (
            f"<div style='font-size:calc(12*var(--px,1px))'>{html.escape(progress(session))}{training(session)}</div>"
        )

    def __panel__(self):
        always = {
            "position": "sticky",
            "bottom": "0",
            "z-index": "3",
            "background": "var(--mui-palette-background-paper)",
        }
        buttons = pn.Row(self.run, self.cancel, margin=0, sizing_mode="stretch_width")
        return pn.Column(buttons, self.bar, self.text, margin=0, sizing_mode="stretch_width", styles=always)


def progress(session: FailureSession) -> str:
    """How far the evaluation is, in one line."""
    scored, run = session.scored, session.run
    done, scenes = len(scored.frame) - scored.shipped, scored.scenes_left
    if scored.running and scenes:
        left = f", about {lasting(run.time_left)} left" if run.progress else ""
        return f"{done} of {scored.total} rows; {count(scenes, 'scene')} to go{left}"
    if not scenes and scored.total:
        return f"Complete: {count(scored.total, 'row')}."
    if not done and scored.shipped:
        rows = f"{scored.shipped} of {count(scored.total, 'row')}"
        return f"{rows} came with the project; Run scores {count(scenes, 'scene')}."
    if not done:
        return ""
    return f"{done} of {count(scored.total, 'row')}; Run scores {count(scenes, 'other scene')}."


def training(session: FailureSession) -> str:
    """A warning where methods may have seen the dates."""
    seen = session.request.training
    style = "color:#fff;background:#c0392b;border-radius:9px;padding:1px 9px;margin-top:3px;font-weight:600"
    words = f"{seen} of {len(session.request.chosen_dates)} are TRAINING dates: networks have seen them"
    return f"<div style='{style}'>{words}</div>" if seen else ""
