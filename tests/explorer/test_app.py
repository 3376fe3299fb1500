"""What ties session, document and loop together, without a browser."""

import asyncio
import logging
from threading import Thread

import panel as pn
import pytest
from bokeh.document import Document
from panel.io.state import set_curdoc
from stage import one_sentence
from visitors import finished

from explorer.app import PAGES
from explorer.base.cause import Cause
from explorer.base.dispatch import dispatcher


class Context:
    """As much of a served session as a document looks at."""

    server_context = session = None
    id = "a session"


def test_what_the_worker_hands_over_is_not_lost_while_the_document_is_on_hold():
    document, context, seen = Document(), Context(), []
    document._session_context = lambda: context
    document.callbacks.on_change(lambda event: seen.append(event))

    async def serve() -> list:
        with set_curdoc(document):
            dispatch = dispatcher(document, Cause(), lambda error: None)
        document.hold("combine")
        thread = Thread(target=lambda: [dispatch(lambda: None) for _ in range(20)])
        thread.start()
        thread.join()
        waiting = list(document.callbacks._held_events)
        document.callbacks._held_events = []  # which is what Panel does after it has copied them
        document.unhold()
        await asyncio.sleep(0.05)
        return waiting

    assert finished(serve()) == []
    assert len(document.session_callbacks) == len(seen) == 20
    assert pn.state.curdoc is None


def test_what_fails_in_a_call_is_told_and_the_next_call_is_made():
    """Of the worker, of a file that was read, of the address: all come this way."""
    document, context, told, made = Document(), Context(), [], []
    document._session_context = lambda: context

    def fail() -> None:
        raise ZeroDivisionError("division by zero")

    async def serve() -> None:
        with set_curdoc(document):
            dispatch = dispatcher(document, Cause(), told.append)
            for call in (fail, lambda: made.append("after")):
                dispatch(call)
            await asyncio.sleep(0.05)
            for callback in list(document.session_callbacks):
                callback.callback()

    finished(serve())
    assert [type(error) for error in told] == [ZeroDivisionError]
    assert made == ["after"]


@pytest.mark.filterwarnings("ignore:Both .variant.:PendingDeprecationWarning")
@pytest.mark.parametrize("name", PAGES)
def test_a_failure_is_one_sentence_on_every_page(monkeypatch, name):
    monkeypatch.undo()  # of `loud`, which lets it fail the test
    logger = logging.getLogger("finescale")
    monkeypatch.setattr(logger, "disabled", True)
    built = PAGES[name].build(lambda call: call())
    try:
        built.session.tell(ZeroDivisionError("division by zero\n<b>"))
        told = one_sentence(built.session.run.message)
        assert "ZeroDivisionError" in told
        assert "<b>" not in told
    finally:
        built.session.close()
