"""State and actions of the page "Explorer". No widget and no figure: it runs and is tested without a server."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from engine import methods
from engine.errors import InputError
from engine.grid import Grid
from engine.lexicon import VARIABLES
from engine.methods import Method
from engine.scene import Outline, Scene
from explorer.base import link
from explorer.base.chosen import Chosen
from explorer.base.own_file import OwnFile
from explorer.base.part import Part
from explorer.base.selection import Input, Selection
from explorer.base.session import Session
from explorer.jobs.errand import Dispatch
from explorer.jobs.resolution_run import Box, Result, SceneRequest, judge, look, question, run
from explorer.pages.resolution.colouring import Colouring
from explorer.pages.resolution.comparison import Comparison, Side
from explorer.pages.resolution.darkroom import Darkroom
from explorer.pages.resolution.display import Display
from explorer.pages.resolution.over_time import OverTime
from explorer.pages.resolution.overlays import Overlays
from explorer.pages.resolution.stage import Stage, modern

OURS, REFERENCE = "spectral_liif", "bicubic"  # what the page opens on, on its own data set and on others
FEWEST, MOST = 8, 64  # cells of an input along a side, and the largest factor that a slider offers


class ResolutionSession(Session):
    """One person's page. Setting a parameter of the selection reruns what is cheap and marks the rest as stale.

    A run has stages: method A or a look at the scene, then method B; each is judged before the next one starts.
    """

    OUTLINED = ("source", "region", "field", "factor", "degradation")
    selection: Selection
    own_file: OwnFile

    def __init__(self, dispatch: Dispatch = lambda call: call(), **chosen):
        """dispatch: how a thread hands a call to the page's own; chosen: as `select` takes it."""
        super().__init__(dispatch)
        self.selection, self.input = Selection(self.TASK), Input()
        self.chosen = Chosen(self.TASK, OURS, self.changed)
        self.comparison = Comparison(self.chosen, self.outcome, self.changed)
        self.stage, self.colouring = Stage(self.outcome), Colouring()
        darkroom = Darkroom(dispatch, self.tell)
        self.on_close(darkroom.close)
        settled = lambda: self._pictured == self._asked  # noqa: E731
        self.display = Display(self.outcome, self.comparison, self.stage, settled, darkroom, self.colouring)
        self.overlays, self.over_time = Overlays(), OverTime()
        self.own_file = OwnFile(dispatch, self.show_own)
        self._judging = False
        self._side: Side = "a"  # whose results are coming
        self._stages: list[tuple[Side, Callable]] = []  # that are still to come
        self._planned = 0  # how many stages the run has
        self._opened = False  # whether a link has been followed
        self._pictured: tuple = ()  # the settings that the picture on the screen belongs to
        self.run.stopped = self._stopped
        self.adopt_source()
        self.react(self.selection, self.selection.held)
        self.react(self.input, self.input.held)
        self.react(self.chosen, self.chosen.held)
        self.react(self.comparison, ["method_b"])
        for part, names in ((self.look, ["view"]), (self.display, ["in_view"])):
            part.param.watch(self.guarded(self._judge_again), names)
        if chosen:
            self.select(chosen)

    @property
    def parts(self) -> tuple[Part, ...]:
        return (
            self.selection, self.input, self.chosen, self.comparison, self.stage, self.colouring, self.display,
            self.overlays, self.look, self.outcome, self.over_time,
        )  # fmt: skip

    # ---- selection -------------------------------------------------------------------------------------------------

    @property
    def request(self) -> SceneRequest:
        """Everything that defines the scene."""
        asked = self.selection
        return SceneRequest(source=asked.source, region=asked.region, time=asked.time, **self.input.values)

    @property
    def factors(self) -> list[int]:
        """Whole factors that a slider offers: the data set's, and those that divide the scene's cells."""
        scene, named = self.outcome.scene, {*self.data.factors, self.input.factor}
        if scene is None or scene.truth is None or scene.key != self.data.key:
            return sorted(named)
        cells = Grid.of(scene.problem.target).shape
        most = min(min(cells) // FEWEST, MOST)
        return sorted(named | {factor for factor in range(2, most + 1) if all(n % factor == 0 for n in cells)})

    @property
    def _asked(self) -> tuple:
        return self.request, self.chosen.method

    @property
    def configurations(self) -> dict[str, Method]:
        beside = self.comparison.configured_b
        return {link.OPTION: self.chosen.configured} | ({link.OPTION_B: beside} if beside is not None else {})

    @property
    def ran(self) -> bool:
        other = self.comparison
        beside = other.configured_b is None or (not other.stale_b and other.current is not None and other.current.final)
        return super().ran and beside

    def _select(self, chosen: dict[str, Any]) -> list[str]:
        """A page that opens on another data set shows the reference, unless it is told which method."""
        first, self._opened = not self._opened, True
        if first and "method" not in chosen and chosen.get("source", self.selection.source) != self.selection.source:
            chosen = {"method": REFERENCE, **chosen}
        return super()._select(modern(chosen))

    def step_date(self, by: int) -> None:
        self.selection.step_date(by)

    def adopt_source(self) -> None:
        self.selection.adopt()
        self.over_time.adopt(list(self.selection.param.time.objects))
        self.input.adopt(self.data)

    def forget(self, names: set[str]) -> None:
        if "method" in names:
            self.chosen.adopt(self.chosen.method)
        if "method_b" in names:
            self.comparison.adopt()
            self.display.compare()
        scene = self.outcome.scene
        if self.input.low_pass and self.input.width_km is None and scene is not None and scene.key == self.data.key:
            spacing = sum(Grid.of(scene.problem.target).spacing) / 2000
            self.input.width_km = float(round(self.input.factor * spacing, 1))
        if "field" in names:
            self.input.follow_field(self.data)
        if "source" in names:
            self.own_file.turn_back()
        if names & {"source", "region"}:
            self.look.view = None
        if names & {"source", "field"} and self.input.field in VARIABLES:
            self.colouring.fit(VARIABLES[self.input.field].units)
        self.display.forget(names)

    # ---- what cannot work -----------------------------------------------------------------------------------------

    @property
    def outline(self) -> Outline:
        made = self.input
        asked: dict = {"field": made.field, "factor": made.factor, "degradation": made.degradation}
        try:
            return self.data.outline(region=self.selection.region, **asked)
        except InputError:  # no such region: opening the scene says so
            return self.data.outline(**asked)

    def replace(self, names: set[str]) -> list[str]:
        """A reference instead of method A; instead of method B nothing."""
        outline, beside = self.outline, self.comparison
        said: list[str] = []
        if not names & {*self.OUTLINED}:
            return said
        obstacle, instead = methods.obstacle(self.chosen.method, outline), methods.reference(outline)
        if obstacle and instead and "method" not in names:
            self.chosen.method = instead
            said.append(f"{obstacle[:-1]}; {methods.METHODS[instead].title.lower()} is shown instead.")
        obstacle = methods.obstacle(beside.method_b, outline) if beside.method_b else ""
        if obstacle and "method_b" not in names:
            beside.method_b = ""
            said.append(f"{obstacle[:-1]}; it is not compared any more.")
        return list(dict.fromkeys(said))

    @property
    def outside(self) -> dict[str, str]:
        shown = [part for part in (self.outcome.result, self.comparison.current) if part is not None]
        letters = "AB" if len(shown) > 1 else [""]
        return {who: ", ".join(part.outside) for who, part in zip(letters, shown, strict=False) if part.outside}

    @property
    def outdated(self) -> bool:
        """Whether spectra and scores on the screen are of an earlier prediction than the settings or the maps."""
        result = self.outcome.result
        unjudged = result is not None and result.table is None and not self.chosen.configured.cheap
        return self.outcome.stale or unjudged

    @property
    def passing(self) -> bool:
        """Whether what is on the screen is on its way to something else."""
        return (
            self.run.busy
            and not self._judging
            and any(
                result is not None and _passing(result) for result in (self.outcome.result, self.comparison.result_b)
            )
        )

    # ---- running ---------------------------------------------------------------------------------------------------

    def refresh(self, message: str = "") -> None:
        """Open the scene and run what answers at once; otherwise mark the picture as stale."""
        self._run_at([side for side, method in self.comparison.sides.items() if method.cheap], message)

    def start(self) -> None:
        """Run the methods now, cheap or not."""
        self._run_at(list(self.comparison.sides))

    def _run_at(self, wanted: list[Side], message: str = "") -> None:
        """Run these methods, as far as they can work here, and at least open the scene; say why one cannot."""
        request, sides, outline = self.request, self.comparison.sides, self.outline
        able = [side for side in wanted if not methods.obstacle(sides[side].key, outline)]
        stages = [(side, self._running(side)) for side in able]
        if "a" not in able:
            stages.insert(0, ("a", lambda: (look(request), {})))
        self._begin(" ".join(filter(None, (message, *self.obstacles))), stages)
        self._age([side for side in sides if side not in able])

    def _running(self, side: Side) -> Callable:
        """How a method's run is started, with the settings of now: its work, and what the worker has to know of it."""
        request, method, seed = self.request, methods.copy(self.comparison.sides[side]), self.chosen.seed
        about = {"method": method, "source": request.source, "key": question(request, method, seed)}
        return lambda: (run(request, method, seed), about)

    def _age(self, sides: Iterable[Side]) -> None:
        """What is shown of these methods belongs to earlier settings."""
        for side in sides:
            if side == "a":
                self.outcome.stale = self.outcome.result is not None
            else:
                self.comparison.stale_b = self.comparison.result_b is not None

    def cancel(self) -> None:
        """Stop the running job before its next step; what is on the screen stays and says that it is unfinished.

        Members that are finished are a smaller ensemble: they are shown alone, and judged.
        """
        judging = self._judging
        if self.run.cancel():
            self._age(side for side in self._drop() if not self._is_of_now(side))
            part = self._results[self._side]
            if not judging and part is not None and not part.final and part.finished:
                self.run.begin("")
                self._judge(part.of_the_finished())

    def _drop(self) -> list[Side]:
        """Nothing more comes; whose results have not been finished."""
        unfinished = [side for side, _ in self._stages] + ([] if self._judging else [self._side])
        self._stages = []
        return unfinished

    @property
    def _results(self) -> dict[Side, Result | None]:
        return {"a": self.outcome.result, "b": self.comparison.result_b}

    def _is_of_now(self, side: Side) -> bool:
        """Whether what is shown of a method belongs to the settings, though it may be unfinished."""
        result, method = self._results[side], self.comparison.sides.get(side)
        asked = None if method is None else question(self.request, method, self.chosen.seed)
        return result is not None and result.asked == asked

    def _judge(self, result: Result) -> None:
        self._judging = True
        self.run.submit(judge(result, self.box), self._show, self._go_on)

    @property
    def box(self) -> Box | None:
        """The part that is judged: x0, x1, y0, y1; None is all of it."""
        return self.look.view if self.display.in_view else None  # type: ignore[return-value]  # four numbers

    def _judge_again(self, *_) -> None:
        """Judge what is shown once more, where another part of it is in view."""
        if self._quiet:
            return
        self.display.follow_view(self.box)
        results = {side: result for side, result in self._results.items() if result is not None and result.final}
        due = [side for side, result in results.items() if result.judged and result.judged_in != self.box]
        if due and (self._judging or not self.run.busy):
            self._begin("", [(side, lambda side=side: (self._judgement(side), {})) for side in due])

    def _judgement(self, side: Side) -> Iterator:
        self._judging = True
        result = self._results[side]
        assert result is not None
        return judge(result, self.box)

    def _stopped(self) -> None:
        """A job came to nothing: what is on the screen may be fitted."""
        self._pictured = self._asked
        self._age(self._drop())

    def _begin(self, message: str, stages: list) -> None:
        self.run.begin(message)
        self._planned, self._stages = len(stages), stages
        self._go_on()

    def _go_on(self) -> None:
        """Start the next stage, or rest."""
        self._judging = False
        if self._stages:
            self._side, make = self._stages.pop(0)
            work, about = make()
            self.run.submit(work, self._show, self._go_on, passing=_passing, **about)
        else:
            self.run.rest()

    def _show(self, item: Scene | Result) -> None:
        scene = item.scene if isinstance(item, Result) else item
        self.display.offer(scene, self.chosen.ensemble)
        self._pictured = self._asked
        if isinstance(item, Scene):
            self.outcome.scene = scene
            return
        self._show_result(item)
        if item.final or self._judging:
            self.display.refit()
        if item.final and not (item.judged and item.judged_in == self.box):
            # Its numbers follow once it is drawn: both at once would slow the picture.
            self._judge(item)

    def _show_result(self, item: Result) -> None:
        self.note(item)
        done = self._planned - len(self._stages) - 1 + item.index / item.total
        self.run.advance(done / self._planned)
        if self._side == "a":
            self.outcome.param.update(scene=item.scene, result=item, stale=False)
        else:
            self.outcome.scene = item.scene
            self.comparison.param.update(result_b=item, stale_b=False)
        if self._side == "a" and not self._judging:
            self.outcome.answer = self.run.since


def _passing(item: Scene | Result) -> bool:
    """Whether a newer one shows all that it does."""
    return isinstance(item, Result) and not item.final
