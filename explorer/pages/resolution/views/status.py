"""The status line: what the picture took, and what it was made of."""

import html

import panel as pn

from engine import scenes
from engine.grid import Grid
from engine.methods import METHODS
from explorer.base.given import given
from explorer.base.widgets.device import REPEATED
from explorer.jobs.resolution_run import Result
from explorer.pages.resolution.session import ResolutionSession


def _unfinished(result: Result) -> str:
    """What a run came to that was cancelled."""
    if result.finished:
        return f"cancelled: {result.finished} of {dict(result.asked[1][1:]).get('members', 'more')} members"
    return f"cancelled after step {result.index} of {result.total}"


class Status(pn.viewable.Viewer):
    """One line: how long it took, how many network calls, cached or not, the seed; or what is going on."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        style = {"font-size": "calc(12*var(--px,1px))", "opacity": "0.85"}
        self.text = pn.pane.HTML("", margin=(1, 10), height=20, sizing_mode="stretch_width", styles=style)
        session.watch(self._draw, "busy", "result", "stale", "progress", "answer", "result_b", "stale_b")
        session.own_file.param.watch(self._draw, ["busy"])

    def _draw(self, *_) -> None:
        self.text.object = " · ".join(map(html.escape, self.words()))

    def words(self) -> list[str]:
        """What the line says, part by part."""
        session, result = self.session, self.session.outcome.result
        stale = session.outcome.stale or session.comparison.stale_b
        words = ["opening the file ..."] if session.own_file.busy else []
        words += ["settings changed: the prediction is of before, press Run"] if stale else []
        if result is not None:
            both = [part for part in (result, session.comparison.current) if part is not None]
            for part in both:
                if session.passing and not part.final:
                    words.append(f"step {part.index} of {part.total}, about {session.run.time_left:.0f} s left")
            words += [] if stale else [_unfinished(part) for part in both if not (session.passing or part.final)]
            words += self._cost(result, "method" if len(both) == 1 else "A")
            words += self._cost(both[1], "B") if len(both) == 2 else []
            words.append(f"server {1000 * session.outcome.answer:.0f} ms")
            words += self._trainings(both)
            words.append(f"seed {session.chosen.seed}")
        return words + self._sizes()

    @staticmethod
    def _cost(result: Result, who: str) -> list[str]:
        """What a run took."""
        words = [f"{who} {1000 * result.trace.get('seconds', 0):.0f} ms"]
        words.append(f"network calls: {result.trace.get('network_calls', 0):.0f}")
        words += ["memory was short: fewer members at once"] if result.trace.get("halved") else []
        words += [REPEATED] if result.trace.get("repeated") else []
        return words + (["cached"] if result.cached else [])

    @classmethod
    def _trainings(cls, both: list[Result]) -> list[str]:
        """What is said of the training of one or two; what is true of one of two alone with its letter."""
        told = {who: cls._training(part) for who, part in zip("AB", both, strict=False)}
        shared = set.intersection(*map(set, told.values()))
        words = [line if line in shared else f"{who} {line}" for who, lines in told.items() for line in lines]
        return list(dict.fromkeys(words))

    @staticmethod
    def _training(result: Result) -> list[str]:
        """Where a network meets other data than it was trained on, or another observation, the line says so."""
        kind = METHODS[result.method]
        through = result.estimate.attrs.get("through", "")
        key = kind.trained_on().partition(":")[0]
        words = []
        if key not in ("", result.scene.key):
            words.append(f"on {key}, {scenes.get(key).kind}" if key in scenes.SCENES else f"on {key}")
        told = [f"covariance {text}"] if (text := result.estimate.attrs.get("covariance")) else []
        told += [f"through {through}"] if through else []
        told += [f"outside its training: {', '.join(result.outside)}"] if result.outside else []
        return told + ([f"trained {', '.join(words)}"] if words else [])

    def _sizes(self) -> list[str]:
        scene = self.session.outcome.scene
        if scene is None:
            return []
        (ny, nx), low = Grid.of(scene.problem.target).shape, scene.problem.low[scene.variable]
        degradation = scene.problem.observation
        made = [f"input: {degradation.describe()}"] if degradation is not None else []
        return [f"{low.shape[-2]} × {low.shape[-1]} to {ny} × {nx} cells", *made]

    def __panel__(self):
        return self.text
