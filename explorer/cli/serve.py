"""`finescale serve`: the page, from any folder; what `panel serve explorer` does in a checkout."""

import errno
import os
import socket
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.errors import InputError
from explorer.cli.console import say

EVERYWHERE = ("0.0.0.0", "::", "")
LOOPBACK = ("localhost", "127.0.0.1")


class LogLevel(StrEnum):
    """How much the server tells."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


class LogFormat(StrEnum):
    """How the server tells it."""

    text = "text"
    json = "json"


def _shared(text: str, **more) -> Any:
    return typer.Option(help=text, rich_help_panel="Many visitors", **more)


def _limit(text: str, smallest: int = 1) -> Any:
    return typer.Option(help=text, min=smallest, rich_help_panel="Limits, for each server process")


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page.")] = 5006,
    address: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")] = "localhost",
    show: Annotated[bool, typer.Option("--show/--no-show", help="Open the page in a browser.")] = False,
    desktop: Annotated[bool, typer.Option("--desktop", help="Open the page in a window of its own.")] = False,
    plugin: Annotated[
        list[Path] | None, typer.Option(help="A Python file that adds methods or data sets; may be repeated.")
    ] = None,
    files: Annotated[
        list[Path] | None, typer.Option(help="A folder whose files visitors may open; may be repeated.")
    ] = None,
    urls: Annotated[
        list[str] | None, typer.Option(help="A HOST[:PORT] whose files visitors may open, * for all public ones.")
    ] = None,
    warm: Annotated[bool, typer.Option("--warm/--no-warm", help="Load everything before the first visit.")] = True,
    allow_origin: Annotated[
        list[str] | None, typer.Option(help="Another HOST[:PORT] the page is opened under, as behind a proxy.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a dask scheduler that scores failure cases; default: this process.")
    ] = None,
    log_level: Annotated[LogLevel, typer.Option(help="How much the server tells.")] = LogLevel.info,
    log_format: Annotated[LogFormat | None, typer.Option(help="How; a class gets JSON, one object a line.")] = None,
    classroom: Annotated[bool, typer.Option("--class", help="Limits and log for a class of 30.")] = False,
    num_procs: Annotated[int, _shared("Number of server processes; 0 takes one per core.", min=0)] = 1,
    password_file: Annotated[Path | None, _shared("Ask for the password in a file, or in FINESCALE_PASSWORD.")] = None,
    sessions: Annotated[int | None, _limit("Pages open.")] = None,
    queue: Annotated[int | None, _limit("Slow runs that wait.", 0)] = None,
    members: Annotated[int | None, _limit("Members of a run.")] = None,
    cells: Annotated[int | None, _limit("Cells of a field.")] = None,
    run_seconds: Annotated[int | None, _limit("Seconds of a run.")] = None,
    runs: Annotated[int | None, _limit("Slow runs and evaluations that one page starts in a minute.")] = None,
    cache_mb: Annotated[int | None, _limit("Megabytes of results that are kept for all.")] = None,
) -> None:
    """Start the page."""
    from engine import device
    from explorer.jobs import journal
    from explorer.server import serving

    check_free(address, port)
    device.find()  # a wrong FINESCALE_DEVICE is told at once
    serving.name_plugins(plugin or [])
    serving.allow_files(files or [], urls or [])
    secret = serving.password(password_file)
    given = {"sessions": sessions, "queue": queue, "members": members, "cells": cells, "seconds": run_seconds}
    cache = None if cache_mb is None else cache_mb * 1_000_000
    serving.set_limits(serving.CLASS if classroom else {})
    serving.set_limits({**given, "runs": runs, "cache": cache})
    if scheduler:
        use_scheduler(scheduler)
    options = [f"--port={port}", f"--address={address}", f"--num-procs={num_procs}", f"--log-level={log_level}"]
    options += [f"--allow-websocket-origin={origin}" for origin in origins(address, port, allow_origin or [])]
    options += serving.SOON if classroom else ()
    options += ["--plugins=explorer.server.health"]
    as_json = log_format is LogFormat.json or (classroom and log_format is None)
    journal.configure(log_level, as_json)  # before plug-ins are loaded, which may fail
    if not warm:
        os.environ[serving.COLD] = "0"
    for sentence in _warmed() if warm else ():
        say(sentence, "yellow")
    place = f"http://{_shown(address)}:{port}/explorer"
    say(f"Finescale opens at {place}; Ctrl+C stops it.")
    if num_procs != 1:
        serving.end_together()
    if desktop:
        show = not _window(place)
    options += ["--show"] if show else []
    serving.start([*options, str(page_folder())], secret)


def _warmed() -> list[str]:
    """Load everything; returns what could not be loaded."""
    from explorer import app

    return app.warm_up()


def _window(place: str) -> bool:
    """Open the page's own window, or say why there can be none."""
    from explorer.server import desktop

    if why := desktop.missing():
        say(f"No window of its own: {why}. The page opens in the browser.")
        return False
    desktop.open_window(place, say)
    return True


def use_scheduler(address: str) -> None:
    """Tell the page where a dask cluster is; raises InputError for what is no address."""
    if "://" not in address:
        raise InputError(f"The scheduler is an address like tcp://host:8786, not {address!r}.")
    os.environ["FINESCALE_SCHEDULER"] = address


def _shown(address: str) -> str:
    """The host to type into a browser."""
    return "localhost" if address in EVERYWHERE or ":" in address else address


def page_folder() -> Path:
    """The folder of the page, which holds main.py."""
    import explorer

    return Path(explorer.__file__).resolve().parent


def check_free(address: str, port: int) -> None:
    """Raise InputError, saying what to do, where nothing can listen on that port and address."""
    try:
        found = socket.getaddrinfo(address or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, place in dict.fromkeys(found):
            _try_bind((family, kind, protocol), place, needed=len(found) == 1)
    except OSError as error:
        raise InputError(_why(error, address, port)) from None


def _try_bind(what: tuple, place: tuple, needed: bool) -> None:
    """Take a place and leave it again; one of several addresses of a host may be absent, as ::1 often is."""
    try:
        with socket.socket(*what) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(place)
    except OSError as error:
        if needed or error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise


def _why(error: OSError, address: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is in use already: stop what runs there, or take another one with --port {port % 65535 + 1}."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} may not be opened by this user: take one above 1023 with --port."
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"This machine has no address {address!r}: take one of its own with --address, or leave it out."
    return f"Nothing can listen on port {port} of {address!r}: {os.strerror(error.errno or 0)}."


def origins(address: str, port: int, more: list[str]) -> list[str]:
    """HOST:PORT pairs from which the page's websocket is let in: loopback, and where else it can be reached.

    Raises InputError for one of `more` that is not of that form. Bokeh knows no IPv6 addresses here, only names.
    """
    from bokeh.server.util import create_hosts_allowlist

    own = [socket.gethostname().lower(), *_own_addresses()] if address in EVERYWHERE else [address]
    own = [f"{host}:{port}" for host in (*LOOPBACK, *own) if ":" not in host]
    try:
        return list(dict.fromkeys(own + create_hosts_allowlist(more, None) if more else own))
    except ValueError:
        raise InputError(f"An origin is written HOST or HOST:PORT, without http://, not {', '.join(more)}.") from None


def _own_addresses() -> list[str]:
    """This machine's address on its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation (RFC 5737)
        except OSError:
            return []
        return [probe.getsockname()[0]]
