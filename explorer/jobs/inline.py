"""Jobs done at once, by whoever hands them over: before there is a server, whose processes would not have the worker's
thread."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from explorer.jobs import worker
from explorer.jobs.worker import Ticket, Worker


class Inline(Worker):
    """A worker without a thread."""

    def submit(self, ticket: Ticket) -> None:
        """Do a job to its end, unless it is cancelled by what it delivers; what goes wrong is told as by the worker."""
        try:
            for item in ticket.work:
                if ticket.over:
                    return ticket.close()
                if isinstance(item, Future):
                    item.exception()  # waits; the job has the error itself
                elif item is not None:
                    ticket.deliver(ticket, item)
        except Exception as error:
            return ticket.fail(ticket, error)
        ticket.finish(ticket)


@contextmanager
def inline() -> Iterator[None]:
    """Inside, jobs are done at once."""
    usual, worker.WORKER = worker.WORKER, Inline()
    try:
        yield
    finally:
        worker.WORKER = usual
