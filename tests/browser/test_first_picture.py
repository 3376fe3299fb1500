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
    assert len(here.signature("first", "second")) == 2
    for name in ("first", "second"):
        colours = here.pixels(name, 100).reshape(-1, 4)
        assert len({tuple(colour) for colour in colours}) > 50, f"{name} is blank"
    assert here.message() == ""
    page = here.page
    page.get_by_text("Left of the line: the prediction, made from 16 × 16 numbers").wait_for()
    page.get_by_text("of what was there").first.wait_for()
    assert page.locator("[aria-label^='colours from']").count() == 1  # both have one


def test_six_maps_show_six_things(home):
    for one, other in combinations(home.signature().values(), 2):
        assert one != other, "two maps show the same"


def test_the_page_says_what_is_seen(home):
    assert "SIMULATED" in home.headline()
    assert "test date" in home.headline()
    assert "server" in home.words()
    assert "16 × 16 to 432 × 432 cells" in home.words()


def test_every_kind_of_colours_has_one_bar(home):
    code = "name => eyes.figure(name).renderers[0].glyph.color_mapper.palette.length"
    assert {home.page.evaluate(code, name) for name in MAPS} == {256}
    bars = home.page.locator("i[style*='linear-gradient(to right']")
    assert sum(bars.nth(n).is_visible() for n in range(bars.count())) == 4  # field, error, guide, vorticity


def test_input_prediction_and_truth_share_their_colours(home):
    assert home.limits("input") == home.limits("estimate") == home.limits("truth")
    low, high = home.limits("error")
    assert low == -high
