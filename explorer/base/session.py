"""What every page has: parts that hold its state, a link that says them, a job at a time. No widget and no figure."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, ClassVar
from weakref import WeakSet

import param

from engine import methods, plugins
from engine.errors import InputError
from engine.methods import Method
from engine.scene import Outline, Task
from engine.scenes import DataSet
from engine.scenes.own import is_own
from explorer.base import link
from explorer.base.held import Held
from explorer.base.look import Look
from explorer.base.outcome import Outcome
from explorer.base.own_file import OwnFile
from explorer.base.part import Part
from explorer.base.run import Run, sentence
from explorer.base.selection import Source
from explorer.jobs.errand import Dispatch

log = logging.getLogger("finescale.session")
_numbers = count(1)


class Session:
    """One person's page: it has parts, and brings them up to date with each other when one of them changes.

    A page says what its further parts are, what `refresh` and `run` do, and shows what a job yields.
    """

    PAGE: ClassVar[str] = ""  # its name in the address
    TASK: ClassVar[Task] = "resolution"
    OUTLINED: ClassVar[tuple[str, ...]] = ("source",)  # what decides on which methods can work
    open_pages: ClassVar[WeakSet["Session"]] = WeakSet()

    selection: Source
    own_file: OwnFile | None = None

    def __init__(self, dispatch: Dispatch = lambda call: call()):
        """dispatch: how a thread hands a call to the page's own."""
        self.name = f"{type(self).__name__}{next(_numbers):05d}"
        self.dispatch = dispatch
        self.look, self.outcome = Look(), Outcome()
        self.run = Run(self.name, dispatch, lambda: self.refresh())
        self.run.param.watch(self.guarded(self._moved), "device")
        self._quiet = False
        self._seconds: dict[tuple[str, str], float] = {}  # what runs took, by data set and method
        self._closing: list[Callable[[], None]] = []
        self._notices = list(plugins.FAILED.values())
        self.open_pages.add(self)

    # ---- parts -----------------------------------------------------------------------------------------------------

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the picture is made of, in the order in which a link says it."""
        raise NotImplementedError

    @property
    def held(self) -> dict[str, tuple[Part, Held]]:
        """What a link holds: name -> its part, and how it is held."""
        return {name: (part, about) for part in self.parts for name, about in part.held.items()}

    def watch(self, call: Callable[..., Any], *names: str) -> None:
        """Have a view follow parameters, whichever parts they belong to; what fails in it is told in a sentence."""
        wanted = set(names)
        for part in (*self.parts, self.run):
            own = [name for name in part.param if name in wanted]
            if own:
                part.param.watch(self.guarded(call), own)
                wanted -= set(own)
        assert not wanted, f"no part of {type(self).__name__} has {', '.join(sorted(wanted))}"

    def watch_link(self, call: Callable[..., Any]) -> None:
        """Have something follow all that a link may say."""
        for part in self.parts:
            part.param.watch(self.guarded(call), part.state)

    def guarded(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call; what fails in it is told in a sentence, and whoever calls it goes on."""

        def guarded(*events: Any) -> Any:
            try:
                return call(*events)
            except Exception as error:
                self.tell(error)

        return guarded

    def tell(self, error: Exception) -> None:
        """Say in a sentence that something of the page failed; the rest of it goes on."""
        self.run.message = sentence("page", error)

    def react(self, part: param.Parameterized, names: Iterable[str]) -> None:
        """Bring the picture up to date when one of these is set."""
        part.param.watch(self._selected, list(names))

    # ---- selection -------------------------------------------------------------------------------------------------

    @property
    def data(self) -> DataSet:
        return self.selection.data

    @property
    def split_shown(self) -> str:
        """The split of what is on the screen; empty before the first scene."""
        return self.outcome.scene.split if self.outcome.scene is not None else ""

    @property
    def outside(self) -> dict[str, str]:
        """How what is on the screen differs from what its method was trained for; of two by their letters."""
        return {}

    @property
    def units(self) -> str:
        """Unit of the field in question; empty before the first scene."""
        return self.outcome.units

    @property
    def configurations(self) -> dict[str, Method]:
        """Methods with their settings, by the prefix that these have in a link."""
        return {}

    @property
    def cheap(self) -> bool:
        """Whether a change is answered at once, without Run."""
        return all(method.cheap for method in self.configurations.values())

    def select(self, chosen: dict[str, Any]) -> list[str]:
        """Set several things at once, as text or values, in the order they depend on each other.

        What cannot be used keeps its present value; returns (and shows) one sentence for each such thing. `run` is
        "true" in a link to the end of a run, which is then made again, if everything else could be used. A person's own
        file is opened first, which takes a moment; the latest choice counts.
        """
        key, own = str(chosen.get("source", "")), self.own_file
        if own is not None:
            own.turn_back()
        if own is None or not is_own(key) or self.selection.knows(key):
            return self._select(dict(chosen))

        def go_on(data: DataSet) -> None:
            self.selection.offer(data)
            self._select(dict(chosen))

        own.follow(key, go_on, self.refresh)
        return []

    def _select(self, chosen: dict[str, Any]) -> list[str]:
        complaints, again, names = [], chosen.pop("run", "") == "true", set(chosen)
        with self.quiet():
            for name in sorted(chosen, key=lambda name: link.order(self, name)):
                try:
                    link.apply(self, name, chosen[name])
                except InputError as error:
                    complaints.append(str(error))
            replaced = self.replace(names)
        notices, self._notices = self._notices, []
        if again and not complaints and not self.obstacles and not self.cheap:
            self.restore()
        else:
            self.refresh(" ".join(notices + complaints + replaced))
        return complaints

    def show_own(self, data: DataSet) -> None:
        """Add a person's own file to the sources of this page, and show it."""
        self.selection.offer(data)
        if self.selection.source != data.key:
            self.selection.source = data.key
            self.selection.drop_former(data)
            return
        with self.quiet():  # the same file again: it may have changed
            self.adopt_source()
        self.refresh()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """What is set inside leads to nothing by itself."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def _selected(self, *events: param.parameterized.Event) -> None:
        """React to a change: adopt what depends on it, drop what does not fit, then bring the picture up to date."""
        names, alone = {event.name for event in events}, not self._quiet
        with self.quiet():
            if "source" in names:
                self.adopt_source()
            if names & {"source", "region", "field"}:
                self.look.zooms = {}
            self.forget(names)
            self.place()
            replaced = self.replace(names) if alone else []
        self.changed(*replaced)

    def place(self) -> None:
        """Have the methods compute on the device of this page."""
        for method in self.configurations.values():
            method.device = self.run.device

    def _moved(self, *_) -> None:
        """Another device was chosen."""
        self.place()
        self.refresh()

    def changed(self, *said: str) -> None:
        """Bring the picture up to date, unless more is being set; said: what the page says with it."""
        if not self._quiet:
            self.refresh(" ".join(said))

    # ---- what cannot work -----------------------------------------------------------------------------------------

    @property
    def outline(self) -> Outline:
        """What is known of the problem, before it is opened."""
        return self.data.outline()

    @property
    def obstacles(self) -> list[str]:
        """Why methods that are set cannot work, a sentence each."""
        found = (methods.obstacle(method.key, self.outline) for method in self.configurations.values())
        return list(dict.fromkeys(filter(None, found)))

    def replace(self, names: set[str]) -> list[str]:
        """After a change of these, put what works in the place of methods that cannot; says so, a sentence each.

        A method that is itself among what was changed stays as somebody wants it.
        """
        return []

    @property
    def seconds(self) -> dict[str, float]:
        """Method -> how long its last run on the present data set took."""
        return {method: taken for (source, method), taken in self._seconds.items() if source == self.selection.source}

    def note(self, result: Any) -> None:
        """Remember how long a run took, at its end."""
        if result.final and "seconds" in result.trace:
            self._seconds[self.selection.source, result.method] = result.trace["seconds"]

    def adopt_source(self) -> None:
        """Take what the data set has of its own; keep what it also has."""
        raise NotImplementedError

    def forget(self, names: set[str]) -> None:
        """Adopt what depends on these, and drop what no longer fits."""

    def query(self) -> dict[str, str]:
        """Everything that defines the picture, as text for a link."""
        return link.query(self) | ({"run": "true"} if self.ran else {})

    @property
    def ran(self) -> bool:
        """Whether the picture is the end of a run that somebody had to ask for."""
        current = self.outcome.current
        return not self.cheap and not self.outcome.stale and current is not None and current.final

    def step_date(self, by: int) -> None:
        """Go `by` dates on, as far as there are any."""
        raise NotImplementedError

    # ---- running ---------------------------------------------------------------------------------------------------

    @property
    def lasting(self) -> bool:
        """Whether a run may last longer than a moment: networks that answer at once do so on an idle machine alone."""
        return not self.cheap or any(method.network for method in self.configurations.values())

    def refresh(self, message: str = "") -> None:
        """Bring the picture up to date with the settings, or say that it is not."""
        raise NotImplementedError

    def start(self) -> None:
        """Run the method now."""
        raise NotImplementedError

    def restore(self) -> None:
        """Run the method for a link that shows its end."""
        self.start()

    def cancel(self) -> None:
        """Stop the running job before its next step; what is on the screen stays."""
        self.run.cancel()

    def on_close(self, act: Callable[[], None]) -> None:
        """Have something done when the page has gone."""
        self._closing.append(act)

    def close(self) -> None:
        """The page has gone: drop its job."""
        self.open_pages.discard(self)
        for act in (self.run.close, *self._closing):
            act()
        if self.own_file is not None:
            self.own_file.forget()
