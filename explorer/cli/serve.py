"""`finescale serve`: the page, from any folder; what `panel serve explorer` does in a checkout."""

import argparse
import errno
import os
import socket
from enum import StrEnum
from pathlib import Path
from typing import Annotated

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


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page.")] = 5006,
    address: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")] = "localhost",
    show: Annotated[bool, typer.Option("--show/--no-show", help="Open the page in a browser.")] = False,
    num_procs: Annotated[int, typer.Option(min=0, help="Number of server processes; 0 takes one per core.")] = 1,
    warm: Annotated[bool, typer.Option("--warm/--no-warm", help="Load everything before the first visit.")] = True,
    allow_origin: Annotated[
        list[str] | None, typer.Option(help="Another HOST[:PORT] the page is opened under, as behind a proxy.")
    ] = None,
    log_level: Annotated[LogLevel, typer.Option(help="How much the server tells.")] = LogLevel.info,
) -> None:
    """Start the page."""
    check_free(address, port)
    options = [f"--port={port}", f"--address={address}", f"--num-procs={num_procs}", f"--log-level={log_level}"]
    options += [f"--allow-websocket-origin={origin}" for origin in origins(address, port, allow_origin or [])]
    if warm:
        warm_up()
    say(f"Finescale opens at http://{_shown(address)}:{port}/explorer; Ctrl+C stops it.")
    _panel_serve([*options, *(["--show"] if show else []), str(page_folder())])


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


def warm_up() -> None:
    """Import the page and every data set and method, so that the first visitor does not wait for them."""
    from engine.methods import METHODS
    from engine.scenes import catalogue
    from explorer import app  # noqa: F401

    list(METHODS)
    catalogue()


def _panel_serve(arguments: list[str]) -> None:
    """Hand over to Panel's own command; it returns when the server has been stopped."""
    from panel.command.serve import Serve

    parser = argparse.ArgumentParser()
    command = Serve(parser=parser)
    command.invoke(parser.parse_args(arguments))
