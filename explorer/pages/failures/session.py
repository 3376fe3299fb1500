"""State and actions of the page "Failure cases": many scenes scored, one of them looked at. No widget, no figure."""

from collections.abc import Callable, Iterator

import pandas as pd
import param

from engine import methods
from engine.errors import InputError
from engine.lexicon import VARIABLES
from engine.scene import Outline
from explorer.base.own_file import OwnFile
from explorer.base.part import Part
from explorer.base.run import described, sentence
from explorer.base.selection import Input, Source
from explorer.base.session import Session
from explorer.jobs.errand import Dispatch, Errand
from explorer.jobs.resolution_run import Result
from explorer.jobs.worker import Worker
from explorer.pages.failures import bookmarks, script
from explorer.pages.failures.case import CaseInFocus
from explorer.pages.failures.evaluation import EVALUATOR, Case, Known, collect, explain, placed, score
from explorer.pages.failures.request import Request, parsed
from explorer.pages.failures.scored import Scored


class Shelf(Part):
    """Bookmarks of cases. No link holds any."""

    bookmarks = param.List(default=[], doc="What this person has marked; the browser keeps it.")


class FailureSession(Session):
    """One person's page "Failure cases"."""

    PAGE = "failures"
    OUTLINED = ("source", "field", "factor", "degradation")
    own_file: OwnFile

    def __init__(self, dispatch: Dispatch = lambda call: call()):
        super().__init__(dispatch)
        self.selection, self.input = Source(self.TASK), Input()
        self.request = Request(self.selection, self.input)
        self.scored = Scored(self.selection, self.request, lambda: self.units)
        self.case = CaseInFocus(self.selection, self.input, self.request, self.scored)
        self.shelf, self.own_file = Shelf(), OwnFile(dispatch, self.show_own)
        self._closer = Errand(dispatch)  # the look at the case in focus
        self._before = 0  # scenes that were not scored when the evaluation began; below 0 until that is known
        self.run.stopped = self._stopped
        self.on_close(self._closer.cancel)
        self.adopt_source()
        self.forget({"source"})
        self.react(self.selection, self.selection.held)
        self.react(self.input, self.input.held)
        self.react(self.request, self.request.held)
        self.case.param.watch(self._look, ["method", "region", "time"])

    @property
    def parts(self) -> tuple[Part, ...]:
        return (
            self.selection, self.input, self.request, self.scored, self.case, self.look, self.outcome, self.shelf,
        )  # fmt: skip

    # ---- selection -------------------------------------------------------------------------------------------------

    def adopt_source(self) -> None:
        self.input.adopt(self.data)
        self.input.sampling = ""
        self.request.adopt()
        self.case.adopt()

    def forget(self, names: set[str]) -> None:
        """Offer what the methods allow; drop a case that is not scored any more."""
        if "source" in names:
            self.own_file.turn_back()
            self.scored.score = "consistency" if self.data.coarse else "rmse"  # nobody knows the truth of a coarse one
        if names & {"methods", "source"}:
            self.case.offer()
            self.scored.offer(first="source" in names)
        if "field" in names:
            self.input.follow_field(self.data)
        self.case.drop()

    @property
    def outline(self) -> Outline:
        made = self.input
        return self.data.outline(field=made.field, factor=made.factor, degradation=made.degradation)

    def replace(self, names: set[str]) -> list[str]:
        """What cannot work is not scored, and a reference is where nothing else is."""
        if not names & {*self.OUTLINED} or "methods" in names:
            return []
        outline = self.outline
        obstacles = {text: methods.obstacle(parsed(text)[0], outline) for text in self.request.methods}
        if any(obstacles.values()):
            able = [text for text, obstacle in obstacles.items() if not obstacle]
            self.request.methods = able or [methods.reference(outline)]
        return [f"{obstacle[:-1]}; it is not scored." for obstacle in obstacles.values() if obstacle]

    @property
    def units(self) -> str:
        field = self.input.field
        return VARIABLES[field].units if field in VARIABLES else super().units

    @property
    def split_shown(self) -> str:
        """Of the dates that are scored; that of training if there are any of it among them."""
        return "train" if self.request.training else self.request.split

    @property
    def ran(self) -> bool:
        return False  # what is on the disk is shown at once, and more waits for Run

    def step_date(self, by: int) -> None:
        self.case.step_date(by)

    def place(self) -> None:
        self.case.device = self.run.device

    # ---- evaluating ------------------------------------------------------------------------------------------------

    def refresh(self, message: str = "") -> None:
        """Show what the disk knows of the selection; what it does not know waits for Run."""
        self._ask(collect, None, message)

    def start(self) -> None:
        """Score what is not known yet, in the background."""
        try:
            self.run.pace.count()
        except InputError as error:
            self.run.message = str(error)
        else:
            self._ask(score, EVALUATOR)

    def cancel(self) -> None:
        """Stop after the scene under way; what is known stays, and Run goes on from there."""
        super().cancel()
        self._give_up()
        if self.current is None:
            self.focus("", "", "")
        self.case.looking = ""
        self.scored.running, self.run.progress = False, None

    def _ask(self, work: Callable[[dict], Iterator], worker: Worker | None, message: str = "") -> None:
        known, self._before = self._before, -1
        self.run.begin(message)
        self.scored.running = worker is EVALUATOR

        def stay() -> None:
            self._before = known

        self.run.submit(
            placed(self.run.device, work, self.request.asked), self._show, self._finish, by=worker, refused=stay
        )

    def _show(self, item: Known) -> None:
        first, scored = self._before < 0, self.scored
        self._before = item.scenes if first else self._before
        scored.take([*item.rows, *item.shipped])
        done = self._before - item.scenes
        if scored.running and self._before:
            self.run.advance(done / self._before)
        scored.param.update(
            frame=scored.known, total=item.total, scenes_left=item.scenes, shipped=len(item.shipped)
        )  # fmt: skip
        if first or not item.scenes:
            self._focus()

    def _finish(self) -> None:
        self.run.param.update(busy=False, progress=None)
        self.scored.running = False

    def _stopped(self) -> None:
        """What was known of the selection stays, of another one nothing does."""
        if self._before < 0:
            self.scored.clear()
            self.outcome.result = None
        self.scored.running, self.run.progress = False, None

    # ---- the case in focus -----------------------------------------------------------------------------------------

    @property
    def current(self) -> Case | None:
        """The case in focus, once it has been looked at; one that is left from another choice counts as none."""
        case = self.outcome.result
        if case is None or case.place != self.case.place:
            return None
        return case if case.result.asked == self.case.question else None

    def focus(self, method: str, region: str, when: str) -> None:
        """Look closely at one case, again if that failed; empty texts at none."""
        if self.case.place != (method, region, when):
            self.case.param.update(method=method, region=region, time=when)
        elif self.current is None and not self._closer.under_way:
            self._look()

    def _focus(self) -> None:
        """Look at the case in focus once more, now that what is usual is known; at the worst one, if there is none."""
        if self.case.method:
            self._look()
        elif (worst := self.scored.worst()) is not None:
            self.focus(*worst)

    def _look(self, *events: param.parameterized.Event) -> None:
        """Run the method of the case in focus on its scene, and find out why it failed."""
        self._give_up()
        if self._quiet:
            return
        if any(event.name == "region" for event in events):
            self.look.view = None
        case = self.case
        if not all(case.place):
            self.outcome.result, case.looking = None, ""
            return
        method = case.configured
        work = explain(case.place, case.scene, method, self.request.seed, case.usual())
        case.looking = f"Running {method.title} on this scene"
        try:
            if not method.cheap:
                self.run.pace.count()
            self._closer.start(
                work, self._looked, self._not_looked, wait=self._waits, key=case.question,
                **described(self.name, method, self.selection.source),
            )  # fmt: skip
        except InputError as error:
            self._leave(str(error))

    def _give_up(self) -> None:
        """Look at no case any more."""
        self._closer.cancel()

    def _leave(self, text: str) -> None:
        """Say why the case in focus cannot be looked at; a click tries again."""
        self._closer.forget()
        self.outcome.result, self.case.looking = None, text

    def _looked(self, item: Result | Case) -> None:
        if isinstance(item, Case):
            self._closer.forget()
            self.outcome.param.update(scene=item.result.scene, result=item)
            self.case.looking = ""
        elif not item.final:
            self.case.looking = f"Running {item.title} on this scene: step {item.index} of {item.total}"

    def _not_looked(self, error: Exception) -> None:
        self._leave(sentence("run", error))

    def _waits(self, place: int) -> None:
        self.case.looking = f"Place {place} in the queue" if place else "Running the method on this scene"

    # ---- what leads away from the page -----------------------------------------------------------------------------

    def code(self) -> str:
        """Runnable Python for the table, and for the case in focus."""
        case, seed = self.case, self.request.seed
        told = (case.scene, case.configured, seed, case.usual()) if self.current is not None else None
        return script.evaluation(self.request.asked, self.request.dates, self.request.split, self.scored.score, told)

    def mark(self, note: str) -> None:
        """Bookmark the case in focus, with a note."""
        if self.case.method:
            made = f"{pd.Timestamp.now():%Y-%m-%d %H:%M}"
            self._keep(lambda: [bookmarks.bookmark(self.case.title(), note, self.query(), made)])

    def take(self, data: bytes) -> None:
        """Add the bookmarks of a file."""
        self._keep(lambda: bookmarks.read(data, self.held))

    def _keep(self, new: Callable[[], list]) -> None:
        try:
            self.shelf.bookmarks = bookmarks.merged(self.shelf.bookmarks, new())
            self.run.message = ""
        except InputError as error:
            self.run.message = str(error)
