"""How Panel's server is started for the page: for a class, with a password, as several processes that end together."""

import argparse
import os
import secrets
import signal
from pathlib import Path
from typing import Any

from engine import plugins
from engine.errors import InputError
from engine.reading.places import FOLDERS, HOSTS
from explorer.jobs.limits import LIMITS

CLASS = {
    "sessions": 60,
    "queue": 30,
    "members": 8,
    "cells": 1_000_000,
    "seconds": 120,
    "runs": 20,
    "upload": 200_000_000,
}  # limits
PASSWORD = "FINESCALE_PASSWORD"
VISITOR = "visitor"  # whom the one password lets in
PING = 30  # s: a computer that is asleep answers none, and its page is closed
SOON = ("--check-unused-sessions=5000", "--unused-session-lifetime=10000")  # ms after which closed pages are freed
LEVEL = 1  # of 9: higher ones take three times as long for a tenth of the bytes
DAY = 86400  # s that a page may have been open for and still take up a connection that was interrupted
COLD = "FINESCALE_WARM"  # 0: nothing is loaded before the first visitor comes


def set_limits(given: dict[str, Any]) -> None:
    """Set what is given of LIMITS; None leaves what is there."""
    for name, value in given.items():
        if value is not None:
            setattr(LIMITS, name, value)


def name_plugins(files: list[Path]) -> None:
    """Add files to those that every process loads; raises InputError for one that is not there."""
    for file in files:
        if file.suffix != ".py" or not file.is_file():
            raise InputError(f"There is no Python file {file}.")
    known = os.environ.get(plugins.VARIABLE, "").split(os.pathsep)
    os.environ[plugins.VARIABLE] = os.pathsep.join(filter(None, [*known, *(str(file.resolve()) for file in files)]))


def allow_files(folders: list[Path], hosts: list[str]) -> None:
    """Let visitors open what lies in these folders and behind these hosts; raises InputError for a folder that is none.

    Without any they open what they upload, and nothing else.
    """
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"There is no folder {folder}.")
    if folders:
        os.environ[FOLDERS] = os.pathsep.join(str(folder.resolve()) for folder in folders)
    if hosts:
        os.environ[HOSTS] = ",".join(hosts)


def password(file: Path | None) -> str:
    """The password in a file's first line or, without a file, in the environment (which forgets it); empty if none."""
    if file is None:
        return os.environ.pop(PASSWORD, "")
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The password file {file} cannot be read ({type(error).__name__}).") from None
    if not lines or not lines[0].strip():
        raise InputError(f"The first line of the password file {file} is empty.")
    return lines[0].strip()


def start(arguments: list[str], password: str = "") -> None:
    """Hand over to Panel's own command; returns when the server has been stopped."""
    from bokeh.settings import settings
    from panel.command.serve import Serve
    from panel.config import config

    class Server(Serve):
        def customize_kwargs(self, args, server_kwargs):
            more = {"websocket_ping_interval": PING, "websocket_ping_timeout": PING, "compress_response": True}
            return super().customize_kwargs(args, server_kwargs) | more

    if password:
        config.basic_auth = {VISITOR: password}  # type: ignore[misc]
        arguments = [f"--basic-login-template={Path(__file__).with_name('login.html')}", *arguments]
        if not config.cookie_secret:
            config.cookie_secret = secrets.token_hex(32)  # type: ignore[misc]
    settings.perform_document_validation.set_value(False)  # a tenth of what making a page takes; the tests look at it
    parser = argparse.ArgumentParser()
    command = Server(parser=parser)
    always = [f"--websocket-compression-level={LEVEL}", f"--session-token-expiration={DAY}"]
    command.invoke(parser.parse_args([*always, *arguments]))


def end_together(patience: float = 10.0) -> None:
    """Let the signals that end this process end those that are forked from it; by itself it would leave them behind.

    Args:
        patience: seconds that they have to end by themselves.
    """
    import psutil

    parent = psutil.Process()

    def end(*_) -> None:
        if os.getpid() != parent.pid:  # a server that has not yet set its own handler
            os._exit(0)
        children = parent.children()
        for child in children:
            child.terminate()
        _, alive = psutil.wait_procs(children, timeout=patience)
        for child in alive:
            child.kill()
        psutil.wait_procs(alive, timeout=patience)
        os._exit(0)  # now: Tornado would make a new one for each that has not ended well

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)  # one that came just before the wait for a process would wait with it
