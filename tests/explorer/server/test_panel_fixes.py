"""What is mended of Panel and Bokeh on the server: the fault is gone, and where they change it is said."""

import asyncio
import gc
import re
import weakref
from importlib.metadata import requires, version
from types import SimpleNamespace

import pytest
from bokeh.document import Document
from bokeh.models import Slider
from packaging.requirements import Requirement
from panel.io import document as sending
from panel.io.resources import LOCAL_DIST
from panel.io.state import _state, set_curdoc, state
from tornado.websocket import WebSocketClosedError
from visitors import finished

from explorer.server import bokeh_defaults, panel_fixes
from explorer.server.panel_fixes import REPLACED, USED, Unmendable, let_go

WORK_OUT = bokeh_defaults._work_out


@pytest.fixture
def browser(monkeypatch):
    """A page's document, its connection, and what came through; writing a message ends when `written` is resolved."""

    class Socket:
        pass

    came, written = [], []

    def write(connection, msg):
        came.append(msg)
        written.append(asyncio.get_running_loop().create_future())
        return [written[-1]]

    monkeypatch.setitem(sending.extra_socket_handlers, Socket, write)
    protocol = SimpleNamespace(create=lambda kind, events: events)
    connection = type("Connection", (), {"_socket": Socket(), "protocol": protocol})()
    return SimpleNamespace(document=Document(), connection=connection, came=came, written=written)


async def send_two(browser) -> list[str]:
    """Send a second message at the moment at which the first one has been written."""

    def send(what: str) -> None:
        sending.schedule_write_events(browser.document, [browser.connection], what)

    send("first")
    while not browser.written:
        await asyncio.sleep(0)
    browser.written[0].set_result(None)
    send("second")
    for _ in range(20):
        await asyncio.sleep(0)
        for future in browser.written:
            if not future.done():
                future.set_result(None)
    return browser.came


def test_a_message_that_waits_for_another_is_sent(browser):
    panel_fixes.mend()
    assert finished(send_two(browser)) == ["first", "second"]


def test_without_the_mend_it_is_not(browser, monkeypatch):
    """Where this fails, Panel has mended it and ours can go."""
    monkeypatch.setattr(sending, "_dispatch_msgs", panel_fixes._send_what_waits)
    assert finished(send_two(browser)) == ["first"]


@pytest.mark.parametrize(("error", "lines"), [(WebSocketClosedError, 0), (ValueError, 1)])
def test_a_page_closed_while_it_is_written_to_is_no_error(caplog, error, lines):
    async def write():
        raise error

    async def leave():
        task = asyncio.ensure_future(write())
        await asyncio.sleep(0)
        del task
        gc.collect()

    panel_fixes.mend()
    finished(leave())
    assert len(caplog.records) == lines


async def first_of_all() -> bool:
    """Whether a page is kept by what Panel begins when the first one is busy, and goes on with for ever."""
    page = Document()
    with set_curdoc(page):
        state._schedule_busy_cleanup()
    known = weakref.ref(page)
    del page
    await asyncio.sleep(0)
    gc.collect()
    kept = known() is not None
    _state._busy_cleanup_scheduled.stop()
    return kept


@pytest.mark.parametrize("mended", [True, False])
def test_what_goes_on_as_long_as_the_process_keeps_no_page(monkeypatch, mended):
    """Where it keeps none without the mend either, Panel has mended it and ours can go."""
    panel_fixes.mend()
    if not mended:
        monkeypatch.setattr(_state, "_schedule_busy_cleanup", panel_fixes._tidy_up_now_and_then)
    monkeypatch.setattr(_state, "_busy_cleanup_scheduled", False)
    assert finished(first_of_all()) is not mended


@pytest.mark.parametrize(("package", "pattern"), [(name, text) for name in REPLACED for text in REPLACED[name]])
def test_a_script_that_has_changed_is_one_clear_error(monkeypatch, package, pattern):
    written = panel_fixes._written

    def changed(name: str) -> str:
        return re.sub(pattern, "something else", written(name)) if name == package else written(name)

    monkeypatch.setattr(panel_fixes, "_written", changed)
    with pytest.raises(Unmendable) as error:
        panel_fixes.mend()
    assert pattern in str(error.value)
    assert all(f"{name} {version(name)}" in str(error.value) for name in panel_fixes.TESTED)
    assert f"pip install panel=={panel_fixes.TESTED['panel']}" in str(error.value)


@pytest.mark.parametrize("name", USED)
def test_a_part_of_panel_that_has_gone_is_one_clear_error(monkeypatch, name):
    monkeypatch.delattr(sending, name)
    with pytest.raises(Unmendable, match=f"panel.io.document.{name}"):
        panel_fixes.check()


def test_the_versions_that_were_tested_are_those_that_may_be_installed():
    """Each is within the bounds that pyproject.toml sets, which end with the next one that may differ."""
    asked = {one.name: one.specifier for one in map(Requirement, requires("finescale"))}
    for name, tested in panel_fixes.TESTED.items():
        assert tested in asked[name]
        major, minor, *_ = map(int, tested.split("."))
        assert f"{major}.{minor + 1}" not in asked[name], f"{name} has no upper bound"


def test_a_page_made_with_its_websocket_takes_style_sheets_from_its_own_server():
    """Panel says where they are when it writes a page's HTML, which of such a page is another's."""
    document = Document()
    document._session_context = lambda: SimpleNamespace(server_context=None)
    assert "dist_url" not in document.template_variables
    panel_fixes.stay_here(document)
    assert document.template_variables["dist_url"] == LOCAL_DIST


def test_a_default_is_worked_out_once(monkeypatch):
    bokeh_defaults.remember()
    asked = []
    monkeypatch.setattr(bokeh_defaults, "_work_out", lambda one, of: asked.append(one.name) or WORK_OUT(one, of))
    monkeypatch.setattr(bokeh_defaults, "_known", {})
    for _ in range(3):
        assert Slider().step == 1
    assert asked.count("step") == 1


@pytest.mark.parametrize("mended", [True, False])
def test_a_document_that_outlives_its_page_holds_nothing_of_it(mended):
    """As one does whose page is closed while something is still to be called in it."""

    class Page:
        def call(self, *_) -> None:
            """What a page does."""

    document, page = Document(), Page()
    document.add_next_tick_callback(page.call)
    document.on_session_destroyed(page.call)
    document.callbacks.destroy()
    if mended:
        let_go(document)
    left = weakref.ref(page)
    del page
    gc.collect()
    assert (left() is None) == mended
