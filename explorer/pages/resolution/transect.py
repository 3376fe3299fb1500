"""Values of fields along a straight line."""

import numpy as np
import xarray as xr

from engine.grid import EARTH_RADIUS, Grid


def path(
    target: xr.Dataset, start: tuple, end: tuple | None, count: int = 300
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions x, y and distance (km) along a straight line, or along the whole row of `start` if there is no end."""
    grid = Grid.of(target)
    if end is None:
        x0, x1, *_ = grid.extent
        start, end = (x0, start[1]), (x1, start[1])
    x, y = np.linspace(start[0], end[0], count), np.linspace(start[1], end[1], count)
    scale = np.deg2rad(EARTH_RADIUS) / 1000 if grid.geographic else {"km": 1.0, "m": 1e-3}[grid.units]
    across = np.cos(np.deg2rad(y.mean())) if grid.geographic else 1.0
    return x, y, np.hypot((x - x[0]) * across, y - y[0]) * scale


def sample(field: xr.DataArray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Values of the cells that hold the positions; NaN outside the grid."""
    grid = Grid.of(field)
    i = np.round((x - grid.x[0]) / grid.step[1])
    j = np.round((y - grid.y[0]) / grid.step[0])
    inside = (i >= 0) & (i < grid.x.size) & (j >= 0) & (j < grid.y.size)
    out = np.full(x.shape, np.nan)
    out[inside] = field.values[j[inside].astype(int), i[inside].astype(int)]
    return out
