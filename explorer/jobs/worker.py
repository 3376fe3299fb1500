"""The one worker that runs methods: fair between sessions, cancelled between two steps, results shared in a cache.

A job is a generator. The worker thread advances every waiting job by one step in turn, so a slow method delays
nobody by more than the one step that is running. What a step yields is delivered, unless it is None; after a Future the
job has its next turn when that is done. Of slow jobs only a few take turns; the others stand in line and are told their
place. One that has had its share while others wait goes to the end of that line, and on from where it was when it comes
to its turn again.
"""

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engine.errors import InputError
from explorer.jobs.journal import note
from explorer.jobs.limits import LIMITS

log = logging.getLogger("finescale.jobs")
GRACE = 10.0  # s that a step may go on after its job is over, before another thread takes the worker's place
LOOK = 1.0  # s between two looks after the thread


@dataclass(eq=False)
class Ticket:
    """A job: what to do, and whom to tell. `cancel()` takes effect before its next step; nothing comes after it.

    slow: it stands in line; wait: told its place there, 0 once it is served; key: what it is to find, which no two
    slow jobs do at the same time; about: what the log says of it, which says nothing of a job without.
    """

    work: Iterator[Any]
    deliver: Callable[["Ticket", Any], None]
    fail: Callable[["Ticket", Exception], None]
    finish: Callable[["Ticket"], None]
    wait: Callable[["Ticket", int], None] = lambda ticket, place: None
    slow: bool = False
    key: Hashable = None
    about: Mapping[str, Any] = field(default_factory=dict)
    cancelled: bool = False
    stopped: bool = False  # by the worker, which has told why
    place: int = 0
    cached: bool = False
    asked: float = field(default_factory=time.monotonic)
    begun: float = 0.0
    spent: float = 0.0  # s inside its own steps
    share: float = 0.0  # of them, at which its present turn ends

    def cancel(self) -> None:
        self.cancelled = True

    @property
    def over(self) -> bool:
        return self.cancelled or self.stopped

    def close(self) -> None:
        getattr(self.work, "close", lambda: None)()

    def note(self, outcome: str) -> None:
        """One line in the log."""
        if self.about:
            waited = (self.begun or time.monotonic()) - self.asked
            times = {"seconds": round(self.spent, 3), "queue_wait": round(waited, 3)}
            note(log, "run", **self.about, outcome=outcome, cached=self.cached, **times)


