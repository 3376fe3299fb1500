"""What the state of every page has: a scene, a method with its settings, one job at a time, downloads. No widget."""

import logging
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from threading import Thread
from typing import Any, ClassVar
from weakref import WeakSet

import param

from engine import methods, plugins, scenes
from engine.datafiles import fetch
from engine.errors import DataMissing, InputError
from engine.methods import Method, settings
from engine.scene import Scene, Task
from explorer.base import link as state
from explorer.jobs.worker import WORKER, Ticket
from explorer.jobs.limits import LIMITS, tighten

log = logging.getLogger("finescale.session")


class Working(param.Parameterized):
    """One person's page. A subclass says what `refresh` and `run` do and shows what the job yields (`_show`).

    NAMES: what a link holds, in the order in which it has to be applied; OPTIONAL: what it may leave out; LOOK: names
    that every page has, last and optional; SHOWING: what else a link follows; PASSING: what makes no entry of its own
    in the browser's history.
    """

    PAGE: ClassVar[str] = ""  # its name in the address
    NAMES: ClassVar[tuple[str, ...]] = ()
    OPTIONAL: ClassVar[tuple[str, ...]] = ()
    LOOK: ClassVar[tuple[str, ...]] = ("theme", "tab", "zooms", "hidden")
    SHOWING: ClassVar[tuple[str, ...]] = ("configured", "result", "stale", "busy")
    PASSING: ClassVar[tuple[str, ...]] = ()
    TASK: ClassVar[Task] = "resolution"
    open_pages: ClassVar[WeakSet["Working"]] = WeakSet()

    source = param.Selector(objects=[""], doc="The data set the scene comes from.")
    region = param.String(doc="A named region, or a box 'x0,x1,y0,y1' in the axes' units.")
    time = param.Selector(objects=[""], doc="The date shown.")
    method = param.Selector(objects=[""], doc="The method.")
    seed = param.Integer(default=0, bounds=(0, 2**31 - 1), doc="Random seed: the same seed gives the same picture.")

    theme = param.Selector(default="", objects=["", "dark"], doc="Empty is the light one.")
    tab = param.Selector(default="", objects=[""], doc="The tab that is open; empty is the one in front.")
    zooms = param.Dict(default={}, doc="Zoomed axes of line figures, 'spectrum.x' -> its ends.")
    hidden = param.String(doc="Curves taken away by a click on the legend, as 'spectrum.input,spectrum.error'.")

    configured = param.ClassSelector(class_=Method, doc="The method with its own settings.")
    scene = param.ClassSelector(class_=Scene, allow_None=True)
    busy = param.Boolean(default=False)
    stale = param.Boolean(default=False, doc="The picture does not belong to the settings any more.")
    progress = param.Number(default=None, allow_None=True, bounds=(0, 1), doc="How far the run is.")
    time_left = param.Number(default=0.0, doc="Seconds the run still needs, by its pace so far.")
    place = param.Integer(default=0, doc="Place of the run in the queue; 0 if it does not wait.")
    message = param.String(doc="What went wrong, one sentence; empty if nothing.")
    missing = param.List(default=[], doc="Data files that have to be downloaded first.")
    download = param.Number(default=None, allow_None=True, bounds=(0, 1), doc="Progress of a download.")

    def __init__(self, dispatch: Callable[[Callable[[], None]], None] = lambda call: call()):
        """dispatch: how the worker hands a call back to the page's own thread."""
        super().__init__()
        self._dispatch = dispatch
        self._ticket: Ticket | None = None
        self._quiet, self._shown = False, 0.0
        self._begun: deque[float] = deque()  # when slow runs were started within the last minute
        self._catalogue = {key: data for key, data in scenes.catalogue().items() if data.task == self.TASK}
        kinds = {key: kind for key, kind in methods.METHODS.items() if kind.task == self.TASK}
        self.param.source.objects = _labelled(self._catalogue)
        self.param.method.objects = _labelled(kinds)
        self._notices = list(plugins.FAILED.values())
        self.open_pages.add(self)

    # ---- selection -------------------------------------------------------------------------------------------------

    @property
    def data(self) -> scenes.DataSet:
        return self._catalogue[self.source]

    @property
    def split_shown(self) -> str:
        """The split of what is on the screen; empty before the first scene."""
        return self.scene.split if self.scene is not None else ""

    @property
    def units(self) -> str:
        """Unit of the field in question; empty before the first scene."""
        return str(self.scene.problem.low[self.scene.variable].attrs["units"]) if self.scene is not None else ""

    @property
    def configurations(self) -> dict[str, Method]:
        """The method with its settings, by the prefix that these have in a link."""
        return {state.OPTION: self.configured}

    @property
    def cheap(self) -> bool:
        """Whether a change is answered at once, without Run."""
        return self.configured.cheap

    def select(self, chosen: dict[str, Any]) -> list[str]:
        """Set several things at once, as text or values, in the order they depend on each other.

        What cannot be used keeps its present value; returns (and shows) one sentence for each such thing. `run` is
        "true" in a link to the end of a run, which is then made again, if everything else could be used.
        """
        complaints, chosen = [], dict(chosen)
        again = chosen.pop("run", "") == "true"
        self._quiet = True
        try:
            for name in sorted(chosen, key=lambda name: state.order(self, name)):
                try:
                    state.apply(self, name, chosen[name])
                except InputError as error:
                    complaints.append(str(error))
        finally:
            self._quiet = False
        notices, self._notices = self._notices, []
        if again and not complaints and not self.cheap:
            self.restore()
        else:
            self.refresh(" ".join(notices + complaints))
        return complaints

    def check(self, name: str, given: Any, value: Any) -> None:
        """What a parameter's own type cannot know; raises InputError."""
        if name == "region":
            if len(repr(value)) > 100:
                raise InputError(
                    f"The region {state.quote(value)} is not known; take a named one or a box 'x0,x1,y0,y1'."
                )
            self.data.find_region(value)
        if name == "view" and value and len(value) == 4 and not (value[0] < value[1] and value[2] < value[3]):
            raise InputError(f"The view cannot be {state.quote(given)}; it needs x0 < x1 and y0 < y1.")

    def _adopt_dates(self, data: scenes.DataSet) -> dict[str, Any]:
        """Take a data set's own dates and first region; keep the date where it has it too, unless it was trained on."""
        dates = [data.written(time) for time in data.times]
        kept = self.time in dates and data.split_of(data.find_time(self.time)) != "train"
        self.param.time.objects = dates
        return {
            "time": self.time if kept else data.written(data.find_time()),
            "region": next(iter(data.regions)),
        }

    def offer(self, data: scenes.DataSet) -> None:
        """Add a data set to the sources of this page alone, or take it anew."""
        self._catalogue[data.key] = data
        self.param.source.objects = _labelled(self._catalogue)

    def _adopt_method(self, key: str) -> None:
        created = tighten(methods.create(key))
        created.param.watch(lambda *_: self.refresh(), settings(created))
        self.param.update(method=key, configured=created)

    def _selected(self, *events: param.parameterized.Event) -> None:
        """React to a change of selection: adopt what depends on it, then bring the picture up to date."""
        names = {event.name for event in events}
        quiet, self._quiet = self._quiet, True
        try:
            if "source" in names:
                self._adopt_source(self.source)
            if "method" in names:
                self._adopt_method(self.method)
            if names & {"source", "region", "field"}:
                self.zooms = {}
            self._forget(names)
        finally:
            self._quiet = quiet
        self.refresh()

    def _adopt_source(self, key: str) -> None:
        """Take what a data set has of its own; keep what it also has."""
        raise NotImplementedError

    def _forget(self, names: set[str]) -> None:
        """Drop what no longer fits after a change of these."""

    @property
    def current(self) -> Any:
        """The result, if it belongs to the scene on the screen."""
        raise NotImplementedError

    def query(self) -> dict[str, str]:
        """Everything that defines the picture, as text for a link."""
        return state.query(self) | ({"run": "true"} if self.ran else {})

    @property
    def ran(self) -> bool:
        """Whether the picture is the end of a run that somebody had to ask for."""
        return not self.cheap and not self.stale and self.current is not None and self.current.final

    def step_date(self, by: int) -> None:
        """Go `by` dates on, as far as there are any."""
        dates = list(self.param.time.objects)
        self.time = dates[min(max(dates.index(self.time) + by, 0), len(dates) - 1)]

    # ---- running ---------------------------------------------------------------------------------------------------

    @property
    def lasting(self) -> bool:
        """Whether a run may last longer than a moment: networks that answer at once do so on an idle machine alone."""
        return not self.cheap or any(method.network for method in self.configurations.values())

    def refresh(self, message: str = "") -> None:
        """Bring the picture up to date with the settings, or say that it is not."""
        raise NotImplementedError

    def run(self) -> None:
        """Run the method now."""
        raise NotImplementedError

    def restore(self) -> None:
        """Run the method for a link that shows its end."""
        self.run()

    def cancel(self) -> None:
        """Stop the running job before its next step; what is on the screen stays."""
        if self._ticket is not None and self.busy:
            self._ticket.cancel()
            self.busy = False

    def close(self) -> None:
        """The page has gone: drop its job."""
        self.open_pages.discard(self)
        if self._ticket is not None:
            self._ticket.cancel()

    def _submit(self, work: Iterator, method: Method | None = None, key: Hashable = None) -> None:
        """Hand a job to the worker; of a method's run also the method, and what is the same for the same question."""
        about = {} if method is None else self._described(method)
        self._ticket = Ticket(work, self._deliver, self._fail, self._finish, self._wait, key=key, **about)
        self.place = 0
        try:
            self._enter(self._ticket)
        except InputError as error:
            self._say(str(error), [])

    def _described(self, method: Method) -> dict[str, Any]:
        """What the worker and the log have to know of a method's run."""
        about = {"session": self.name, "method": method.key, "source": self.source}
        return {"slow": not method.cheap, "about": about}

    def _enter(self, ticket: Ticket) -> None:
        """Hand a job to the worker; raises InputError where this page, or all together, ask for too much."""
        try:
            if ticket.slow:
                self._count()
            WORKER.submit(ticket)
        except InputError:
            ticket.cancel()
            raise

    def _count(self) -> None:
        """Note that a slow run starts; raises InputError where this page has started too many within a minute."""
        now = time.monotonic()
        while self._begun and now - self._begun[0] > 60:
            self._begun.popleft()
        if len(self._begun) >= LIMITS.runs:
            left = 60 - (now - self._begun[0])
            raise InputError(f"This page has started {LIMITS.runs} runs within a minute: wait {left:.0f} s.")
        self._begun.append(now)

    def _wait(self, ticket: Ticket, place: int) -> None:
        self._hand_over(ticket, lambda: self.param.update(place=place))

    def _hand_over(self, ticket: Ticket, call: Callable[[], None]) -> None:
        """From the worker to the page's thread, unless the ticket has been replaced or cancelled meanwhile."""
        self._dispatch(lambda: call() if ticket is self._ticket and not ticket.cancelled else None)

    def _deliver(self, ticket: Ticket, item: Any) -> None:
        self._hand_over(ticket, lambda: self._show(item))

    def _show(self, item: Any) -> None:
        raise NotImplementedError

    def _finish(self, ticket: Ticket) -> None:
        self._hand_over(ticket, lambda: self.param.update(busy=False))

    def _fail(self, ticket: Ticket, error: Exception) -> None:
        text = sentence("run", error)
        files = list(error.files) if isinstance(error, DataMissing) else []
        self._hand_over(ticket, lambda: self._say(text, files))

    def _say(self, text: str, files: list) -> None:
        self.param.update(busy=False, message=text, missing=files)

    # ---- downloading -----------------------------------------------------------------------------------------------

    def fetch(self) -> None:
        """Download what is missing in a thread of its own, with progress, then open the scene."""
        if self.download is None and self.missing:
            self._shown = 0.0
            self.param.update(download=0.0, message="")
            Thread(target=self._fetch, args=(list(self.missing),), name="finescale-download", daemon=True).start()

    def _fetch(self, files: list) -> None:
        size, before = sum(file.bytes for file in files), 0
        try:
            for file in files:
                done = before
                fetch(file, lambda part, _, done=done: self._progress((done + part) / size))
                before += file.bytes
        except Exception as error:
            text = sentence("download", error)
            self._dispatch(lambda: self.param.update(download=None, message=text))
        else:
            self._dispatch(lambda: (self.param.update(download=None, missing=[]), self.refresh()))

    def _progress(self, share: float) -> None:
        if share - self._shown >= 0.02:
            self._shown = share
            self._dispatch(lambda: self.param.update(download=min(share, 1.0)))


def _labelled(kinds: Mapping[str, Any]) -> dict[str, str]:
    """Label -> key; two of one title have their keys in their labels."""
    titles = [kind.title for kind in kinds.values()]
    return {
        kind.title if kind.title and titles.count(kind.title) == 1 else f"{kind.title} ({key})": key
        for key, kind in kinds.items()
    }


def sentence(what: str, error: Exception) -> str:
    """What the page says of an error: its own words where they were made for that, else its kind, the rest logged."""
    if isinstance(error, InputError):
        return str(error)
    log.error("a %s failed", what, exc_info=error)
    return f"The {what} stopped with {type(error).__name__}; the log has the details."
