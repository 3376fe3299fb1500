"""The page inside a notebook: a server in the kernel's own process, so that classes written in cells are in it."""

import html
import socket
import time
from typing import Any
from urllib.parse import urlencode

import panel as pn

from explorer.app import create_app

HOST = "127.0.0.1"
START = 30.0  # s until the server has to listen


class Embedded:
    """A served page: shown by the cell whose result it is, and at `address` in a browser of this machine."""

    def __init__(self, height: int, chosen: dict[str, Any]):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        origins = [f"{HOST}:{port}", f"localhost:{port}"]
        self._server = pn.serve(
            {"explorer": create_app},
            port=port,
            address=HOST,
            websocket_origin=origins,
            threaded=True,
            show=False,
            verbose=False,
        )
        _wait(port)
        self.address = f"http://{HOST}:{port}/explorer" + (f"?{urlencode(chosen)}" if chosen else "")
        self.height = height

    def _repr_html_(self) -> str:
        source = html.escape(self.address)
        return f'<iframe src="{source}" style="width:100%;height:{self.height}px;border:1px solid #bbb"></iframe>'

    def stop(self) -> None:
        """End the server; the page in the notebook goes dead."""
        self._server.stop()


def embed(height: int = 820, **chosen: Any) -> Embedded:
    """The page with every class there is now, set as a link would: `embed(source="ocean_run", method="mine")`.

    The browser has to reach the kernel's machine at 127.0.0.1: on this machine, or through a forwarded port.

    Args:
        height: Of the frame in the notebook, pixels.
        chosen: Settings, by the names that a link has for them.

    Returns:
        The served page, which a cell shows.
    """
    return Embedded(height, chosen)


def _wait(port: int) -> None:
    end = time.monotonic() + START
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
