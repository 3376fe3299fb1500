"""One of the cases that are scored, looked at closely: why it failed, and how to look further. No widget, no figure."""

from collections.abc import Callable
from urllib.parse import urlencode

import pandas as pd
import param

from engine.errors import InputError
from engine.methods import Method, create, settings
from engine.scores.bands import NAMES as BANDS
from explorer.base import link as state
from explorer.pages.failures.request import Asking, parsed
from explorer.pages.failures.evaluation import Case, explain
from explorer.jobs.worker import Ticket
from explorer.jobs.resolution_run import Result, Selection, question
from explorer.base.session import sentence


class Looking(Asking):
    """One person's look at a case. Its method, region and time are those of the case in focus, or empty."""

    frame = param.DataFrame(default=pd.DataFrame(), doc="A row per method, region and date that is known so far.")
    result = param.ClassSelector(class_=Case, allow_None=True, doc="The case that was looked at closely last.")
    looking = param.String(doc="How far the case in focus is; empty once it is there.")
    view = param.NumericTuple(default=None, length=4, allow_None=True, doc="Zoom of the error x0, x1, y0, y1, if any.")

    def __init__(self, dispatch: Callable[[Callable[[], None]], None] = lambda call: call()):
        super().__init__(dispatch)
        self._case: Ticket | None = None
        self.titles: dict[str, str] = {}  # a method's text -> its title
        self.param.watch(self._look, ["method", "region", "time"])

    def focus(self, method: str, region: str, when: str) -> None:
        """Look closely at one case, again if that failed; empty texts at none."""
        if self.focused != (method, region, when):
            self.param.update(method=method, region=region, time=when)
        elif self.current is None and self._case is None:
            self._look()

    @property
    def focused(self) -> tuple[str, str, str]:
        """Method, region and date of the case in focus."""
        return self.method, self.region, self.time

    @property
    def current(self) -> Case | None:
        """The case in focus, once it has been looked at; one that is left from another choice counts as none."""
        case = self.result
        if case is None or case.place != self.focused:
            return None
        return case if case.result.asked == question(self.selection, self._method(), self.seed) else None

    @property
    def selection(self) -> Selection:
        """What the explorer calls the scene of the case in focus."""
        chosen = {name: getattr(self, name) for name in self.SELECTION}
        return Selection(source=self.source, region=self.region, time=self.time, **chosen)

    def cancel(self) -> None:
        super().cancel()
        self._give_up()
        if self.current is None:
            self.focus("", "", "")
        self.looking = ""

    def close(self) -> None:
        super().close()
        self._give_up()

    def _look(self, *events) -> None:
        """Run the method of the case in focus on its scene, and find out why it failed."""
        self._give_up()
        if self._quiet:
            return
        if any(event.name == "region" for event in events):
            self.view = None
        if not all(self.focused):
            self.param.update(result=None, looking="")
            return
        method = self._method()
        work = explain(self.focused, self.selection, method, self.seed, self._usual())
        asked = {"key": question(self.selection, method, self.seed), **self._described(method)}
        self.looking = f"Running {method.title} on this scene"
        self._case = Ticket(work, self._looked, self._not_looked, lambda ticket: None, self._waits, **asked)
        try:
            self._enter(self._case)
        except InputError as error:
            self._leave(str(error))

    def _give_up(self) -> None:
        """Look at no case any more."""
        if self._case is not None:
            self._case.cancel()
            self._case = None

    def _leave(self, text: str) -> None:
        """Say why the case in focus cannot be looked at; a click tries again."""
        self._case = None
        self.param.update(result=None, looking=text)

    def _looked(self, ticket: Ticket, item: Result | Case) -> None:
        def show() -> None:
            if isinstance(item, Case):
                self._case = None
                self.param.update(scene=item.result.scene, result=item, looking="")
            elif not item.final:
                self.looking = f"Running {item.title} on this scene: step {item.index} of {item.total}"

        self._tell(ticket, show)

    def _not_looked(self, ticket: Ticket, error: Exception) -> None:
        text = sentence("run", error)
        self._tell(ticket, lambda: self._leave(text))

    def _waits(self, ticket: Ticket, place: int) -> None:
        text = f"Place {place} in the queue" if place else "Running the method on this scene"
        self._tell(ticket, lambda: self.param.update(looking=text))

    def _tell(self, ticket: Ticket, call: Callable[[], None]) -> None:
        """From the worker to the page's thread, unless another case is looked at meanwhile."""
        self._dispatch(lambda: call() if ticket is self._case and not ticket.cancelled else None)

    def _usual(self) -> dict[str, float]:
        """The median skill by band of the same method and region on the other dates."""
        if self.frame.empty:
            return {}
        same = (self.frame["method"] == self.method) & (self.frame["region"] == self.region)
        rows = self.frame[same & (self.frame["time"] != self.time)]
        columns = [f"skill_{name}" for name in BANDS if f"skill_{name}" in rows]
        return {name.removeprefix("skill_"): value for name, value in rows[columns].median().dropna().items()}

    def _method(self) -> Method:
        """That of the case in focus."""
        key, chosen = parsed(self.method)
        return create(key, **chosen)

    def explorer_link(self) -> str:
        """The address at which the explorer shows the case in focus."""
        method = self._method()
        query = {name: state.text(value) for name, value in vars(self.selection).items()} | {"method": method.key}
        query |= {"seed": str(self.seed)}
        query |= {state.OPTION + name: state.text(getattr(method, name)) for name in settings(method)}
        return "?" + urlencode({name: value for name, value in query.items() if value != ""}, safe=",:;")

    def case_title(self) -> str:
        """The case in focus in words."""
        region = self.data.find_region(self.region).title
        return f"{self.titles[self.method]} · {region} · {self.time}"
