"""One job at a time for a page, with progress, its place in the queue, what went wrong, and downloads."""

import logging
import time
from collections.abc import Callable, Hashable, Iterator
from functools import partial
from threading import Thread
from typing import Any

import param

from engine.datafiles import fetch
from engine.errors import DataMissing, InputError
from engine.methods import Method
from explorer.jobs.errand import Dispatch, Errand
from explorer.jobs.limits import Pace
from explorer.jobs.worker import Worker

log = logging.getLogger("finescale.session")


def sentence(what: str, error: Exception) -> str:
    """What the page says of an error: its own words where they were made for that, else its kind, the rest logged."""
    if isinstance(error, InputError):
        return str(error)
    log.error("a %s failed", what, exc_info=error)
    return f"The {what} stopped with {type(error).__name__}; the log has the details."


class Run(param.Parameterized):
    """What a page has the worker do. It is no part of the picture, and no link holds anything of it."""

    busy = param.Boolean(default=False)
    progress = param.Number(default=None, allow_None=True, bounds=(0, 1), doc="How far the run is.")
    time_left = param.Number(default=0.0, doc="Seconds the run still needs, by its pace so far.")
    place = param.Integer(default=0, doc="Place of the run in the queue; 0 if it does not wait.")
    device = param.String(label="Device", doc="Where methods compute; empty: the usual device of this machine.")
    message = param.String(doc="What went wrong, one sentence; empty if nothing.")
    missing = param.List(default=[], doc="Data files that have to be downloaded first.")
    download = param.Number(default=None, allow_None=True, bounds=(0, 1), doc="Progress of a download.")

    def __init__(self, of: str, dispatch: Dispatch, fetched: Callable[[], None]):
        """of: the page's name in the log; dispatch: how a thread hands a call to the page's own; fetched: told when
        a download is complete."""
        super().__init__()
        self.of, self.pace = of, Pace()
        self.stopped: Callable[[], None] = lambda: None  # told before the page says why a job came to nothing
        self._dispatch, self._fetched = dispatch, fetched
        self._errand = Errand(dispatch)
        self._started = self._shown = 0.0

    # ---- a job -----------------------------------------------------------------------------------------------------

    def begin(self, message: str = "") -> None:
        """Nothing of what was under way counts any more; something else starts."""
        self._errand.cancel()
        self._started = time.monotonic()
        self.param.update(busy=True, message=message, missing=[], progress=None)

    def submit(
        self, work: Iterator[Any], show: Callable[[Any], None], finish: Callable[[], None] | None = None, *,
        method: Method | None = None, source: str = "", key: Hashable = None, by: Worker | None = None,
        passing: Callable[[Any], bool] = lambda item: False, refused: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """Hand over a job; of a method's run also the method, its data set, and what is the same for the same question.

        show: told what it yields, in the page's thread; finish: told at its end, instead of `rest`; refused: told
        where the job is not even begun; by, passing: as in Errand.
        """
        self.place = 0
        try:
            if method is not None and not method.cheap:
                self.pace.count()
            self._errand.start(
                work, show, self.fail, finish or self.rest, self._wait, passing=passing, by=by, key=key,
                **described(self.of, method, source),
            )  # fmt: skip
        except InputError as error:
            self._errand.cancel()
            refused()
            self.say(str(error))

    @property
    def since(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._started

    def advance(self, share: float) -> None:
        """Note how far the run is, and by its pace how long it still takes."""
        self.param.update(progress=share, time_left=self.since * (1 - share) / share if share else 0.0)

    def rest(self) -> None:
        """Nothing is to be done any more."""
        self.busy = False

    def cancel(self) -> bool:
        """Stop the job before its next step; what is on the screen stays. Returns whether there was one."""
        running = self.busy and self._errand.under_way
        if running:
            self._errand.cancel()
            self.busy = False
        return running

    def close(self) -> None:
        """The page has gone: drop its job."""
        self._errand.cancel()

    def fail(self, error: Exception) -> None:
        """Say in a sentence why a job came to nothing."""
        self.say(sentence("run", error), list(error.files) if isinstance(error, DataMissing) else [])

    def say(self, text: str, files: list | None = None) -> None:
        """Stop with a sentence; files: what has to be downloaded first."""
        self.stopped()
        self.param.update(busy=False, message=text, missing=files or [])

    def _wait(self, place: int) -> None:
        self.place = place

    # ---- downloading -----------------------------------------------------------------------------------------------

    def fetch(self) -> None:
        """Download what is missing in a thread of its own, with progress."""
        if self.download is None and self.missing:
            self._shown = 0.0
            self.param.update(download=0.0, message="")
            Thread(target=self._fetch, args=(list(self.missing),), name="finescale-download", daemon=True).start()

    def _fetch(self, files: list) -> None:
        size, before = sum(file.bytes for file in files), 0
        try:
            for file in files:
                fetch(file, partial(self._progress, size, before))
                before += file.bytes
        except Exception as error:
            text = sentence("download", error)
            self._dispatch(lambda: self.param.update(download=None, message=text))
        else:
            self._dispatch(lambda: (self.param.update(download=None, missing=[]), self._fetched()))

    def _progress(self, size: int, before: int, part: int, _: int) -> None:
        share = (before + part) / size
        if share - self._shown >= 0.02:
            self._shown = share
            self._dispatch(lambda: self.param.update(download=min(share, 1.0)))


def described(of: str, method: Method | None, source: str) -> dict[str, Any]:
    """What the worker and the log have to know of a method's run."""
    if method is None:
        return {}
    return {"slow": not method.cheap, "about": {"session": of, "method": method.key, "source": source}}
