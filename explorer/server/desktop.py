"""A window of the page's own (pywebview), in a process of its own: `python -m explorer.server.desktop ADDRESS`."""

import atexit
import os
import signal
import subprocess
import sys
import time
import urllib.request
import webbrowser
from collections.abc import Callable
from importlib.util import find_spec
from threading import Thread

SIZE = (1440, 900)
START = 60.0  # s the page may need until it answers
NO_WINDOW = 3  # exit code of a window that could not be opened
INSTALL = 'install it with `python -m pip install "finescale[desktop]"`'


def missing() -> str:
    """Why there can be no window here, in words; empty if nothing speaks against one."""
    if find_spec("webview") is None:
        return f"pywebview is not here ({INSTALL})"
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "there is no display"
    return ""


def open_window(address: str, say: Callable[[str], None]) -> None:
    """Show the page in a window once it answers, and stop this process when that is closed; else in the browser."""
    window = subprocess.Popen([sys.executable, "-m", "explorer.server.desktop", address])
    owner = os.getpid()
    atexit.register(lambda: window.terminate() if os.getpid() == owner else None)  # not where a server was forked

    def follow() -> None:
        if window.wait() == NO_WINDOW:
            say("No window could be opened: the page opens in the browser.")
            webbrowser.open(address)
        else:
            os.kill(owner, signal.SIGTERM)

    Thread(target=follow, name="finescale-window", daemon=True).start()


def main(address: str) -> None:
    """The window's own process: wait for the page, show it, and end when it is closed."""
    if not _answers(address):
        sys.exit(NO_WINDOW)
    try:
        import webview

        webview.create_window("Finescale", address, width=SIZE[0], height=SIZE[1])
        webview.start()
    except Exception as error:  # what its backends raise where none is there is their own
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(NO_WINDOW)


def _answers(address: str) -> bool:
    end = time.monotonic() + START
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=START):
                return True
        except OSError:
            time.sleep(0.1)
    return False


if __name__ == "__main__":
    main(sys.argv[1])
