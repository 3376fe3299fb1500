"""A plane over a curved grid, whose longitudes and latitudes are two-dimensional: where its cells lie in the grid."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from engine.errors import InputError
from engine.grid import EARTH_RADIUS
from engine.reading.planes import FEWEST, Fetch, bilinear

LARGEST_CURVED = 2_000_000  # cells whose longitude and latitude have to be searched
AT_ONCE = 200_000  # cells of the plane that are searched for together, so that little memory is taken
POLAR = 75.0  # degrees; beyond, a curved grid goes to a plane in km

LonLat = Callable[[str, np.ndarray, np.ndarray], np.ndarray]  # (2, y, x) of a projection's plane in m


@dataclass(frozen=True)
class Curved:
    """A plane laid over a grid whose longitudes and latitudes are two-dimensional; `i`, `j`: places, NaN outside."""

    y: np.ndarray
    x: np.ndarray
    units: str
    i: np.ndarray
    j: np.ndarray
    columns: int
    note: str
    crs: str = ""

    def read(self, fetch: Fetch, rows: slice, columns: slice) -> np.ndarray:
        i, j = self.i[rows, columns], self.j[rows, columns]
        if not np.isfinite(i).any():
            return np.full(i.shape, np.nan)
        i0, j0 = int(np.nanmin(i)), int(np.nanmin(j))
        i1, j1 = int(np.ceil(np.nanmax(i))), int(np.ceil(np.nanmax(j)))
        block = fetch(np.arange(i0, i1 + 1), np.arange(j0, j1 + 1) % self.columns)
        return bilinear(block, i - i0, j - j0)


def curved(lon: np.ndarray, lat: np.ndarray, lonlat: LonLat) -> Curved:
    """The plane over a curved grid: longitude and latitude, or km around its middle where it comes near a pole.

    Args:
        lon: longitudes (y, x), degrees, NaN where unknown.
        lat: latitudes (y, x), degrees, NaN where unknown.
        lonlat: gives longitudes and latitudes (2, y, x) of a PROJ string's plane with axes x, y in m.

    Returns:
        The plane, its cells about as wide as the grid's.

    Raises:
        InputError: the grid is too large or too small, or its longitudes and latitudes are none.
    """
    require_few(lon.size)
    if min(lon.shape) < FEWEST:
        raise InputError(f"It has {lon.shape[0]} x {lon.shape[1]} cells; at least {FEWEST} a side are needed.")
    here = np.isfinite(lon) & np.isfinite(lat)
    if not here.any() or np.abs(lat[here]).max() > 90.01 or np.abs(lon[here]).max() > 720:
        raise InputError("Its longitudes and latitudes are none.")
    points = unit_vectors(lon, lat)
    around = np.concatenate([points, points[:, :1]], axis=1) if _closed(points) else points
    spacing = _spacing(points)  # radians
    if np.abs(lat[here]).max() > POLAR:
        crs = _projection(points[here])
        y, x, targets = _around(points[here], spacing, lambda x, y: lonlat(crs, x, y))
        crs, units, what = f"{crs} +units=km", "km", "a plane in km (Lambert's equal-area projection)"
    else:
        y, x, targets = _geographic(lon[here], lat[here], spacing)
        crs, units, what = "", "degrees", "longitude and latitude"
    i, j = _search(around, targets, spacing)
    note = f"Its grid is curved: it was interpolated to {what}, {spacing * EARTH_RADIUS / 1000:.3g} km apart."
    return Curved(y, x, units, i, j, lon.shape[1], note, crs)


def require_few(cells: int) -> None:
    """Raise for a curved grid of too many cells.

    Args:
        cells: how many it has.

    Raises:
        InputError: more than LARGEST_CURVED.
    """
    if cells > LARGEST_CURVED:
        raise InputError(f"Its curved grid has {cells / 1e6:.1f} million cells; at most 2 million can be regridded.")


def unit_vectors(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Points on the unit sphere.

    Args:
        lon: longitudes, any shape, degrees.
        lat: latitudes, of that shape, degrees.

    Returns:
        Their vectors (..., 3), without unit.
    """
    lon, lat = np.deg2rad(lon), np.deg2rad(lat)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def _spacing(points: np.ndarray) -> float:
    """Median side of a cell in radians, as if all were squares."""
    along, down = (np.linalg.norm(np.diff(points, axis=axis), axis=-1) for axis in (1, 0))
    spacing = float(np.sqrt(np.nanmedian(along) * np.nanmedian(down)))
    if not spacing > 0:
        raise InputError("Its longitudes and latitudes do not change from cell to cell.")
    return spacing


def _closed(points: np.ndarray) -> bool:
    """Whether the last column is the first one's neighbour."""
    gap = np.nanmedian(np.linalg.norm(points[:, 0] - points[:, -1], axis=-1))
    step = np.nanmedian(np.linalg.norm(points[:, 1] - points[:, 0], axis=-1))
    return bool(0 < gap < 1.5 * step)


