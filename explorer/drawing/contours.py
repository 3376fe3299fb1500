"""Contours of a field at round numbers."""

import contourpy
import numpy as np
import xarray as xr

from engine.grid import Grid
from explorer.drawing.paths import Box, Path, joined, thinned
from explorer.drawing.sampling import Window

MOST = 400  # cells along a side that are looked at
PIXELS = 700  # along the longer side of what is in view
LEAST = 12  # pixels that a contour reaches over; what is smaller is a speck
LEVELS = 8  # about


def levels(low: float, high: float) -> np.ndarray:
    """Round numbers between two ends.

    Args:
        low: The lower end, in the field's unit.
        high: The upper end.

    Returns:
        About LEVELS of them, evenly spaced, ascending, those at the ends left out.
    """
    from matplotlib.ticker import MaxNLocator

    ticks = np.asarray(MaxNLocator(LEVELS, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
    return ticks[(ticks > low) & (ticks < high)]


def contours(field: xr.DataArray, at: np.ndarray, view: Box | None = None) -> Path:
    """Lines along which a field has certain values.

    Args:
        field: (y, x), NaN where missing.
        at: The values, in the field's unit.
        view: The part that is seen, x0, x1, y0, y1; None is all of it.

    Returns:
        The lines, to the pixel, in the field's coordinates.
    """
    grid = Grid.of(field)
    window = Window.of(grid, view, (MOST, MOST))
    x, y = np.sort(grid.x)[window.x.cells], np.sort(grid.y)[window.y.cells]
    values = window.sample(field.sortby(["y", "x"]).values)
    if min(values.shape) < 2:
        return joined([])
    made = contourpy.contour_generator(x, y, np.ma.masked_invalid(values))
    found = [np.asarray(line) for level in at for line in made.lines(level)]
    x0, x1, y0, y1 = view or grid.extent
    pixel = max((x1 - x0) * grid.aspect, y1 - y0) / PIXELS
    return joined(thinned(found, (pixel / grid.aspect, pixel), LEAST))
