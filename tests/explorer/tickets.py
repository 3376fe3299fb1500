"""Jobs for a worker that note what they are told."""

import inspect
from threading import Event

from stage import PATIENCE

from explorer.jobs.worker import Ticket, Worker


class Job:
    """A ticket that notes what it is told."""

    def __init__(self, work, log: list | None = None, name: str = "job"):
        self.items, self.errors, self.tickets = [], [], []
        self.over, self.name, self.log = Event(), name, log if log is not None else []
        self.ticket = Ticket(work, self.deliver, self.fail, self.finish)

    def deliver(self, ticket, item):
        self.tickets.append(ticket)
        self.items.append(item)
        self.log.append(self.name)

    def fail(self, ticket, error):
        self.tickets.append(ticket)
        self.errors.append(error)
        self.over.set()

    def finish(self, ticket):
        self.tickets.append(ticket)
        self.over.set()

    def wait(self) -> "Job":
        assert self.over.wait(PATIENCE)
        return self

    def closed(self) -> bool:
        return inspect.getgeneratorstate(self.ticket.work) == inspect.GEN_CLOSED


def works(worker: Worker) -> bool:
    """Whether a new job still gets done."""
    job = Job(iter([1]))
    worker.submit(job.ticket)
    return job.wait().items == [1]
