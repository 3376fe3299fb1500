"""The process that parses one foreign file. What goes wrong in it, a crash or a greedy decoder, ends it and no more.

It answers every line of JSON on its standard input by another one, followed by the bytes of an array where one was
asked for. It loads no pickle, starts no program, writes no file, and connects to public addresses alone.
"""

import importlib
import ipaddress
import json
import os
import sys
import traceback
from typing import Any, BinaryIO

import numpy as np

from engine.errors import InputError

MEMORY = 768 << 20  # bytes that may be taken beyond what the libraries take at the start
VERBS = ("read", "crs", "lonlat", "more")
_FORBIDDEN = ("pickle.find_class", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the requests end: the first one opens, the others are verbs of what was opened.

    Args:
        requests: a JSON object a line.
        answers: takes a line of JSON for each, followed by an array's bytes (little-endian) where there is one; what
            goes wrong in a request is told as one, too.
    """
    opened: Any = None
    for line in requests:
        request = json.loads(line)
        try:
            if opened is None:
                opened = _open(**request)
                answer = opened.contents()
            else:
                verb = VERBS[VERBS.index(request.pop("do"))]
                answer = getattr(opened, verb)(**request)
        except InputError as error:
            answer = {"error": str(error)}
        except Exception as error:
            answer = {"error": "", "why": type(error).__name__, "trace": traceback.format_exc()[-3000:]}
        _send(answers, answer)


def _open(kind: str, place: str, addresses: list[str] | None) -> Any:
    """What `engine.reading.<kind>` makes of a place; addresses: private ones to connect to, None for any at all."""
    module = importlib.import_module(f"engine.reading.{kind}")
    _limit_memory()
    sys.addaudithook(_only_reading)
    if addresses is not None:
        sys.addaudithook(_only_public(frozenset(addresses)))
    return module.Opened(place)


def _only_reading(event: str, arguments: tuple) -> None:
    """An audit hook (PEP 578); it cannot be taken away again."""
    if event in _FORBIDDEN or (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING):
        raise PermissionError(f"{event} is not allowed while a file is read")


def _only_public(allowed: frozenset[str]):
    """The audit hook that sees every connection after names are resolved and redirects followed."""

    def hook(event: str, arguments: tuple) -> None:
        if event != "socket.connect":
            return
        host = arguments[1][0] if isinstance(arguments[1], tuple) else ""
        if host not in allowed and not _public(str(host)):
            raise PermissionError(f"{host} is not a public address")

    return hook


def _public(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_global and not address.is_multicast


def _limit_memory() -> None:
    """Bound the address space, where the system can."""
    try:
        import resource

        with open("/proc/self/statm") as pages:
            used = int(pages.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        return


def _send(answers: BinaryIO, answer: Any) -> None:
    if isinstance(answer, np.ndarray):
        raw = np.ascontiguousarray(answer, dtype=answer.dtype.newbyteorder("<"))
        head = {"dtype": raw.dtype.str, "shape": list(answer.shape), "bytes": raw.nbytes}
        answers.write(json.dumps(head).encode() + b"\n")
        answers.write(raw.data.cast("B") if raw.size else b"")
    else:
        answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    serve(sys.stdin.buffer, answers)
