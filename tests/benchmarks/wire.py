"""What goes over the wire: a proxy between browser and server that counts bytes, compressed or not, in both ways."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 1 << 16


class Wire:
    """Bytes that the server has sent through it so far."""

    def __init__(self, server: int):
        self.server, self.received = server, 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                browser, _ = self._socket.accept()
                server = socket.create_connection(("127.0.0.1", self.server))
                threading.Thread(target=self._pass, args=(browser, server, False), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, browser, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while part := source.recv(CHUNK):
                self.received += len(part) * counted
                target.sendall(part)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()  # the target is the other direction's source

    def close(self) -> None:
        self._socket.close()


@contextmanager
def wire(server: int) -> Iterator[Wire]:
    """A proxy to a port of this machine."""
    opened = Wire(server)
    try:
        yield opened
    finally:
        opened.close()
