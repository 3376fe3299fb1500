"""Visitors' own files: what may be opened here, the data sets made of them, and files that are on their way."""

import tempfile
import time
from math import inf
from threading import RLock
from weakref import WeakSet

from engine import paths, scenes
from engine.errors import InputError
from engine.reading.content import content_of
from engine.reading.examine import Examined
from engine.reading.places import Place, Places, keep
from engine.scenes import own
from explorer.jobs.limits import LIMITS

UNFINISHED = 4 << 30  # bytes that all uploads on their way may take together
IDLE = 60.0  # s without a piece, after which an upload gives way to another one
_coming: WeakSet["Incoming"] = WeakSet()
_turn = RLock()


def data_set(key: str) -> scenes.DataSet:
    """The data set of a key: one of all, or a visitor's own file that may be opened here.

    Args:
        key: What it is registered under, or 'own:...'.

    Returns:
        The data set.

    Raises:
        InputError: Where there is none, or where the file may not or cannot be opened.
    """
    return own.opened(key, Places.of_page()) if own.is_own(key) else scenes.get(key)


def examined(text: str, answers: dict[str, str]) -> tuple[Examined, Place]:
    """What a path, an address or an upload holds.

    Args:
        text: The path, the address or the sha256 of the upload.
        answers: Question -> answer, of what the file leaves open.

    Returns:
        The file, examined, and its place.

    Raises:
        InputError: For one that may not be opened here, or cannot be read.
    """
    place = Places.of_page().find(text)
    return Examined(content_of(place), answers), place


class Incoming:
    """An upload: its pieces go to a file as they come, so that none of it stays in memory."""

    def __init__(self, name: str):
        self.name, self.size, self.pieces, self.heard = name, 0, 0, time.monotonic()
        folder = paths.cache()
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (it waits for more pieces)
        with _turn:
            _coming.add(self)

    def add(self, number: int, piece: bytes) -> None:
        """The next piece, counted from 1; raises InputError where one is missing or there is no room for more."""
        if self._file.closed:
            raise InputError("The file stood still on its way and had to give way to others: try again.")
        self.size, self.pieces, self.heard = self.size + len(piece), self.pieces + 1, time.monotonic()
        if number != self.pieces:
            raise InputError("A part of the file got lost on its way: try again.")
        if self.size > LIMITS.upload:
            raise InputError(f"The file is larger than the {LIMITS.upload / 1e6:.0f} MB that may be uploaded here.")
        _make_room(self.heard)
        self._file.write(piece)

    def drop(self) -> None:
        """Give it up."""
        self._file.close()
        with _turn:
            _coming.discard(self)

    def keep(self) -> str:
        """Put the whole file among the uploads; its sha256."""
        self.heard = inf  # it does not stand still
        try:
            self._file.seek(0)
            return keep(self._file, self.name)
        finally:
            self.drop()


def _make_room(now: float) -> None:
    """Drop uploads that stand still until the others fit; raises InputError where they do not."""
    with _turn:
        for one in sorted(_coming, key=lambda one: one.heard):
            if now - one.heard > IDLE and _on_their_way() > UNFINISHED:
                one.drop()
        if _on_their_way() > UNFINISHED:
            raise InputError("Too much is on its way to this server now: try again in a minute.")


def _on_their_way() -> int:
    """Bytes of all uploads that are not whole yet."""
    return sum(one.size for one in _coming)
