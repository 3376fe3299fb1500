"""What a page that is slow to show is told of a job: the latest of what passes, all that does not, in order."""

import queue
from threading import Event

import pytest
from stage import wait_for

from explorer.jobs.errand import Errand
from explorer.jobs.worker import Worker

PASSING = lambda item: isinstance(item, int)  # noqa: E731


@pytest.fixture
def calls() -> queue.Queue:
    return queue.Queue()


def started(calls: queue.Queue, work, told: list, **options) -> Errand:
    errand = Errand(calls.put)
    errand.start(
        work, told.append, lambda error: told.append(repr(error)), lambda: told.append("end"), passing=PASSING,
        by=Worker(), **options,
    )  # fmt: skip
    return errand


def make(calls: queue.Queue, count: int) -> None:
    for _ in range(count):
        calls.get(timeout=10)()


def test_of_what_passes_a_slow_page_gets_the_latest_and_all_that_stays(calls):
    told: list = []
    started(calls, iter([1, 2, 3, "final", 4, 5]), told)
    wait_for(lambda: calls.qsize() >= 4)
    make(calls, 4)
    assert told == [1, "final", 5, "end"]


def test_what_was_kept_is_shown_as_soon_as_there_is_room_though_the_job_takes_its_time(calls):
    told: list = []
    go_on, reached = Event(), Event()

    def work():
        yield 1
        yield 2
        reached.set()
        yield 3
        assert go_on.wait(10)
        yield 4

    started(calls, work(), told)
    wait_for(reached.is_set)
    wait_for(lambda: calls.qsize() >= 1)
    make(calls, 2)
    assert told[0] == 1
    assert told[1] in (2, 3)
    go_on.set()
    wait_for(lambda: calls.qsize() >= 1)
    while "end" not in told:
        make(calls, 1)
    assert told == [*sorted(told[:-1]), "end"]
    assert told[-2] == 4


def test_what_was_kept_comes_before_what_went_wrong(calls):
    told: list = []

    def work():
        yield 1
        yield 2
        raise ValueError("no more")

    started(calls, work(), told)
    wait_for(lambda: calls.qsize() >= 3)
    make(calls, 3)
    assert told == [1, 2, "ValueError('no more')"]


def test_a_cancelled_one_keeps_nothing(calls):
    told: list = []
    errand = started(calls, iter([1, 2, 3]), told)
    wait_for(lambda: calls.qsize() >= 3)
    errand.cancel()
    make(calls, 3)
    assert told == []