def _geographic(lon: np.ndarray, lat: np.ndarray, spacing: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Even longitudes and latitudes over what is there, cells about as wide as high in its middle."""
    middle = np.rad2deg(np.angle(np.exp(1j * np.deg2rad(lon)).mean()))
    lon = (lon - middle + 180.0) % 360.0 - 180.0 + middle
    dy = np.rad2deg(spacing)
    dx = dy / np.cos(np.deg2rad(lat.mean()))
    y, x = (_span(values.min(), values.max(), step) for values, step in ((lat, dy), (lon, dx)))
    _require_filled(y.size * x.size)
    return y, x, unit_vectors(*np.meshgrid(x, y))


def _projection(points: np.ndarray) -> str:
    """Equal areas around the middle of all points, in m."""
    x, y, z = points.mean(axis=0)
    lon, lat = np.rad2deg(np.arctan2(y, x)), np.rad2deg(np.arctan2(z, np.hypot(x, y)))
    return f"+proj=laea +lat_0={lat:.6f} +lon_0={lon:.6f} +R={EARTH_RADIUS:.0f}"


def _around(
    points: np.ndarray, spacing: float, lonlat: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Even km around the middle of all points; lonlat: of the plane's axes x, y in m."""
    middle = points.mean(axis=0)
    reach = np.rad2deg(np.arccos(np.clip(points @ (middle / np.linalg.norm(middle)), -1, 1)).max())
    side = 2 * EARTH_RADIUS * np.sin(np.deg2rad(min(reach, 120.0)) / 2)  # of the equal-area projection
    y = x = _span(-side, side, spacing * EARTH_RADIUS)
    _require_filled(y.size * x.size)
    place = lonlat(x, y)
    return y / 1000, x / 1000, unit_vectors(*np.where(np.isfinite(place), place, 0.0))


def _span(low: float, high: float, step: float) -> np.ndarray:
    count = int(np.floor((high - low) / step)) + 1
    if count > 20_000:
        raise InputError(f"Its curved grid is too large to be regridded: {count} cells along one side.")
    return low + (high - low - (count - 1) * step) / 2 + step * np.arange(count)


def _require_filled(cells: int) -> None:
    """Raise InputError for a plane of too many cells, before any of them is made."""
    if cells > 2 * LARGEST_CURVED:
        raise InputError("Its curved grid fills too little of the box around it to be regridded.")


def _search(points: np.ndarray, targets: np.ndarray, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Places (i, j) between the cells of a grid (ny, nx, 3) of every target (y, x, 3); NaN outside."""
    known = np.flatnonzero(np.isfinite(points).all(axis=-1))
    tree = cKDTree(points.reshape(-1, 3)[known])
    wanted = targets.reshape(-1, 3)
    parts = [wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE)]
    found = [_places(points, part, known[tree.query(part)[1]], spacing) for part in parts]
    i, j = (np.concatenate(along).reshape(targets.shape[:2]) for along in zip(*found, strict=True))
    return i, j


def _places(points: np.ndarray, wanted: np.ndarray, nearest: np.ndarray, spacing: float) -> tuple[np.ndarray, ...]:
    """Places (i, j) of targets (n, 3): the nearest cell first, then Newton's steps on the tangent plane of the cell
    that each place lies in."""
    ny, nx, _ = points.shape
    i, j = (part.astype(float) for part in np.unravel_index(nearest, (ny, nx)))
    for _ in range(4):
        i0, j0 = np.clip(np.floor(i).astype(int), 0, ny - 2), np.clip(np.floor(j).astype(int), 0, nx - 2)
        a, b = (i - i0)[:, None], (j - j0)[:, None]
        p00, p01, p10, p11 = (points[i0 + di, j0 + dj] for di in (0, 1) for dj in (0, 1))
        left = wanted - ((1 - a) * (1 - b) * p00 + (1 - a) * b * p01 + a * (1 - b) * p10 + a * b * p11)
        down, along = (1 - b) * (p10 - p00) + b * (p11 - p01), (1 - a) * (p01 - p00) + a * (p11 - p10)
        dd, da, aa = (np.sum(u * v, axis=1) for u, v in ((down, down), (down, along), (along, along)))
        ld, la = np.sum(left * down, axis=1), np.sum(left * along, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            determinant = dd * aa - da**2
            i = i + np.clip((aa * ld - da * la) / determinant, -2, 2)
            j = j + np.clip((dd * la - da * ld) / determinant, -2, 2)
        i, j = np.nan_to_num(i, nan=-9), np.nan_to_num(j, nan=-9)
    edge = 1e-6
    outside = (i < -edge) | (i > ny - 1 + edge) | (j < -edge) | (j > nx - 1 + edge)
    outside |= ~(np.linalg.norm(left, axis=1) < spacing)
    return tuple(np.where(outside, np.nan, np.clip(at, 0, n - 1)).astype(np.float32) for at, n in ((i, ny), (j, nx)))
