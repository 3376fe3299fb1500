"""Slow jobs stand in line: in order, told their place, one for each question; none holds the others up for good."""

import time
from threading import Event

import pytest
from stage import PATIENCE, wait_for
from tickets import Job

from engine.errors import InputError
from explorer.jobs.limits import LIMITS
from explorer.jobs.worker import Worker


class Slow(Job):
    """A slow job that notes its places; its steps wait for `gate`, which may be shared."""

    def __init__(self, worker: Worker, gate: Event, key=None, method: str = "", work=None):
        super().__init__(work or self.work(gate))
        self.started, self.places = Event(), []
        self.ticket.slow, self.ticket.key = True, key
        self.ticket.wait = lambda ticket, place: self.places.append(place)
        self.ticket.about = {"method": method} if method else {}
        worker.submit(self.ticket)

    def work(self, gate: Event):
        self.started.set()
        while not gate.is_set():
            time.sleep(0.001)
            yield None
        yield "result"


@pytest.fixture
def worker(monkeypatch):
    monkeypatch.setattr(LIMITS, "at_once", 1)
    return Worker()


def test_one_is_served_the_others_are_told_their_place_as_they_move_up(worker):
    gates = [Event() for _ in range(4)]
    line = [Slow(worker, gate) for gate in gates]
    wait_for(lambda: [job.places for job in line] == [[], [1], [2], [3]])
    for gate, job in zip(gates, line, strict=True):
        gate.set()
        assert job.wait().items == ["result"]
    assert [job.places for job in line] == [[], [1, 0], [2, 1, 0], [3, 2, 1, 0]]


def test_who_leaves_the_line_makes_the_others_move_up_and_never_starts(worker):
    first, gate = Event(), Event()
    head, leaver, last = Slow(worker, first), Slow(worker, gate), Slow(worker, gate)
    leaver.ticket.cancel()
    wait_for(lambda: last.places == [2, 1])
    first.set()
    gate.set()
    assert head.wait().items == last.wait().items == ["result"]
    wait_for(leaver.closed)
    assert not leaver.started.is_set()


def test_as_many_take_turns_as_are_allowed(worker, monkeypatch):
    monkeypatch.setattr(LIMITS, "at_once", 2)
    gate = Event()
    line = [Slow(worker, gate) for _ in range(3)]
    wait_for(lambda: all(job.started.is_set() for job in line[:2]))
    assert not line[2].started.is_set()
    assert worker.state()["slow_runs"] == 2
    assert worker.state()["queue"] == 1
    gate.set()
    for job in line:
        job.wait()


def test_quick_jobs_pass_by_the_line(worker):
    gate = Event()
    line = [Slow(worker, gate) for _ in range(3)]
    quick = Job(iter([1]))
    worker.submit(quick.ticket)
    assert quick.wait().items == [1]
    assert not line[2].started.is_set()
    gate.set()


def test_the_same_question_is_answered_once_at_a_time_and_does_not_hold_up_another(worker, monkeypatch):
    monkeypatch.setattr(LIMITS, "at_once", 3)
    first, gate = Event(), Event()
    asked, again, other = (
        Slow(worker, first, key="same"),
        Slow(worker, gate, key="same"),
        Slow(worker, gate, key="other"),
    )
    wait_for(lambda: asked.started.is_set() and other.started.is_set())
    assert not again.started.is_set()
    assert again.places == [1]
    first.set()
    gate.set()
    for job in (asked, again, other):
        job.wait()
    assert again.places == [1, 0]


def test_a_full_line_refuses_in_one_sentence_and_takes_the_next_when_somebody_leaves(worker, monkeypatch):
    monkeypatch.setattr(LIMITS, "queue", 2)
    gate = Event()
    line = [Slow(worker, gate) for _ in range(3)]
    with pytest.raises(InputError, match=r"^All 2 places in the queue are taken: try again in a minute\.$"):
        Slow(worker, gate)
    line[1].ticket.cancel()
    assert Slow(worker, gate).places == [2]
    gate.set()


def test_a_run_that_takes_too_long_is_stopped_between_two_steps_and_says_so(worker, monkeypatch):
    monkeypatch.setattr(LIMITS, "seconds", 0.05)
    endless, gate = Slow(worker, Event()), Event()
    endless.started.wait(PATIENCE)
    time.sleep(0.06)
    worker.look_after()
    (error,) = endless.wait().errors
    assert str(error) == "The run was stopped after 0.05 s, the most that one may take here."
    wait_for(endless.closed)
    gate.set()
    assert Slow(worker, gate).wait().items == ["result"]


def test_a_step_that_does_not_end_is_left_behind_once_its_run_is_cancelled(worker, monkeypatch):
    monkeypatch.setattr("explorer.jobs.worker.GRACE", 0.05)
    inside, come_back = Event(), Event()

    def held():
        inside.set()
        assert come_back.wait(PATIENCE)
        yield "too late"

    stuck, gate = Slow(worker, Event(), method="mine", work=held()), Event()
    assert inside.wait(PATIENCE)
    waiting = Slow(worker, gate, method="theirs")
    worker.look_after()
    assert worker.state()["lost_threads"] == 0, "it has not been cancelled"
    stuck.ticket.cancel()
    time.sleep(0.06)
    worker.look_after()
    gate.set()
    assert waiting.wait().items == ["result"]
    assert worker.state()["lost_threads"] == 1
    with pytest.raises(InputError, match=r"mine is still inside a step that does not end: it cannot run again now\."):
        Slow(worker, gate, method="mine")
    come_back.set()
    wait_for(lambda: worker.state()["lost_threads"] == 0)
    assert stuck.items == []
    assert Slow(worker, gate, method="mine").wait().items == ["result"]


def test_every_run_leaves_one_line_in_the_log(worker, caplog):
    caplog.set_level("INFO", "finescale.jobs")
    gate = Event()
    gate.set()
    done = Slow(worker, gate, method="done").wait()
    broken = Slow(worker, gate, method="broken")
    broken.wait()
    quiet = Job(iter([1]))
    worker.submit(quiet.ticket)
    quiet.wait()
    lines = [record.fields for record in caplog.records if record.event == "run"]
    assert [line["method"] for line in lines] == ["done", "broken"]
    assert set(lines[0]) == {"method", "outcome", "cached", "seconds", "queue_wait"}
    assert lines[0]["outcome"] == "done"
    assert 0 <= lines[0]["seconds"] < done.ticket.asked


def test_what_came_from_the_cache_says_so_in_the_log(worker, caplog):
    caplog.set_level("INFO", "finescale.jobs")
    known = type("Known", (), {"cached": True})()
    job = Job(iter([known]))
    job.ticket.about = {"method": "cheap"}
    worker.submit(job.ticket)
    job.wait()
    assert [record.fields["cached"] for record in caplog.records] == [True]
