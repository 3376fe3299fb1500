"""Make pictures of the page (needs Chromium).

`python tests/browser/screenshot.py assets/screenshot.png` makes the README's, `... assets/stories` one of every story
(or of those named after it).
"""

import io
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from visiting import EYES

from explorer.base.stories import STORIES

ROOT = Path(__file__).resolve().parents[2]
QUERY = "time=2005-01-21"
SIDE, SHADES = 168, 96  # pixels and colours of a story's picture
MAPS = ("first", "flow")  # of which a story's picture is taken
DONE = 240_000  # ms that a story's run may take


@contextmanager
def pages(width: int, height: int, density: float) -> Iterator[tuple[Page, str]]:
    """A window of a browser and the address of a page for it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "panel", "serve", str(ROOT / "explorer"), "--port", str(port)]
    server = subprocess.Popen([*command, "--allow-websocket-origin", f"localhost:{port}"])
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=density)
            page.add_init_script(EYES)
            address = f"http://localhost:{port}/explorer"
            for _ in range(120):
                try:
                    page.goto(address)
                    break
                except Exception:
                    page.wait_for_timeout(500)
            yield page, address
            browser.close()
    finally:
        server.terminate()


def shown(page: Page, address: str, query: str) -> None:
    """Open an address and wait until its run has ended."""
    page.goto(f"{address}?{query}")
    page.locator("text=/network calls:|evaluations/ >> visible=true").first.wait_for(timeout=DONE)
    if "run=true" in query:
        page.wait_for_function("location.search.includes('run=true')", timeout=DONE)
    page.wait_for_timeout(4000)


def whole(path: Path, *_: str) -> None:
    """The README's picture."""
    with pages(1440, 900, 1.25) as (page, address):
        shown(page, address, QUERY)
        page.screenshot(path=path)


def stories(folder: Path, *only: str) -> None:
    """The map of every story, or of those that are named."""
    folder.mkdir(exist_ok=True)
    with pages(1000, 760, 1.0) as (page, address):
        for story in [story for story in STORIES if not only or story.name in only]:
            shown(page, address, story.query)
            name = next(name for name in MAPS if page.evaluate("name => eyes.figure(name) !== undefined", name))
            left, top, right, bottom = page.evaluate("name => eyes.frame(name)", name)
            clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
            picture = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
            side = min(picture.size)
            left, top = ((size - side) // 2 for size in picture.size)
            small = picture.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            small.quantize(SHADES).save(folder / f"{story.name}.png", optimize=True)
            print(story.name, (folder / f"{story.name}.png").stat().st_size, "bytes", flush=True)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    (whole if target.suffix else stories)(target, *sys.argv[2:])
