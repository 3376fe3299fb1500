"""Where a file may lie: in folders that were named, among the uploads, behind addresses of hosts that were named."""

import hashlib
import os
import re
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from engine import paths
from engine.errors import InputError

FOLDERS, HOSTS = "FINESCALE_FILES", "FINESCALE_URLS"  # environment variables
SCHEMES = ("http", "https", "s3")
LARGEST_UPLOAD = 1 << 30  # bytes
LARGEST_UPLOADS = 8 << 30  # bytes that all uploads together keep; the ones longest unused go first
LISTED = 200  # files offered by name
SUFFIXES = (".nc", ".nc4", ".cdf", ".h5", ".hdf5", ".tif", ".tiff", ".zarr", ".zarr.zip")


@dataclass(frozen=True)
class Place:
    """One place to read: its text in a key; a file or folder, or an address and the private ones it may lead to."""

    text: str
    path: Path | None = None
    address: str = ""
    private: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """The last part of it, as people call it."""
        return self.path.name if self.path is not None else self.address.rstrip("/").rpartition("/")[2]


@dataclass(frozen=True)
class Places:
    """What may be opened. roots, hosts: None allows any, an empty tuple none; the host '*' is every public one."""

    roots: tuple[Path, ...] | None = ()
    hosts: tuple[str, ...] | None = ()

    @classmethod
    def of_page(cls) -> "Places":
        """What visitors of the page may open: FINESCALE_FILES (folders), FINESCALE_URLS (hosts); by default nothing."""
        folders = filter(None, os.environ.get(FOLDERS, "").split(os.pathsep))
        hosts = filter(None, os.environ.get(HOSTS, "").replace(" ", "").lower().split(","))
        return cls(tuple(Path(folder).resolve() for folder in folders), tuple(hosts))

    def find(self, text: str) -> Place:
        """The place a text means: the sha256 of an upload, an address, or a path; raises InputError."""
        if re.fullmatch("[0-9a-f]{64}", text):
            return Place(text, _uploaded(text))
        if "://" in text:
            return self._address(text)
        if "\0" in text:
            raise InputError("A path holds no zero bytes.")
        return Place(text, self._path(text))

    def _path(self, text: str) -> Path:
        if self.roots is None:
            path = Path(text).expanduser()
            if not path.exists():
                raise InputError(f"There is no file {shown(text)}.")
            return path.resolve()
        for root in self.roots:
            try:
                path = (root / text).resolve(strict=True)
            except (OSError, RuntimeError, ValueError):
                continue
            if path.is_relative_to(root):
                return path
        raise InputError(f"There is no file {shown(text)} in the folders that may be read here.")

    def _address(self, text: str) -> Place:
        try:
            parts = urlsplit(text)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise InputError(f"The address {shown(text)} is not understood.") from None
        if parts.scheme not in SCHEMES or not host or parts.username or parts.password or re.search(r"\s", text):
            raise InputError(f"The address {shown(text)} has to begin with http://, https:// or s3:// and a host.")
        if self.hosts is None:
            return Place(text, address=text)
        named = {host, f"{host}:{port}"} & set(self.hosts)
        if not named and "*" not in self.hosts:
            raise InputError(f"Addresses of {shown(host)} may not be read here.")
        return Place(text, address=text, private=_addresses(host) if named else ())

    def listed(self) -> list[str]:
        """Files in the folders, by name, for a menu: the first ones, three folders deep."""
        found: list[str] = []
        for root in self.roots or ():
            for count, (folder, inner, files) in enumerate(os.walk(root)):
                here = Path(folder).relative_to(root)
                stores = [name for name in inner if name.endswith(".zarr")]
                wanted = [*stores, *(name for name in files if name.lower().endswith(SUFFIXES))]
                found += [(here / name).as_posix() for name in sorted(wanted)]
                deep = len(here.parts) >= 3
                inner[:] = [] if deep else sorted(n for n in inner if n not in stores and not n.startswith("."))
                if len(found) >= LISTED or count > LISTED:
                    return found[:LISTED]
        return found


ANYWHERE = Places(None, None)


def shown(text: str) -> str:
    """A text as a sentence may quote it.

    Args:
        text: anything.

    Returns:
        In quotes; its middle is left out where it has more than 80 characters.
    """
    return repr(text if len(text) <= 80 else f"{text[:40]}…{text[-38:]}")


def _addresses(host: str) -> tuple[str, ...]:
    """What a host that was named is called in numbers now; it may be a private one."""
    try:
        return tuple({str(found[4][0]) for found in socket.getaddrinfo(host, None)})
    except OSError:
        return ()


def keep(stream: BinaryIO, name: str) -> str:
    """Put what a stream holds among the uploads; the ones longest unused may go for it.

    Args:
        stream: the bytes of a file.
        name: its name, made safe before it is used.

    Returns:
        The sha256 of the bytes, by which `Places.find` finds the upload.

    Raises:
        InputError: more than `LARGEST_UPLOAD` bytes.
    """
    uploads = paths.cache() / "own"
    uploads.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory(dir=uploads, prefix=".part-") as folder:
        part, size = Path(folder) / safe_name(name), 0
        with part.open("wb") as out:
            while piece := stream.read(1 << 20):
                size += len(piece)
                if size > LARGEST_UPLOAD:
                    raise InputError(f"{shown(name)} is larger than {LARGEST_UPLOAD >> 20} MB, the most that is kept.")
                digest.update(piece)
                out.write(piece)
        target = uploads / digest.hexdigest()
        if not target.exists():
            os.replace(folder, target)
            os.mkdir(folder)  # for the context manager to take away
    os.utime(target)
    _drop_oldest(uploads, target)
    return target.name


def safe_name(name: str) -> str:
    """A file's name without anything that has a meaning elsewhere.

    Args:
        name: as somebody gave it, folders and all.

    Returns:
        Its last 80 letters, digits, dots, dashes and underscores; 'file' where none is left.
    """
    return re.sub(r"[^\w.-]+", "_", Path(name.replace("\\", "/")).name).strip(".")[-80:] or "file"


def _uploaded(digest: str) -> Path:
    folder = paths.cache() / "own" / digest
    found = next(iter(folder.glob("*")), None) if folder.is_dir() else None
    if found is None:
        raise InputError("The uploaded file is not here any more; upload it again.")
    os.utime(folder)
    return found


def _drop_oldest(uploads: Path, newest: Path) -> None:
    folders = sorted((f for f in uploads.iterdir() if f.is_dir() and f.name[0] != "."), key=lambda f: f.stat().st_mtime)
    sizes = {folder: sum(file.stat().st_size for file in folder.iterdir()) for folder in folders}
    for folder in folders:
        if sum(sizes.values()) <= LARGEST_UPLOADS or folder == newest:
            return
        shutil.rmtree(folder, ignore_errors=True)
        del sizes[folder]
