"""What the openers of all formats share: the form of an answer, its bounds, and the projections. Runs in the child."""

import math
from typing import Any

import numpy as np

from engine.errors import InputError
from engine.reading.projections import in_km

LARGEST_CHUNK = 128 << 20  # bytes that one chunk may have, unpacked: it is decoded as a whole
LARGEST_READ = 128 << 20  # bytes of one answer
MOST_VARIABLES = 1000
MOST_DIMENSIONS = 8
LONGEST_TEXT = 2000  # characters of an attribute
LONGEST_NAME = 200
NUMBERS = "iufb"

Key = list[list[int]]  # start, stop, step by dimension


class Stored:
    """One opened place. Subclasses fill `variables` by `add` and give `fetch`."""

    kind = ""

    def __init__(self) -> None:
        self.attrs: dict[str, Any] = {}
        self.variables: dict[str, dict] = {}
        self.left_out: dict[str, str] = {}

    def add(self, name: str, dims: list[str], shape: list[int], dtype: np.dtype, attrs: dict, chunk: list[int]) -> None:
        """Offer a variable, or note why it is left out."""
        if len(self.variables) >= MOST_VARIABLES:
            raise InputError(f"It holds more than {MOST_VARIABLES} variables.")
        why = self._refusal(name, shape, dtype, chunk)
        if why:
            self.left_out[name[:LONGEST_NAME]] = why
            return
        self.variables[name] = {"dims": dims, "shape": shape, "dtype": dtype.str, "attrs": attrs}

    @staticmethod
    def _refusal(name: str, shape: list[int], dtype: np.dtype, chunk: list[int]) -> str:
        if len(name) > LONGEST_NAME or len(shape) > MOST_DIMENSIONS:
            return f"has a name of {len(name)} characters and {len(shape)} dimensions"
        if dtype.kind not in NUMBERS or dtype.itemsize > 8:
            return "holds no numbers"
        size = math.prod(chunk) * dtype.itemsize
        return f"is stored in chunks of {size / 1e6:.3g} MB, more than {LARGEST_CHUNK / 1e6:.0f}" * (
            size > LARGEST_CHUNK
        )

    def contents(self) -> dict:
        """Everything but the values."""
        return {
            "kind": self.kind,
            "attrs": self.attrs,
            "variables": self.variables,
            "left_out": dict(list(self.left_out.items())[:20]),
        }

    def fetch(self, name: str, key: tuple[slice, ...]) -> np.ndarray:
        """Values as they are stored."""
        raise NotImplementedError

    def read(self, name: str, key: Key) -> np.ndarray:
        """A part of an offered variable, as it is stored."""
        stored = self.variables[name]
        slices = tuple(slice(*part) for part in key)
        shape = [len(range(*part.indices(n))) for part, n in zip(slices, stored["shape"], strict=True)]
        if math.prod(shape) * np.dtype(stored["dtype"]).itemsize > LARGEST_READ:
            raise InputError(f"More than {LARGEST_READ / 1e6:.0f} MB were asked for at once.")
        values = np.asarray(self.fetch(name, slices))
        if list(values.shape) != shape or values.dtype.kind not in NUMBERS:
            raise InputError(f"The variable {name!r} is not what it says: {values.shape} instead of {tuple(shape)}.")
        return values

    def crs(self, attrs: dict[str, Any], x: float, y: float, in_metres: bool) -> dict[str, Any]:
        """What a grid mapping is: its name, kind and terms in km, metres per unit, around (x, y) latitude and scale.

        in_metres: whether x and y are so, and not in the projection's own unit.
        """
        from pyproj import CRS, Proj, Transformer
        from pyproj.exceptions import CRSError, ProjError

        try:
            crs = CRS.from_cf(attrs)
            turned = crs.is_geographic and crs.is_derived
            kind = "rotated" if turned else "geographic" if crs.is_geographic else "projected"
            way = crs.coordinate_operation
            name = crs.name if crs.name != "undefined" or way is None else way.method_name
            metres = crs.axis_info[0].unit_conversion_factor if kind == "projected" and crs.axis_info else 1.0
            per = metres if in_metres else 1.0
            lon, lat = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(x / per, y / per)
            scale = Proj(crs).get_factors(lon, lat).meridional_scale if kind == "projected" else 1.0
            terms = in_km(crs) if kind == "projected" else ""
        except (CRSError, ProjError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise InputError("Its projection is not understood.") from error
        return {"name": name[:100], "kind": kind, "metres": metres, "latitude": lat, "scale": scale, "proj": terms}

    def lonlat(self, attrs: dict[str, Any], x: list[float], y: list[float]) -> np.ndarray:
        """Longitude and latitude (2, y, x) of every cell between two axes in a projection's own unit."""
        from pyproj import CRS, Transformer

        crs = CRS.from_cf(attrs)
        turned = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
        return np.array(turned.transform(*np.meshgrid(np.array(x), np.array(y))))


def attribute(value: Any) -> Any:
    """An attribute as JSON can hold it.

    Args:
        value: as a library gives it.

    Returns:
        Text cut short, or the first 16 numbers with their type; None for anything else.
    """
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    if isinstance(value, (list, tuple)) and value and all(isinstance(part, str) for part in value):
        return " ".join(value)[:LONGEST_TEXT]
    try:
        numbers = np.asarray(value).ravel()[:16]
    except (ValueError, OverflowError):
        return None
    if numbers.dtype.kind not in NUMBERS:
        return None
    return {"dtype": numbers.dtype.str, "values": numbers.tolist()}
