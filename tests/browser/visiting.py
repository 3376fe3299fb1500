"""One person at the page: what they see, what they do, and everything that went wrong meanwhile."""

import json
import os
import re
import time
import urllib.request
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import numpy as np
from playwright.sync_api import Page

MAPS = ("input", "estimate", "truth", "error", "lower_a", "lower_b")
PATIENCE = 30_000  # ms that anything may take on a busy machine
OCEAN = {
    "source": "ocean_run", "field": "ssh", "region": "box", "time": "2005-01-01", "factor": "27", "noise": "0",
    "degradation": "block_mean", "method": "bicubic", "seed": "0", "lower_a": "guide:sst",
    "lower_b": "estimate:vorticity", "lock": "false", "stage": "6", "quantity": "field",
}  # fmt: skip
SIX = {"stage": "6", "quantity": "field"}
PLAIN = {"noise": "0", "degradation": "block_mean", "method": "bicubic", "seed": "0", "lock": "false", **SIX}
ALLOWED = ("data", "blob", "about")
LOOPBACK = ("127.0.0.1", "localhost", "::1")

# Bokeh keeps its canvases in nested shadow roots; its own index of views leads to them without a walk.
EYES = r"""
window.eyes = {
  figure(name) {
    return [...Bokeh.documents[0]._all_models.values()].find(m => m.type == 'Figure' && m.name == name)
  },
  view(name) { return Bokeh.index.find_one(this.figure(name)) },
  source(name, index) { return this.figure(name).renderers.at(index).data_source },
  scaled(name, size) {
    const pen = new OffscreenCanvas(size, size).getContext('2d', {willReadFrequently: true})
    pen.imageSmoothingQuality = 'high'  // else thin marks fall between the samples
    const canvas = this.view(name).canvas_view.primary.canvas
    if (canvas.width && canvas.height) pen.drawImage(canvas, 0, 0, size, size)  // a hidden figure has neither
    return pen.getImageData(0, 0, size, size).data
  },
  signature(names) {
    const there = names.filter(name => this.figure(name))
    return Object.fromEntries(there.map(name => [name, [...this.scaled(name, 24)]]))
  },
  differ(one, other) { return one.some((value, i) => Math.abs(value - other[i]) > 4) },
  bounds(r) { return [r.left, r.top, r.right, r.bottom] },
  rect(el) { return this.bounds(el.getBoundingClientRect()) },
  screen(name, x, y) {
    const view = this.view(name), r = view.canvas_view.el.getBoundingClientRect()
    return [r.left + view.frame.x_scale.compute(x), r.top + view.frame.y_scale.compute(y)]
  },
  frame(name) {
    const view = this.view(name), r = view.canvas_view.el.getBoundingClientRect(), b = view.frame.bbox
    return [r.left + b.left, r.top + b.top, r.left + b.right, r.top + b.bottom]
  },
  ranges(name) { const f = this.figure(name); return [f.x_range.start, f.x_range.end, f.y_range.start, f.y_range.end] },
  colour(name, x, y) {
    const view = this.view(name), pen = new OffscreenCanvas(1, 1).getContext('2d'), ratio = devicePixelRatio
    const at = [view.frame.x_scale.compute(x) * ratio, view.frame.y_scale.compute(y) * ratio]
    pen.drawImage(view.canvas_view.primary.canvas, ...at, 1, 1, 0, 0, 1, 1)
    return pen.getImageData(0, 0, 1, 1).data
  },
  above(el) { return el.assignedSlot || el.parentElement || el.getRootNode().host },
  opacity(name) {
    let all = 1
    for (let el = this.view(name).el; el; el = this.above(el)) all *= Number(getComputedStyle(el).opacity)
    return all
  },
  // WCAG contrast of a text against what lies behind it
  contrast(el) {
    const pen = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true}), layers = []
    const text = getComputedStyle(el).color
    for (let up = el; up; up = this.above(up)) layers.unshift(getComputedStyle(up).backgroundColor)
    const luminance = () => {
      const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const paint = colour => { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1) }
    ;['white', ...layers].forEach(paint)
    const behind = luminance()
    paint(text)
    const before = luminance()
    return (Math.max(before, behind) + 0.05) / (Math.min(before, behind) + 0.05)
  },
  text(el) {
    if (/^(STYLE|SCRIPT|NOSCRIPT|TEMPLATE)$/.test(el.tagName)) return ''
    let out = ''
    for (const node of [...(el.shadowRoot ? el.shadowRoot.childNodes : []), ...el.childNodes])
      out += node.nodeType == 3 ? node.data : node.nodeType == 1 ? this.text(node) : ''
    return getComputedStyle(el).display == 'none' ? '' : /^(TR|P|DIV|PRE)$/.test(el.tagName) ? out + '\n' : out
  },
  // ms from another address, as Back would bring it, until every named map differs from what it showed
  async followed(query, names, patience) {
    const all = new URLSearchParams(location.search)
    new URLSearchParams(query).forEach((value, name) => all.set(name, value))
    const button = {click() { history.pushState(null, '', '?' + all); dispatchEvent(new PopStateEvent('popstate')) }}
    return this.clicked(button, names, patience)
  },
  // ms from a click on the button until every named map differs from what it showed
  async clicked(button, names, patience) {
    const before = this.signature(names), start = performance.now()
    button.click()
    while (performance.now() - start < patience) {
      await new Promise(done => setTimeout(done, 8))
      const now = this.signature(names)
      if (names.every(name => this.differ(now[name], before[name]))) return performance.now() - start
    }
    return NaN
  },
}
"""


