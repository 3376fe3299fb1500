"""What a place holds: variables with their attributes, coordinates as numbers, values by the box."""

import hashlib
import io
import math
import time
from collections import OrderedDict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

import numpy as np

from engine import paths
from engine.errors import InputError
from engine.reading.places import LARGEST_UPLOAD, Place, keep, shown
from engine.reading.process import Asked

LARGEST_COORDINATE = 4_000_000  # numbers; no variable is longer along any side
LARGEST_PART = 32_000_000  # values of a variable that are taken at once
REMEMBERED = 100_000  # numbers of a coordinate that are kept; those of a longer one are read again
PIECE = 4 << 20  # bytes of a download that come at once
MEANT = str.maketrans({"$": "§", "\\": "/", "@": "(a)"})  # signs that figures take for formulas and fields
KEPT = 16  # places whose contents are remembered
FRESH = 86_400.0  # s a download is used again
LONGEST_DOWNLOAD = 600.0  # s
DEFAULT_FILL = np.float32(9.969209968386869e36)  # of NetCDF, where nothing was written
FILE_SUFFIXES = (".nc", ".nc4", ".cdf", ".h5", ".hdf5", ".tif", ".tiff", ".zip")
MAGIC = {
    b"\x89HDF\r\n\x1a\n": "netcdf", b"CDF\x01": "netcdf", b"CDF\x02": "netcdf", b"CDF\x05": "netcdf",
    b"II*\0": "geotiff", b"MM\0*": "geotiff", b"II+\0": "geotiff", b"MM\0+": "geotiff", b"PK\x03\x04": "zarr_zip",
}  # fmt: skip
ELSE = {b"GRIB": "GRIB: convert it to NetCDF first"}
_known: "OrderedDict[Place, Content]" = OrderedDict()
_turn = Lock()


