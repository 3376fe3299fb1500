"""Visitors' own files: what may be opened here, the data sets made of them, and files that are on their way."""

import tempfile

from engine import paths, scenes
from engine.errors import InputError
from engine.reading.content import content_of
from engine.reading.examine import Examined
from engine.reading.places import Place, Places, keep
from engine.scenes import own
from explorer.limits import LIMITS


def data_set(key: str) -> scenes.DataSet:
    """The data set of a key: one of all, or a visitor's own file that may be opened here; raises InputError."""
    return own.opened(key, Places.of_page()) if own.is_own(key) else scenes.get(key)


def examined(text: str, answers: dict[str, str]) -> tuple[Examined, Place]:
    """What a path, an address or an upload holds; raises InputError for one that may not be opened here."""
    place = Places.of_page().find(text)
    return Examined(content_of(place), answers), place


class Incoming:
    """An upload: its pieces go to a file as they come, so that none of it stays in memory."""

    def __init__(self, name: str):
        self.name, self.size, self.pieces = name, 0, 0
        folder = paths.cache()
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (it waits for more pieces)

    def add(self, number: int, piece: bytes) -> None:
        """The next piece, counted from 1; raises InputError where one is missing or the file grows too large."""
        self.size, self.pieces = self.size + len(piece), self.pieces + 1
        if number != self.pieces:
            raise InputError("A part of the file got lost on its way: try again.")
        if self.size > LIMITS.upload:
            raise InputError(f"The file is larger than the {LIMITS.upload / 1e6:.0f} MB that may be uploaded here.")
        self._file.write(piece)

    def drop(self) -> None:
        """Give it up."""
        self._file.close()

    def keep(self) -> str:
        """Put the whole file among the uploads; its sha256."""
        self._file.seek(0)
        with self._file:
            return keep(self._file, self.name)
