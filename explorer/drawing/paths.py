"""Lines on a map: cut to a box, thinned to what can be seen, and joined to one with gaps, which is what is sent."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

Box = tuple[float, float, float, float]  # x0, x1, y0, y1


class Path(NamedTuple):
    """Many lines as one: `x` and `y` (n,), NaN between two."""

    x: np.ndarray
    y: np.ndarray


NOTHING = Path(np.empty(0, np.float32), np.empty(0, np.float32))


def inside(points: np.ndarray, joined: np.ndarray, box: Box) -> list[np.ndarray]:
    """The parts of lines in a box, cut at its edges.

    Source: Liang and Barsky 1984, doi:10.1145/357332.357333.

    Args:
        points: Points (n, 2), any of them not finite.
        joined: Whether a point and the next one belong to a line, (n,).
        box: The box.

    Returns:
        Lines (points, 2).
    """
    starts, ways = points[:-1], np.diff(points, axis=0)
    enter, leave = _shares(starts, ways, np.array(box[::2]), np.array(box[1::2]))
    seen = joined[:-1] & (enter < leave)
    on = np.append(seen[:-1] & seen[1:] & (leave[:-1] >= 1) & (enter[1:] <= 0), False)  # into the next segment
    first, last = np.flatnonzero(seen & ~np.append(False, on[:-1])), np.flatnonzero(seen & ~on)
    lines = [points[a : b + 2].astype(float) for a, b in zip(first, last, strict=True)]
    for line, a, b in zip(lines, first, last, strict=True):
        line[0], line[-1] = starts[a] + enter[a] * ways[a], starts[b] + leave[b] * ways[b]
    return lines


def _shares(starts: np.ndarray, ways: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """After which share of each way (n, 2) a box is entered and left; entered after it is left: never inside."""
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - starts) / ways, (high - starts) / ways
    still, within = ways == 0, (starts >= low) & (starts <= high)
    enter = np.where(still, np.where(within, -np.inf, np.inf), np.minimum(one, other))
    leave = np.where(still, np.where(within, np.inf, -np.inf), np.maximum(one, other))
    return np.maximum(enter.max(axis=1), 0.0), np.minimum(leave.min(axis=1), 1.0)


def thinned(lines: Iterable[np.ndarray], pixel: tuple[float, float], least: float = 1.5) -> list[np.ndarray]:
    """Lines without the points that nobody would miss (Douglas and Peucker 1973), and without specks.

    Args:
        lines: Lines (points, 2).
        pixel: Width and height of what can be seen; half of it may be lost.
        least: Pixels that a line reaches over; what is smaller is a speck.

    Returns:
        Lines (points, 2), in the same unit.
    """
    scaled = [(line / pixel).astype(np.float32) for line in lines]
    large = [line for line in scaled if np.ptp(line, axis=0).max() > least]
    return [cv2.approxPolyDP(line[:, None], 0.5, False)[:, 0] * pixel for line in large]


def joined(lines: Sequence[np.ndarray]) -> Path:
    """Lines as one path.

    Args:
        lines: Lines (points, 2).

    Returns:
        The path, float32.
    """
    if not lines:
        return NOTHING
    gap = np.full((1, 2), np.nan)
    x, y = np.concatenate([part for line in lines for part in (line, gap)][:-1]).astype(np.float32).T
    return Path(np.ascontiguousarray(x), np.ascontiguousarray(y))
