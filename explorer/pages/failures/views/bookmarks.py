"""Bookmarks of failure cases: kept by the browser, edited in place, exported and imported."""

import io
import json
from contextlib import suppress
from typing import Any

import panel as pn
import panel_material_ui as pmui
import param

from engine.errors import InputError
from explorer.base.given import given
from explorer.pages.failures import bookmarks
from explorer.pages.failures.session import FailureSession

NOTHING = "No bookmarks yet. Look at a case and press Bookmark: it stays in this browser, with its note."


class Listed(pn.custom.JSComponent):
    """Shows the session's bookmarks to the browser; whatever comes back is checked before it is taken."""

    items = param.List(default=[], doc="Bookmarks, as `explorer.pages.failures.bookmarks` checks them.")

    def __init__(self, session: FailureSession, **params):
        super().__init__(**params)
        self._session = session
        session.watch(self._follow, "bookmarks")

    def _follow(self, *_) -> None:
        self.items = list(self._session.shelf.bookmarks)

    def _handle_msg(self, msg) -> None:
        # What is not of this page's making is passed over: what is known stays.
        with suppress(InputError, ValueError, TypeError, IndexError, RecursionError):
            self.take(*msg)

    def take(self, *message) -> None:
        """Do what the browser says; raises one of the above for nonsense."""
        raise NotImplementedError


class Keeper(Listed):
    """The browser's own storage: read when the page comes, written with every change after that, followed from other
    windows."""

    asked = param.Boolean(default=False, doc="The server listens now: what is stored may be sent.")

    _esm = """
    const KEY = "finescale.failures.bookmarks"
    export function render({model}) {
      const read = () => {
        try { model.send_msg(["stored", localStorage.getItem(KEY) || "[]"]) } catch { }
      }
      model.on("items", () => { try { localStorage.setItem(KEY, JSON.stringify(model.items)) } catch { } })
      window.addEventListener("storage", (e) => { if (e.key === KEY) read() })
      model.on("asked", read)
    }
    """

    def __init__(self, session: FailureSession, **params):
        super().__init__(session, **params)
        self._known = False  # what is stored: it is not written over before
        pn.state.onload(lambda: setattr(self, "asked", True))

    def _follow(self, *_) -> None:
        if self._known:
            super()._follow()

    def take(self, what: str, text: str) -> None:
        session, kept = self._session, bookmarks.usable(_parsed(text), self._session.held)
        if not self._known:  # what was marked meanwhile comes to it
            kept = bookmarks.merged(kept, session.shelf.bookmarks[: bookmarks.MOST - len(kept)])
        self._known, session.shelf.bookmarks = True, kept
        self._follow()


def _parsed(text: str) -> Any:
    """What a browser has stored; nothing where that is no JSON."""
    try:
        return json.loads(str(text)[: bookmarks.LARGEST])
    except (ValueError, RecursionError):
        return []


class BookmarkList(Listed):
    """The list, drawn by the browser, with notes to edit."""

    page = param.String(doc="Name of the page that the links lead to.")
    nothing = param.String(default=NOTHING)

    _esm = """
    function element(kind, text, style) {
      const made = document.createElement(kind)
      made.textContent = text
      made.style.cssText = style || ""
      return made
    }
    export function render({model}) {
      const list = element("div", "", "overflow:auto;height:100%;font-size:calc(12.5*var(--px,1px))")
      const draw = () => {
        list.replaceChildren(...model.items.map((item, number) => {
          const row = element("div", "", "display:flex;gap:8px;align-items:center;padding:3px 4px;" +
            "border-bottom:1px solid rgba(128,128,128,.25)")
          const link = element("a", item.title, "flex:5 1 0;color:inherit;font-weight:600")
          link.href = "?page=" + encodeURIComponent(model.page) + "&" + item.query
          link.title = "marked " + item.made
          const note = document.createElement("input")
          note.value = item.note
          note.maxLength = 2000
          note.setAttribute("aria-label", "Note on " + item.title)
          note.style.cssText = "flex:6 1 0;font:inherit;color:inherit;background:transparent;" +
            "border:1px solid rgba(128,128,128,.4);border-radius:4px;padding:2px 6px"
          note.addEventListener("change", () => model.send_msg(["note", number, note.value]))
          const away = element("button", "×", "font:inherit;color:inherit;background:none;border:0;cursor:pointer")
          away.setAttribute("aria-label", "Delete the bookmark " + item.title)
          away.addEventListener("click", () => model.send_msg(["delete", number, ""]))
          row.append(link, note, away)
          return row
        }))
        if (!model.items.length) list.append(element("p", model.nothing, "opacity:.75;margin:6px"))
      }
      model.on("items", draw)
      draw()
      return list
    }
    """

    def take(self, what: str, number: int, text: str) -> None:
        items = list(self._session.shelf.bookmarks)
        if what == "delete":
            del items[int(number)]
        else:
            items[int(number)] = {**items[int(number)], "note": str(text)}
        self._session.shelf.bookmarks = bookmarks.checked(items, self._session.held)


class Bookmarks(pn.viewable.Viewer):
    """The list with export and import."""

    session = given(FailureSession)

    def __init__(self, session: FailureSession, **params):
        super().__init__(session=session, **params)
        self.keeper = Keeper(session, width=0, height=0, margin=0)  # drawn with the page, not only with its tab
        self.list = BookmarkList(session, page=session.PAGE, sizing_mode="stretch_both", min_height=0, margin=(4, 8))
        look = {"size": "small", "variant": "outlined", "margin": (6, 4)}
        self.export = pmui.FileDownload(
            callback=lambda: io.BytesIO(bookmarks.write(session.shelf.bookmarks).encode()),
            filename="finescale_bookmarks.json", label="Export", auto=True, embed=False, disabled=True, **look,
        )  # fmt: skip
        self.bring = pmui.FileInput(accept=".json", label="Import", **look)
        self.bring.param.watch(self._take, "value")
        session.watch(self._draw, "bookmarks")

    def _draw(self, *_) -> None:
        self.export.disabled = not self.session.shelf.bookmarks

    def _take(self, event) -> None:
        if event.new:
            self.session.take(bytes(event.new))

    def __panel__(self):
        buttons = pn.Row(self.export, self.bring, margin=(0, 4))
        return pn.Column(buttons, self.list, sizing_mode="stretch_both", min_height=0, margin=0)
