"""The first visit: a picture in seconds without a click, from this machine alone, without a complaint."""

import time
from itertools import combinations

import pytest
from visiting import MAPS, slack

pytestmark = pytest.mark.browser


def test_a_picture_comes_by_itself_within_ten_seconds(visit):
    start = time.monotonic()
    here = visit()
    here.page.goto(here.address)
    here.page.get_by_text("network calls").first.wait_for()
    assert time.monotonic() - start < 10 * slack()
    here.settle()
    for one, other in combinations(here.signature().values(), 2):
        assert one != other, "two maps show the same"
    for name in MAPS:
        colours = here.pixels(name, 100).reshape(-1, 4)
        assert len({tuple(colour) for colour in colours}) > 50, f"{name} is blank"
    assert here.message() == ""


def test_the_page_says_what_is_seen(home):
    assert "SIMULATED" in home.headline()
    assert "test date" in home.headline()
    assert "What you see." in home.text(home.page.get_by_role("navigation"))
    assert "server" in home.words()
    assert "16 × 16 to 432 × 432 cells" in home.words()


def test_every_map_has_a_colour_bar_with_a_palette(home):
    code = """name => eyes.figure(name).right.filter(r => r.type == 'ColorBar' && r.visible)
      .map(r => r.color_mapper.palette.length)"""
    for name in MAPS:
        assert home.page.evaluate(code, name) == [256], name


def test_input_prediction_and_truth_share_their_colours(home):
    assert home.limits("input") == home.limits("estimate") == home.limits("truth")
    low, high = home.limits("error")
    assert low == -high
