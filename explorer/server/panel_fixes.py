"""Faults of Panel's way from the server to the browser, mended: without it a page misses an update now and then,
and one that is made where its websocket lands fetches style sheets from elsewhere."""

import logging
from base64 import b64encode

from bokeh.document import Document
from panel.io import document as sending
from panel.io.resources import LOCAL_DIST
from panel.reactive import Syncable
from tornado.websocket import WebSocketClosedError

_send_what_waits = sending._dispatch_msgs

# A component in the browser keeps a copy of every value, and tells the server each copy that it has drawn. Where the
# server sets two values while it draws one, it takes itself and the server back to the first. A copy that came from the
# server is not told any more: only what the component has set itself.
_KEEP = """
document.addEventListener("DOMContentLoaded", () => { // Panel is there, and no component yet
  const component = Bokeh.Models.get("panel.models.esm.ReactComponent").prototype
  const written = component._render_code
  const held = "targetModel.attributes[resolvedProp]"
  component._render_code = function () {
    return written.call(this)
      .replace(`const [value, setValue] = React.useState(${held})`, `
        const [{value, told}, setState] = React.useState({value: ${held}, told: true})
        const keep = (told) => (next) => setState((old) => {
          const value = typeof next === "function" ? next(old.value) : next
          return Object.is(value, old.value) ? old : {value, told}
        })
        const [hear, setValue] = React.useMemo(() => [keep(true), keep(false)], [])`)
      .replace(`setValue(${held})`, `hear(${held})`)
      .replace("&& initialized.current", "&& initialized.current && !told")
  }
}, {once: true})
"""
KEEP = {"finescale": "data:text/javascript;base64," + b64encode(_KEEP.encode()).decode()}


async def _send_all(document: Document) -> None:
    """Send the messages of a page that wait, and those that have come to wait meanwhile.

    Panel sends what cannot be sent at once by a task per message. The task that ends first takes away the mark without
    which the next one sends nothing, and its message would wait for a later change of the page, if there is one.
    """
    await _send_what_waits(document)
    if sending._WRITE_MSGS.get(document) and document not in sending._WRITE_BLOCK:
        sending._WRITE_BLOCK[document] = True
        sending._dispatch_write_task(document, _send_all, document)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a record is worth a line: that a page was closed while it was written to is not."""
    return record.exc_info is None or not isinstance(record.exc_info[1], WebSocketClosedError)


def mend() -> None:
    """Deliver everything from now on, and do not complain of a page that has gone."""
    logging.getLogger("asyncio").addFilter(_is_news)
    sending._dispatch_msgs = _send_all
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
