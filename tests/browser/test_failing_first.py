"""The page "Failure cases" before anybody has scored anything: its rows are there, its heat map leads, and nothing lies
over anything else, however much there is to say."""

from collections.abc import Iterator

import pytest
from hosting import visits
from visiting import Visit, asked, darken
from words import WRITTEN, faults

pytestmark = [pytest.mark.browser, pytest.mark.long]
SCREENS = [(1440, 900), (1280, 720)]
READABLE = 4.5  # contrast of small text, by WCAG
FIGURES = ["heat", "why", "bands", "quantiles"]

# The sentence of the worst box takes five lines more.
LONGER = """() => {
  const look = root => {
    for (const el of root.querySelectorAll('*')) {
      if (el.tagName === 'B' && el.textContent === 'Where.') el.parentElement.append(' and so on, and on'.repeat(20))
      if (el.shadowRoot) look(el.shadowRoot)
    }
  }
  look(document)
}"""

# Of every figure: its canvas, the place that it has, and the axes with the room that their labels need.
AXES = """names => names.map(name => {
  const view = eyes.view(name), canvas = view.canvas_view.primary.canvas, rect = eyes.rect(view.el)
  const axes = [...view.model.below, ...view.model.left].map(axis => Bokeh.index.find_one(axis)).map(axis => [
    axis.bbox.left, axis.bbox.top, axis.bbox.right, axis.bbox.bottom, axis.extents.tick + axis.extents.tick_label])
  return [name, canvas.clientWidth, canvas.clientHeight, rect[2] - rect[0], rect[3] - rect[1], axes]
})"""

CHOSEN = """what => {
  const look = root => {
    const row = root.querySelector('.tabulator-selected')
    if (row) return what === 'contrast' ? eyes.contrast(row.querySelector('.tabulator-cell')) : row.textContent
    for (const el of root.querySelectorAll('*')) {
      const found = el.shadowRoot && look(el.shadowRoot)
      if (found) return found
    }
  }
  return look(document)
}"""


@pytest.fixture(scope="module")
def here(browser, profile, server) -> Iterator[Visit]:
    """The page as somebody finds it who has never scored anything, told at length what its link has wrong."""
    with visits(browser, profile, server) as visit:
        come = visit(fresh=True)
        come.page.add_init_script(WRITTEN)
        come.page.goto(come.link(page="failures", **{f"nothing_{number}": "x" for number in range(8)}))
        come.page.get_by_text("SHIPPED").wait_for()
        come.until(lambda: "Values." in said(come), "an explanation")
        yield come


def said(here: Visit) -> str:
    return here.text(here.page.get_by_role("main"))


def apart(here: Visit) -> None:
    """No line of text lies over another one or over a figure, no figure over its place, no label outside of it."""
    here.page.wait_for_timeout(900)
    assert faults(here) == []
    for name, width, height, wide, high, axes in here.page.evaluate(AXES, FIGURES):
        assert (width, height) == pytest.approx((wide, high), abs=2), f"{name} is drawn at another size"
        for (left, top, right, bottom, needed), across in zip(axes, (False, True), strict=True):
            assert min(left, top, width - right, height - bottom) >= -1, f"labels of {name} are cut off"
            assert needed <= (right - left if across else bottom - top) + 1, f"labels of {name} have no room"


def test_a_cell_of_the_heat_map_leads_by_mouse_and_by_keys_to_the_worst_box(here):
    here.page.mouse.click(*here.page.evaluate("() => eyes.screen('heat', 10.5, 2.5)"))
    follows(here, "Jet", "2005-01-21")
    here.page.keyboard.press("ArrowRight")
    follows(here, "Jet", "2005-01-23")
    here.page.keyboard.press("ArrowDown")
    follows(here, "Southern half", "2005-01-23")
    xs, ys = (here.data("why", 2)[name][0] for name in ("xs", "ys"))
    with here.page.expect_popup() as opened:
        here.page.get_by_role("link", name="Open in the explorer").click()
    there = Visit(opened.value, here.address)
    there.page.get_by_text("network calls").first.wait_for()
    here.until(here.idle, "its picture")
    view = [float(number) for number in asked(there)["view"].split(",")]
    opened.value.close()
    assert view == [min(xs), max(xs), min(ys), max(ys)]


def test_no_words_lie_over_anything_else(here):
    for width, height in SCREENS:
        here.page.set_viewport_size({"width": width, "height": height})
        apart(here)
    here.page.evaluate(LONGER)
    apart(here)
    here.page.set_viewport_size({"width": SCREENS[0][0], "height": SCREENS[0][1]})
    apart(here)
    assert "This page has no setting 'nothing_7'." in here.message()


def test_all_of_it_is_read_in_the_dark_too(here):
    assert here.page.evaluate(CHOSEN, "contrast") >= READABLE
    darken(here)
    here.settle()
    apart(here)
    assert here.page.evaluate(CHOSEN, "contrast") >= READABLE


def follows(here: Visit, region: str, date: str) -> None:
    """Table and explanation have gone to this case of the method that the heat map shows."""
    here.until(lambda: f"Spectral LIIF with SST · {region} · {date}" in said(here), "its explanation")
    here.until(lambda: "Values." in said(here), "all of it")
    here.until(lambda: f"Spectral LIIF with SST{region}{date}" in (here.page.evaluate(CHOSEN) or ""), "its row")
