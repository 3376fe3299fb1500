"""A change in one place shows in all the others, and in nothing that it does not concern."""

import pytest
from visiting import MAPS

pytestmark = pytest.mark.browser


def test_the_next_date_changes_every_map(home):
    before = home.signature()
    home.press("Next frame")
    home.changed(before)
    assert "time=2005-01-03" in home.query()
    assert "2005-01-03" in home.headline()


def test_the_method_changes_prediction_and_error_alone(home):
    before = home.signature()
    home.choose("Method", "Nearest")
    after = home.changed(before, "estimate", "error")
    for name in ("input", "truth", "lower_a"):
        assert after[name] == before[name], name
    assert home.page.get_by_text("Prediction: Nearest (m)").count()


def test_the_wheel_zooms_every_map_and_the_zoom_stays(home):
    whole, before = home.ranges(), home.signature()
    zoomed = home.zoom("truth")
    assert zoomed[1] - zoomed[0] < 0.8 * (whole[1] - whole[0])
    for name in MAPS:
        assert home.ranges(name) == pytest.approx(zoomed), name
    before = home.changed(before)
    home.press("Next frame")
    before = home.changed(before)
    assert home.ranges() == pytest.approx(zoomed)
    home.choose("Method", "Nearest")
    home.changed(before, "estimate", "error")
    assert home.ranges() == pytest.approx(zoomed)


def test_a_zoom_stays_where_maps_change_their_size_before_it_is_told(home):
    whole, size = home.ranges(), home.page.viewport_size
    left, top, right, bottom = home.frame("truth")
    home.page.mouse.move((left + right) / 2 + 7, (top + bottom) / 2 + 5)
    home.page.mouse.wheel(0, -240)
    home.page.set_viewport_size(size | {"width": size["width"] - 90})
    try:
        home.until(lambda: "view=" in home.query(), "a link with the zoom")
        home.settle()
        zoomed = home.ranges()
        assert zoomed[1] - zoomed[0] < 0.8 * (whole[1] - whole[0])
    finally:
        home.page.set_viewport_size(size)


def test_colour_limits_stay_with_another_date_and_method(home):
    before, signature = home.limits("truth"), home.signature()
    home.press("Next frame")
    signature = home.changed(signature)
    home.choose("Method", "Nearest")
    home.changed(signature, "estimate", "error")
    assert home.limits("truth") == home.limits("estimate") == before


def test_colour_limits_can_be_typed_and_fitted(home):
    fitted, before = home.limits("truth"), home.signature()
    home.press("Colours")
    try:
        home.type("Fields max", "3")
        before = home.changed(before, "input", "estimate", "truth")
        assert home.limits("truth") == home.limits("input") == pytest.approx([fitted[0], 3])
        assert "field:-0.7,3" in home.page.evaluate("decodeURIComponent(location.search)")
        home.page.get_by_role("button", name="Fit", exact=True).click()
        home.changed(before, "input", "estimate", "truth")
        assert home.limits("truth") == fitted
    finally:
        home.press("Colours")


def test_a_click_right_after_typing_is_no_accident(home):
    """The click overtakes the typed value, which the page is still about to take over."""
    home.press("Colours")
    try:
        fitted = home.limits("truth")
        place = home.page.get_by_role("textbox", name="Fields max").first
        place.click(click_count=3)
        home.page.keyboard.type("3", delay=60)
        fit = home.page.get_by_role("button", name="Fit", exact=True).element_handle()
        code = """async ([place, fit]) => {
          place.blur(); await new Promise(done => setTimeout(done, 15)); fit.click()
        }"""
        home.page.evaluate(code, [place.element_handle(), fit])
        home.settle()
        assert home.limits("truth") == pytest.approx(fitted)
    finally:
        home.press("Colours")


