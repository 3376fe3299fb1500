"""What one page may ask of a server, and what it is told when it asks for more."""

import time
from itertools import count
from threading import Event
from types import SimpleNamespace

import pytest
import stage
from stage import PATIENCE, one_sentence, wait_for

from engine import methods
from explorer import app
from explorer.base.session import Session
from explorer.base.widgets.status import Runner
from explorer.base.wording import ordinal
from explorer.jobs import limits
from explorer.jobs import worker as jobs
from explorer.jobs.limits import LIMITS
from explorer.jobs.worker import Ticket, Worker


@pytest.fixture
def alone(monkeypatch):
    """A worker of the test's own that serves one slow run at a time."""
    monkeypatch.setattr(jobs, "WORKER", Worker())
    monkeypatch.setattr(LIMITS, "at_once", 1)


def run_gated(page: stage.Page) -> None:
    """Start a slow run, and wait until it holds the worker inside a step."""
    page.session.start()
    assert stage.Gated.entered.wait(stage.PATIENCE)


def test_a_page_is_told_its_place_in_the_queue_and_moves_up(open_page, alone):
    first, second, third = (open_page(method=key).settle() for key in ("toy_gated", "toy_members", "toy_dice"))
    run_gated(first)
    runners = [Runner(page.session) for page in (second, third)]
    for page in (second, third):
        page.session.start()
    second.until(lambda: second.session.run.place == 1)
    third.until(lambda: third.session.run.place == 2)
    assert [runner.place[0].object for runner in runners] == ["1st in the queue", "2nd in the queue"]
    assert all(runner.place.visible and not runner.bar.visible for runner in runners)
    second.session.cancel()
    third.until(lambda: third.session.run.place == 1)
    assert not runners[0].place.visible
    stage.Gated.gate.set()
    assert first.settle().session.outcome.result.method == "toy_gated"
    assert third.settle().session.outcome.result.method == "toy_dice"
    assert third.session.run.place == 0
    assert not runners[1].place.visible


def test_two_pages_that_ask_the_same_share_one_answer(open_page, alone, monkeypatch):
    monkeypatch.setattr(LIMITS, "at_once", 2)
    runs, work = [], stage.Gated.work
    monkeypatch.setattr(stage.Gated, "work", lambda self, index: (runs.append(index), work(self, index)))
    pages = [open_page(method="toy_gated").settle() for _ in range(2)]
    for page in pages:
        run_gated(page)
    pages[1].until(lambda: pages[1].session.run.place == 1)
    stage.Gated.gate.set()
    for page in pages:
        page.settle()
    assert runs == [1, 2, 3, 4]
    first, second = (page.session.outcome.result for page in pages)
    assert second.cached
    assert second.estimate is first.estimate
    assert second.scene is pages[1].session.outcome.scene


def test_a_full_queue_is_one_sentence_and_the_picture_stays(open_page, alone, monkeypatch):
    monkeypatch.setattr(LIMITS, "queue", 0)
    page = open_page(method="toy_dice").settle()
    before = page.session.outcome.result
    page.session.start()
    page.settle()
    assert one_sentence(page.session.run.message) == "All 0 places in the queue are taken: try again in a minute."
    assert (page.session.outcome.result, page.session.run.busy) == (before, False)
    monkeypatch.setattr(LIMITS, "queue", 1)
    page.session.start()
    assert page.settle().session.run.message == ""
    assert page.session.outcome.result.method == "toy_dice"


def test_more_members_than_allowed_cannot_be_asked_for(open_page, monkeypatch):
    monkeypatch.setattr(LIMITS, "members", 2)
    page = open_page(method="toy_members").settle()
    assert page.session.chosen.configured.members == 2
    (complaint,) = page.session.select({"m.members": "5"})
    assert "a whole number from 1 to 2" in one_sentence(complaint)
    page.session.comparison.method_b = "toy_members"
    assert page.session.comparison.configured_b.param.members.bounds == (1, 2)
    assert methods.create("toy_members", members=9).members == 9, "other pages and programs keep theirs"


def test_a_field_that_is_too_large_is_refused_and_not_kept(open_page, monkeypatch):
    monkeypatch.setattr(LIMITS, "cells", 48 * 64)
    page = open_page().settle()
    kept = stage.running_cache().size
    page.session.selection.source = "toy_large"
    page.settle()
    told = one_sentence(page.session.run.message)
    assert told.startswith("This field has 1040 x 1000 cells, more than the 3072 that are taken here")
    assert stage.running_cache().size == kept
    assert page.session.outcome.scene.key == "toy_sea"


def test_a_page_that_runs_too_often_is_told_to_wait(open_page, monkeypatch):
    monkeypatch.setattr(LIMITS, "runs", 3)
    page = open_page(method="toy_dice").settle()
    for seed in range(5):
        page.session.chosen.seed = seed
        page.session.start()
        page.settle()
    assert page.session.run.message.startswith("This page has started 3 runs within a minute: wait ")
    page.session.chosen.method = "bicubic"
    assert page.settle().session.run.message == "", "what is cheap needs no permission"
    page.session.run.pace._begun[0] -= 61
    page.session.chosen.method = "toy_dice"
    page.session.start()
    assert page.settle().session.run.message == ""


