"""Two methods beside each other on the page, and two maps over each other."""

import pytest
from visiting import asked

from engine import methods, scenes

pytestmark = [pytest.mark.browser, pytest.mark.long]
SWIPED = ("first", "second")


def test_a_second_method_stands_beside_the_first(home):
    before = home.signature()
    home.choose("Method B", "Nearest")
    home.changed(before, "lower_a", "lower_b")
    home.until(lambda: "B " in home.words(), "what B took")
    assert "B: Prediction: Nearest" in home.text(home.page.get_by_role("main"))
    scores = home.tab("Scores", "Nearest")
    assert scores.index("Bicubic") < scores.index("Nearest")
    assert home.cells()["lower_a"] != home.cells()["estimate"]
    assert home.limits("lower_b") == home.limits("error")
    assert home.data("spectrum", 5)["x"]
    home.choose("Method B", "none")
    home.until(lambda: home.settle() == before, "the page without B")


def test_a_swipe_is_dragged_on_the_map_and_a_link_brings_it_back(home, visit):
    home.go(method_b="nearest", stage="swipe", shown="estimate,b:estimate", quantity="field")
    boxes = [home.frame(name) for name in SWIPED]
    assert boxes[0] == pytest.approx(boxes[1], abs=1)
    left, top, right, bottom = boxes[0]
    home.page.mouse.move((left + right) / 2, (top + bottom) / 3)
    home.page.mouse.down()
    home.page.mouse.move(left + 0.3 * (right - left), (top + bottom) / 3, steps=5)
    home.page.mouse.up()
    home.until(lambda: "swipe_at=30" in home.query(), "the line's place in the address")
    line = home.page.get_by_role("slider", name="Left map seen")
    box = line.bounding_box()
    assert box["x"] + box["width"] / 2 == pytest.approx(left + 0.3 * (right - left), abs=4)
    assert box["height"] == pytest.approx(bottom - top, abs=3)
    line.focus()
    for _ in range(3):
        home.page.keyboard.press("ArrowRight")
    home.until(lambda: "swipe_at=36" in home.query(), "the line's place in the address")
    assert "time=2005-01-01" in home.query()  # the arrows moved the line alone
    home.zoom("first", 1)
    assert home.ranges("first") == home.ranges("second")
    home.page.mouse.move(5, 5)
    home.settle()
    mine = home.signature(*SWIPED)
    other = visit(fresh=True).open(home.page.url)
    other.until(lambda: other.signature(*SWIPED) == mine, "the same picture for somebody else")
    assert other.query() == home.query()


def test_a_pointer_is_told_of_input_prediction_truth_and_error_wherever_it_is(home):
    home.go(stage="1", shown="estimate", quantity="field", method="bicubic")
    left, top, right, bottom = home.frame("first")
    home.page.mouse.move(left + 0.4 * (right - left), top + 0.6 * (bottom - top))
    home.page.mouse.move(left + 0.4 * (right - left) + 1, top + 0.6 * (bottom - top))
    lines = home.page.locator(".bk-tooltip-row-value")
    lines.first.wait_for()
    told = [text.strip().split()[0] for text in lines.all_inner_texts()]
    low, made, true, off, x, y = map(float, told)
    scene = scenes.open("ocean_run", time="2005-01-01", factor=27)
    place = {"x": x, "y": y}
    assert low == pytest.approx(float(scene.problem.low["ssh"].sel(place, method="nearest")), abs=2e-4)
    assert true == pytest.approx(float(scene.truth["ssh"].sel(place, method="nearest")), abs=2e-4)
    assert made == pytest.approx(
        float(methods.create("bicubic").predict(scene.problem)["ssh"].sel(place, method="nearest")), abs=2e-4
    )
    assert off == pytest.approx(made - true, abs=2e-4)
    home.page.mouse.move(5, 5)


def test_keys_and_clicks_bring_maps_onto_the_stage(home):
    home.page.keyboard.press("1")
    home.until(lambda: asked(home)["stage"] == "1", "one map")
    home.page.get_by_role("button", name="Guide: sea surface temperature").click()
    home.until(lambda: asked(home)["shown"].startswith("guide:sst"), "the guide on the stage")
    home.page.keyboard.press("2")
    home.until(lambda: asked(home)["stage"] == "2", "two maps")
    home.settle()
    left, top, right, bottom = home.frame("second")
    home.page.mouse.dblclick((left + right) / 2, (top + bottom) / 2)
    home.until(
        lambda: asked(home)["stage"] == "1" and asked(home)["shown"] == "estimate",
        f"the second map alone: {asked(home)}",
    )
    assert "probe" not in home.query()
    home.page.mouse.move(5, 5)
    home.page.keyboard.press(" ")
    home.until(lambda: asked(home)["shown"] == "truth", "the truth in its place")
    home.page.keyboard.press("f")
    home.until(lambda: asked(home).get("present") == "yes", "presentation")
    home.page.get_by_role("combobox", name="Source").wait_for(state="hidden")
    home.page.keyboard.press("f")
    home.page.get_by_role("combobox", name="Source").wait_for()
    home.page.keyboard.press("6")
    home.until(lambda: asked(home)["stage"] == "6", "six maps")