@dataclass(frozen=True)
class Stored:
    """One variable as it is stored; `numbers` are those of its attributes that are no text."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    attrs: dict[str, str]
    numbers: dict[str, np.ndarray]
    linear: tuple[float, float] | None = None  # first value and step of an axis that is not stored

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def longest(self) -> int:
        """Cells along its longest side."""
        return max(self.shape, default=0)


class Content:
    """An opened place; `stamp` tells two states of it apart, `left_out` says what is not offered and why."""

    def __init__(self, place: Place):
        path = _download(place) if place.path is None and _is_file(place.address) else place.path
        self.name, self.stamp = place.name, stamp(place)
        private = list(place.private) if place.private is not None and path is None else None
        kind, where = ("zarr_store", place.address) if path is None else (kind_of(path), str(path))
        self.title = f"The file {shown(place.name)}"
        self.asked = Asked(kind, where, self.title, private)
        told = self.asked.open()
        self.kind = told["kind"]
        self.attrs = {name: plain(text) for name, text in told["attrs"].items() if isinstance(text, str)}
        found = {name: _stored(name, what) for name, what in told["variables"].items()}
        self.variables = {name: one for name, one in found.items() if one.longest <= LARGEST_COORDINATE}
        self.left_out = {name: plain(why) for name, why in told["left_out"].items()} | {
            name: f"is {one.longest / 1e6:.3g} million cells long; at most {LARGEST_COORDINATE // 10**6} million fit"
            for name, one in found.items()
            if name not in self.variables
        }
        self._coordinates: dict[str, np.ndarray] = {}

    def coordinate(self, name: str, first: int | None = None) -> np.ndarray:
        """All values of a small variable, or its first ones, float64; those of an axis are read once."""
        one = self.variables[name]
        if one.linear is not None:
            return one.linear[0] + one.linear[1] * np.arange(one.shape[0])[:first]
        if name in self._coordinates:
            return self._coordinates[name][:first]
        if first is not None:
            return self.values(name, (slice(0, first),))
        if one.size > LARGEST_COORDINATE:
            raise InputError(f"{self.title} has a coordinate of {one.size:.3g} values; at most 4 million fit.")
        values = self.values(name, tuple(slice(0, n) for n in one.shape))
        if values.ndim < 2 and values.size <= REMEMBERED:
            self._coordinates[name] = values
        return values

    def values(self, name: str, key: tuple[slice, ...]) -> np.ndarray:
        """A part of a variable as float64 in its own unit, NaN where missing; steps are positive."""
        count = math.prod(len(range(part.start, part.stop, part.step or 1)) for part in key)
        if count > LARGEST_PART:
            told = f"{self.title} would have to give {count / 1e6:.0f} million values at once"
            raise InputError(f"{told}; at most {LARGEST_PART // 10**6} million fit: draw a smaller box.")
        raw = self.asked.ask("read", name=name, key=[[part.start, part.stop, part.step or 1] for part in key])
        return unpacked(raw, self.variables[name])


def content_of(place: Place) -> Content:
    """What a place holds, opened once and again when it has changed.

    Args:
        place: a file, folder or address.

    Returns:
        Its content; those of the last `KEPT` places are remembered.

    Raises:
        InputError: it cannot be opened, downloaded or read.
    """
    with _turn:
        known = _known.get(place)
    if known is None or known.stamp != stamp(place):
        known = Content(place)
    with _turn:
        _known[place] = known
        _known.move_to_end(place)
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return known


def kind_of(path: Path) -> str:
    """The module that opens a file or folder, by what it holds and not by its name.

    Args:
        path: the file, or the folder of a Zarr.

    Returns:
        A module of `engine.reading`: 'netcdf', 'geotiff', 'zarr_zip' or 'zarr_store'.

    Raises:
        InputError: it is of another kind, or cannot be opened.
    """
    if path.is_dir():
        if any((path / name).is_file() for name in (".zgroup", ".zarray", ".zmetadata", "zarr.json")):
            return "zarr_store"
        raise InputError(f"The folder {shown(path.name)} is no Zarr.")
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
            kind = next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), None)
            at = 512
            while kind is None and at <= 1 << 20 and stream.seek(at) and len(start := stream.read(8)) == 8:
                kind, at = MAGIC.get(start), 2 * at  # HDF5 may come after a block of the user's own
    except OSError as error:
        raise InputError(f"The file {shown(path.name)} cannot be opened: {error.strerror}.") from None
    if kind is None:
        other = next((words for magic, words in ELSE.items() if head.startswith(magic)), "")
        raise InputError(f"The file {shown(path.name)} is {other or 'neither NetCDF, nor Zarr, nor GeoTIFF'}.")
    return kind


def unpacked(raw: np.ndarray, stored: Stored) -> np.ndarray:
    """Physical values: fill values, valid range (in stored numbers), sign, scale and offset by CF, section 8.

    Args:
        raw: numbers as they are stored, any shape.
        stored: the variable, with its attributes.

    Returns:
        Values of that shape in the variable's own unit, float64, NaN where missing.

    Raises:
        InputError: a scale or an offset is no finite number, or the scale is 0.
    """
    numbers = stored.numbers
    scale, offset = (float(numbers[name][0]) if name in numbers else rest
                     for name, rest in (("scale_factor", 1.0), ("add_offset", 0.0)))  # fmt: skip
    if not (math.isfinite(scale) and math.isfinite(offset)) or scale == 0:
        raise InputError(f"The scale or the offset of {shown(stored.name)} is no number to reckon with.")
    missing = _missing(raw, stored)
    wanted = stored.attrs.get("_Unsigned", "").lower()
    if raw.dtype.kind in "iu" and wanted in ("true", "false"):
        raw = raw.view(f"{'u' if wanted == 'true' else 'i'}{raw.dtype.itemsize}")
    with np.errstate(over="ignore", invalid="ignore"):
        values = raw.astype(np.float64) * scale + offset
    return np.where(missing | ~np.isfinite(values), np.nan, values)


def _missing(raw: np.ndarray, stored: Stored) -> np.ndarray:
    """Where stored numbers are none: fill values and what lies outside the valid range.

    A valid range of another kind of number than the stored one is meant in physical units by those who write it so,
    against CF: it is left alone.
    """
    numbers, integer = stored.numbers, raw.dtype.kind in "iu"
    fills = [numbers[name] for name in ("_FillValue", "missing_value") if name in numbers]
    with np.errstate(over="ignore"):
        fills = [fill if integer else fill.astype(raw.dtype) for fill in fills]
    missing = np.isin(raw, np.concatenate(fills)) if fills else np.zeros(raw.shape, bool)
    if raw.dtype.kind == "f":
        missing |= raw == DEFAULT_FILL
    ranged = numbers.get("valid_range", np.empty(0))
    low = numbers.get("valid_min", ranged[:1] if ranged.size == 2 else np.empty(0))
    high = numbers.get("valid_max", ranged[1:] if ranged.size == 2 else np.empty(0))
    for bound, outside in ((low, np.less), (high, np.greater)):
        if bound.size and (bound.dtype.kind in "iu") == integer:
            missing |= outside(raw, bound[0])
    return missing


def plain(text: str, longest: int = 200) -> str:
    """A text from a file in one line, without characters that control what is shown, cut short.

    Args:
        text: anything.
        longest: characters of the result.

    Returns:
        The line; … at its end where it was cut.
    """
    text = "".join(letter if letter.isprintable() else " " for letter in text[: 10 * longest].translate(MEANT))
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _stored(name: str, what: dict) -> Stored:
    texts = {key: value for key, value in what["attrs"].items() if isinstance(value, str)}
    numbers = {key: _numbers(value) for key, value in what["attrs"].items() if not isinstance(value, str)}
    numbers = {key: value for key, value in numbers.items() if value.size}
    linear = tuple(what["linear"]) if "linear" in what else None
    return Stored(name, tuple(what["dims"]), tuple(what["shape"]), np.dtype(what["dtype"]), texts, numbers, linear)


def _numbers(value: dict) -> np.ndarray:
    return np.array(value["values"], dtype=value["dtype"])


def stamp(place: Place) -> str:
    """What changes when the file does; of an address the day.

    Args:
        place: a file, folder or address.

    Returns:
        Time of change and size, or days since 1970.
    """
    if place.path is None:
        return str(int(time.time() // FRESH))
    stat = place.path.stat()
    return f"{stat.st_mtime_ns}-{stat.st_size}"


def _is_file(address: str) -> bool:
    return urlsplit(address).path.lower().endswith(FILE_SUFFIXES)


def _download(place: Place) -> Path:
    """A whole file behind an address, from the cache where it came less than a day ago."""
    note = paths.cache() / "own" / f".{hashlib.sha256(place.address.encode()).hexdigest()}"
    if note.is_file() and time.time() - note.stat().st_mtime < FRESH:
        found = next(iter((note.parent / note.read_text()).glob("*")), None)
        if found is not None:
            return found
    private = None if place.private is None else list(place.private)
    asked = Asked("remote", place.address, f"The file {shown(place.name)}", private)
    with closing(asked), asked.held():  # one that was ended for others would begin again in the middle
        size = asked.open()["bytes"]
        if size is not None and size > LARGEST_UPLOAD:
            raise InputError(f"{asked.title} has {size / 1e6:.0f} MB; at most {LARGEST_UPLOAD >> 20} are downloaded.")
        digest = keep(io.BufferedReader(_Pieces(asked), PIECE), place.name)  # type: ignore[arg-type]
    note.write_text(digest)
    return next(iter((note.parent / digest).glob("*")))


class _Pieces(io.RawIOBase):
    """A download as a stream; raises InputError where it takes too long."""

    def __init__(self, asked: Asked):
        self.asked, self.until = asked, time.monotonic() + LONGEST_DOWNLOAD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        if time.monotonic() >= self.until:
            raise InputError(f"{self.asked.title} takes longer than {LONGEST_DOWNLOAD / 60:.0f} minutes to come.")
        piece = self.asked.ask("more", count=min(len(buffer), PIECE))
        buffer[: piece.size] = memoryview(piece)
        return piece.size
