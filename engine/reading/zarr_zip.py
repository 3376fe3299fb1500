"""A Zarr in one zip archive, read as it lies there: nothing is unpacked to the disk. Runs in the child."""

import stat
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

import zarr

from engine.errors import InputError
from engine.reading import zarr_store
from engine.reading.zarr_store import LARGEST_DOCUMENT, require_inside

MOST_ENTRIES = 100_000
LARGEST_ENTRY = 512 << 20  # bytes of one, unpacked: a chunk is unpacked as a whole
LARGEST_UNPACKED = 8 << 30  # bytes of all
DOCUMENTS = ("zarr.json", ".zgroup", ".zarray", ".zattrs")
ENCRYPTED = 1  # bit of an entry's flags


class Opened(zarr_store.Opened):
    """The one hierarchy of an archive: at its root, or in a folder of it."""

    kind = "zipped Zarr"

    @staticmethod
    def _store(place: str) -> "_Archive":
        return _Archive(place)


class _Archive:
    """Metadata and chunks of an archive."""

    def __init__(self, place: str):
        try:
            self.file = ZipFile(place)
        except BadZipFile as error:
            raise InputError("It is cut off, or damaged.") from error
        require_harmless(self.file.infolist())
        self.folders = _folders(self.file.namelist())
        self.base = root_of(self.folders)
        self.zarr = zarr.storage.ZipStore(place, mode="r", read_only=True)

    def walk(self) -> Iterator[tuple[str, list[str], list[str]]]:
        """Name below the root and documents of every folder that has any."""
        for folder in sorted(self.folders):
            name = folder.removeprefix(self.base).strip("/")
            yield name, [], self.folders[folder]

    def small(self, key: str) -> bytes:
        with self.file.open(f"{self.base}/{key}".lstrip("/")) as stream:
            return stream.read(LARGEST_DOCUMENT)


def require_harmless(entries: list[ZipInfo]) -> None:
    """Raise for an archive whose names lead out of it, or that unpacks to too much.

    Args:
        entries: all of the archive's.

    Raises:
        InputError: that, links, encryption, archives within it, two entries of one name, or too many.
    """
    if len(entries) > MOST_ENTRIES:
        raise InputError(f"It holds more than {MOST_ENTRIES} entries.")
    if len({entry.filename for entry in entries}) < len(entries):
        raise InputError("It holds two entries of one name.")
    if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
        raise InputError(f"It unpacks to more than {LARGEST_UNPACKED >> 30} GB.")
    for entry in entries:
        require_inside(entry.orig_filename.removesuffix("/"))
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise InputError("It holds links, which are not followed.")
        if entry.flag_bits & ENCRYPTED:
            raise InputError("It is encrypted.")
        if entry.filename.lower().endswith(".zip"):
            raise InputError("It holds another zip archive.")
        if entry.file_size > LARGEST_ENTRY:
            raise InputError(f"One of its entries unpacks to more than {LARGEST_ENTRY >> 20} MB.")


def _folders(names: list[str]) -> dict[str, list[str]]:
    """Folder -> its documents; the root is ''."""
    found: dict[str, list[str]] = {}
    for path in map(PurePosixPath, names):
        if path.name in DOCUMENTS:
            found.setdefault("" if str(path.parent) == "." else str(path.parent), []).append(path.name)
    return found


def root_of(folders: Collection[str]) -> str:
    """The folder that all others with documents lie in.

    Args:
        folders: those with documents; '' is the archive's root.

    Returns:
        The folder, '' for the root.

    Raises:
        InputError: there is none, or more than one.
    """
    if not folders:
        raise InputError("It holds no Zarr, and of archives only a zipped Zarr is opened.")
    first = min(folders, key=len)
    if first and any(folder != first and not folder.startswith(f"{first}/") for folder in folders):
        raise InputError("It holds more than one Zarr: zip one alone.")
    return first
