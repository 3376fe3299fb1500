"""Asking the process that parses a file: started when it is needed, bounded in time, ended when too many are alive."""

import json
import logging
import os
import subprocess
import sys
import weakref
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from threading import Lock, RLock, Timer
from typing import Any

import numpy as np

from engine.errors import InputError
from engine.reading.stored import LARGEST_READ

PATIENCE = 30.0  # s an answer may take
ALIVE = 4  # processes kept for files that were asked for lately
LONGEST_LINE = 64 << 20
_log = logging.getLogger(__name__)
_alive: OrderedDict[int, "Asked"] = OrderedDict()
_turn = Lock()


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
        with self._lock:
            self._start()
        return self.contents

    def ask(self, do: str, **what) -> Any:
        """The answer of a verb of `engine.reading.child`: an array or a dictionary."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()
            return self._exchange({"do": do, **what})

    def close(self) -> None:
        """End the process; the next question starts another one."""
        self._process = None
        if self._end is not None:
            self._end()

    def _start(self) -> None:
        self.close()
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
        _make_room(self)
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
    """Keep the latest few alive; one that is being asked now is left alone."""
    with _turn:
        _alive[id(newest)] = newest
        _alive.move_to_end(id(newest))
        for key, old in list(_alive.items()):
            if len(_alive) <= ALIVE:
                break
            if old is not newest and old._lock.acquire(blocking=False):
                try:
                    old.close()
                    del _alive[key]
                finally:
                    old._lock.release()
