"""Servers and browser windows for what is measured from outside: openings, bytes, and a page of before beside it."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hosting import SCREEN
from serving import free_port, running
from visiting import EYES, MAPS

HERE = Path(__file__).parent
BEFORE = os.environ.get("FINESCALE_BEFORE")  # a checkout of another commit
FINESCALE = [sys.executable, "-m", "explorer.cli", "serve"]
PANEL = [sys.executable, "-m", "panel", "serve"]

PAIR = ("first", "second")  # what the page opens on: ours and the truth, a line between them
SIX = "?source=ocean_run&method=bicubic&stage=6&quantity=field"  # as it opened before it had a stage

# Whether all six maps have their picture: it is there, and the canvas has more than a few colours.
DRAWN = """names => { try {
  const figures = [...Bokeh.documents[0]._all_models.values()].filter(m => m.type == 'Figure')
  return names.every(name => {
    const figure = figures.find(f => f.name == name), view = Bokeh.index.find_one(figure), image = figure.renderers[0]
    const data = image.data_source.data, values = data.image ?? data.get('image')
    if (!image.visible || !(values?.[0]?.length > 4)) return false
    const pen = new OffscreenCanvas(24, 24).getContext('2d')
    pen.drawImage(view.canvas_view.primary.canvas, 0, 0, 24, 24)
    const pixels = new Uint32Array(pen.getImageData(0, 0, 24, 24).data.buffer)
    return new Set(pixels).size > 8
  })
} catch { return false } }"""


@contextmanager
def server(command: list[str], page: str, log: Path, port: int = 0, folder: Path = HERE, **environment: str):
    """A server of a page, from the moment on at which it answers."""
    port = port or free_port()
    with running([*command, "--port", str(port)], folder, log, port, f"/{page}", **environment) as opened:
        yield opened


def bare(log: Path):
    """A bare Panel page."""
    return server([*PANEL, "bare"], "bare", log)


def finescale(log: Path, *options: str, port: int = 0):
    """`finescale serve`."""
    return server([*FINESCALE, *options], "explorer", log, port)


def panel(log: Path):
    """`panel serve explorer`."""
    root = HERE.parents[1]
    return server([*PANEL, "explorer"], "explorer", log, folder=root)


def before(log: Path, *options: str):
    """`finescale serve` of another commit, whose checkout FINESCALE_BEFORE names."""
    if BEFORE is None:
        pytest.skip("FINESCALE_BEFORE names no checkout of another commit")
    return server([*FINESCALE, *options], "explorer", log, folder=Path(BEFORE), PYTHONPATH=BEFORE)


@contextmanager
def window(profile) -> Iterator:
    """A browser window of somebody who knows the page."""
    page = profile.new_page()
    page.set_viewport_size({"width": SCREEN[0], "height": SCREEN[1]})
    page.add_init_script(EYES)
    page.add_init_script("try { localStorage.setItem('finescale.stories', 'yes') } catch { }")
    try:
        yield page
    finally:
        page.close()


def opened(profile, address: str, names: Sequence[str] = MAPS) -> tuple[float, float]:
    """Seconds until these maps, all six by default, are drawn, and until there was something to read."""
    with window(profile) as page:
        start = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.wait_for_function(DRAWN, arg=list(names), polling=20, timeout=90_000)
        drawn = time.perf_counter() - start
        first = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
    return drawn, first / 1000
