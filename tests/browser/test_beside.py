"""Two methods beside each other on the page, and two maps over each other."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.long]
SWIPED = ("left", "right")


def test_a_second_method_stands_beside_the_first(home):
    before = home.signature()
    home.unfold("Compare")
    home.choose("Method B", "Nearest")
    home.changed(before, "lower_a", "lower_b")
    home.until(lambda: "B " in home.words(), "what B took")
    titles = home.text(home.page.get_by_role("main"))
    assert "B: Prediction: Nearest" in titles
    assert "prediction B" in titles  # in the spectrum's legend
    scores = home.tab("Scores")
    assert scores.index("Bicubic") < scores.index("Nearest")
    assert home.cells()["lower_a"] != home.cells()["estimate"]
    assert home.limits("lower_b") == home.limits("error")
    assert home.data("spectrum", 5)["x"]
    home.choose("Method B", "none")
    home.until(lambda: home.settle() == before, "the page without B")


def test_a_swipe_shows_two_maps_over_each_other_and_a_link_brings_it_back(home, visit):
    home.go(method_b="nearest")
    home.unfold("Compare")
    home.page.get_by_role("switch", name="Swipe").click()
    home.until(lambda: home.page.get_by_role("slider", name="Left map seen").is_visible(), "the slider")
    home.settle()
    boxes = [home.frame(name) for name in SWIPED]
    assert boxes[0] == pytest.approx(boxes[1], abs=1)
    assert boxes[0][2] - boxes[0][0] > 900
    assert boxes[0][3] - boxes[0][1] > 350
    assert not home.page.evaluate("eyes.view('truth').el.checkVisibility()")
    slider = home.page.get_by_role("slider", name="Left map seen")
    slider.focus()
    for _ in range(3):
        home.page.keyboard.press("ArrowRight")
    home.until(lambda: "swipe_at=53" in home.query(), "the slider's place in the address")
    home.zoom("left", 1)
    assert home.ranges("left") == home.ranges("right")
    home.page.mouse.move(5, 5)
    home.settle()
    mine = home.signature(*SWIPED)
    other = visit(fresh=True).open(home.page.url)
    other.until(lambda: other.signature(*SWIPED) == mine, "the same picture for somebody else")
    assert other.query() == home.query()
    home.go()
    home.until(lambda: home.page.evaluate("eyes.view('truth').el.checkVisibility()"), "the six maps")
