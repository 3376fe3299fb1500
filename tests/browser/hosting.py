"""A real server and a real browser. Skipped where either cannot be had, unless FINESCALE_REQUIRE_BROWSER=1."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from serving import Server, free_port, running

TOYS = Path(__file__).with_name("toys.py")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-features=LocalNetworkAccessChecks",
)  # fmt: skip
SCREEN = (1440, 900)


def give_up(why: str) -> None:
    if os.environ.get("FINESCALE_REQUIRE_BROWSER") == "1":
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def serving(
    folder: Path, *options: str, first: str = "/explorer", port: int | None = None, **environment: str
) -> Iterator[Server]:
    """`panel serve explorer` with the toys registered."""
    port = port or free_port()
    command = [sys.executable, str(TOYS), "--address", "127.0.0.1", "--port", str(port), *options]
    command += ["--allow-websocket-origin", f"127.0.0.1:{port}", "--plugins", "quiet"]
    direct = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    with running(command, folder, folder / "server.log", port, first, **(direct | environment)) as server:
        yield server


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("served")) as opened:
        yield opened


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        give_up("playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        give_up("there is no Chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(autouse=True)
def clean_log(request) -> Iterator[None]:
    """After every test with a server: no trace in its log."""
    yield
    if "server" in request.fixturenames:
        request.getfixturevalue("server").check()


@pytest.fixture(scope="session")
def profile(browser):
    """Cookies and caches of somebody who has been here before."""
    with browser.new_context(accept_downloads=True) as context:
        yield context


@contextmanager
def visits(browser, profile, server) -> Iterator[Callable]:
    """A maker of visits, each a window of its own; `fresh` ones without cookies and caches. Checked, then closed."""
    from visiting import Visit

    made, contexts = [], []

    def visit(size: tuple[int, int] = SCREEN, fresh: bool = False, newcomer: bool = False) -> Visit:
        if fresh or newcomer:
            contexts.append(browser.new_context())
        page = (contexts[-1] if fresh or newcomer else profile).new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        made.append(Visit(page, server.address(), newcomer))
        return made[-1]

    try:
        yield visit
        for one in made:
            one.check()
    finally:
        for one in made:
            one.page.close()
        for context in contexts:
            context.close()


@pytest.fixture
def visit(browser, profile, server) -> Iterator[Callable]:
    """`visit()` opens another window; whatever went wrong in any of them fails the test."""
    with visits(browser, profile, server) as maker:
        yield maker


@pytest.fixture(scope="session")
def window(browser, profile, server):
    """One window for all tests that do not need one of their own, on the ocean run."""
    from visiting import OCEAN

    with visits(browser, profile, server) as maker:
        yield maker().open(**OCEAN)


@pytest.fixture
def home(window):
    """That window, brought back to the ocean run's first date, whole and unmarked; checked after the test."""
    from visiting import OCEAN

    window.page.set_viewport_size({"width": SCREEN[0], "height": SCREEN[1]})
    window.close_menu()
    window.go()
    if window.message() or f"time={OCEAN['time']}" not in window.page.url:
        window.open(**OCEAN)
    yield window
    window.check()