def test_results_are_kept_without_their_scene_which_is_counted_once(page):
    (kept,) = [value for value, _ in stage.running_cache()._items.values() if getattr(value, "cached", False)]
    assert kept.scene is None
    assert page.session.outcome.result.scene is page.session.outcome.scene


def test_pages_are_counted_while_they_are_open(open_page, monkeypatch):
    before = len(Session.open_pages)
    page = open_page()
    assert len(Session.open_pages) == before + 1
    monkeypatch.setattr(LIMITS, "sessions", before + 1)
    refused = app.create_app()
    assert "as many pages open as it can serve" in refused.main[0].title
    assert len(Session.open_pages) == before + 1
    page.session.close()
    assert len(Session.open_pages) == before


def test_a_run_of_a_page_is_stopped_when_it_takes_too_long(open_page, alone, monkeypatch):
    page = open_page().settle()
    page.session.chosen.method = "toy_gated"
    run_gated(page.settle())
    monkeypatch.setattr(LIMITS, "seconds", 0.0)
    jobs.WORKER.look_after()
    page.until(lambda: not page.session.run.busy)
    assert one_sentence(page.session.run.message).startswith("The run was stopped after 0 s")
    assert page.session.outcome.stale
    stage.Gated.gate.set()
    wait_for(lambda: jobs.WORKER.state()["slow_runs"] == 0)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (101, "101st"),
    ],
)
def test_places_are_written_as_people_do(number, text):
    assert ordinal(number) == text


def test_the_defaults_let_one_person_do_anything_that_ships():
    assert all(limits.tighten(methods.create(key)) for key in methods.METHODS)
    widest = max(kind.param["members"].bounds[1] for kind in methods.METHODS.values() if "members" in kind.param)
    assert LIMITS.members >= widest


class Steps:
    """A slow job of so many steps, each a second of a clock that the test moves, noted as they are made."""

    def __init__(self, worker: Worker, name: str, number: int, made: list[str], key=None):
        def work():
            for _ in range(number):
                made.append(name)
                yield name

        self.places, self.over = [], Event()
        self.ticket = Ticket(
            work(), lambda *_: None, lambda *_: self.over.set(), lambda *_: self.over.set(),
            lambda _, place: self.places.append(place), slow=True, key=key,
        )  # fmt: skip
        worker.submit(self.ticket)


@pytest.fixture
def a_second_a_step(monkeypatch):
    """A worker whose clock moves by half a second with every look at it."""
    ticks = count()
    monkeypatch.setattr(
        "explorer.jobs.worker.time", SimpleNamespace(monotonic=lambda: next(ticks) / 2, sleep=time.sleep)
    )
    return Worker()


def test_a_long_run_lets_the_next_in_line_go_on_and_is_finished_later(a_second_a_step, monkeypatch):
    monkeypatch.setattr(LIMITS, "at_once", 2)
    monkeypatch.setattr(LIMITS, "turn", 3.0)
    made: list[str] = []
    with a_second_a_step._ready:  # nothing begins before all are in line
        lengths = zip("abc", (40, 40, 3), strict=True)
        first, second, third = (Steps(a_second_a_step, name, number, made) for name, number in lengths)
    for job in (first, second, third):
        assert job.over.wait(PATIENCE)
    assert [made.count(name) for name in "abc"] == [40, 40, 3]
    assert max(number for number, name in enumerate(made) if name == "c") < 20, "it did not wait for a whole run"
    assert third.places[-1] == 0
    assert 1 in first.places, "it was told that it waits meanwhile"


def test_nobody_else_waits_for_no_turn_to_end(a_second_a_step, monkeypatch):
    monkeypatch.setattr(LIMITS, "at_once", 1)
    monkeypatch.setattr(LIMITS, "turn", 3.0)
    made: list[str] = []
    with a_second_a_step._ready:
        alone = Steps(a_second_a_step, "a", 20, made, key="same")
        again = Steps(a_second_a_step, "b", 1, made, key="same")  # waits for the first one's answer, not for its turn
    assert alone.over.wait(PATIENCE)
    assert again.over.wait(PATIENCE)
    assert made == ["a"] * 20 + ["b"]
    assert alone.places == []


def test_a_question_that_waits_to_go_on_is_not_begun_a_second_time(a_second_a_step, monkeypatch):
    monkeypatch.setattr(LIMITS, "at_once", 1)
    monkeypatch.setattr(LIMITS, "turn", 3.0)
    made: list[str] = []
    with a_second_a_step._ready:
        asked = [Steps(a_second_a_step, name, 9, made, key=key) for name, key in (("a", 1), ("b", 2), ("A", 1))]
    for job in asked:
        assert job.over.wait(PATIENCE)
    assert made.index("A") > max(number for number, name in enumerate(made) if name == "a")
    assert made.index("b") < 9


@pytest.mark.parametrize("network", [True, False])
def test_a_network_that_answers_at_once_can_be_cancelled_where_it_does_not(open_page, alone, monkeypatch, network):
    monkeypatch.setattr(stage.Gated, "cheap", True)
    monkeypatch.setattr(stage.Gated, "network", network)
    page = open_page().settle()
    runner = Runner(page.session)
    page.session.chosen.method = "toy_gated"
    assert stage.Gated.entered.wait(stage.PATIENCE)
    assert runner.cancel.disabled is not network
    page.session.cancel()
    assert runner.cancel.disabled
    assert page.session.outcome.stale
    stage.Gated.gate.set()
