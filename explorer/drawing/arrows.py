"""A flow as arrows: which there are, in which field they lie, and the lines that draw them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr

from engine import derived
from engine.grid import Grid
from explorer.drawing.palette import nice
from explorer.drawing.paths import Box

ARROWS = 16  # along a side
LENGTH = 0.95  # of the longest arrow, in the distance between two
MOST = 98  # per cent of all speeds are below the top one
SLOWEST = 0.05  # of the top speed; slower ones are left out
HEAD, BEND = 0.3, 2.6  # of the shaft's length, radians
ALONG_THE_GRID = (("drift_x", "drift_y"),)
EASTWARD = (("u", "v"), ("eastward", "northward"))  # along the grid only where its rows are parallels


class Arrows(NamedTuple):
    """Thinned arrows in the axes' unit: their middles, their components, the length of the one for the top speed.

    aspect: length of one x unit over one y unit on the ground.
    """

    x: np.ndarray
    y: np.ndarray
    dx: np.ndarray
    dy: np.ndarray
    longest: float
    aspect: float = 1.0


def velocity(fields: Mapping[str, xr.DataArray]) -> xr.Dataset | None:
    """The flow that is in some fields: a velocity or, of a sea surface height, its geostrophic one.

    Args:
        fields: Name in the lexicon -> field (y, x).

    Returns:
        `u` and `v` (y, x) along the grid's rows and columns, m s-1; None where there is none.
    """
    for pair in (*ALONG_THE_GRID, *EASTWARD):
        if not all(name in fields for name in pair):
            continue
        first, second = (fields[name] for name in pair)
        grid = Grid.of(first)
        if pair in ALONG_THE_GRID or grid.geographic or not grid.crs:
            return xr.Dataset({"u": first, "v": second})
    return derived.velocity(fields["ssh"]) if "ssh" in fields else None


def top_speed(flow: xr.Dataset) -> float:
    """The speed that few places pass.

    Args:
        flow: `u` and `v` (y, x), m s-1.

    Returns:
        The speed of the longest arrow but few, m s-1; 0 without any flow.
    """
    speed = np.hypot(flow["u"].values, flow["v"].values)
    return float(np.nanpercentile(speed, MOST)) if np.isfinite(speed).any() else 0.0


def round_speed(top: float) -> float:
    """A round speed below the top one: that of the arrow for scale.

    Args:
        top: The top speed, m s-1, above 0.

    Returns:
        1, 2 or 5 times a power of ten, m s-1.
    """
    power = np.floor(np.log10(top) + 1e-9)
    return nice(max(10.0**power * digit for digit in (1, 2, 5) if 10.0**power * digit <= top * (1 + 1e-6)))


def arrows(
    flow: xr.Dataset, top: float, view: Box | None = None, count: int = ARROWS, length: float = LENGTH
) -> Arrows:
    """Arrows of which that of the top speed reaches to the next, or further.

    Args:
        flow: `u` and `v` (y, x), m s-1.
        top: The top speed, m s-1.
        view: The part that is seen, x0, x1, y0, y1; None is all of it.
        count: The most along a side.
        length: Of the arrow of the top speed, in the distance between two.

    Returns:
        The arrows, those that are very slow or unknown left out.
    """
    grid = Grid.of(flow)
    x0, x1, y0, y1 = view or grid.extent
    seen = {"x": (grid.x >= x0) & (grid.x <= x1), "y": (grid.y >= y0) & (grid.y <= y1)}
    stride = max(1, -(-max(int(of.sum()) for of in seen.values()) // count))
    part = {axis: np.flatnonzero(of & (np.arange(of.size) % stride == stride // 2)) for axis, of in seen.items()}
    u, v = (flow[name].isel(part) for name in ("u", "v"))
    x, y = np.meshgrid(u["x"].values, u["y"].values)
    longest = length * stride * abs(grid.step[1])
    dx, dy = longest * u.values / top, longest * grid.aspect * v.values / top
    keep = np.isfinite(dx) & np.isfinite(dy) & (np.hypot(dx, dy / grid.aspect) > SLOWEST * longest)
    return Arrows(x[keep], y[keep], dx[keep], dy[keep], longest, grid.aspect)


def drawn(arrows: Arrows) -> list[np.ndarray]:
    """Arrows around their middles as lines: shaft and head.

    Args:
        arrows: The arrows.

    Returns:
        Lines (5, 2), in the axes' unit.
    """
    x, y, dx, dy, _, aspect = arrows
    end_x, end_y = x + dx / 2, y + dy / 2
    heads = []
    for turn in (BEND, -BEND):
        c, s = HEAD * np.cos(turn), HEAD * np.sin(turn)
        heads.append((end_x + c * dx - s * dy / aspect, end_y + s * dx * aspect + c * dy))
    xs = np.stack([x - dx / 2, end_x, heads[0][0], end_x, heads[1][0]], axis=1)
    ys = np.stack([y - dy / 2, end_y, heads[0][1], end_y, heads[1][1]], axis=1)
    return [*np.stack([xs, ys], axis=-1)]
