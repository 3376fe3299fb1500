"""What the server sends reaches the browser: a message that has to wait for another is sent after it."""

import asyncio
import gc
from types import SimpleNamespace

import pytest
from bokeh.document import Document
from panel.io import document as sending
from tornado.websocket import WebSocketClosedError
from visitors import finished

from explorer.server import panel_fixes


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
