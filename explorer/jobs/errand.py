"""What a page has done in a worker, one thing at a time."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from threading import Lock
from typing import Any

from explorer.jobs import worker
from explorer.jobs.worker import Ticket, Worker

Dispatch = Callable[[Callable[[], Any]], None]  # how a thread hands a call to a page's own


def _nothing(*_: Any) -> None:
    """Nobody is told."""


class Errand:
    """One thing after the other: one that was cancelled or overtaken tells nothing more."""

    def __init__(self, dispatch: Dispatch):
        """dispatch: how the worker hands a call back to the page's own thread."""
        self._dispatch = dispatch
        self._ticket: Ticket | None = None
        self._showing = False  # something has been handed over and is not shown yet
        self._kept: list[Any] = []  # the latest of what passes, as long as that is so
        self._lock = Lock()

    def start(
        self,
        work: Iterator[Any],
        show: Callable[[Any], None],
        fail: Callable[[Exception], None],
        finish: Callable[[], Any] = _nothing,
        wait: Callable[[int], None] = _nothing,
        *,
        passing: Callable[[Any], bool] = lambda item: False,
        by: Worker | None = None,
        slow: bool = False,
        key: Hashable = None,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Have a job done in place of the one before; its owner is called in the page's thread.

        passing: what may be passed over for a later one while something else is being shown; by: another worker than
        that of all pages; the others as in Ticket. Raises InputError where the worker cannot take it.
        """
        self.cancel()

        def hand_over(ticket: Ticket, item: Any) -> None:
            self._tell(ticket, lambda: show(item), lambda: self._shown(ticket, hand_over))

        def deliver(ticket: Ticket, item: Any) -> None:
            if not self._keeps(item, passing(item)):
                hand_over(ticket, item)

        def end(ticket: Ticket, tell: Callable[[], Any]) -> None:
            for item in self._take():
                hand_over(ticket, item)
            self._tell(ticket, tell)

        ticket = self._ticket = Ticket(
            work, deliver,
            lambda ticket, error: end(ticket, lambda: fail(error)),
            lambda ticket: end(ticket, finish),
            lambda ticket, place: self._tell(ticket, lambda: wait(place)),
            slow=slow, key=key, about=about or {},
        )  # fmt: skip
        try:
            (by or worker.WORKER).submit(ticket)
        except Exception:
            self.cancel()
            raise

    @property
    def under_way(self) -> bool:
        """Whether there is one that has neither been cancelled nor forgotten."""
        return self._ticket is not None and not self._ticket.cancelled

    def cancel(self) -> None:
        """Stop before the next step; nothing comes of it any more."""
        self._take()
        if self._ticket is not None:
            self._ticket.cancel()

    def forget(self) -> None:
        """Let it come to its end by itself; nothing more is told."""
        self._ticket = None

    # ---- between the threads ---------------------------------------------------------------------------------------

    def _keeps(self, item: Any, passing: bool) -> bool:
        """Keep what passes until the page has shown what it has, in place of what was kept before; whether it does."""
        with self._lock:
            waits = passing and self._showing
            self._kept = [item] if waits else []
            self._showing = True
            return waits

    def _take(self) -> list[Any]:
        """What was kept."""
        with self._lock:
            kept, self._kept = self._kept, []
            return kept

    def _shown(self, ticket: Ticket, hand_over: Callable[[Ticket, Any], None]) -> None:
        """The page has shown what it had: it gets what was kept meanwhile."""
        with self._lock:
            kept, self._kept = self._kept, []
            self._showing = bool(kept)
        for item in kept:
            hand_over(ticket, item)

    def _tell(self, ticket: Ticket, call: Callable[[], Any], done: Callable[[], None] = _nothing) -> None:
        """From the worker to the page's thread, unless the job has been replaced or cancelled meanwhile."""

        def tell() -> None:
            try:
                if ticket is self._ticket and not ticket.cancelled:
                    call()
            finally:
                done()

        self._dispatch(tell)
