"""The regular plane that a file's fields are shown on, and where in the file its cells come from.

A grid that is regular already is taken as it is (turned to ascend, longitudes brought to 180 W - 180 E). One whose rows
or columns are unevenly spaced is interpolated bilinearly, and so is a curved one (`engine.reading.curved`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.errors import InputError

EVEN = 0.02  # of a step by which a regular axis may be rounded
FEWEST = 8  # cells along an axis

Fetch = Callable[[np.ndarray, np.ndarray], np.ndarray]  # values (rows, columns) at these places of the file


class Plane(Protocol):
    """Cell centres `y` and `x` in `units`; `read` gives the values of a part of it.

    crs: of a plane in km, its projection as PROJ reads it; empty where that is not known.
    """

    @property
    def y(self) -> np.ndarray: ...
    @property
    def x(self) -> np.ndarray: ...
    @property
    def units(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def crs(self) -> str: ...
    def read(self, fetch: Fetch, rows: slice, columns: slice) -> np.ndarray: ...


@dataclass(frozen=True)
class Axis:
    """Evenly spaced centres between two ends, and where in the file they lie: whole numbers, or between two."""

    ends: tuple[float, float]
    places: np.ndarray

    @property
    def centres(self) -> np.ndarray:
        return np.linspace(*self.ends, self.places.size)  # made when asked for: a page keeps many axes

    @property
    def exact(self) -> bool:
        return self.places.dtype.kind == "i"

    def source(self, part: slice) -> tuple[np.ndarray, np.ndarray]:
        """Places in the file to fetch for a part, and where within these its centres lie."""
        places = self.places[part]
        if self.exact:
            return places, np.arange(places.size, dtype=float)
        first = int(np.floor(places.min()))
        last = min(int(np.floor(places.max())) + 1, int(np.ceil(self.places.max())))
        return np.arange(first, last + 1), places - first


@dataclass(frozen=True)
class Straight:
    """A plane whose rows and columns are the file's."""

    rows: Axis
    columns: Axis
    units: str
    note: str = ""
    crs: str = ""

    @property
    def y(self) -> np.ndarray:
        return self.rows.centres

    @property
    def x(self) -> np.ndarray:
        return self.columns.centres

    def read(self, fetch: Fetch, rows: slice, columns: slice) -> np.ndarray:
        (i, at_y), (j, at_x) = self.rows.source(rows), self.columns.source(columns)
        block = fetch(i, j)
        if self.rows.exact and self.columns.exact:
            return block
        return bilinear(block, *np.broadcast_arrays(at_y[:, None], at_x[None, :]))


def bilinear(block: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Values between the cells of a block.

    Args:
        block: values (rows, columns), NaN where missing.
        i: places along the rows, any shape, in cells from the first; NaN outside of the block.
        j: places along the columns, of that shape, likewise.

    Returns:
        Values of the places' shape; NaN outside, and where less than half of the weight is valid.
    """
    inside = np.isfinite(i) & np.isfinite(j)
    i, j = np.where(inside, i, 0.0), np.where(inside, j, 0.0)
    i0, j0 = (np.clip(np.floor(at).astype(int), 0, max(n - 2, 0)) for at, n in zip((i, j), block.shape, strict=True))
    total, weight = np.zeros(i.shape), np.zeros(i.shape)
    for di in (0, 1):
        for dj in (0, 1):
            w = np.abs(1 - di - (i - i0)) * np.abs(1 - dj - (j - j0))
            corner = block[np.minimum(i0 + di, block.shape[0] - 1), np.minimum(j0 + dj, block.shape[1] - 1)]
            valid = np.isfinite(corner)
            total += np.where(valid, w * corner, 0.0)
            weight += np.where(valid, w, 0.0)
    return np.where(inside & (weight >= 0.5), total / np.maximum(weight, 1e-12), np.nan)


def straight(y: np.ndarray, x: np.ndarray, units: str) -> Straight:
    """The plane of two axes of a file.

    Args:
        y: centres along the rows, (ny,), in `units`.
        x: centres along the columns, (nx,), in `units`.
        units: degrees, km or m.

    Returns:
        The plane, ascending; its note tells where it had to be interpolated.

    Raises:
        InputError: an axis does not run in one direction, is too short, or leaves the globe.
    """
    note = ""
    rows = _axis(y, "y")
    columns = _longitudes(x) if units == "degrees" else _axis(x, "x")
    uneven = [name for name, axis in (("rows", rows), ("columns", columns)) if not axis.exact]
    if uneven:
        note = f"Its {' and '.join(uneven)} are not evenly spaced: they were interpolated to an even spacing."
    if units == "degrees" and np.abs(rows.centres).max() > 90.01:
        raise InputError(f"Its latitudes reach {np.abs(rows.centres).max():.6g} degrees.")
    return Straight(rows, columns, units, note)


def _longitudes(x: np.ndarray) -> Axis:
    """Longitudes from 180 W to 180 E, unless that would cut the region in two; a meridian given twice counts once."""
    x = _require_axis(x, "x")
    if abs(x[-1] - x[0]) > 361.0:
        raise InputError(f"Its longitudes span {abs(x[-1] - x[0]):.6g} degrees.")
    kept = np.arange(x.size if abs(abs(x[-1] - x[0]) - 360.0) > 1e-3 else x.size - 1)
    east = (x[kept] + 180.0) % 360.0 - 180.0
    order = np.argsort(east, kind="stable")
    if _even(east[order]):
        return Axis((east[order[0]], east[order[-1]]), kept[order].astype(np.int32))
    return _axis(x - 360.0 * np.floor((x.min() + 180.0) / 360.0), "x")


def _axis(values: np.ndarray, name: str) -> Axis:
    """One axis turned to ascend; evenly spaced between its ends where it is not."""
    values = _require_axis(values, name)
    order = np.arange(values.size) if values[0] < values[-1] else np.arange(values.size)[::-1]
    ends = values[order[0]], values[order[-1]]
    if _even(values[order]):
        return Axis(ends, order.astype(np.int32))
    centres = np.linspace(*ends, values.size)
    return Axis(ends, np.interp(centres, values[order], order.astype(float)))


def _require_axis(values: np.ndarray, name: str) -> np.ndarray:
    steps = np.diff(values)
    if not np.isfinite(values).all() or not ((steps > 0).all() or (steps < 0).all()):
        raise InputError(f"Its {name} coordinate does not run in one direction.")
    if values.size < FEWEST:
        raise InputError(f"It has {values.size} cells along {name}; at least {FEWEST} are needed.")
    return values


def _even(values: np.ndarray) -> bool:
    """Whether ascending values are exact steps, but for rounding."""
    exact = np.linspace(values[0], values[-1], values.size)
    return bool(np.abs(values - exact).max() <= EVEN * (exact[1] - exact[0]))