def test_a_click_marks_every_map_and_fills_the_table(home):
    before = home.signature()
    home.point("truth", 800.0, 700.0)
    home.changed(before)
    for name in MAPS:
        marked = home.data(name, -1)
        assert marked["x"] == pytest.approx([800.0], abs=8), name
        assert marked["y"] == pytest.approx([700.0], abs=8), name
    home.tab("Probe", *(rf"^{title}.*\d" for title in ("Input", "Prediction: Bicubic", "Truth", "Error", "Guide: sea")))
    home.tab("Scores")


def test_the_second_click_makes_a_transect_and_both_stay(home):
    home.tab("Transect")
    try:
        home.point("truth", 400.0, 400.0)
        row = home.until(lambda: home.data("transect"), "a row")
        home.point("error", 1300.0, 1300.0)
        line = home.until(lambda: home.data("transect") != row and home.data("transect"), "a line")
        assert line["x"][-1] == pytest.approx(900 * 2**0.5, rel=0.03)
        assert len(line["y"]) == len(line["x"]) > 100
        for name in MAPS:
            assert len(home.data(name, -1)["x"]) == 2, name
            assert len(home.data(name, -2)["xs"][0]) == 2, name
        before = home.settle()
        home.press("Next frame")
        home.changed(before)
        assert len(home.data("truth", -1)["x"]) == 2
        again = home.data("transect")
        assert again["x"] == pytest.approx(line["x"])
        assert again["y"] != line["y"], "the values are those of the new date"
    finally:
        home.tab("Scores")


def test_a_box_drawn_on_the_overview_is_the_new_region(home):
    before = home.signature()
    home.drag("overview", 400, 1300, 500, 1400)
    home.changed(before)
    x0, x1, y0, y1 = home.ranges()
    assert x0 > 200
    assert y0 > 300
    assert x1 < 1500
    assert y1 < 1600
    assert home.message() == ""
    drawn = home.data("overview", 1)
    assert drawn["left"] == pytest.approx([400], abs=30)
    assert drawn["top"] == pytest.approx([1400], abs=30)


def test_arrow_keys_step_through_the_dates(home):
    before = home.signature()
    home.page.get_by_text("Power spectrum").first.click()
    home.page.keyboard.press("ArrowRight")
    after = home.changed(before)
    home.page.keyboard.press("ArrowLeft")
    assert home.changed(after) == before


@pytest.mark.needs_data("altimetry_med")
def test_land_is_grey_and_has_a_coast(home):
    home.go(source="altimetry_med")
    assert "OBSERVED" in home.headline()
    for name in ("input", "estimate", "truth", "error"):
        assert home.colour(name, 5.0, 33.0) == (0x9A, 0x9A, 0x9A), name
        assert home.colour(name, 18.0, 35.0) != (0x9A, 0x9A, 0x9A), name
        (longitude,), (latitude,) = (home.data(name, 1)[axis] for axis in ("xs", "ys"))
        points = [(x, y) for x, y in zip(longitude, latitude, strict=True) if x is not None]  # None between two lines
        assert min(abs(x - 15.65) + abs(y - 38.27) for x, y in points) < 0.1, "no coast at Messina"
    home.go()
    assert home.data("truth", 1)["xs"] == []


@pytest.mark.needs_data("ice_obs")
def test_a_polar_map_has_its_coast_and_says_where_it_is(home):
    home.go(source="ice_obs", region="greenland")
    code = """name => {
      const {data} = eyes.figure('estimate').renderers.find(r => r.name == name).data_source
      return [...(data.get?.('text') ?? data.text)]
    }"""
    written = home.page.evaluate(code, "words")
    assert sum(text.endswith("°N") for text in written) >= 1
    assert sum(text.endswith(("°E", "°W")) or text == "180°" for text in written) >= 2
    (across,), (up,) = (home.data("estimate", 1)[axis] for axis in ("xs", "ys"))
    x0, x1, y0, y1 = home.ranges()
    seen = [1 for x, y in zip(across, up, strict=True) if x is not None and x0 < x < x1 and y0 < y < y1]
    assert len(seen) > 50, "no coast in view"
