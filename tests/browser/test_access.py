"""What people who do not see, see little or use no mouse need, on every page: names, sizes, keys."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from hosting import visits
from visiting import asked

pytestmark = [pytest.mark.browser, pytest.mark.long]
PAGES = {
    "explorer": {"source": "ocean_run"},
    "motion": {"page": "motion"},
    "failures": {"page": "failures", "methods": "bicubic", "dates": "2005-01-01", "regions": "jet", "seed": "2"},
}
SMALLEST, FROM_FAR = 12, 16  # px, the latter in a presentation
GOALS = {"explorer": "Run", "motion": "Run", "failures": "Bookmark"}  # there all has been run
TABS = 50  # from the address to the goal, at most

# Every text that is seen, with its size on the screen: that of the font, as far as transformations leave it.
SMALL = """(smallest) => {
  const found = []
  const walk = (root) => {
    for (const node of root.childNodes) {
      if (node.shadowRoot) walk(node.shadowRoot)
      if (node.nodeType === Node.ELEMENT_NODE && !/^(STYLE|SCRIPT|LEGEND)$/.test(node.tagName)) walk(node)
      if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue
      const el = node.parentElement ?? node.getRootNode().host
      if (!el.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue
      const real = el.offsetHeight ? el.getBoundingClientRect().height / el.offsetHeight : 1
      if (!real) continue  // shrunk to nothing
      const scale = Math.abs(real - 1) < 0.04 ? 1 : real  // heights are whole pixels
      const size = parseFloat(getComputedStyle(el).fontSize) * scale
      if (size < smallest - 0.05) found.push(`${node.data.trim().slice(0, 40)}: ${size.toFixed(1)}`)
    }
  }
  walk(document.body)
  return found
}"""

# Every text that figures have drawn, with its size.
PAINTED = """
window.painted = {}
const paint = CanvasRenderingContext2D.prototype.fillText
CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
  painted[text] = parseFloat(this.font.match(/([.\\d]+)px/)[1])
  return paint.call(this, text, ...place)
}
"""
SMALL_IN_FIGURES = """(smallest) => Object.entries(painted)
  .filter(([text, size]) => size < smallest && !/^[−-]?\\d+$/.test(text))  // exponents are raised and smaller
  .map(([text, size]) => `${text}: ${size.toFixed(1)}`)"""

PAINT_AGAIN = """() => {
  painted = {}
  for (const f of Bokeh.documents[0]._all_models.values()) {
    const view = f.type === "Figure" && Bokeh.index.find_one(f)
    if (view) { view._invalidate_all = true; view.paint() }
  }
}"""

UNNAMED = """() => [...Bokeh.documents[0]._all_models.values()]
  .filter((f) => f.type === "Figure" && Bokeh.index.find_one(f))
  .filter((f) => Bokeh.index.find_one(f).el.role !== "img" || !Bokeh.index.find_one(f).el.ariaLabel.trim())
  .map((f) => f.name)"""

START = """() => {  // where the address leads to
  const place = Object.assign(document.createElement("a"), {tabIndex: -1})
  document.body.prepend(place)
  place.focus()
  place.remove()
}"""
FOCUSED = """() => {
  let el = document.activeElement
  while (el.shadowRoot?.activeElement) el = el.shadowRoot.activeElement
  const box = el.getBoundingClientRect(), style = getComputedStyle(el)
  const frame = el.closest(".MuiInputBase-root")  // a field shows it by its frame
  return {name: el.getAttribute("aria-label") ?? el.textContent.trim(), seen: box.width > 0 && box.height > 0,
    shown: Boolean(frame) || el.type === "checkbox" || style.outlineStyle !== "none"}
}"""


@pytest.fixture(scope="module", params=PAGES)
def opened(request, browser, profile, server):
    """Each page in turn, with its picture."""
    with visits(browser, profile, server) as maker:
        here = maker()
        here.goal = GOALS[request.param]
        here.page.add_init_script(PAINTED)
        here.page.goto(here.link(**PAGES[request.param]))
        here.page.get_by_role("button", name="Run").last.wait_for()
        here.page.wait_for_timeout(1500)
        here.until(here.idle, "an idle server")
        if request.param == "failures":
            here.page.get_by_role("main").get_by_role("button", name="Run").click()
            here.page.get_by_text("Values.").wait_for()
            here.until(here.idle, "an idle server")
        here.page.wait_for_timeout(1000)  # what fades in is there
        yield here


def serious(here) -> dict[str, list[str]]:
    """Rule -> the elements that break it."""
    found = Axe().run(here.page).response["violations"]
    serious = (one for one in found if one["impact"] in ("serious", "critical"))
    return {one["id"]: [node["html"][:200] for node in one["nodes"]] for one in serious}


def test_what_a_page_is_for_is_reached_by_the_tab_key_alone(opened):
    opened.page.evaluate(START)
    seen = []
    while len(seen) < TABS and (not seen or seen[-1]["name"] != opened.goal):
        opened.page.keyboard.press("Tab")
        seen.append(opened.page.evaluate(FOCUSED))
    assert seen[-1]["name"] == opened.goal, [one["name"] for one in seen]
    assert all(one["seen"] and one["shown"] for one in seen), seen


def test_a_list_of_choices_is_opened_and_left_by_keys(opened):
    place = opened.page.get_by_role("combobox", name="Source").first
    before = place.inner_text()
    place.focus()
    opened.page.keyboard.press("Enter")
    opened.page.get_by_role("listbox").wait_for()
    assert opened.page.get_by_role("option", selected=True).all_inner_texts() == [before]
    assert not serious(opened)
    opened.page.keyboard.press("Escape")
    opened.page.locator(".MuiMenu-root").wait_for(state="detached")
    assert place.inner_text() == before


def test_every_figure_says_what_it_shows_and_every_page_what_it_is(opened):
    assert opened.page.evaluate(UNNAMED) == []
    assert opened.page.locator("h1").count() == 1
    for name in ("input", "image", "why"):
        if opened.page.evaluate("name => Boolean(eyes.figure(name))", name):
            title = opened.page.get_by_text(opened.page.evaluate(f"eyes.view('{name}').el.ariaLabel"), exact=True)
            assert any(one.is_visible() for one in title.all()), "its title is another one"


def test_no_text_is_too_small(opened):
    small = opened.page.evaluate(SMALL, SMALLEST) + opened.page.evaluate(SMALL_IN_FIGURES, SMALLEST)
    assert not small, ", ".join(small)


def test_a_presentation_is_read_from_the_last_row(opened):
    opened.page.evaluate("document.activeElement?.blur()")
    opened.page.keyboard.press("f")
    opened.until(lambda: asked(opened).get("present") == "yes", "a presentation")
    opened.page.wait_for_timeout(1500)
    opened.page.evaluate(PAINT_AGAIN)
    opened.page.wait_for_timeout(500)
    try:
        small = opened.page.evaluate(SMALL, FROM_FAR) + opened.page.evaluate(SMALL_IN_FIGURES, FROM_FAR)
        assert not small, ", ".join(small)
    finally:
        opened.page.keyboard.press("f")
        opened.until(lambda: "present" not in asked(opened), "the usual page")
        opened.settle()


def test_nothing_serious_is_in_the_way_of_a_screen_reader_light_or_dark(opened):
    assert not serious(opened)
    opened.page.get_by_role("button", name="theme").click()
    opened.page.wait_for_timeout(1500)
    opened.page.mouse.move(700, 450)
    opened.page.wait_for_timeout(500)
    assert not serious(opened)
