"""Opening a file of one's own: what is in it, what it leaves open, the data set once that is answered. No widget."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import param

from engine.errors import InputError
from engine.reading.examine import Examined
from engine.reading.places import Place, Places
from engine.reading.questions import compose, parse
from engine.scenes import DataSet, own
from explorer.base.run import sentence
from explorer.jobs import uploads
from explorer.jobs.errand import Dispatch
from explorer.jobs.outside import aside

Failed = Callable[[str, Exception], None]  # the sentence to show, and what it is about


class OwnFile(param.Parameterized):
    """One page's dialog. Everything that touches a file happens in a thread; the latest request counts."""

    shown = param.Boolean(doc="Whether the dialog is open.")
    busy = param.Boolean(doc="Whether a file is being looked at.")
    progress = param.Number(default=None, allow_None=True, bounds=(0, 1), doc="How much of an upload has come.")
    message = param.String(doc="What went wrong, one sentence; empty if nothing.")
    examined = param.ClassSelector(class_=Examined, allow_None=True, doc="What was found in the file.")

    def __init__(self, dispatch: Dispatch, offer: Callable[[DataSet], None]):
        """dispatch: how a thread hands a call to the page; offer: takes the data set that was made."""
        super().__init__()
        self._dispatch, self._offer = dispatch, offer
        self.as_chosen: Callable[[], AbstractContextManager] = nullcontext  # around what a person chose to open
        self._place: Place | None = None
        self._answers: dict[str, str] = {}
        self._turn = self._link = 0  # of the latest request, and of the link that was followed last
        self._incoming: uploads.Incoming | None = None
        self._under_way: Future | None = None

    @property
    def places(self) -> Places:
        """What may be opened here beside uploads."""
        return Places.of_page()

    # ---- naming a file ---------------------------------------------------------------------------------------------

    def look(self, text: str, answers: dict[str, str] | None = None) -> None:
        """See what a path, an address or an upload holds."""
        self._answers = answers or {}
        self.examined = None
        if text.strip():
            self._work(lambda: uploads.examined(text.strip(), self._answers), self._found)

    def receive(self, name: str, number: int, total: int, piece: bytes) -> None:
        """The next piece of an upload, counted from 1; after the last one the file is looked at."""
        try:
            if number == 1:
                self._give_up()
                self._incoming = uploads.Incoming(name)
                self.param.update(examined=None, message="", progress=0.0)
            if self._incoming is None:
                return  # of an upload that was given up
            self._incoming.add(number, piece)
        except InputError as error:
            self._give_up()
            self.param.update(progress=None, message=str(error))
            return
        self.progress = min(number / total, 1.0)
        if number == total:
            whole, self._incoming, self._answers = self._incoming, None, {}
            self._work(lambda: uploads.examined(whole.keep(), {}), self._found)

    def _give_up(self) -> None:
        """Forget an upload that is on its way."""
        if self._incoming is not None:
            self._incoming.drop()
            self._incoming = None

    def _found(self, found: tuple[Examined, Place]) -> None:
        self.examined, self._place = found

    # ---- answering -------------------------------------------------------------------------------------------------

    @property
    def answers(self) -> dict[str, str]:
        """Those in force, the defaults too."""
        if self.examined is None:
            return {}
        said = {one.name: one.answer(self._answers.get(one.name)) for one in self.examined.questions}
        return {name: answer for name, answer in said.items() if answer is not None}

    def answer(self, name: str, said: str) -> None:
        """Answer a question; what depends on it is asked anew."""
        if self._place is None or self.answers.get(name) == said:
            return
        kept, place = {**self._answers, name: said}, self._place
        if name == "variable":
            kept = {"variable": said}

        def examine() -> tuple[Examined, Place]:
            return uploads.examined(place.text, kept)

        def found(them: tuple[Examined, Place]) -> None:
            self._answers = kept
            self._found(them)

        self._work(examine, found)

    def tell(self, key: str, name: str, said: str) -> None:
        """Answer one more question about a file that is shown: it is opened anew, with the other answers it has."""
        place, answers = parse(key.removeprefix(own.PREFIX))
        told = own.PREFIX + compose(place, answers | {name: said})
        self._work(lambda: _made(told), self._opened)

    @property
    def ready(self) -> bool:
        return self.examined is not None and self.examined.layout is not None and not self.busy

    def open(self) -> None:
        """Make the data set, and show it."""
        if not self.ready:
            return
        assert self.examined is not None
        assert self._place is not None
        key = own.key_of(self.examined, self._place)
        self._work(lambda: _made(key), self._opened)

    def _opened(self, data: DataSet) -> None:
        self.param.update(shown=False, examined=None, progress=None)
        with self.as_chosen():
            self._offer(data)

    def close(self) -> None:
        """Leave the dialog; what is under way is forgotten."""
        self.forget()
        self.param.update(shown=False, busy=False, examined=None, progress=None, message="")

    def forget(self) -> None:
        """Nothing that is under way counts any more."""
        self._overtake()
        self._give_up()

    # ---- following a link ------------------------------------------------------------------------------------------

    def follow(self, key: str, then: Callable[[DataSet], None], failed: Callable[[str], None]) -> None:
        """Open what a link names; where that leaves something open, the dialog asks for it."""

        def refused(told: str, error: Exception) -> None:
            failed(told)
            if isinstance(error, own.Unanswered):
                self.shown = True
                self.look(*parse(key.removeprefix(own.PREFIX)))

        self._work(lambda: _made(key), then, refused)
        self._link = self._turn

    def turn_back(self) -> None:
        """A link that is being followed leads nowhere any more."""
        if self._link == self._turn:
            self._overtake()
            self.busy = False

    def _work(self, task: Callable[[], Any], then: Callable[[Any], None], failed: Failed | None = None) -> None:
        """Do something in a thread and go on with what it gives; a later request takes its place."""
        turn = self._overtake()

        def end(call: Callable[[], None]) -> None:
            if turn == self._turn:
                self.param.update(busy=False, progress=None)
                call()

        def run() -> None:
            try:
                found = task()
            except Exception as caught:
                error, told = caught, sentence("file", caught)
                self._dispatch(lambda: end(lambda: (failed or self._complain)(told, error)))
            else:
                self._dispatch(lambda: end(lambda: then(found)))

        self.param.update(busy=True, message="")
        self._under_way = aside(run)

    def _overtake(self) -> int:
        """Begin a new turn, its number: what is done in an earlier one leads to nothing."""
        self._turn += 1
        if self._under_way is not None:
            self._under_way.cancel()
        return self._turn

    def _complain(self, told: str, error: Exception) -> None:
        self.message = told


def _made(key: str) -> DataSet:
    """The data set of a key, with the region map that the page will ask for."""
    data = uploads.data_set(key)
    data.overview()
    return data
