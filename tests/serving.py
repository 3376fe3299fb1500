"""A page in a process of its own, for tests that ask over HTTP."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

START = 90.0  # s a page may need to answer on a busy machine
STOP = 20.0  # s it may need to shut down


@dataclass
class Server:
    """A running `finescale serve` and its log."""

    process: subprocess.Popen
    port: int
    log: Path

    def get(self, path: str = "/explorer") -> tuple[int, str]:
        """Status and text of a page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=START) as answer:
            return answer.status, answer.read().decode()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(STOP)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_page(text: str) -> bool:
    """Whether a page has contents: one whose script has crashed answers 200 too, but has no roots."""
    return re.search(r'"roots":\s*\{"', text) is not None


@contextlib.contextmanager
def served(folder: Path, *options: str, **environment: str) -> Iterator[Server]:
    """`finescale serve` from an empty folder; yields once it answers."""
    port, log = free_port(), folder.with_name(folder.name + ".log")
    command = [sys.executable, "-m", "explorer.cli", "serve", "--port", str(port), *options]
    with log.open("w") as stream:
        process = subprocess.Popen(command, cwd=folder, env=os.environ | environment, stdout=stream, stderr=stream)
    server = Server(process, port, log)
    try:
        _wait(server)
        yield server
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _wait(server: Server) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and server.process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the page did not start: {server.log.read_text()}")
