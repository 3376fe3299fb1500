"""A page in a process of its own, for tests that ask over HTTP or look at it in a browser."""

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
from dataclasses import dataclass, field
from pathlib import Path

START = 90.0  # s a page may need to answer on a busy machine
STOP = 20.0  # s it may need to shut down


@dataclass
class Server:
    """A running server and its log."""

    process: subprocess.Popen
    port: int
    log: Path
    expected: list[str] = field(default_factory=list)  # traces with these words in them are meant to be there
    read: int = 0

    def address(self, path: str = "/explorer") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path: str = "/explorer") -> tuple[int, str]:
        """Status and text of a page."""
        with urllib.request.urlopen(self.address(path), timeout=START) as answer:
            return answer.status, answer.read().decode()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(STOP)

    def news(self) -> str:
        """What the log has said since the last call."""
        text = self.log.read_text()
        new, self.read = text[self.read :], len(text)
        return new

    def check(self) -> None:
        """Nothing failed on the server since the last check, but what was meant to."""
        expected, self.expected = self.expected, []
        assert self.process.poll() is None, f"the server has gone: {self.log.read_text()[-3000:]}"
        news = self.news()
        assert news.count("Traceback") == sum(news.count(words) > 0 for words in expected), news
        assert " ERROR " not in news or expected, news


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_page(text: str) -> bool:
    """Whether a page has contents: one whose script has crashed answers 200 too, but has no roots."""
    return re.search(r'"roots":\s*\{"', text) is not None


@contextlib.contextmanager
def running(
    command: list[str], folder: Path, log: Path, port: int, first: str = "/explorer", **environment: str
) -> Iterator[Server]:
    """A server's process; yields once a page has been made or `first` has answered, and ends the process afterwards."""
    with log.open("w") as stream:
        output = {"stdout": stream, "stderr": stream}
        process = subprocess.Popen(command, cwd=folder, env=os.environ | environment, start_new_session=True, **output)
    server = Server(process, port, log)
    try:
        _wait(server, first)
        yield server
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with contextlib.suppress(ProcessLookupError):  # Panel's own server leaves its children alone
            os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def served(folder: Path, *options: str, first: str = "/explorer", **environment: str) -> Iterator[Server]:
    """`finescale serve` from an empty folder."""
    port = free_port()
    command = [sys.executable, "-m", "explorer.cli", "serve", "--port", str(port), *options]
    with running(command, folder, folder.with_name(folder.name + ".log"), port, first, **environment) as server:
        yield server


def _wait(server: Server, first: str) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and server.process.poll() is None:
        try:
            text = server.get(first)[1]
            assert first != "/explorer" or is_page(text), server.log.read_text()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the page did not start: {server.log.read_text()}")
