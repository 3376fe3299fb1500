"""The worker is fair, cancels between steps, survives everything; the cache keeps to its bytes."""

import sys
import threading
from threading import Event

import pytest
from stage import PATIENCE, wait_for
from tickets import Job, works

from explorer.jobs.cache import Cache
from explorer.jobs.worker import Worker


class Held:
    """A job that holds the worker inside its step until it is released."""

    def __init__(self, worker: Worker):
        self.inside, self.release = Event(), Event()
        self.job = Job(self.work())
        worker.submit(self.job.ticket)
        assert self.inside.wait(PATIENCE)

    def work(self):
        self.inside.set()
        assert self.release.wait(PATIENCE)
        yield "held"


@pytest.fixture
def worker():
    return Worker()


# ---- order ---------------------------------------------------------------------------------------------------------


def test_a_step_with_nothing_to_show_lets_the_others_in_and_is_not_delivered(worker):
    log: list = []
    with_held = Held(worker)
    quiet, other = Job(iter([None, None, "end"]), log, "quiet"), Job(iter(["a"]), log, "other")
    for job in (quiet, other):
        worker.submit(job.ticket)
    with_held.release.set()
    assert quiet.wait().items == ["end"]
    assert log == ["other", "quiet"]


def test_a_job_delivers_every_item_in_order_and_finishes_with_its_ticket(worker):
    job = Job(iter(range(5)))
    worker.submit(job.ticket)
    assert job.wait().items == [0, 1, 2, 3, 4]
    assert len(job.tickets) == 6
    assert all(ticket is job.ticket for ticket in job.tickets)
    assert job.errors == []


def test_jobs_take_turns(worker):
    log, held = [], Held(worker)
    jobs = [Job(iter(range(3)), log, name) for name in "abc"]
    for job in jobs:
        worker.submit(job.ticket)
    held.release.set()
    for job in jobs:
        job.wait()
    assert log == list("abcabcabc")


def test_a_slow_job_delays_a_cheap_one_by_no_more_than_its_running_step(worker):
    log, reached, go_on = [], Event(), Event()

    def slow():
        for step in range(40):
            if step == 10:
                reached.set()
                assert go_on.wait(PATIENCE)
            yield step

    long, short = Job(slow(), log, "slow"), Job(iter([1]), log, "cheap")
    worker.submit(long.ticket)
    assert reached.wait(PATIENCE)
    before = len(log)
    worker.submit(short.ticket)
    go_on.set()
    long.wait()
    assert log.index("cheap") - before <= 1
    assert log.count("slow") == 40


def test_everything_is_called_in_one_thread_that_does_not_keep_python_alive(worker):
    names = set()

    def work():
        for _ in range(3):
            names.add((threading.current_thread().name, threading.current_thread().daemon))
            yield

    jobs = [Job(work()) for _ in range(4)]
    for job in jobs:
        worker.submit(job.ticket)
    for job in jobs:
        job.wait()
    assert names == {("finescale-worker", True)}


