"""A method of one's own on the page: it is there, and what it does wrong is one sentence and nobody else's trouble."""

import time
from threading import Event

import numpy as np
import pytest
import stage
import xarray as xr
from stage import one_sentence, wait_for

from engine import methods, plugins, scenes
from engine.errors import InputError
from engine.methods.base import Method
from engine.scene import Step
from explorer.jobs import worker as jobs
from explorer.jobs.worker import Worker
from explorer.pages.resolution.session import ResolutionSession


class Mine(Method):
    """The input as it is."""

    title, source, equations = "Mine", "none", ("x = y",)
    release = Event()

    def estimate(self, problem, seed):
        return np.kron(problem.low[problem.variable].values, np.ones((4, 4)))


def changed(change):
    """The same with its estimate changed."""

    def steps(self, problem, *, seed=0):
        (step,) = Method.steps(self, problem, seed=seed)
        yield Step(1, 1, change(step.estimate))

    return steps


def yields(*items):
    def steps(self, problem, *, seed=0):
        yield from items

    return steps


def raises(error):
    def steps(self, problem, *, seed=0):
        raise error
        yield

    return steps


WRONG = {
    "shape": (changed(lambda e: e.isel(x=slice(9))), "gives a field of 48 x 9 cells where 48 x 64 were asked for"),
    "nothing finite": (changed(lambda e: xr.full_like(e, np.nan)), "gives no finite value"),
    "units": (changed(lambda e: e.assign(ssh=e.ssh.assign_attrs(units="kg"))), "gives 'ssh' in 'kg'"),
    "name": (changed(lambda e: e.rename(ssh="sst")), "gives no variable 'ssh'"),
    "no step": (yields(), "ended before its last step"),
    "no Step": (yields(np.zeros((48, 64))), "yields a ndarray that is no Step"),
    "own words": (raises(InputError("Mine needs a Tuesday.")), "Mine needs a Tuesday."),
    "an error": (raises(ZeroDivisionError("secret")), "stopped with ZeroDivisionError; the log has the details."),
    "no memory": (raises(MemoryError()), "stopped with MemoryError; the log has the details."),
    "no iterator": (lambda self, problem, *, seed=0: 42, "stopped with TypeError; the log has the details."),
}


@pytest.fixture
def mine(toys, monkeypatch):
    """Registers `Mine` with these steps."""

    def register(steps=None, **more):
        kind = type("Mine", (Mine,), more | ({"steps": steps} if steps else {}))
        monkeypatch.setitem(methods.METHODS._items, "mine", kind)
        monkeypatch.setattr(kind, "key", "mine", raising=False)
        return kind

    return register


@pytest.mark.parametrize("cheap", [False, True])
@pytest.mark.parametrize("what", WRONG)
def test_what_a_method_does_wrong_is_one_sentence_and_the_rest_goes_on(open_page, mine, quiet_log, what, cheap):
    steps, words = WRONG[what]
    mine(steps, cheap=cheap)
    page, other = open_page().settle(), open_page().settle()
    before = page.session.outcome.result
    page.session.chosen.method = "mine"
    page.settle().session.start()
    page.settle()
    assert words in one_sentence(page.session.run.message)
    assert "secret" not in page.session.run.message
    assert page.session.outcome.result is before, "the picture stays"
    other.session.selection.time = "2010-01-03"
    assert other.settle().session.run.message == ""
    page.session.chosen.method = "bicubic"
    page.settle()
    assert (page.session.run.message, page.session.outcome.stale, page.session.outcome.result.method) == (
        "",
        False,
        "bicubic",
    )


def test_a_method_registered_after_the_page_was_imported_is_in_the_next_session(mine):
    assert "mine" not in ResolutionSession().chosen.param.method.get_range().values()
    mine()
    session = ResolutionSession()
    assert session.chosen.param.method.get_range()["Mine"] == "mine"
    assert session.comparison.param.method_b.get_range()["Mine"] == "mine"
    page = stage.Page(source="toy_sea", method="mine").settle()
    page.session.start()
    assert page.settle().session.outcome.result.method == "mine"