def slack() -> float:
    """How many times slower than the idle machine of the benchmarks this one may be: another kind, and busy with tests.

    What is kept to by the millisecond is in tests/benchmarks.
    """
    return 3 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Look:
    """A canvas at 24 x 24 pixels. Equal means: not to be told apart but by the smoothing of letters and edges."""

    def __init__(self, values: list[int]):
        self.values = np.array(values)

    def __eq__(self, other) -> bool:
        return bool(np.abs(self.values - other.values).max() <= 4)

    __hash__ = None

    def __repr__(self) -> str:
        return f"<{int(self.values.sum())}>"


class Visit:
    """A page in a browser window of its own, with everything it asked for and complained about."""

    def __init__(self, page: Page, address: str, newcomer: bool = False):
        """newcomer: has never been here, so that the stories open by themselves."""
        self.page, self.address = page, address
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.received = self.messages = 0  # bytes and frames over the websocket
        page.add_init_script(EYES)
        if not newcomer:
            page.add_init_script("try { localStorage.setItem('finescale.stories', 'yes') } catch { }")
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("console", self._console)
        page.on("dialog", self._dialog)

    def _listen(self, socket) -> None:
        self.requests.append(socket.url)
        socket.on("framereceived", self._count)

    def _count(self, payload) -> None:
        self.messages += 1
        self.received += len(payload)

    def _console(self, message) -> None:
        if message.type == "error" and "GL Driver Message" not in message.text:
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _dialog(self, dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def check(self) -> None:
        """Nothing left this machine and nothing complained so far."""
        outside = [url for url in self.requests if not _inside(url)]
        assert not outside, f"the page asked for {outside}"
        complaints, self.complaints = self.complaints, []
        assert not complaints, complaints

    # ---- coming ------------------------------------------------------------------------------------------------------

    def open(self, address: str = "", **query: str) -> "Visit":
        """Load the page anew, by its whole address or with these settings, and wait for the picture."""
        self.page.goto(address or self.link(**query))
        self.page.wait_for_function("window.Bokeh?.documents[0]?.is_idle && Bokeh.index.roots.length > 0")
        self.page.get_by_text("network calls").first.wait_for()
        self.settle()
        return self

    def link(self, **query: str) -> str:
        """Of the page with these settings, the explorer's with six maps of the field; without any as it is."""
        asked = query if "page" in query or not query else SIX | query
        return f"{self.address}?{urlencode(asked)}" if query else self.address

    def go(self, **query: str) -> "Visit":
        """Take another state as Back would: the address changes, the page stays; left out is what the ocean run has."""
        other = query.get("source", "ocean_run") != "ocean_run"
        self.follow(urlencode({**(PLAIN if other else OCEAN), **query}))
        return self

    def follow(self, query: str) -> None:
        code = "q => { history.pushState(null, '', '?' + q); dispatchEvent(new PopStateEvent('popstate')) }"
        before = self.server()["followed"]
        self.page.evaluate(code, query)
        self.until(lambda: self.server()["followed"] > before, "the server to follow")
        self.settle()

    # ---- seeing ------------------------------------------------------------------------------------------------------

    def signature(self, *names: str) -> dict[str, Look]:
        """Every map's canvas, coarsely."""
        seen = self.page.evaluate("names => eyes.signature(names)", list(names or MAPS))
        return {name: Look(values) for name, values in seen.items()}

    def server(self) -> dict[str, int]:
        """What the server is `busy` with for any page, and the addresses it has `followed` at Back and Forward."""
        with urllib.request.urlopen(urljoin(self.address, "/quiet"), timeout=PATIENCE / 1000) as answer:
            return json.load(answer)

    def idle(self) -> bool:
        """Whether the server has done all that any page has asked for."""
        return self.server()["busy"] == 0

    def settle(self, quiet: float = 0.5) -> dict[str, Look]:
        """Wait until the server is idle and pictures, words and sizes have stood still for a while."""
        end, since, last = time.monotonic() + PATIENCE / 1000, time.monotonic(), None
        while time.monotonic() < end:
            now = (self.signature(), self.words(), self.messages)
            if now != last or not self.idle():
                since, last = time.monotonic(), now
            elif time.monotonic() - since >= quiet:
                return now[0]
            self.page.wait_for_timeout(100)
        raise AssertionError("the page does not come to rest")

    def until(self, condition: Callable[[], object], what: str, patience: float = PATIENCE / 1000) -> object:
        """Wait for a condition; its first true value."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            self.page.wait_for_timeout(50)
        raise AssertionError(f"in vain: {what}; the page says: {self.words()} {self.message()}")

    def changed(self, before: dict[str, Look], *names: str) -> dict[str, Look]:
        """Wait until these maps (all by default) differ from a signature, then until they rest."""
        names = names or MAPS

        def differ() -> bool:
            now = self.signature(*names)
            return all(now[name] != before[name] for name in names)

        self.until(differ, f"a change of {', '.join(names)}")
        return self.settle()

    def words(self) -> str:
        """The status line; empty before the first picture."""
        return self._now(self.page.get_by_text("network calls"))

    def message(self) -> str:
        """The sentence shown because something cannot be done; empty if there is none."""
        return self._now(self.page.get_by_role("alert"))

    @staticmethod
    def _now(place) -> str:
        """The first visible text of a place, in one look: what goes meanwhile is not waited for."""
        texts = place.evaluate_all("all => all.filter(e => e.checkVisibility()).map(e => e.textContent)")
        return texts[0].strip() if texts else ""

    def headline(self) -> str:
        return self.text(self.page.get_by_role("banner"))

    @staticmethod
    def text(place) -> str:
        """What is written somewhere, inside of shadow roots too."""
        return "\n".join(filter(None, map(str.strip, place.evaluate("el => eyes.text(el)").splitlines())))

    def ranges(self, name: str = "estimate") -> list[float]:
        """x0, x1, y0, y1 of a figure."""
        return self.page.evaluate("name => eyes.ranges(name)", name)

    def data(self, name: str, index: int = 0) -> dict[str, list]:
        """The small columns of a figure's source: 0 image, 1 coast, -2 transect, -1 probe on a map."""
        code = """([name, index]) => {
          const data = eyes.source(name, index).data, out = {}
          for (const [key, values] of (data.entries ? data.entries() : Object.entries(data)))
            if (key != 'image') out[key] = [...values].map(v => typeof v == 'object' ? [...v] : v)
          return JSON.stringify(out)
        }"""
        return json.loads(self.page.evaluate(code, [name, index]))

    def limits(self, name: str) -> list[float]:
        """What the colours of a map span."""
        code = "name => { const m = eyes.figure(name).renderers[0].glyph.color_mapper; return [m.low, m.high] }"
        return self.page.evaluate(code, name)

    def box(self, name: str) -> list[float]:
        """Left, top, right, bottom of a whole figure on the screen."""
        return self.page.evaluate("name => eyes.rect(eyes.view(name).el)", name)

    def frame(self, name: str) -> list[float]:
        """Left, top, right, bottom of the part of a figure that holds the data."""
        return self.page.evaluate("name => eyes.frame(name)", name)

    def named_frame(self, name: str) -> tuple[str, list[float]]:
        return name, self.frame(name)

    def pixels(self, name: str, size: int = 200) -> np.ndarray:
        """Colours (size, size, 4) of a figure's canvas."""
        flat = self.page.evaluate("([name, size]) => [...eyes.scaled(name, size)]", [name, size])
        return np.array(flat, dtype=np.uint8).reshape(size, size, 4)

    def query(self) -> str:
        return urlsplit(self.page.url).query

    def cells(self, *names: str) -> dict[str, float]:
        """A number for the values that every map was given, whatever its size on the screen."""
        code = """names => Object.fromEntries(names.map(name => {
          let sum = 0
          const image = eyes.source(name, 0).data.image ?? eyes.source(name, 0).data.get('image')
          image[0].forEach((value, i) => { if (!isNaN(value)) sum += value * (1 + i % 97) })
          return [name, sum]
        }))"""
        return self.page.evaluate(code, list(names or MAPS))

    def colour(self, name: str, x: float, y: float) -> tuple[int, ...]:
        """Red, green, blue of a figure at the position (x, y) in the axes' units."""
        return tuple(self.page.evaluate("([n, x, y]) => [...eyes.colour(n, x, y)]", [name, x, y])[:3])

    # ---- doing -------------------------------------------------------------------------------------------------------

    def choose(self, label: str, option: str) -> None:
        """Pick an option of a select."""
        self.page.get_by_role("combobox", name=label).first.click()
        named = re.compile(rf"^{re.escape(option)}( · .*)?$")  # with what it costs
        self.page.get_by_role("option", name=named).click()

    def type(self, label: str, text: str) -> None:
        """Replace what a field holds, key by key, and confirm it."""
        place = self.page.get_by_role("textbox", name=label).first
        place.click(click_count=3)
        self.page.keyboard.type(text, delay=60)
        place.press("Enter")

    def close_menu(self) -> None:
        """Leave a select that was opened and not used."""
        if self.page.get_by_role("listbox").count():
            self.page.keyboard.press("Escape")
            self.page.get_by_role("listbox").wait_for(state="detached")

    def press(self, label: str) -> None:
        self.page.get_by_role("button", name=label).first.click()

    def tab(self, title: str, *says: str) -> str:
        """Open a tab, and wait until each of these patterns is found in it; the text beside the maps."""
        self.page.get_by_role("tab", name=title, exact=True).click()
        self.page.wait_for_timeout(200)
        place = self.page.get_by_role("main")

        def told() -> str:
            text = self.text(place)
            return text if all(re.search(said, text, re.MULTILINE) for said in says) else ""

        return self.until(told, f"a tab that says {says}")

    def point(self, name: str, x: float, y: float) -> None:
        """Click a map at the position (x, y) in the axes' units."""
        before = self.data(name, -1)
        left, top = self.page.evaluate("([n, x, y]) => eyes.screen(n, x, y)", [name, x, y])
        self.page.wait_for_timeout(350)  # two clicks in quick succession are one double click
        self.page.mouse.click(left, top)
        self.until(lambda: self.data(name, -1) != before, f"a marker on {name}")

    def zoom(self, name: str, notches: int = 3) -> list[float]:
        """Turn the mouse wheel over the middle of a map; the new ranges."""
        before = self.ranges(name)
        left, top, right, bottom = self.frame(name)
        self.page.mouse.move((left + right) / 2 + 7, (top + bottom) / 2 + 5)
        for _ in range(notches):
            self.page.mouse.wheel(0, -120)
        self.until(lambda: self.ranges(name) != before, f"a zoom of {name}")
        self.settle()
        return self.ranges(name)

    def drag(self, name: str, x0: float, x1: float, y0: float, y1: float) -> None:
        """Draw a box on a figure, bounds in the axes' units."""
        code = "([n, x, y]) => eyes.screen(n, x, y)"
        (left, top), (right, bottom) = (self.page.evaluate(code, [name, *end]) for end in ((x0, y1), (x1, y0)))
        self.page.mouse.move(left, top)
        self.page.mouse.down()
        self.page.mouse.move((left + right) / 2, (top + bottom) / 2)
        self.page.mouse.move(right, bottom, steps=3)
        self.page.mouse.up()

    def next_date(self, *names: str) -> float:
        """Step the player once; ms from the click until these maps (all by default) have changed."""
        button = self.page.get_by_role("button", name="Next frame")
        return button.evaluate("(button, names) => eyes.clicked(button, names, 15000)", list(names or MAPS))


def asked(here: Visit) -> dict[str, str]:
    """What the address says."""
    return dict(parse_qsl(here.query()))


def darken(here: Visit) -> None:
    """Take the dark theme, and wait until the address has it."""
    here.page.get_by_role("button", name="theme").click()
    here.until(lambda: asked(here).get("theme") == "dark", "a link to the dark page")


def _inside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ALLOWED or parts.hostname in LOOPBACK


# ---- pixel for pixel ------------------------------------------------------------------------------------------------

# Bokeh paints half a pixel off, so that the outermost pixels, half transparent, depend on how often it painted.
DIGEST = """names => Promise.all(names.map(async name => {
  const canvas = eyes.view(name).canvas_view.primary.canvas
  const inside = canvas.getContext('2d').getImageData(1, 1, canvas.width - 2, canvas.height - 2)
  const hash = await crypto.subtle.digest('SHA-256', inside.data)
  return [name, [...new Uint8Array(hash)].map(byte => byte.toString(16).padStart(2, '0')).join('')]
}))"""


def digests(here: Visit, *names: str) -> dict[str, str]:
    """A hash of every pixel of these canvases."""
    return dict(here.page.evaluate(DIGEST, list(names)))


def resting(here: Visit, *names: str) -> dict[str, str]:
    """The same, once they have stood still for a while."""
    here.page.mouse.move(5, 5)
    seen: list[dict[str, str]] = []

    def rests() -> bool:
        here.page.wait_for_timeout(150)
        seen.append(digests(here, *names) if here.idle() else {})
        return len(seen) > 5 and bool(seen[-1]) and all(one == seen[-1] for one in seen[-5:])

    here.until(rests, "pictures at rest", patience=40)
    return seen[-1]


def comes_to(there: Visit, here: Visit, *names: str) -> None:
    """Wait until these canvases are the same on both pages, and see that they stay it."""
    for one in (there, here):
        one.page.mouse.move(5, 5)

    def differing() -> list[str]:
        mine, theirs = digests(here, *names), digests(there, *names)
        return [name for name in names if mine[name] != theirs[name]]

    try:
        there.until(lambda: not differing(), "the same pictures", patience=60)
    except AssertionError as error:
        places = {name: [one.frame(name) + one.ranges(name) for one in (here, there)] for name in differing()}
        links = [sorted(parse_qsl(one.query().lstrip("?"))) for one in (here, there)]
        raise AssertionError(f"{error}; differing frames and ranges: {places}; links: {links}") from None
    assert resting(there, *names) == resting(here, *names)
