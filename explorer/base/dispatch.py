"""How a thread hands a call to a page's own: on the document's next tick, its changes sent as one message."""

from collections.abc import Callable

from bokeh.document import Document
from panel.io import hold
from tornado.ioloop import IOLoop

from explorer.base.cause import Cause

Call = Callable[[], None]


class Dispatcher:
    """Calls for one page, made in order in its thread.

    Through the server's loop: a document on hold in its own thread loses callbacks that other threads add meanwhile.
    What comes while the browser builds the page waits until it stands; before, it is part of what the browser gets.
    """

    def __init__(self, document: Document, cause: Cause, failed: Callable[[Exception], None]):
        """failed: told what a call ended with."""
        self.document, self.cause, self._failed = document, cause, failed
        self._loop = IOLoop.current()
        self._waiting: list[Call] = []
        self._stands = False

    def __call__(self, call: Call) -> None:
        self._loop.add_callback(self._tick, call)

    def stands(self) -> None:
        """The browser has built the page: make the calls that have waited."""
        self._stands, waiting, self._waiting = True, self._waiting, []
        for call in waiting:
            self._inside(call)

    def _tick(self, call: Call) -> None:
        if self.document.session_context is not None:  # the page may have gone meanwhile
            self.document.add_next_tick_callback(lambda: self._inside(call))

    def _inside(self, call: Call) -> None:
        if not self._stands and self._building:
            self._waiting.append(call)
            return
        with hold(self.document), self.cause.following():
            try:
                call()
            except Exception as error:
                self._failed(error)

    @property
    def _building(self) -> bool:
        """Whether a browser may have what the page was, and not yet be able to take what it becomes."""
        context = self.document.session_context
        session = getattr(context, "session", None)
        return session is not None and session.connection_count > 0


def dispatcher(document: Document | None, cause: Cause, failed: Callable[[Exception], None]) -> Callable[[Call], None]:
    """That of a served page; of one without a server calls are made at once."""
    if document is None or document.session_context is None:
        return lambda call: call()
    return Dispatcher(document, cause, failed)
