"""What keeps one visitor waiting keeps nobody else: slow scenes are opened beside the worker."""

import inspect
from concurrent.futures import Future
from threading import Event, active_count

import numpy as np
import pytest
import stage
from stage import PATIENCE, wait_for
from tickets import Job, works

from engine import methods, scenes
from explorer.base.exporting import Exporter
from explorer.jobs import outside as aside
from explorer.jobs import worker as jobs
from explorer.jobs.limits import LIMITS
from explorer.jobs.resolution_run import SceneRequest
from explorer.jobs.worker import Worker
from explorer.pages.failures import evaluation as evaluating
from explorer.pages.resolution.figure import ResolutionScreen
from explorer.pages.resolution.films import films


class Far(stage.Sea):
    """Behind a network that does not answer before it is told to."""

    title = "Toy, far away"
    slow = True
    asked, answers = Event(), Event()

    def load(self, time, variables):
        self.asked.set()
        assert self.answers.wait(PATIENCE)
        return super().load(time, variables)


@pytest.fixture
def far(toys, monkeypatch):
    """A far data set that has not been asked yet, and a worker of the test's own."""
    monkeypatch.setitem(scenes.SCENES._items, "toy_far", Far)
    monkeypatch.setattr(Far, "key", "toy_far")
    monkeypatch.setattr(jobs, "WORKER", Worker())
    Far.asked.clear()
    Far.answers.clear()
    yield Far
    Far.answers.set()


def wait_at(page: stage.Page, method: str = "bicubic") -> None:
    """Choose the far data set and wait until it is asked."""
    page.session.chosen.method = method
    page.settle().session.selection.source = "toy_far"
    assert Far.asked.wait(PATIENCE)


def test_a_neighbour_is_answered_while_a_slow_scene_is_opened(far, open_page):
    page, neighbour = open_page().settle(), open_page().settle()
    wait_at(page)
    neighbour.session.selection.time = "2010-01-03"
    assert neighbour.settle().session.outcome.scene.time == "2010-01-03"
    assert page.session.run.busy
    Far.answers.set()
    assert page.settle().session.outcome.scene.key == "toy_far"
    page.until(lambda: page.session.outcome.current.judged)


def test_waiting_for_a_slow_scene_can_be_cancelled(far, open_page):
    page = open_page().settle()
    before = page.session.outcome.scene
    wait_at(page)
    ticket = page.session.run._errand._ticket
    page.session.cancel()
    assert not page.session.run.busy
    jobs.WORKER.look_after()
    wait_for(lambda: inspect.getgeneratorstate(ticket.work) == inspect.GEN_CLOSED)
    Far.answers.set()
    page.session.selection.source = "toy_sea"
    assert page.settle().session.outcome.scene is before, "it comes from the cache, and the far one has not come"


def test_a_slow_run_that_waits_for_its_scene_keeps_its_place_and_its_time(far, open_page, monkeypatch):
    page = open_page().settle()
    wait_at(page, "toy_dice")
    page.session.start()
    wait_for(lambda: jobs.WORKER.state()["slow_runs"] == 1)
    monkeypatch.setattr(LIMITS, "seconds", 0.0)
    wait_for(lambda: page.session.run._errand._ticket.begun > 0)
    jobs.WORKER.look_after()
    page.settle()
    assert (
        stage.one_sentence(page.session.run.message)
        == "The run was stopped after 0 s, the most that one may take here."
    )


def test_a_film_and_a_close_look_wait_beside_the_worker_too(far, open_page):
    Far.answers.set()
    page = open_page(source="toy_far").settle()
    exporter = Exporter(page.session, ResolutionScreen.of, films)
    page.session.outcome.param.trigger("result")
    exporter.filmed, exporter.kind = "dates", "gif"
    Far.answers.clear()
    neighbour = open_page().settle()
    exporter.film()
    case = evaluating.explain(("bicubic", "all", "2010-01-05"), asked("2010-01-05"), methods.create("bicubic"), 0, {})
    assert isinstance(next(case), Future)
    neighbour.session.selection.time = "2010-01-03"
    assert neighbour.settle().session.outcome.scene.time == "2010-01-03"
    Far.answers.set()
    page.until(lambda: not exporter.busy)
    assert exporter.file.content.startswith(b"GIF")
    assert list(case)[-1].result.scene.key == "toy_far"


def asked(time: str) -> SceneRequest:
    return SceneRequest("toy_far", "ssh", "all", time, 4, "block_mean")


# ---- the worker -----------------------------------------------------------------------------------------------------


def test_a_job_that_waits_has_no_turn_before_what_it_waits_for_is_there():
    worker, awaited, turns = Worker(), Future(), []

    def work():
        turns.append("first")
        yield awaited
        turns.append("second")
        yield awaited.result()

    job = Job(work())
    worker.submit(job.ticket)
    wait_for(lambda: worker._parked)
    assert works(worker)
    assert turns == ["first"]
    awaited.set_result("there")
    assert job.wait().items == ["there"]
    assert turns == ["first", "second"]


def test_what_is_there_already_is_not_waited_for():
    awaited = Future()
    awaited.set_result(1)
    job = Job(iter([awaited, "end"]))
    Worker().submit(job.ticket)
    assert job.wait().items == ["end"]


def test_what_goes_wrong_beside_the_worker_fails_the_job():
    def work():
        yield (yield from aside.waited_for(lambda: np.ones(3).reshape(2)))

    job = Job(work())
    Worker().submit(job.ticket)
    assert isinstance(job.wait().errors[0], ValueError)


def test_few_things_are_done_at_once_and_what_was_cancelled_is_not_begun(monkeypatch):
    monkeypatch.setattr(aside, "_room", aside.Semaphore(2))
    begun, go_on, threads = [], Event(), active_count()

    def work(number: int) -> int:
        begun.append(number)
        assert go_on.wait(PATIENCE)
        return number

    coming = [aside.aside(lambda n=n: work(n)) for n in range(4)]
    wait_for(lambda: len(begun) == 2)
    waiting = next(future for future in coming if not future.running())
    assert waiting.cancel()
    go_on.set()
    assert sorted(future.result(PATIENCE) for future in coming if future is not waiting) == sorted(begun)
    assert len(begun) == 3
    wait_for(lambda: active_count() <= threads)
