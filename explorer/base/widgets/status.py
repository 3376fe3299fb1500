"""The header's line, the message with its download button, progress and status: what the page says in words."""

import html

import panel as pn
import panel_material_ui as pmui
import param
import torch

from engine import scenes
from engine.grid import Grid
from engine.methods import METHODS
from explorer.jobs.resolution_run import Result
from explorer.pages.resolution.session import Session
from explorer.base.wording import count, ordinal
from explorer.base.session import Working

BADGE = (
    "display:inline-block;padding:1px 9px;border-radius:9px;font-weight:600;font-size:12px;margin-left:8px;color:#fff;"
    "background:"
)
KIND = {"simulated": "#8e44ad", "observed": "#1b7f4b", "reanalysis": "#b9770e"}
SPLIT = {"test": "#2c6e9b", "validation": "#7a6a00", "train": "#c0392b", "unused": "#6b6b6b"}


THREADS = torch.get_num_threads()  # at the start: jobs may take fewer for a while


def device() -> str:
    """Where the engine computes, in words."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"CPU, {count(THREADS, 'thread')}"


class Headline(pn.viewable.Viewer):
    """Field, region, date; SIMULATED, OBSERVED or REANALYSIS; the split of the date; the device."""

    session = param.ClassSelector(class_=Working)

    def __init__(self, session: Working, **params):
        super().__init__(session=session, **params)
        self.view = pn.pane.HTML("", margin=(0, 12), sizing_mode="stretch_width", styles={"color": "#fff"})
        decisive = ("scene", "source", "split", "dates")
        session.param.watch(self._draw, [name for name in decisive if name in session.param])
        self._draw()

    def _draw(self, *_) -> None:
        data, split = self.session.data, self.session.split_shown
        badges = f"<span style='{BADGE}{KIND[data.kind]}' title='{html.escape(data.source)}'>{data.kind.upper()}</span>"
        if split:
            said = {"train": "TRAINING date", "unused": "date in no split"}.get(split, f"{split} date")
            badges += f"<span style='{BADGE}{SPLIT.get(split, SPLIT['unused'])}'>{html.escape(said)}</span>"
        self.view.object = (
            f"<span style='font-size:14px'>{' · '.join(map(html.escape, self._what()))}</span>{badges}"
            f"<span style='font-size:12px;opacity:.8;margin-left:12px'>{html.escape(device())}</span>"
        )

    def _what(self) -> tuple[str, ...]:
        """What is shown: of a scene its field, region and date; before there is one, the data set."""
        scene = self.session.scene
        if scene is None:
            return (self.session.data.title,)
        low = scene.problem.low[scene.variable]
        return low.attrs.get("long_name", scene.variable), scene.region, scene.time

    def __panel__(self):
        return self.view


class Message(pn.viewable.Viewer):
    """One sentence when something cannot be done, with a download button where that would help.

    It is the alert's title, which is text: its object is Markdown, where the name of a file becomes a link.
    """

    session = param.ClassSelector(class_=Working)

    def __init__(self, session: Working, **params):
        super().__init__(session=session, **params)
        self.alert = pmui.Alert(
            title="",
            severity="warning",
            variant="outlined",
            margin=(4, 8),
            sizing_mode="stretch_width",
            sx={
                "padding": "0 12px",
                "alignItems": "center",
                "& .MuiAlertTitle-root": {"fontSize": "0.85rem", "fontWeight": 400, "margin": 0},
            },
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
        self.alert.title = session.message or ("Downloading ..." if running else "")
        self.button.param.update(label=f"Download ({size:.1f} MB)", visible=bool(session.missing) and not running)
        self.bar.param.update(value=int(100 * (session.download or 0)), visible=running)
        self.row.visible = bool(session.message) or running

    def __panel__(self):
        return self.row


class Runner(pn.viewable.Viewer):
    """Run and cancel, with progress."""

    session = param.ClassSelector(class_=Working)

    def __init__(self, session: Working, **params):
        super().__init__(session=session, **params)
        options = {"size": "small", "margin": (4, 4), "width": 84}
        self.run = pmui.Button(label="Run", on_click=lambda _: session.run(), **options)
        self.cancel = pmui.Button(
            label="Cancel", variant="outlined", disabled=True, on_click=lambda _: session.cancel(), **options
        )
        self.bar = pmui.LinearProgress(
            value=0, variant="determinate", sizing_mode="stretch_width", margin=(18, 8), visible=False
        )
        style = {"font-size": "12px", "opacity": "0.85"}
        self.place = pn.pane.HTML("", margin=(13, 8), visible=False, styles=style)
        session.param.watch(self._draw, ["busy", "progress", "place"])

    def _draw(self, *_) -> None:
        session = self.session
        slow = session.busy and session.lasting
        waits = slow and session.place > 0
        running = slow and not waits and session.progress is not None
        if self.cancel.disabled == slow:
            self.cancel.disabled = not slow
        if running or self.bar.visible:
            self.bar.param.update(visible=running, value=int(100 * (session.progress or 0)))
        if waits or self.place.visible:
            self.place.param.update(visible=waits, object=f"{ordinal(session.place)} in the queue")

    def __panel__(self):
        always = {
            "position": "sticky",
            "bottom": "0",
            "z-index": "3",
            "background": "var(--mui-palette-background-paper)",
        }
        return pn.Row(self.run, self.cancel, self.bar, self.place, sizing_mode="stretch_width", margin=0, styles=always)


class Status(pn.viewable.Viewer):
    """One line: how long it took, how many network calls, cached or not, the seed; or what is going on."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        style = {"font-size": "12px", "opacity": "0.85"}
        self.text = pn.pane.HTML("", margin=(1, 10), height=20, sizing_mode="stretch_width", styles=style)
        session.param.watch(self._draw, ["busy", "result", "stale", "progress", "answer", "result_b", "stale_b"])
        session.opening.param.watch(self._draw, ["busy"])

    def _draw(self, *_) -> None:
        self.text.object = " · ".join(map(html.escape, self.words()))

    def words(self) -> list[str]:
        """What the line says, part by part."""
        session, result = self.session, self.session.result
        stale = session.stale or session.stale_b
        words = ["opening the file ..."] if session.opening.busy else []
        words += ["settings changed: the prediction is of before, press Run"] if stale else []
        if result is not None:
            both = [part for part in (result, session.current_b) if part is not None]
            for part in both:
                if session.busy and not part.final:
                    words.append(f"step {part.index} of {part.total}, about {session.time_left:.0f} s left")
            words += self._cost(result, "method" if len(both) == 1 else "A")
            words += self._cost(both[1], "B") if len(both) == 2 else []
            words.append(f"server {1000 * session.answer:.0f} ms")
            words += [line for part in both for line in self._training(part)][:1]
            words.append(f"seed {session.seed}")
        return words + self._sizes()

    @staticmethod
    def _cost(result: Result, who: str) -> list[str]:
        """What a run took."""
        words = [f"{who} {1000 * result.trace.get('seconds', 0):.0f} ms"]
        words.append(f"network calls: {result.trace.get('network_calls', 0):.0f}")
        words += ["memory was short: fewer members at once"] if result.trace.get("halved") else []
        return words + (["cached"] if result.cached else [])

    @staticmethod
    def _training(result: Result) -> list[str]:
        """Where a network meets other data than it was trained on, or another factor, the line says so."""
        kind, degradation = METHODS[result.method], result.scene.problem.degradation
        key, factors = kind.trained_on().partition(":")[0], kind.trained_at()
        words = []
        if key not in ("", result.scene.key):
            words.append(f"on {key}, {scenes.get(key).kind}" if key in scenes.SCENES else f"on {key}")
        if factors and degradation is not None and degradation.factor not in factors:
            words.append(f"at x{min(factors)} alone")
        return [f"trained {', '.join(words)}"] if words else []

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
