"""2000 x 2000 cells: drawn at the screen's own pixels, sent in megabytes, and sharper with every zoom."""

import pytest
from visiting import MAPS, slack

pytestmark = [pytest.mark.browser, pytest.mark.long]
MEGABYTE = 1_000_000


@pytest.fixture
def large(home):
    home.go(source="toy_large", time="2010-01-01")
    home.until(lambda: "2000 × 2000 cells" in home.words(), "the large field")
    home.settle()
    return home


def test_another_date_of_a_large_field_comes_soon_and_small(large):
    times = []
    for _ in range(3):
        before = large.received
        times.append(large.next_date("input", "estimate", "truth"))
        large.settle()
        assert large.received - before <= 3 * MEGABYTE
    assert min(times) <= 1000 * slack(), times


def test_zooming_draws_a_large_field_anew_at_the_screen_s_pixels(large):
    before = {name: large.data(name) for name in MAPS}
    assert before["truth"]["dw"] == [2000]
    large.zoom("truth", 5)
    large.until(lambda: large.data("lower_b")["dw"] != before["lower_b"]["dw"], "a finer picture")
    large.settle()
    x0, x1, *_ = large.ranges()
    for name in ("estimate", "truth", "error"):
        after = large.data(name)
        assert after["dw"][0] < before[name]["dw"][0], name
        seen = min(x1, 2000) - max(x0, 0)
        assert seen <= after["dw"][0] <= 1.75 * seen, f"{name}: what is in view, and some around it"
    left, _, right, _ = large.frame("truth")
    code = "(() => { const data = eyes.source('truth', 0).data; return (data.image ?? data.get('image'))[0].shape })()"
    height, width = large.page.evaluate(code)
    assert width * (x1 - x0) / large.data("truth")["dw"][0] >= min(right - left, x1 - x0) - 1, "a value for every pixel"
    assert height * width <= 400_000
