"""What a page has done in a worker, one thing at a time."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

from explorer.jobs import worker
from explorer.jobs.worker import Ticket, Worker

Dispatch = Callable[[Callable[[], None]], None]  # how a thread hands a call to a page's own


def _nothing(*_: Any) -> None:
    """Nobody is told."""


class Errand:
    """One thing after the other: one that was cancelled or overtaken tells nothing more."""

    def __init__(self, dispatch: Dispatch):
        """dispatch: how the worker hands a call back to the page's own thread."""
        self._dispatch = dispatch
        self._ticket: Ticket | None = None
        self._showing = False

    def start(
        self,
        work: Iterator[Any],
        show: Callable[[Any], None],
        fail: Callable[[Exception], None],
        finish: Callable[[], None] = _nothing,
        wait: Callable[[int], None] = _nothing,
        *,
        passing: Callable[[Any], bool] = lambda item: False,
        by: Worker | None = None,
        slow: bool = False,
        key: Hashable = None,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Have a job done in place of the one before; its owner is called in the page's thread.

        passing: what may be passed over while something else is being shown; by: another worker than that of all pages;
        the others as in Ticket. Raises InputError where the worker cannot take it.
        """
        self.cancel()

        def deliver(ticket: Ticket, item: Any) -> None:
            if passing(item) and self._showing:
                return
            self._showing = True
            self._tell(ticket, lambda: show(item), shown=True)

        ticket = self._ticket = Ticket(
            work, deliver,
            lambda ticket, error: self._tell(ticket, lambda: fail(error)),
            lambda ticket: self._tell(ticket, finish),
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
        if self._ticket is not None:
            self._ticket.cancel()

    def forget(self) -> None:
        """Let it come to its end by itself; nothing more is told."""
        self._ticket = None

    def _tell(self, ticket: Ticket, call: Callable[[], None], shown: bool = False) -> None:
        """From the worker to the page's thread, unless the job has been replaced or cancelled meanwhile."""

        def tell() -> None:
            try:
                if ticket is self._ticket and not ticket.cancelled:
                    call()
            finally:
                self._showing = self._showing and not shown

        self._dispatch(tell)
