"""The one worker that runs methods: fair between sessions, cancelled between two steps, results shared in a cache.

A job is a generator. The worker thread advances every waiting job by one step in turn, so a slow method delays
nobody by more than the one step that is running. What a step yields is delivered, unless it is None.
"""

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

log = logging.getLogger("finescale.jobs")


@dataclass(eq=False)
class Ticket:
    """A job: what to do, and whom to tell. `cancel()` takes effect before its next step; nothing comes after it."""

    work: Iterator[Any]
    deliver: Callable[["Ticket", Any], None]
    fail: Callable[["Ticket", Exception], None]
    finish: Callable[["Ticket"], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class Worker:
    """Round-robin over generators in one daemon thread, started with the first job."""

    def __init__(self):
        self._waiting: deque[Ticket] = deque()
        self._ready = threading.Condition()
        self._thread: threading.Thread | None = None

    def submit(self, ticket: Ticket) -> None:
        """Queue a job; its `deliver`, `fail` and `finish` are called in the worker's thread."""
        with self._ready:
            self._waiting.append(ticket)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="finescale-worker", daemon=True)
                self._thread.start()
            self._ready.notify()

    def _run(self) -> None:
        while True:
            with self._ready:
                while not self._waiting:
                    self._ready.wait()
                ticket = self._waiting.popleft()
            try:
                goes_on = self._advance(ticket)
            except Exception as error:  # its page has gone, or its generator would not close: the others go on
                log.error("a job was dropped", exc_info=error)
                goes_on = False
            if goes_on:
                with self._ready:
                    self._waiting.append(ticket)

    def _advance(self, ticket: Ticket) -> bool:
        """One step of one job; True if it needs another turn. A cancelled one is closed at its next turn."""
        if ticket.cancelled:
            getattr(ticket.work, "close", lambda: None)()
            return False
        try:
            item = next(ticket.work)
        except StopIteration:
            if not ticket.cancelled:
                ticket.finish(ticket)
            return False
        except Exception as error:
            if not ticket.cancelled:
                ticket.fail(ticket, error)
            return False
        if item is not None and not ticket.cancelled:
            ticket.deliver(ticket, item)
        return True


class Cache:
    """Least-recently-used results, bounded in bytes and shared by all sessions."""

    def __init__(self, limit: int = 400_000_000):
        self._items: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
        self._lock, self._limit, self._size = threading.Lock(), limit, 0

    def get(self, key: Any) -> Any | None:
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def put(self, key: Any, value: Any, size: int) -> None:
        with self._lock:
            self._size += size - self._items.pop(key, (None, 0))[1]
            self._items[key] = (value, size)
            while self._size > self._limit and len(self._items) > 1:
                self._size -= self._items.popitem(last=False)[1][1]


WORKER = Worker()
CACHE = Cache()
