"""What `panel serve explorer` does while the server starts, before it says that it runs: the first visitor waits for
nothing that could have been there."""

import os

import panel as pn
from tornado.process import task_id

from explorer.app import kind_of_page, warm_up
from explorer.server.serving import COLD

if os.environ.get(COLD) != "0":
    warm_up()


def on_server_loaded(server_context) -> None:
    """Answer with the HTML of a page of the same kind at once, and make the page while the browser loads its scripts;
    of several processes in the one in which its websocket lands. Where sources are watched every page is a new one."""
    pn.state._sessions.clear()  # those of --warm are spent
    pn.state._session_key_funcs.clear()
    if not pn.config.autoreload:
        pn.config.session_key_func = kind_of_page
        pn.config.reuse_sessions = "warm" if task_id() is None else True
