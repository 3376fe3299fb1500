"""The Python that makes the numbers on the screen."""

import html
from collections.abc import Callable
from typing import Any

import panel as pn

from explorer.base.given import given
from explorer.base.session import Session
from explorer.base.widgets.text import page


class Code(pn.viewable.Viewer):
    """The lines of Python that make the same numbers."""

    session = given(Session)

    def __init__(self, session: Session, write: Callable[[Any], str], **params):
        """write: the lines for a session."""
        super().__init__(session=session, **params)
        self.view = page()

        def draw(*_) -> None:
            self.view.object = f"<pre tabindex='0'>{html.escape(write(session))}</pre>"

        session.watch_link(draw)
        draw()

    def __panel__(self):
        return self.view
