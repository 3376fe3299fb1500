"""Every fault of Panel's and Bokeh's scripts that the page mends: with its mend it is gone, without it it is there.

Where a test of the second kind fails, the library has mended its fault, and ours can go.
"""

import re
from base64 import b64decode, b64encode

import pytest
from test_colours import CELL, colour

pytestmark = [pytest.mark.browser, pytest.mark.long]
SCRIPT = re.compile(r"data:text/javascript;base64,([A-Za-z0-9+/=]+)")
COUNT_STYLES = "{ const look = getComputedStyle; looks = 0; getComputedStyle = (...a) => (looks++, look(...a)) }"
COUNT_COPIES = """{ const make = URL.createObjectURL; copies = 0
  URL.createObjectURL = (what) => { copies += what.size > 1e6; return make(what) } }"""

# How often a page is laid out that is asked to ten times within one picture of the screen, and some more by itself.
LAY_OUT = """async () => {
  const views = [...Bokeh.index].flatMap(root => [...root.owner ?? []])
  const one = views.find(view => view.compute_layout && view.is_managed === false)
  let times = 0
  const work = one._compute_layout
  one._compute_layout = function () { times++; work.call(this) }
  for (let i = 0; i < 10; i++) one.compute_layout()
  await new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))
  one._compute_layout = work
  return times
}"""

# What becomes of a figure whose labels have changed their width, in order.
ANEW = """async () => {
  const view = eyes.view("estimate"), order = [], {_after_layout, _actual_paint} = view
  view._after_layout = function () { order.push("laid out"); _after_layout.call(this) }
  view._actual_paint = function () { _actual_paint.call(this); order.push("drawn") }
  view._needs_layout = true
  view.repaint()
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))
  delete view._after_layout
  delete view._actual_paint
  return order
}"""

# The label changes once more at the moment at which its first change is drawn.
TWICE = """async () => {
  const of = [...[...Bokeh.index][0].model.document._all_models.values()].find((model) => model.data?.label === "Run")
  const text = document.createTreeWalker(Bokeh.index.find_one(of).container, NodeFilter.SHOW_TEXT).nextNode()
  const drawn = {set(value) { this.data = value; if (value === "First") of.data.label = "Second" }, configurable: true}
  Object.defineProperty(text, "nodeValue", drawn)
  const seen = []
  of.data.properties.label.change.connect(() => seen.push(of.data.label))
  of.data.label = "First"
  for (let i = 0; i < 30 && seen.length < 2; i++) await new Promise((done) => setTimeout(done, 100))
  delete text.nodeValue
  const before = [...seen]
  of.data.label = "Run"
  return before
}"""

# The label changes while the button is drawn anew, which listens when it is drawn.
BETWEEN = """async () => {
  const of = [...[...Bokeh.index][0].model.document._all_models.values()].find((model) => model.data?.label === "Run")
  const view = Bokeh.index.find_one(of), make = document.createTextNode
  document.createTextNode = function (text) {
    if (text === "Run") of.data.label = "Now"
    return make.call(this, text)
  }
  view.render()
  await new Promise((done) => setTimeout(done, 500))
  delete document.createTextNode
  const seen = view.shadow_el.querySelector("button").textContent
  of.data.label = "Run"
  return seen
}"""


def left_out(html: str, mend: str) -> str:
    """A page's HTML without one of the mends, which has to be in one of its scripts."""
    done = 0

    def cut(script: re.Match) -> str:
        nonlocal done
        text, times = re.subn(rf"^  {mend}\(.*\n", "", b64decode(script[1]).decode(), flags=re.MULTILINE)
        done += times
        return "data:text/javascript;base64," + b64encode(text.encode()).decode()

    changed = SCRIPT.sub(cut, html)
    assert done == 1, f"{mend} is not in the page"
    return changed


@pytest.fixture
def opened(visit):
    """`opened(None)` is the page as it is, `opened(mend)` without that mend."""

    def open_page(mend: str | None, **query: str):
        here = visit()
        here.page.add_init_script(COUNT_STYLES + COUNT_COPIES)
        here.sent = []
        here.page.on("websocket", lambda socket: socket.on("framesent", lambda data: here.sent.append(str(data))))
        if mend:
            here.page.route(re.compile(r"/explorer\?"), lambda route: _without(route, mend))
        return here.open(**({"source": "ocean_run"} | query))

    return open_page


def _without(route, mend: str) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=left_out(answer.text(), mend))


def two_changes_at_once(here) -> list[str]:
    return here.page.evaluate(TWICE)


def changed_between(here) -> str:
    return here.page.evaluate(BETWEEN)


def times_laid_out(here) -> int:
    return here.page.evaluate(LAY_OUT)


def width_behind_a_tab(here) -> float:
    here.page.get_by_role("tab", name="Histogram", exact=True).click()
    here.until(lambda: here.page.evaluate("eyes.figure('histogram') !== undefined"), "the histogram")
    here.page.wait_for_timeout(1000)
    return here.page.evaluate("eyes.view('histogram').layout.bbox.width")


def looks_at_styles(here) -> int:
    return here.page.evaluate("looks")


def copies_of_a_library(here) -> int:
    return here.page.evaluate("copies")


def told_of_toolbars(here) -> int:
    return sum('"attr":"stylesheets"' in frame for frame in here.sent)


def colours_off(here) -> float:
    """How far what is drawn is from the colour that its value has, once that goes by decades."""
    here.follow("source=ocean_run&stage=1&shown=truth&quantity=gradient&scale=log")
    cell = here.page.evaluate(CELL, "first")
    return max(abs(a - b) for a, b in zip(here.colour("first", cell["x"], cell["y"]), colour(cell), strict=True))


FAULTS = {
    "hearApart": (two_changes_at_once, lambda seen: seen == ["First", "Second"]),
    "missNothing": (changed_between, lambda seen: seen == "Now"),
    "layOutOnce": (times_laid_out, lambda times: times <= 5),
    "reachAll": (width_behind_a_tab, lambda width: width > 200),
    "shareColours": (colours_off, lambda off: off <= 6),
    "takeNoCss": (looks_at_styles, lambda looks: looks < 2000),
    "importNatively": (copies_of_a_library, lambda copies: copies == 0),
    "keepToYourself": (told_of_toolbars, lambda frames: frames == 0),
}


@pytest.mark.parametrize("mend", FAULTS)
def test_a_fault_is_gone_with_its_mend_and_there_without_it(opened, mend):
    look, is_well = FAULTS[mend]
    mended, faulty = look(opened(None)), look(opened(mend))
    print(mend, mended, faulty)
    assert is_well(mended), mended
    assert not is_well(faulty), faulty


def test_a_figure_is_drawn_as_it_is_laid_out(opened):
    """Labels would lie over the map, and colours beside their bar, until something else draws it."""
    order = opened(None, stage="6").page.evaluate(ANEW)
    assert "laid out" in order
    assert "drawn" in order[order.index("laid out") :], order


def test_every_mend_of_the_script_is_tested():
    from explorer.server.panel_fixes import SCRIPT as script

    assert set(re.findall(r"^  (\w+)\(", script.read_text().split("}, {once")[0], re.MULTILINE)) == set(FAULTS)
