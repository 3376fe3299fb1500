"""The header's line, the message with its download button, progress and status: what the page says in words."""

import html

import panel as pn
import panel_material_ui as pmui
import param
import torch

from engine.grid import Grid
from explorer.session import Session

BADGE = "display:inline-block;padding:1px 9px;border-radius:9px;font-weight:600;font-size:12px;margin-left:8px;color:#fff;background:"
KIND = {"simulated": "#8e44ad", "observed": "#1b7f4b", "reanalysis": "#b9770e"}
SPLIT = {"test": "#2c6e9b", "validation": "#7a6a00", "train": "#c0392b", "unused": "#6b6b6b"}


def device() -> str:
    """Where the engine computes, in words."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'s' if threads > 1 else ''}"


class Headline(pn.viewable.Viewer):
    """Field, region, date; SIMULATED, OBSERVED or REANALYSIS; the split of the date; the device."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        self.view = pn.pane.HTML("", margin=(0, 12), sizing_mode="stretch_width", styles={"color": "#fff"})
        session.param.watch(self._draw, ["scene"])

    def _draw(self, *_) -> None:
        scene = self.session.scene
        split = {"train": "TRAINING date", "unused": "date in no split"}.get(scene.split, f"{scene.split} date")
        low = scene.problem.low[scene.variable]
        what = " · ".join(map(html.escape, (low.attrs.get("long_name", scene.variable), scene.region, scene.time)))
        self.view.object = (
            f"<span style='font-size:14px'>{what}</span>"
            f"<span style='{BADGE}{KIND[scene.kind]}' title='{html.escape(self.session.data.source)}'>{scene.kind.upper()}</span>"
            f"<span style='{BADGE}{SPLIT.get(scene.split, SPLIT['unused'])}'>{html.escape(split)}</span>"
            f"<span style='font-size:12px;opacity:.8;margin-left:12px'>{html.escape(device())}</span>"
        )

    def __panel__(self):
        return self.view


class Message(pn.viewable.Viewer):
    """One sentence when something cannot be done, with a download button where that would help."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        self.alert = pmui.Alert(title="", severity="warning", variant="outlined", margin=(4, 8), sizing_mode="stretch_width")
        self.button = pmui.Button(label="Download", size="small", margin=(8, 8), on_click=lambda _: session.fetch())
        self.bar = pmui.LinearProgress(value=0, variant="determinate", sizing_mode="stretch_width", margin=(18, 8))
        self.row = pn.Row(self.alert, self.button, self.bar, visible=False, sizing_mode="stretch_width", margin=0)
        session.param.watch(self._draw, ["message", "missing", "download"])
        self._draw()

    def _draw(self, *_) -> None:
        session = self.session
        running = session.download is not None
        size = sum(file.bytes for file in session.missing) / 1e6
        self.alert.object = html.escape(session.message) or ("Downloading ..." if running else "")
        self.button.param.update(label=f"Download ({size:.1f} MB)", visible=bool(session.missing) and not running)
        self.bar.param.update(value=int(100 * (session.download or 0)), visible=running)
        self.row.visible = bool(session.message) or running

    def __panel__(self):
        return self.row


class Status(pn.viewable.Viewer):
    """Run, cancel, progress with time left; then how long it took, how many network calls, cached or not, the seed."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        self.run = pmui.Button(label="Run", size="small", margin=(4, 4), on_click=lambda _: session.run(), width=80)
        self.cancel = pmui.Button(
            label="Cancel", size="small", margin=(4, 4), variant="outlined", disabled=True, width=80,
            on_click=lambda _: session.cancel(),
        )  # fmt: skip
        self.bar = pmui.LinearProgress(value=0, variant="determinate", sizing_mode="stretch_width", margin=(10, 8), visible=False)
        self.text = pn.pane.HTML("", margin=(6, 8), sizing_mode="stretch_width", styles={"font-size": "12px"})
        session.param.watch(self._draw, ["busy", "result", "stale", "progress"])

    def _draw(self, *_) -> None:
        session = self.session
        self.cancel.disabled = not session.busy
        running = session.busy and session.progress is not None
        self.bar.param.update(visible=running, value=int(100 * (session.progress or 0)))
        self.text.object = " · ".join(map(html.escape, self.words()))

    def words(self) -> list[str]:
        session, result = self.session, self.session.result
        words = []
        if session.stale:
            words.append("settings changed: the prediction shown is of before; press Run" if not session.busy else "settings changed")
        if result is not None:
            if session.busy and not result.final:
                words.append(f"step {result.index} of {result.total}, about {session.time_left:.0f} s left")
            words.append(f"{1000 * result.trace.get('seconds', 0):.0f} ms")
            words.append(f"{result.trace.get('network_calls', 0):.0f} network calls")
            words += ["cached"] if result.cached else []
            words.append(f"seed {session.seed}")
        if session.scene is not None:
            ny, nx = Grid.of(session.scene.problem.target).shape
            low = session.scene.problem.low[session.scene.variable]
            words.append(f"{low.shape[-2]} × {low.shape[-1]} to {ny} × {nx} cells")
        return words

    def __panel__(self):
        return pn.Row(self.run, self.cancel, self.bar, self.text, sizing_mode="stretch_width", height=38, margin=0)
