"""Which pages one HTML answers where a server makes it once for all."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest

from explorer.app import kind_of_page
from explorer.jobs.limits import LIMITS


def kind(query: str) -> tuple:
    arguments = {name: [value.encode("latin-1") for value in values] for name, values in parse_qs(query).items()}
    return kind_of_page(SimpleNamespace(path="/explorer", arguments=arguments))


@pytest.mark.parametrize(
    "other", ["page=failures", "page=motion", "theme=dark", "theme=light", "page=failures&theme=dark"]
)
def test_pages_that_need_other_scripts_or_colours_have_their_own(other):
    assert kind(other) != kind("")
    assert kind(other) == kind(f"{other}&time=2005-01-02&source=ocean_run")


def test_a_link_makes_no_kinds_of_its_own():
    assert len({kind(f"page={name}&theme={name}") for name in ("", "explorer", "x", "ÿ", "<b>")}) == 1


def test_what_a_full_server_answers_is_not_kept_for_later(monkeypatch):
    before = kind("")
    monkeypatch.setattr(LIMITS, "sessions", 0)
    assert kind("") != before


FAMILY = """
import os, signal, sys, threading, time
from tornado.process import fork_processes
from explorer.server import serving

serving.end_together(patience=1)
{before}
fork_processes(2)
signal.pthread_sigmask(signal.SIG_SETMASK, [])
signal.signal(signal.SIGTERM, {handler})
os.write(1, b"up\\n")
while True:
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="several processes are forked")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("handler", ["lambda *_: os._exit(0)", "lambda *_: os._exit(1)", "signal.SIG_IGN"])
def test_all_processes_end_together_however_one_of_them_takes_it(handler, how):
    """One that fails at its end would be made anew, and one that does not listen would be waited for."""
    ends_together(FAMILY.format(handler=handler, before=""), how)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="several processes are forked")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_they_end_at_a_signal_that_does_not_interrupt_the_wait_for_them(how):
    """As one that comes at the moment before it: here another thread takes it."""
    before = (
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); "
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])"
    )
    ends_together(FAMILY.format(handler="lambda *_: os._exit(0)", before=before), how)


def ends_together(family: str, how: signal.Signals) -> None:
    """Start the program and, once its two processes are up, send it the signal: nobody is left."""
    command = [sys.executable, "-c", family]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            assert [process.stdout.readline() for _ in range(2)] == ["up\n", "up\n"]
            process.send_signal(how)
            assert process.wait(20) == 0
            with pytest.raises(ProcessLookupError):  # nobody is left of its group
                os.killpg(process.pid, 0)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
