"""The device of a page: chosen in its header, kept by its runs, told where its memory did not suffice."""

import pytest
import stage
import torch
from cases import run
from motions import moved, settled

from engine import device, methods
from engine.errors import InputError
from engine.methods.fourdvar import FourDVar
from explorer.base.link import parse_method
from explorer.base.widgets.device import REPEATED, device_choice
from explorer.base.widgets.status import Headline
from explorer.jobs.cache import CACHE
from explorer.pages.motion.views.status import MotionStatus
from explorer.pages.resolution.views.status import Status

NONSENSE = "FINESCALE_DEVICE names 'abacus', which is no device here; take cpu."


class Placed(stage.ToyMethod):
    """Answers at once, and notes where; one of the devices has little memory."""

    title, cheap, total = "Toy, placed", True, 2
    seen: list[str]
    little = ""

    def work(self, index):
        self.seen.append(str(device.chosen()))
        if index == 2 and self.seen[-1] == self.little:
            raise torch.OutOfMemoryError("CUDA out of memory.")


@pytest.fixture
def seen(toys, monkeypatch) -> list[str]:
    """Where the method toy_placed has computed."""
    monkeypatch.setitem(methods.METHODS._items, "toy_placed", Placed)
    monkeypatch.setattr(Placed, "key", "toy_placed")
    monkeypatch.setattr(Placed, "seen", [], raising=False)
    return Placed.seen


def test_the_header_names_the_device_and_offers_no_choice_where_there_is_none(page):
    assert "CPU, 1 thread" in Headline(page.session).view.object
    assert device_choice(page.session) == []


def test_with_an_accelerator_the_header_has_a_choice_that_begins_with_it(page, accelerated, monkeypatch):
    accelerated("cuda")
    (choice,) = device_choice(page.session)
    assert choice.options == {"CPU, 1 thread": "cpu", "Toy GPU": "cuda:0"}
    assert choice.value == "cuda:0"
    assert "Toy GPU" not in Headline(page.session).view.object  # once is enough
    accelerated("cuda", 2)
    monkeypatch.setenv("FINESCALE_DEVICE", "cuda:1")
    (choice,) = device_choice(page.session)
    assert list(choice.options) == ["CPU, 1 thread", "Toy GPU (cuda:0)", "Toy GPU (cuda:1)"]
    assert choice.value == "cuda:1"


def test_a_choice_is_of_one_page_and_its_picture_is_made_again(open_page, seen, accelerated):
    accelerated("cuda")
    first, second = (open_page(method="toy_placed", method_b="toy_placed").settle() for _ in range(2))
    assert set(seen) == {"cuda:0"}
    before, link = first.session.outcome.result, first.session.query()
    seen.clear()
    (choice,) = device_choice(first.session)
    choice.value = "cpu"
    first.settle()
    assert set(seen) == {"cpu"}
    assert first.session.outcome.result.asked != before.asked  # what was found elsewhere is not taken for it
    assert not first.session.outcome.stale
    assert first.session.query() == link
    first.session.chosen.method = "bicubic"
    first.settle()
    first.session.chosen.method = "toy_placed"
    first.session.chosen.seed = 7
    first.settle()
    assert set(seen) == {"cpu"}
    second.session.chosen.seed = 8
    second.settle()
    assert seen[-1] == "cuda:0"


def test_what_is_slow_waits_for_run_on_another_device(open_page, accelerated):
    accelerated("cuda")
    page = open_page(method="toy_dice").settle()
    page.session.start()
    page.settle()
    page.session.run.device = "cpu"
    page.settle()
    assert page.session.outcome.stale
    page.session.start()
    page.settle()
    assert not page.session.outcome.stale
    assert not page.session.outcome.result.cached


def test_short_of_memory_the_page_has_its_picture_from_the_cpu_and_says_so(open_page, seen, accelerated, monkeypatch):
    accelerated("cuda")
    monkeypatch.setattr(Placed, "little", "cuda:0")
    page = open_page(method="toy_placed").settle()
    assert seen == ["cuda:0", "cuda:0", "cpu", "cpu"]
    assert page.session.outcome.result.judged
    assert page.session.run.message == ""
    assert REPEATED in Status(page.session).words()


def test_a_wrong_finescale_device_is_one_sentence_until_another_is_chosen(open_page, seen, accelerated, monkeypatch):
    accelerated("cuda", 0)
    monkeypatch.setenv("FINESCALE_DEVICE", "abacus")
    page = open_page(method="toy_placed").settle()
    assert page.session.run.message == NONSENSE
    assert seen == []
    assert page.session.outcome.scene is not None
    page.session.run.device = "cpu"
    page.settle()
    assert page.session.run.message == ""
    assert page.session.outcome.result.judged


def test_failure_cases_are_scored_and_looked_at_on_the_page_s_device(opened, seen, accelerated):
    accelerated("cuda")
    page = opened(methods="toy_placed;bicubic")
    page.session.run.device = "cpu"
    session = run(page)
    assert set(session.scored.frame["method"]) == {"toy_placed", "bicubic"}
    assert not session.scored.frame["error"].any()
    session.focus("toy_placed", "all", "2010-01-05")
    assert page.settle().current is not None
    assert set(seen) == {"cpu"}


def test_a_descent_that_is_repeated_begins_its_curves_again(accelerated, monkeypatch):
    accelerated()
    step = FourDVar.steps

    def steps(self, problem, *, seed=0):
        for number, found in enumerate(step(self, problem, seed=seed)):
            if number == 2 and device.chosen() != device.CPU:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            yield found

    monkeypatch.setattr(FourDVar, "steps", steps)
    CACHE.clear()
    session = moved(**{"m.iterations": "3", "method": "fourdvar"})
    found = session.outcome.result
    assert found.final
    assert found.costs["cost"].size == found.index
    status = MotionStatus(session)
    assert REPEATED in status.text.object
    session.run.device = "cpu"
    settled(session).start()
    assert "repeated" not in settled(session).outcome.result.trace
    CACHE.clear()


def test_a_link_cannot_say_where_a_method_runs():
    with pytest.raises(InputError, match="bicubic has no parameter device; it has "):
        parse_method("bicubic:device=nowhere")