class Worker:
    """Round-robin over generators in one daemon thread, started with the first job."""

    def __init__(self):
        self._turns: deque[Ticket] = deque()
        self._line: deque[Ticket] = deque()
        self._parked: list[Ticket] = []  # that wait for a Future
        self._ready = threading.Condition()
        self._thread: threading.Thread | None = None
        self._inside: Ticket | None = None  # whose step is running
        self._since = 0.0
        self._lost: list[tuple[threading.Thread, Ticket]] = []  # threads left behind inside a step
        self._watched = self._ended = False

    def submit(self, ticket: Ticket) -> None:
        """Queue a job; its `deliver`, `fail`, `finish` and `wait` are called in the worker's thread.

        Raises InputError for a slow job when the line is full.
        """
        with self._ready:
            if ticket.slow:
                self._check(ticket)
            (self._line if ticket.slow else self._turns).append(ticket)
            if self._thread is None or not self._thread.is_alive():
                self._start()
            moved = self._move_up()
            self._ready.notify()
        _tell(moved)

    def state(self) -> dict[str, float]:
        """How busy it is."""
        with self._ready:
            inside = time.monotonic() - self._since if self._inside is not None else 0.0
            return {
                "queue": len(self._line),
                "slow_runs": sum(ticket.slow and not ticket.over for ticket in self._served()),
                "step_seconds": round(inside, 1),
                "lost_threads": len(self._held()),
            }

    # ---- the thread --------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="finescale-worker", daemon=True)
        self._thread.start()
        if not self._watched:
            self._watched = True
            atexit.register(self.end)
            threading.Thread(target=self._watch, name="finescale-watch", daemon=True).start()

    def end(self, patience: float = 10.0) -> None:
        """Take no step any more, and wait for the present one: a process that ends inside a network's step aborts."""
        with self._ready:
            self._ended, thread = True, self._thread
            self._ready.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(patience)

    def _run(self) -> None:
        while True:
            with self._ready:
                while not (self._turns or self._ended):
                    self._ready.wait()
                if self._ended:
                    return
                ticket = self._inside = self._turns.popleft()
                self._since = time.monotonic()
            try:
                goes_on = self._advance(ticket)
            except Exception as error:  # its page has gone, or its generator would not close: the others go on
                log.error("a job was dropped", exc_info=error)
                goes_on = False
            with self._ready:
                if threading.current_thread() is not self._thread:  # another one has taken over meanwhile
                    return
                self._inside = None
                if goes_on:
                    (self._line if self._gives_way(ticket) else self._turns).append(ticket)
                moved = self._move_up()
            _tell(moved)
            del ticket, moved  # they hold their pages, which may have gone before the next job comes

    def _advance(self, ticket: Ticket) -> bool:
        """One step of one job; True if it needs another turn. A cancelled one is closed at its next turn."""
        if ticket.over:
            ticket.note("stopped" if ticket.stopped else "cancelled")
            ticket.close()
            return False
        start = time.monotonic()
        ticket.begun = ticket.begun or start
        try:
            item = next(ticket.work)
        except StopIteration:
            if not ticket.over:
                ticket.note("done")
                ticket.finish(ticket)
            return False
        except Exception as error:
            if not ticket.over:
                ticket.note("failed")
                ticket.fail(ticket, error)
            return False
        finally:
            ticket.spent += time.monotonic() - start
        if isinstance(item, Future):
            self._park(ticket, item)
            return False
        ticket.cached |= getattr(item, "cached", False)
        if item is not None and not ticket.over:
            ticket.deliver(ticket, item)
        return True

    def _park(self, ticket: Ticket, awaited: Future) -> None:
        """Let a job wait without a turn until something is done."""
        with self._ready:
            self._parked.append(ticket)
        awaited.add_done_callback(lambda _: self._go_on([ticket]))

    def _go_on(self, tickets: list[Ticket]) -> None:
        """Give jobs that wait for something their next turn."""
        with self._ready:
            self._turns += [ticket for ticket in tickets if ticket in self._parked]
            self._parked = [ticket for ticket in self._parked if ticket not in tickets]
            self._ready.notify()

    # ---- the line ----------------------------------------------------------------------------------------------------

    def _served(self) -> list[Ticket]:
        return [*self._turns, *self._parked, *([self._inside] if self._inside is not None else [])]

    def _check(self, ticket: Ticket) -> None:
        """Raise InputError where a slow job cannot be taken."""
        method = ticket.about.get("method")
        if method and any(lost.about.get("method") == method for lost in self._held()):
            raise InputError(f"The method {method} is still inside a step that does not end: it cannot run again now.")
        if sum(not waiting.over and not waiting.share for waiting in self._line) >= LIMITS.queue:
            raise InputError(f"All {LIMITS.queue} places in the queue are taken: try again in a minute.")

    def _gives_way(self, ticket: Ticket) -> bool:
        """Whether a slow job has had its share while another waits that could go on in its place."""
        had = ticket.slow and not ticket.over and ticket.spent >= ticket.share
        return had and any(self._may_enter(waiting) for waiting in self._line)

    def _may_enter(self, ticket: Ticket) -> bool:
        """Whether a waiting job is still wanted, and no other that has entered before is to find the same."""
        entered = [other for other in (*self._served(), *self._line) if other.share and not other.over]
        asked = [other.key for other in entered if other.key is not None]
        return not ticket.over and (bool(ticket.share) or ticket.key not in asked)

    def _move_up(self) -> list[tuple[Ticket, int]]:
        """Let slow jobs in from the line, in order, while there is room; one whose question is being answered waits.

        Returns those whose place has changed, with the new one: 0 if they were let in.
        """
        slow = [ticket for ticket in self._served() if ticket.slow and not ticket.over]
        places = {}
        for ticket in list(self._line):
            room = len(slow) < LIMITS.at_once and self._may_enter(ticket)
            if ticket.over or room:  # one that is over has only to be closed
                self._line.remove(ticket)
                self._turns.append(ticket)
                ticket.share = ticket.spent + LIMITS.turn
                slow += [] if ticket.over else [ticket]
                places[ticket] = 0
        places |= {ticket: place for place, ticket in enumerate(self._line, 1)}
        moved = [(ticket, place) for ticket, place in places.items() if ticket.place != place]
        for ticket, place in moved:
            ticket.place = place
        return moved

    # ---- what does not end -------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK)
            self.look_after()

    def look_after(self) -> None:
        """Stop jobs that have had their time, and let go of those over; leave a thread behind that is held inside a
        step of a job over."""
        now = time.monotonic()
        with self._ready:
            late = [ticket for ticket in self._served() if not ticket.over and self._late(ticket, now)]
            for ticket in late:
                ticket.stopped = True
            self._go_on([ticket for ticket in self._parked if ticket.over])
            held, thread = self._inside, self._thread
            if held is not None and thread is not None and held.over and now - self._since > GRACE:
                held.note("lost")
                self._lost = [(thread, held), *(pair for pair in self._lost if pair[0].is_alive())]
                self._inside = None
                self._start()
            moved = self._move_up()
            self._ready.notify()
        _tell(moved)
        for ticket in late:
            reason = InputError(f"The run was stopped after {LIMITS.seconds:g} s, the most that one may take here.")
            _safely(partial(ticket.fail, ticket, reason))

    def _late(self, ticket: Ticket, now: float) -> bool:
        """Whether a job has had its time inside its own steps; what is not slow may take all it needs."""
        used = ticket.spent + (now - self._since if ticket is self._inside else 0.0)
        return ticket.slow and used > LIMITS.seconds

    def _held(self) -> list[Ticket]:
        """Jobs whose thread was left behind and is still inside a step."""
        return [ticket for thread, ticket in self._lost if thread.is_alive()]


def _tell(moved: list[tuple[Ticket, int]]) -> None:
    """Tell jobs their place in the line."""
    for ticket, place in moved:
        if not ticket.over:
            _safely(partial(ticket.wait, ticket, place))


def _safely(call: Callable[[], None]) -> None:
    """Call a page that may have gone."""
    try:
        call()
    except Exception as error:
        log.error("a page could not be told", exc_info=error)


WORKER = Worker()
