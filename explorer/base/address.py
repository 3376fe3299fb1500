"""The address bar and a page: the page begins with what the link says, and the link follows what the page shows."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from bokeh.document import Document
from panel.io import hold

from explorer.base.cause import Cause
from explorer.base.session import Session
from explorer.base.widgets.browser import Browser


class Address:
    """Keeps both in step; Back and Forward lead to what was shown before."""

    def __init__(self, session: Session, browser: Browser, cause: Cause, document: Document):
        self.session, self.browser, self.cause, self.document = session, browser, cause, document
        self._begun: dict[str, str] | None = None
        self._written, self._entry = True, False
        self._passing = {name for name, (_, held) in session.held.items() if held.passing}
        self._optional = [name for name, (_, held) in session.held.items() if held.optional]
        browser.param.watch(self._back, "back", onlychanged=False)

    def begin(self, arguments: Mapping[str, list[bytes]]) -> None:
        """Start with what a request asked for, while the browser is still loading what draws it."""
        asked = {name: values[-1].decode(errors="replace") for name, values in arguments.items() if values}
        self._begun = asked
        self._read(asked)

    def arrive(self, search: str) -> None:
        """The browser is there, with this query; another one than was asked for is followed."""
        asked = dict(parse_qsl(search.lstrip("?")))
        if asked != self._begun:
            self._read(asked)
        self.session.watch_link(self._change)
        self._change()

    def _back(self, event) -> None:
        self._read(dict.fromkeys(self._optional, "") | dict(parse_qsl(event.new.lstrip("?"))))
        self._change()  # what could not be used is written out of the address

    def _read(self, asked: dict[str, str]) -> None:
        """Held: one message, and no widget passes through a value that nobody asked for."""
        with hold(self.document), self.cause.following():
            self.session.select({name: text for name, text in asked.items() if name != "page"})

    def _change(self, *events) -> None:
        self._entry |= self.cause.person and not all(event.name in self._passing for event in events)
        if self._written:
            self._written = False
            self.document.add_next_tick_callback(self._write)

    def _write(self) -> None:
        page = {"page": self.session.PAGE} if self.session.PAGE else {}
        self.browser.address = ["?" + urlencode(page | self.session.query(), safe=",:;"), self._entry]
        self._written, self._entry = True, False
