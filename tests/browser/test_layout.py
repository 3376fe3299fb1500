"""Everything on one screen, nothing over anything else, readable in both themes."""

from itertools import combinations

import pytest
from visiting import MAPS

pytestmark = [pytest.mark.browser, pytest.mark.long]
SCREENS = [(1440, 900), (1920, 1080), (1280, 720)]
CONTRAST = 3.0
MOTION = ("image", "flow", "error", "forecast", "happened", "difference")


def tabs(here) -> list[float]:
    return here.page.get_by_role("tablist").first.evaluate("el => eyes.rect(el.getRootNode().host)")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda size: f"{size[0]}x{size[1]}")
def test_maps_spectrum_and_tabs_fit_beside_each_other(home, screen):
    width, height = screen
    home.page.set_viewport_size({"width": width, "height": height})
    home.settle()
    boxes = {name: home.box(name) for name in (*MAPS, "spectrum")} | {"tabs": tabs(home)}
    for name, (left, top, right, bottom) in boxes.items():
        assert left >= -0.5, name
        assert top >= -0.5, name
        assert right <= width + 0.5, name
        assert bottom <= height + 0.5, name
        assert right - left >= 150, name
        assert bottom - top >= 100, name
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        overlap = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        assert min(overlap) <= 1, f"{one} lies over {other} by {overlap}"
    for name in MAPS:
        left, top, right, bottom = home.frame(name)
        assert min(right - left, bottom - top) >= 80, f"the map in {name} is tiny"


