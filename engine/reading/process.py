"""Asking the process that parses a file: started when it is needed, bounded in time, and one of few at any time."""

import json
import logging
import os
import subprocess
import sys
import time
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition, RLock, Timer
from typing import Any

import numpy as np

from engine.errors import InputError
from engine.reading.stored import LARGEST_READ

PATIENCE = 30.0  # s an answer may take, and s that a file waits for others to be read
ALIVE = 4  # processes at any time, kept for files that were asked for lately
LONGEST_LINE = 64 << 20
_log = logging.getLogger(__name__)
_alive: OrderedDict[int, "Asked"] = OrderedDict()
_room = Condition()


class Asked:
    """One file and its process. Every failure is an InputError of one sentence that begins with `title`."""

    def __init__(self, kind: str, place: str, title: str, addresses: list[str] | None = None):
        self.title = title
        self._opening = {"kind": kind, "place": place, "addresses": addresses}
        self._process: subprocess.Popen | None = None
        self._lock = RLock()
        self._end: Any = None
        self.contents: dict = {}

    def open(self) -> dict:
        """What the file holds."""
        with self.held():
            self._start()
        return self.contents

    def ask(self, do: str, **what) -> Any:
        """The answer of a verb of `engine.reading.child`: an array or a dictionary."""
        with self.held():
            if self._process is None or self._process.poll() is not None:
                self._start()
            return self._exchange({"do": do, **what})

    @contextmanager
    def held(self) -> Iterator[None]:
        """Meanwhile nobody else asks, and the process is not ended to make room."""
        try:
            with self._lock:
                yield
        finally:
            with _room:
                _room.notify_all()

    def close(self) -> None:
        """End the process; the next question starts another one."""
        self._process = None
        if self._end is not None:
            self._end()
        with _room:
            _alive.pop(id(self), None)
            _room.notify_all()

    def _start(self) -> None:
        self.close()
        _make_room(self)
        package = Path(__file__).resolve().parents[2]
        path = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
        quiet = {
            "OPENBLAS_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
            "HDF5_PLUGIN_PATH": "::",
            "HDF5_USE_FILE_LOCKING": "FALSE",
            "PYTHONWARNINGS": "ignore",
            "PYTHONPATH": path,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "engine.reading.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=os.environ | quiet,
        )  # fmt: skip
        self._end = weakref.finalize(self, _end, self._process)
        self.contents = self._exchange(self._opening)

    def _exchange(self, request: dict) -> Any:
        """Send a request and take its answer, within the time that is allowed."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        late = Timer(PATIENCE, process.kill)
        late.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            answer = self._answer(process)
        except (OSError, ValueError, KeyError, TypeError) as error:
            slow = not late.is_alive() and late.finished.is_set()
            self.close()
            why = f"takes longer than {PATIENCE:.0f} s" if slow else "is damaged: what reads it has stopped"
            _log.info("%s: %s %s", self.title, why, error)
            raise InputError(f"{self.title} {why}.") from None
        finally:
            late.cancel()
        if isinstance(answer, dict) and "error" in answer:
            raise InputError(self._sentence(answer))
        return answer

    def _sentence(self, answer: dict) -> str:
        if answer["error"]:
            return f"{self.title} cannot be used: {answer['error'][0].lower()}{answer['error'][1:]}"
        _log.info("%s: %s", self.title, answer.get("trace") or answer.get("why"))
        if answer.get("why") == "MemoryError":
            return f"{self.title} cannot be used: unpacking it takes more memory than one file may take."
        return f"{self.title} cannot be read: it is damaged, or stored in a way that is not known here."

    @staticmethod
    def _answer(process: subprocess.Popen) -> Any:
        assert process.stdout is not None
        head = json.loads(process.stdout.readline(LONGEST_LINE))
        if "bytes" not in head or "dtype" not in head:
            return head
        if head["bytes"] > LARGEST_READ:
            raise ValueError("the answer is too large")
        raw = process.stdout.read(head["bytes"])
        if len(raw) != head["bytes"]:
            raise ValueError("the answer is cut off")
        return np.frombuffer(raw, np.dtype(head["dtype"])).reshape(head["shape"])


def _end(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def _make_room(newest: Asked) -> None:
    """Take one of the few places: end an idle process for it, or wait until there is one; raises InputError."""
    until = time.monotonic() + PATIENCE
    with _room:
        while len(_alive) >= ALIVE and not _end_idle():
            if not _room.wait(until - time.monotonic()):
                raise InputError(f"{newest.title} has to wait until others have been read: try again in a minute.")
        _alive[id(newest)] = newest


def _end_idle() -> bool:
    """End the process that was started longest ago among those that are not being asked; whether there was one."""
    for old in list(_alive.values()):
        if old._lock.acquire(blocking=False):
            try:
                old.close()
            finally:
                old._lock.release()
            return True
    return False
