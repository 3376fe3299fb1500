"""The header's line, the message with its download button, progress and status: what the page says in words."""

import html

import panel as pn
import panel_material_ui as pmui
import param
import torch

from engine.grid import Grid
from engine.methods import METHODS
from explorer.running import Result
from explorer.session import Session

BADGE = (
    "display:inline-block;padding:1px 9px;border-radius:9px;font-weight:600;font-size:12px;margin-left:8px;color:#fff;"
    "background:"
)
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
        source = html.escape(self.session.data.source)
        self.view.object = (
            f"<span style='font-size:14px'>{what}</span>"
            f"<span style='{BADGE}{KIND[scene.kind]}' title='{source}'>{scene.kind.upper()}</span>"
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
        self.alert = pmui.Alert(
            title="",
            severity="warning",
            variant="outlined",
            margin=(4, 8),
            sizing_mode="stretch_width",
            sx={"padding": "0 12px", "alignItems": "center", "fontSize": "0.85rem"},
        )
        self.button = pmui.Button(label="Download", size="small", margin=(8, 8), on_click=lambda _: session.fetch())
        self.bar = pmui.LinearProgress(value=0, variant="determinate", sizing_mode="stretch_width", margin=(18, 8))
        self.row = pn.Row(self.alert, self.button, self.bar, visible=False, sizing_mode="stretch_width", margin=0)
        session.param.watch(self._draw, ["message", "missing", "download"])
        self._draw()

    def _draw(self, *_) -> None:
        session = self.session
        running = session.download is not None
        size = sum(file.bytes for file in session.missing) / 1e6
        if not (session.message or running or self.row.visible):
            return
        self.alert.object = html.escape(session.message) or ("Downloading ..." if running else "")
        self.button.param.update(label=f"Download ({size:.1f} MB)", visible=bool(session.missing) and not running)
        self.bar.param.update(value=int(100 * (session.download or 0)), visible=running)
        self.row.visible = bool(session.message) or running

    def __panel__(self):
        return self.row


class Runner(pn.viewable.Viewer):
    """Run and cancel, with progress."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        options = {"size": "small", "margin": (4, 4), "width": 84}
        self.run = pmui.Button(label="Run", on_click=lambda _: session.run(), **options)
        self.cancel = pmui.Button(
            label="Cancel", variant="outlined", disabled=True, on_click=lambda _: session.cancel(), **options
        )
        self.bar = pmui.LinearProgress(
            value=0, variant="determinate", sizing_mode="stretch_width", margin=(18, 8), visible=False
        )
        session.param.watch(self._draw, ["busy", "progress"])

    def _draw(self, *_) -> None:
        session = self.session
        slow = session.busy and not session.configured.cheap
        running = slow and session.progress is not None
        if self.cancel.disabled == slow:
            self.cancel.disabled = not slow
        if running or self.bar.visible:
            self.bar.param.update(visible=running, value=int(100 * (session.progress or 0)))

    def __panel__(self):
        return pn.Row(self.run, self.cancel, self.bar, sizing_mode="stretch_width", margin=0)


class Status(pn.viewable.Viewer):
    """One line: how long it took, how many network calls, cached or not, the seed; or what is going on."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        style = {"font-size": "12px", "opacity": "0.85"}
        self.text = pn.pane.HTML("", margin=(1, 10), height=20, sizing_mode="stretch_width", styles=style)
        session.param.watch(self._draw, ["busy", "result", "stale", "progress", "answer"])

    def _draw(self, *_) -> None:
        self.text.object = " · ".join(map(html.escape, self.words()))

    def words(self) -> list[str]:
        """What the line says, part by part."""
        session, result = self.session, self.session.result
        words = ["settings changed: the prediction is of before, press Run"] if session.stale else []
        if result is not None:
            if session.busy and not result.final:
                words.append(f"step {result.index} of {result.total}, about {session.time_left:.0f} s left")
            words.append(f"method {1000 * result.trace.get('seconds', 0):.0f} ms")
            words.append(f"server {1000 * session.answer:.0f} ms")
            words.append(f"{result.trace.get('network_calls', 0):.0f} network calls")
            words += ["memory was short: fewer members at once"] if result.trace.get("halved") else []
            words += ["cached"] if result.cached else []
            words += self._training(result)
            words.append(f"seed {session.seed}")
        return words + self._sizes()

    @staticmethod
    def _training(result: Result) -> list[str]:
        """Where a network meets other data than it was trained on, the line says so."""
        data = METHODS[result.method].trained_on()
        return (
            [f"trained on {data.partition(':')[0]}, a simulation"] if data and result.scene.kind != "simulated" else []
        )

    def _sizes(self) -> list[str]:
        scene = self.session.scene
        if scene is None:
            return []
        (ny, nx), low = Grid.of(scene.problem.target).shape, scene.problem.low[scene.variable]
        return [
            f"{low.shape[-2]} × {low.shape[-1]} to {ny} × {nx} cells",
            f"input: {scene.problem.degradation.describe()}",
        ]

    def __panel__(self):
        return self.text