def test_a_method_written_again_gives_its_new_result_not_the_kept_one(open_page, mine):
    mine(cheap=True)
    first = open_page(method="mine").settle().session.outcome.result
    mine(changed(lambda e: e.assign(ssh=(e.ssh + 1).assign_attrs(e.ssh.attrs))), cheap=True)
    second = open_page(method="mine").settle().session.outcome.result
    assert float((second.values - first.values).min()) == pytest.approx(1)


def test_two_of_one_title_can_be_told_apart(mine):
    mine(title="Bicubic")
    offered = ResolutionSession().chosen.param.method.get_range()
    assert offered["Bicubic (bicubic)"] == "bicubic"
    assert offered["Bicubic (mine)"] == "mine"


def test_a_plug_in_that_could_not_be_loaded_is_said_once(open_page, monkeypatch):
    monkeypatch.setitem(plugins.FAILED, "waves.py", "The plug-in waves.py could not be loaded: it <b>sank</b>.")
    page = open_page().settle()
    assert page.session.run.message == "The plug-in waves.py could not be loaded: it <b>sank</b>."
    page.session.selection.time = "2010-01-03"
    assert page.settle().session.run.message == ""


def test_a_data_set_that_raises_is_one_sentence_and_leaves_the_picture(open_page, monkeypatch, quiet_log):
    class Broken(stage.Sea):
        title = "Broken sea"

        def load(self, time, variables):
            raise RuntimeError("it broke")

    monkeypatch.setitem(scenes.SCENES._items, "broken_sea", Broken)
    monkeypatch.setattr(Broken, "key", "broken_sea")
    page = open_page().settle()
    scene = page.session.outcome.scene
    page.session.selection.source = "broken_sea"
    page.settle()
    assert one_sentence(page.session.run.message) == "The run stopped with RuntimeError; the log has the details."
    assert page.session.outcome.scene is scene
    page.session.selection.source = "toy_sea"
    assert page.settle().session.run.message == ""


def test_endless_steps_end_with_cancel(open_page, mine):
    def steps(self, problem, *, seed=0):
        while True:
            time.sleep(0.001)
            yield Step(1, 2, problem.estimate(self.estimate(problem, seed)))

    mine(steps)
    page = open_page(method="mine").settle()
    page.session.start()
    page.until(lambda: page.session.outcome.result is not None)
    page.session.cancel()
    assert open_page().settle().session.run.message == ""
    assert not page.session.ran


def test_a_step_without_end_is_left_behind_after_cancel(open_page, mine, monkeypatch):
    """A thread cannot be ended from outside: it goes on, another one does the others' work, the method is locked."""
    monkeypatch.setattr("explorer.jobs.worker.GRACE", 0.02)
    monkeypatch.setattr(jobs, "WORKER", Worker())
    inside = Event()

    def steps(self, problem, *, seed=0):
        inside.set()
        assert Mine.release.wait(stage.PATIENCE)
        yield Step(1, 1, problem.estimate(self.estimate(problem, seed)))

    mine(steps)
    Mine.release.clear()
    page, other = open_page(method="mine").settle(), open_page().settle()
    page.session.start()
    assert inside.wait(stage.PATIENCE)
    other.session.selection.time = "2010-01-03"
    page.session.cancel()
    time.sleep(0.03)
    jobs.WORKER.look_after()
    assert other.settle().session.outcome.scene.time == "2010-01-03"
    page.session.start()
    assert "mine is still inside a step that does not end" in one_sentence(page.session.run.message)
    Mine.release.set()
    wait_for(lambda: jobs.WORKER.state()["lost_threads"] == 0)
    page.session.start()
    assert page.settle().session.outcome.result.method == "mine"
