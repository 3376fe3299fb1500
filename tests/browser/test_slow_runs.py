"""Slow methods: asked for, watched, cancelled; and nobody else has to wait."""

import re

import pytest
from visiting import OCEAN, slack

pytestmark = [pytest.mark.browser, pytest.mark.long]
PAUSE = 0.3  # s of one step, as in toys.py
LONG = {"m.pause": "1.5"}  # long enough to be stopped on a slow machine as well
STEP = re.compile(r"step (\d) of 8, about (\d+) s left")


@pytest.fixture(scope="module")
def neighbour(browser, profile, server):
    """Somebody else's window."""
    from visiting import Visit

    page = profile.new_page()
    page.set_viewport_size({"width": 1440, "height": 900})
    yield Visit(page, server.address()).open(**OCEAN)
    page.close()


@pytest.fixture
def slow(home):
    """The window with the slow method chosen and not yet run."""
    home.choose("Method", "Toy, slow")
    home.until(lambda: "settings changed" in home.words(), "a word about the settings")
    yield home
    home.page.keyboard.press("Escape")


def step(here) -> int:
    """The step the status line is at; 0 where none is running."""
    found = STEP.search(here.words())
    return int(found[1]) if found else 0


def opacity(here, name: str) -> float:
    return here.page.evaluate("name => eyes.opacity(name)", name)


def test_a_slow_method_waits_for_run_and_the_stale_picture_is_dimmed(slow):
    slow.settle()
    assert "Prediction: Bicubic" in slow.text(slow.page.get_by_role("main"))
    assert "press Run" in slow.words()
    for name, dim in {"input": False, "truth": False, "estimate": True, "error": True}.items():
        assert (opacity(slow, name) < 0.6) is dim, name


def test_run_shows_its_progress_and_ends_with_a_clear_picture(slow):
    before = slow.signature()
    slow.press("Run")
    first = slow.until(lambda: step(slow), "a first step")
    assert slow.page.get_by_role("button", name="Cancel").is_enabled()
    bars = slow.page.get_by_role("navigation").get_by_role("progressbar")
    assert any(bars.nth(i).is_visible() for i in range(bars.count()))
    assert slow.until(lambda: step(slow) > first, "a later step")
    slow.until(lambda: "network calls: 8" in slow.words(), "the last step")
    after = slow.changed(before, "estimate", "error")
    assert after["truth"] == before["truth"]
    assert "settings changed" not in slow.words()
    assert opacity(slow, "estimate") > 0.9
    assert slow.page.get_by_role("button", name="Cancel").is_disabled()


def test_cancel_stops_within_a_step(slow):
    slow.go(method="toy_slow", seed="7", **LONG)
    slow.press("Run")
    slow.until(lambda: step(slow), "a first step")
    slow.press("Cancel")
    slow.until(lambda: "cancelled after step" in slow.words(), "a word about the run", PAUSE + 1.0 * slack())
    stopped = slow.settle(0.3)
    slow.page.wait_for_timeout(3000)
    assert slow.signature() == stopped
    assert "network calls: 8" not in slow.words()
    assert opacity(slow, "estimate") > 0.9, "it is of these settings, and shown in full"


def test_escape_cancels(slow):
    slow.go(method="toy_slow", seed="8", **LONG)
    slow.press("Run")
    slow.until(lambda: step(slow), "a first step")
    slow.page.keyboard.press("Escape")
    slow.until(lambda: "cancelled after step" in slow.words(), "a word about the run", PAUSE + 1.0 * slack())


def test_a_neighbour_does_not_wait_for_a_slow_run(slow, neighbour):
    neighbour.go(method="nearest")
    slow.go(method="toy_slow", seed="9", **LONG)
    slow.press("Run")
    slow.until(lambda: step(slow), "a first step")
    assert neighbour.next_date() < 2000 * slack()
    assert step(slow), "the slow run was over before the neighbour asked"
    slow.until(lambda: "network calls: 8" in slow.words(), "the last step")
    neighbour.check()


def test_two_pages_do_not_disturb_each_other(home, neighbour):
    neighbour.go()
    theirs, query = neighbour.settle(), neighbour.query()
    assert home.signature() == theirs
    before = home.signature()
    home.choose("Method", "Nearest")
    before = home.changed(before, "estimate", "error")
    home.press("Next frame")
    home.changed(before)
    home.zoom("truth", 2)
    home.point("truth", 864.0, 864.0)
    assert neighbour.settle() == theirs
    assert neighbour.query() == query
    neighbour.check()


def test_the_same_run_again_comes_from_the_cache(slow):
    slow.go(method="toy_slow", seed="3")
    slow.press("Run")
    slow.until(lambda: "network calls: 8" in slow.words(), "the last step")
    slow.go()
    slow.go(method="toy_slow", seed="3")
    slow.press("Run")
    slow.until(lambda: "network calls: 8" in slow.words(), "a result")
    assert "cached" in slow.words()
    assert int(re.search(r"server (\d+) ms", slow.words())[1]) < 1000 * 4 * PAUSE