@pytest.mark.parametrize("screen", SCREENS, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_page_does_not_scroll(home, screen):
    home.page.set_viewport_size({"width": screen[0], "height": screen[1]})
    home.settle()
    code = "() => { const e = document.scrollingElement; return [e.scrollWidth, e.scrollHeight] }"
    across, down = home.page.evaluate(code)
    assert across <= screen[0]
    assert down <= screen[1]
    words = home.page.get_by_text("network calls").first.bounding_box()
    assert words["y"] + words["height"] <= screen[1], "the status line is out of sight"


def test_run_and_export_are_in_sight_on_the_usual_screen(home):
    for label in ("Run", "Cancel", "PNG", "NetCDF"):
        box = home.page.get_by_role("button", name=label, exact=True).bounding_box()
        assert box["y"] + box["height"] <= 900, label


def test_all_that_is_asked_fits_one_screen_and_what_opens_is_in_sight(visit):
    here = visit().open()
    names = ("Settings", "Settings of B", "Maps", "Colours", "Lines", "Animation")
    buttons = {name: here.page.get_by_role("button", name=name, exact=True) for name in names}
    run = here.page.get_by_role("button", name="Run", exact=True)
    boxes = {name: button.bounding_box() for name, button in buttons.items()}
    for title in ("Scene", "Input", "Method", "View"):
        boxes[title] = here.page.get_by_text(title, exact=True).first.bounding_box()
    for name, box in boxes.items():
        assert 46 <= box["y"] <= box["y"] + box["height"] <= run.bounding_box()["y"] + 1, name
    for name, button in buttons.items():
        button.click()
        last = here.page.locator(".folded").nth(int(name not in names[:2]))

        def seen(place=last) -> bool:
            box = place.bounding_box()
            return box["height"] > 50 and box["y"] + box["height"] <= run.bounding_box()["y"] + 1 and box["y"] >= 46

        here.until(seen, f"{name} in sight")
        button.click()
        here.until(lambda place=last: place.bounding_box()["height"] < 50, f"{name} closed")


@pytest.mark.parametrize("screen", SCREENS[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_kilometre_is_as_long_across_as_along(home, screen):
    home.page.set_viewport_size({"width": screen[0], "height": screen[1]})
    home.settle()
    for name in MAPS:
        (x0, x1, y0, y1), (left, top, right, bottom) = home.ranges(name), home.frame(name)
        assert (right - left) / (x1 - x0) == pytest.approx((bottom - top) / (y1 - y0), rel=0.02), name


@pytest.mark.parametrize(
    ("screen", "one", "six"), [((1440, 900), 520, 240), ((1920, 1080), 700, 330), ((1280, 720), 380, 180)],
    ids=["1440x900", "1920x1080", "1280x720"],
)  # fmt: skip
def test_maps_are_large_and_their_frames_have_the_aspect_of_the_data(home, screen, one, six):
    home.page.set_viewport_size({"width": screen[0], "height": screen[1]})
    home.settle()
    sizes = {name: (right - left, bottom - top) for name, (left, top, right, bottom) in map(home.named_frame, MAPS)}
    assert len({(round(wide), round(high)) for wide, high in sizes.values()}) == 1, "maps of one view have one size"
    assert min(sizes["input"]) >= six
    assert sizes["input"][0] == pytest.approx(sizes["input"][1], abs=2)
    home.go(stage="swipe", shown="estimate,truth", quantity="vorticity")
    for name in ("first", "second"):
        left, top, right, bottom = home.frame(name)
        assert min(right - left, bottom - top) >= one
        assert right - left == pytest.approx(bottom - top, abs=2)


def test_a_phone_shows_one_map_and_no_controls(visit):
    here = visit(size=(390, 844))
    here.page.goto(here.address)
    here.page.get_by_text("network calls").first.wait_for()
    here.page.get_by_role("button", name="Open drawer").wait_for()
    here.until(lambda: here.page.evaluate("eyes.figure('first') !== undefined"), "a map")
    here.until(lambda: here.frame("first")[2] <= 390, "a map that fits")
    left, _, right, bottom = here.frame("first")
    assert right - left >= 220
    assert bottom <= 844


@pytest.mark.parametrize(("page", "name", "wide"), [("motion", "image", 360), ("failures", "heat", 280)])
def test_a_phone_shows_the_other_pages_below_each_other(visit, page, name, wide):
    """Nothing is wider than the screen, and what does not fit is reached by scrolling."""
    here = visit(size=(390, 844))
    here.page.goto(here.link(page=page))
    here.page.wait_for_function("window.Bokeh?.documents[0]?.is_idle")
    here.page.get_by_role("button", name="Open drawer").wait_for()
    here.settle()
    left, _, right, _ = here.box(name)
    assert left >= -1
    assert right <= 391
    assert right - left >= wide
    assert here.page.evaluate("document.scrollingElement.scrollWidth") <= 390
    badge = here.page.get_by_role("banner").get_by_text("SIMULATED").bounding_box()
    assert 0 <= badge["x"] <= badge["x"] + badge["width"] <= 390
    assert badge["y"] + badge["height"] <= here.box(name)[1]


@pytest.mark.parametrize(("page", "names"), [("explorer", MAPS), ("motion", MOTION)])
def test_a_phone_shows_several_maps_below_each_other(visit, page, names):
    here = visit(size=(390, 844))
    here.page.goto(here.link(page=page, stage="6"))
    here.page.wait_for_function("window.Bokeh?.documents[0]?.is_idle")
    here.settle()
    boxes = [here.box(name) for name in names]
    for (left, top, right, bottom), below in zip(boxes, [*boxes[1:], None], strict=True):
        assert left >= -1
        assert right <= 391
        assert right - left >= 300
        assert bottom - top >= 300
        assert below is None or bottom <= below[1] + 1
    last = here.box({"explorer": "spectrum", "motion": "costs"}[page])
    assert boxes[-1][3] <= last[1] + 1


def test_the_whole_scene_is_in_view(home):
    x0, x1, y0, y1 = home.ranges()
    assert x0 <= 1
    assert y0 <= 1
    assert x1 >= 1727
    assert y1 >= 1727


def readable(here) -> None:
    titles = ["Input (m)", "Prediction: Bicubic (m)", "Truth (m)", "Error (m)", "Power spectrum"]
    words = ["SIMULATED", "test date", "network calls", "root mean square error", "Finescale"]
    for text in titles + words:
        assert here.page.get_by_text(text).first.evaluate("el => eyes.contrast(el)") >= CONTRAST, text
    code = """name => {
      const f = eyes.figure(name), one = document.createElement('div'), two = document.createElement('div')
      const axis = f.below.concat(f.left).find(r => r.major_label_text_color !== undefined)
      eyes.view(name).shadow_el.append(one); one.append(two)
      one.style.backgroundColor = f.border_fill_alpha === 0 ? '' : f.border_fill_color
      two.style.color = axis.major_label_text_color
      const found = eyes.contrast(two); one.remove(); return found
    }"""
    for name in (*MAPS, "spectrum"):
        assert here.page.evaluate(code, name) >= CONTRAST, f"the axes of {name}"
    for name in ("Previous frame", "Play", "Next frame"):
        assert here.page.get_by_role("button", name=name).first.evaluate("el => eyes.contrast(el)") >= CONTRAST, name


def test_texts_are_readable_in_both_themes(home):
    readable(home)
    before = home.signature()
    home.page.get_by_label("Toggle theme").click()
    try:
        home.changed(before)
        background = home.page.evaluate("getComputedStyle(document.body).backgroundColor")
        readable(home)
    finally:
        home.page.get_by_label("Toggle theme").click()
        home.settle()
    assert background != home.page.evaluate("getComputedStyle(document.body).backgroundColor")
    readable(home)
