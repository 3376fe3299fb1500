"""What a page "Failure cases" may ask of a server that many share, and what it is told when it asks for more."""

import pytest
import stage
from cases import run
from stage import one_sentence

from explorer.jobs import worker as jobs
from explorer.jobs.limits import LIMITS
from explorer.jobs.worker import Worker
from explorer.pages.failures.evaluation import EVALUATOR
from explorer.pages.failures.views.why import Why


@pytest.fixture
def alone(monkeypatch):
    """A worker of the test's own that serves one slow run at a time."""
    monkeypatch.setattr(jobs, "WORKER", Worker())
    monkeypatch.setattr(LIMITS, "at_once", 1)


def test_no_method_draws_more_members_than_allowed(opened, monkeypatch):
    monkeypatch.setattr(LIMITS, "members", 2)
    page = opened(methods="toy_members")
    session = run(page)
    assert session.scored.frame["title"].unique().tolist() == ["Toy, members(members=2)"]
    assert session.outcome.result.result.members.sizes["member"] == 2
    assert "m.members=2" in session.case.link()
    (complaint,) = session.select({"methods": "toy_members:members=3"})
    assert one_sentence(complaint) == "Toy, members may draw at most 2 members here, not 3."
    assert session.request.methods == ["toy_members"]


def test_fields_that_are_too_large_are_not_scored(opened, toys, monkeypatch):
    asked, steps = [], toys.Dice.steps
    monkeypatch.setattr(toys.Dice, "steps", lambda *call, **more: asked.append(call) or steps(*call, **more))
    page = opened(source="toy_large", methods="toy_dice")
    monkeypatch.setattr(LIMITS, "cells", 48 * 64)
    session = run(page)
    assert one_sentence(session.run.message).startswith("This field has 1040 x 1000 cells, more than the 3072")
    assert session.scored.frame.empty
    assert not asked
    assert not session.scored.running


def test_a_close_look_stands_in_line_with_all_slow_runs(opened, open_page, alone):
    first, page = open_page(method="toy_gated").settle(), opened(methods="toy_dice;bicubic")
    first.session.start()
    assert stage.Gated.entered.wait(stage.PATIENCE)
    why = Why(page.session)
    page.session.focus("toy_dice", "west", "2010-01-05")
    page.until(lambda: page.session.case.looking == "Place 1 in the queue")
    assert "Place 1 in the queue" in why.head.object
    stage.Gated.gate.set()
    page.settle()
    assert page.session.current.place[0] == "toy_dice"


def test_a_close_look_is_stopped_when_it_takes_too_long_and_can_be_tried_again(opened, alone, monkeypatch):
    page = opened(methods="toy_gated;bicubic")
    session = page.session
    with monkeypatch.context() as patched:
        patched.setattr(LIMITS, "seconds", 0.0)
        session.focus("toy_gated", "west", "2010-01-05")
        assert stage.Gated.entered.wait(stage.PATIENCE)
        jobs.WORKER.look_after()
        page.until(lambda: "was stopped after 0 s" in session.case.looking)
    one_sentence(session.case.looking)
    stage.Gated.gate.set()
    session.focus("toy_gated", "west", "2010-01-05")
    assert page.settle().current.place[0] == "toy_gated"


def test_close_looks_and_evaluations_are_counted_with_the_runs(opened, alone, monkeypatch):
    monkeypatch.setattr(LIMITS, "runs", 2)
    page = opened(methods="toy_dice;bicubic", method="bicubic", region="all", time="2010-01-05")
    session = run(page)
    session.focus("toy_dice", "all", "2010-01-05")
    page.settle()
    session.focus("toy_dice", "all", "2010-01-06")
    told = "This page has started 2 runs within a minute: wait "
    assert session.case.looking.startswith(told)
    assert session.outcome.result is None
    session.start()
    assert session.run.message.startswith(told)
    assert not session.scored.running
    assert len(session.scored.frame) == 12
    session.focus("bicubic", "all", "2010-01-06")
    assert page.settle().current is not None


def test_of_more_evaluations_than_may_take_turns_one_is_refused_and_what_is_known_stays(opened, monkeypatch):
    page = opened(methods="bicubic")
    known = run(page)
    monkeypatch.setattr(LIMITS, "queue", 0)
    monkeypatch.setattr(LIMITS, "at_once", 1)
    first = opened(methods="toy_gated")
    first.session.start()
    assert stage.Gated.entered.wait(stage.PATIENCE)
    known.start()
    assert one_sentence(known.run.message) == "All 1 places for evaluations are taken: try again in a minute."
    assert (known.scored.running, known.run.busy) == (False, False)
    assert len(known.scored.frame) == 6
    first.session.cancel()
    stage.Gated.gate.set()
    known.start()
    assert known.run.message == ""
    page.settle()  # after the step under way


def test_a_scene_that_takes_too_long_ends_an_evaluation_and_what_is_known_stays(opened, monkeypatch):
    page = opened(methods="bicubic;toy_gated")
    session = page.session
    session.start()
    page.until(lambda: len(session.scored.frame) == 6)
    assert stage.Gated.entered.wait(stage.PATIENCE)
    monkeypatch.setattr(LIMITS, "seconds", 0.0)
    EVALUATOR.look_after()
    page.until(lambda: not session.run.busy)
    assert one_sentence(session.run.message).startswith("The run was stopped after 0 s")
    assert not session.scored.running
    assert len(session.scored.frame) == 6
    stage.Gated.gate.set()
    stage.wait_for(lambda: not EVALUATOR._served())
