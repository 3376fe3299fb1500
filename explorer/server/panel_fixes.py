"""Faults of Panel's way from the server to the browser, mended: without it a page misses an update now and then,
and one that is made where its websocket lands fetches style sheets from elsewhere.

All of it reaches into parts of Panel that it does not promise to keep. They are looked at when the page is loaded:
where one has changed, the page does not start, and says which version it is made for.
"""

import inspect
import logging
import re
from contextvars import Context
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from bokeh.document import Document
from panel.io import document as sending
from panel.io.resources import LOCAL_DIST
from panel.io.state import _state, state
from panel.reactive import Syncable
from tornado.websocket import WebSocketClosedError

TESTED = {"panel": "1.9.4", "bokeh": "3.9.2", "panel-material-ui": "0.16.6"}
HELD = r"targetModel\.attributes\[resolvedProp\]"
DIST = {"panel": "dist/panel.min.js", "bokeh": "server/static/js/bokeh.min.js"}
REPLACED = {  # by panel_fixes.js: what it takes for granted, whatever the minifier calls variables
    "panel": (
        rf"const \[value, setValue\] = React\.useState\({HELD}\)", rf"setValue\({HELD}\)",
        r"&& initialized\.current", r"react_proxy\.on\(prop, cb, true\)",
        r"=window\.importShim\(\w+\)",
        r"compute_layout\(\)\{this\.is_managed\?super\.compute_layout\(\):", r"this\._layout_computed=",
    ),
    "bokeh": (
        r"_propagate_layout\(\)\{for\(const \w+ of this\.layoutable_views\)null==\w+\.layout&&\w+\._compute_layout\(\)",
        r"_get_css_value\(\w+\)\{return getComputedStyle\(this\.obj\.el\)\.getPropertyValue\(",
        r"get _can_inherit_image_data\(\)\{return this\.inherited_image\}",
        r"[^.]\b_document_changed\(\w+\)\{",
        r"_schedule_reconnect\(\w+\)\{", r"async _repull_session_doc\(\w+,\w+\)\{",
        r"[^.]\b_on_message\(\w+\)\{", r"send\(\w+\)\{null!=this\.socket\?\w+\.send\(this\.socket\)",  # connection.js
        r"[^.]\bdestructively_move\(\w+\)\{",
        r"font_size_scale=1,this\.align=\"left\",this\._base_font_size=13",  # accessible.js
    ),
}  # fmt: skip
USED = ("_dispatch_msgs", "_dispatch_write_task", "_WRITE_MSGS", "_WRITE_BLOCK")  # of panel.io.document
KEPT = ("_sessions", "_session_key_funcs")  # of pn.state, emptied by app_hooks.py
PENDING = ("_session_callbacks", "_session_destroyed_callbacks", "_subscribed_models", "_held_events")  # of a document
SCRIPT = Path(__file__).with_suffix(".js")

_send_what_waits = sending._dispatch_msgs
_tidy_up_now_and_then = getattr(_state, "_schedule_busy_cleanup", None)


class Unmendable(RuntimeError):
    """Panel is another one than what is mended here was written for."""


def check() -> None:
    """Raise Unmendable where something that is mended here is not what it was."""
    gone = [
        f"{pattern} in {name}'s JavaScript"
        for name, patterns in REPLACED.items()
        for pattern in patterns
        if len(re.findall(pattern, _written(name))) != 1
    ]
    gone += [f"panel.io.document.{name}" for name in USED if not hasattr(sending, name)]
    if not inspect.isfunction(_tidy_up_now_and_then):
        gone.append("pn.state._schedule_busy_cleanup")
    gone += [f"pn.state.{name}" for name in KEPT if not isinstance(getattr(state, name, None), dict)]
    gone += [f"Document.callbacks.{name}" for name in PENDING if not hasattr(Document().callbacks, name)]
    methods = ("_event_coroutine", "_change_coroutine")
    gone += [f"Syncable.{name}" for name in methods if not inspect.iscoroutinefunction(getattr(Syncable, name, None))]
    if gone:
        here = ", ".join(f"{name} {version(name)}" for name in TESTED)
        wanted = " ".join(f"{name}=={number}" for name, number in TESTED.items())
        raise Unmendable(
            f"The page mends parts of Panel that are not what they were ({'; '.join(gone)}): here are {here}. "
            f"Do: python -m pip install {wanted}"
        )


@cache
def _written(name: str) -> str:
    """A package's JavaScript."""
    return (files(name) / DIST[name]).read_text(encoding="utf-8")


async def _send_all(document: Document) -> None:
    """Send the messages of a page that wait, and those that have come to wait meanwhile.

    Panel sends what cannot be sent at once by a task per message. The task that ends first takes away the mark without
    which the next one sends nothing, and its message would wait for a later change of the page, if there is one.
    """
    await _send_what_waits(document)
    if sending._WRITE_MSGS.get(document) and document not in sending._WRITE_BLOCK:
        sending._WRITE_BLOCK[document] = True
        sending._dispatch_write_task(document, _send_all, document)


def _belong_to_no_page(known: _state) -> None:
    """Begin Panel's tidying up, which goes on as long as the process, without the page that happens to be first.

    A task keeps the context that it was made in, and with it that page, for as long as it runs.
    """
    Context().run(_tidy_up_now_and_then, known)  # type: ignore[arg-type]


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a record is worth a line: that a page was closed while it was written to is not."""
    return record.exc_info is None or not isinstance(record.exc_info[1], WebSocketClosedError)


def mend() -> None:
    """Deliver everything from now on, and do not complain of a page that has gone."""
    check()
    logging.getLogger("asyncio").addFilter(_is_news)
    sending._dispatch_msgs = _send_all
    _state._schedule_busy_cleanup = _belong_to_no_page  # type: ignore[assignment,method-assign]
    # An event that overtakes a widget's change (a typed value, then a click at once) makes Panel process both without
    # the document's lock, where views may not assign a Bokeh source. The mark of pn.io.with_lock makes it take the
    # lock.
    Syncable._event_coroutine.lock = Syncable._change_coroutine.lock = True  # type: ignore[attr-defined]


def stay_here(document: Document | None) -> None:
    """Let a page take Panel's style sheets from its own server, whichever request it is made by.

    Panel says where they are when it writes the HTML, which of a page that is made with its websocket is another's.
    """
    if document is not None and document.session_context is not None:
        document.template_variables["dist_url"] = LOCAL_DIST


def let_go(document: Document) -> None:
    """Let a page that has gone hold nothing that it was still to call: its document may outlive it.

    Bokeh drops all other callbacks. One that was to be called when the page went would keep all that the page was.
    """
    for name in PENDING:
        getattr(document.callbacks, name).clear()
