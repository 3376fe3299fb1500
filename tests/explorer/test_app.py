"""What ties session, document and loop together, without a browser."""

import asyncio
from threading import Thread

import panel as pn
from bokeh.document import Document
from panel.io.state import set_curdoc
from visitors import finished

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