def test_jobs_submitted_from_many_threads_are_all_done(worker):
    jobs = [Job(iter(range(3))) for _ in range(60)]
    threads = [
        threading.Thread(target=lambda part=jobs[n::6]: [worker.submit(j.ticket) for j in part]) for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert all(job.wait().items == [0, 1, 2] for job in jobs)


# ---- cancelling ----------------------------------------------------------------------------------------------------


def test_a_job_cancelled_before_its_first_step_never_starts_and_is_closed(worker):
    started, held = [], Held(worker)

    def work():
        started.append(True)
        yield

    job = Job(work())
    worker.submit(job.ticket)
    job.ticket.cancel()
    held.release.set()
    wait_for(job.closed)
    assert works(worker)
    assert started == []
    assert job.tickets == []


def test_a_job_cancelled_inside_a_step_delivers_nothing_more_and_is_closed(worker):
    inside, go_on, cleaned = Event(), Event(), Event()

    def work():
        try:
            yield 1
            inside.set()
            assert go_on.wait(PATIENCE)
            yield 2
            yield 3
        finally:
            cleaned.set()

    job = Job(work())
    worker.submit(job.ticket)
    assert inside.wait(PATIENCE)
    job.ticket.cancel()
    go_on.set()
    assert cleaned.wait(PATIENCE)
    assert works(worker)
    assert job.items == [1]
    assert not job.over.is_set()
    assert job.closed()


def test_a_job_cancelled_by_its_own_delivery_is_closed(worker):
    cleaned = Event()

    def work():
        try:
            yield from range(10)
        finally:
            cleaned.set()

    job = Job(work())
    job.ticket.deliver = lambda ticket, item: (job.items.append(item), ticket.cancel())
    worker.submit(job.ticket)
    assert cleaned.wait(PATIENCE)
    assert works(worker)
    assert job.items == [0]
    assert not job.over.is_set()


@pytest.mark.parametrize("end", [StopIteration, RuntimeError])
def test_what_ends_after_it_was_cancelled_says_nothing(worker, end):
    inside, go_on = Event(), Event()

    def work():
        inside.set()
        assert go_on.wait(PATIENCE)
        if end is RuntimeError:
            raise end
        yield from ()

    job = Job(work())
    worker.submit(job.ticket)
    assert inside.wait(PATIENCE)
    job.ticket.cancel()
    go_on.set()
    assert works(worker)
    assert job.tickets == []


def test_a_plain_iterator_can_be_cancelled(worker):
    held, job = Held(worker), Job(iter([1, 2]))
    worker.submit(job.ticket)
    job.ticket.cancel()
    held.release.set()
    assert works(worker)
    assert job.items == []


# ---- failing -------------------------------------------------------------------------------------------------------


def test_a_raising_job_fails_itself_alone(worker):
    held, error = Held(worker), ValueError("mine")

    def bad():
        yield 1
        raise error

    others = [Job(iter(range(4))) for _ in range(2)]
    job = Job(bad())
    for each in (others[0], job, others[1]):
        worker.submit(each.ticket)
    thread = worker._thread
    held.release.set()
    assert job.wait().errors == [error]
    assert job.items == [1]
    assert all(ticket is job.ticket for ticket in job.tickets)
    assert all(other.wait().items == [0, 1, 2, 3] for other in others)
    assert works(worker)
    assert worker._thread is thread


@pytest.mark.parametrize("handler", ["deliver", "fail", "finish"])
def test_the_worker_survives_a_page_that_raises(worker, handler, quiet_log):
    """A page may be gone when its result comes."""
    held, called = Held(worker), Event()

    def raises(*_):
        called.set()
        raise RuntimeError("the page has gone")

    def work():
        yield 1
        if handler == "fail":
            raise ValueError

    bad, other = Job(work()), Job(iter(range(3)))
    setattr(bad.ticket, handler, raises)
    worker.submit(bad.ticket)
    worker.submit(other.ticket)
    held.release.set()
    assert called.wait(PATIENCE)
    assert other.wait().items == [0, 1, 2]
    assert works(worker)


def test_the_worker_survives_a_generator_that_will_not_close(worker, quiet_log):
    reached, go_on = Event(), Event()

    def stubborn():
        try:
            yield 1
            reached.set()
            assert go_on.wait(PATIENCE)
            yield 2
        except GeneratorExit:
            yield 3

    job, other = Job(stubborn()), Job(iter(range(3)))
    worker.submit(job.ticket)
    assert reached.wait(PATIENCE)
    worker.submit(other.ticket)
    job.ticket.cancel()
    go_on.set()
    assert other.wait().items == [0, 1, 2]
    assert works(worker)


# ---- cache ---------------------------------------------------------------------------------------------------------


def test_the_cache_forgets_what_was_used_longest_ago():
    cache = Cache(limit=30)
    for key in "abc":
        cache.put(key, key.upper(), 10)
    assert cache.get("a") == "A"
    cache.put("d", "D", 10)
    assert cache.get("b") is None
    assert [cache.get(key) for key in "acd"] == ["A", "C", "D"]


def test_the_cache_is_bounded_in_bytes_not_in_items():
    cache = Cache(limit=100)
    for n in range(50):
        cache.put(n, n, 2)
    assert sum(cache.get(n) is not None for n in range(50)) == 50
    cache.put("large", "large", 90)
    assert cache.get("large") == "large"
    assert sum(cache.get(n) is not None for n in range(50)) == 5


def test_the_same_key_replaces_its_value_and_its_size():
    cache = Cache(limit=100)
    for n in range(1000):
        cache.put("same", n, 60)
    assert cache.get("same") == 999
    assert cache._size == 60
    cache.put("same", 0, 10)
    cache.put("other", 1, 90)
    assert (cache.get("same"), cache.get("other")) == (0, 1)


def test_one_thing_larger_than_the_cache_is_kept_alone_and_leaves_again():
    cache = Cache(limit=10)
    cache.put("small", 1, 5)
    cache.put("huge", 2, 1000)
    assert (cache.get("small"), cache.get("huge")) == (None, 2)
    cache.put("small", 1, 5)
    assert (cache.get("small"), cache.get("huge")) == (1, None)
    assert cache._size == 5


def test_the_cache_holds_under_many_threads():
    cache, failures, pace = Cache(limit=500), [], sys.getswitchinterval()

    def hammer(seed: int) -> None:
        try:
            for n in range(3000):
                key = (seed * 7 + n * 13) % 40
                known = cache.get(key)
                assert known is None or known == -key
                cache.put(key, -key, 1 + key)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=hammer, args=(seed,)) for seed in range(8)]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    finally:
        sys.setswitchinterval(pace)
    assert failures == []
    assert cache._size == sum(size for _, size in cache._items.values()) <= 500


def test_the_end_waits_for_the_present_step_and_takes_no_other():
    ended, inside, go = Worker(), threading.Event(), threading.Event()
    steps = []

    def work():
        for number in range(3):
            inside.set()
            go.wait(PATIENCE)
            steps.append(number)
            yield number

    ended.submit(Job(work()).ticket)
    assert inside.wait(PATIENCE)
    ender = threading.Thread(target=ended.end)
    ender.start()
    assert steps == []
    go.set()
    ender.join(PATIENCE)
    assert steps == [0]
