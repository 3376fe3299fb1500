"""Of a field, what a pane can show: no more cells than it has pixels, and around the zoom no more than is near."""

import math
from dataclasses import dataclass

import numpy as np

from engine.grid import Grid

UNKNOWN = 300  # pixels along a side, as long as the browser has not said how many there are: a map at 1440 x 900
RUNG = 1.5  # a pane is taken for the next larger one of a ladder of sizes: windows that differ little have one picture
AROUND = 0.25  # of what is in view, on either side, about: a reader who moves it a little finds something there
View = tuple[float, float, float, float]  # x0, x1, y0, y1


@dataclass(frozen=True)
class Span:
    """Cells start, ..., stop - 1 along an axis, at `count` places."""

    start: int
    stop: int
    count: int

    @property
    def cells(self) -> np.ndarray:
        """Numbers of the cells in the middles of equal parts."""
        return self.start + ((np.arange(self.count) + 0.5) * ((self.stop - self.start) / self.count)).astype(int)


@dataclass(frozen=True)
class Window:
    """The cells of a field that are sent."""

    x: Span
    y: Span

    @classmethod
    def of(cls, grid: Grid, view: View | None, pixels: tuple[int, int]) -> "Window":
        """What is needed for a view of a field, None is all of it, on so many pixels (width, height)."""
        x0, x1, y0, y1 = grid.extent
        ny, nx = grid.shape
        left, right, bottom, top = view or grid.extent
        return cls(_span(nx, x0, x1, left, right, pixels[0]), _span(ny, y0, y1, bottom, top, pixels[1]))

    def extent(self, grid: Grid) -> View:
        """Its edges."""
        x0, x1, y0, y1 = grid.extent
        ny, nx = grid.shape
        dx, dy = (x1 - x0) / nx, (y1 - y0) / ny
        return x0 + self.x.start * dx, x0 + self.x.stop * dx, y0 + self.y.start * dy, y0 + self.y.stop * dy

    def sample(self, values: np.ndarray) -> np.ndarray:
        """Its cells of a field (y, x), which begins at the lower left."""
        return values[np.ix_(self.y.cells, self.x.cells)]


def rung(pixels: float) -> int:
    """The size that a side of so many pixels is taken for.

    Args:
        pixels: along the side.

    Returns:
        UNKNOWN, or it times a power of RUNG that is no smaller than `pixels`.
    """
    return math.ceil(UNKNOWN * RUNG ** math.ceil(math.log(max(pixels / UNKNOWN, 1), RUNG) - 1e-9))


def _span(cells: int, low: float, high: float, start: float, end: float, pixels: int) -> Span:
    """The cells between start and end of an axis from low to high, and some around them.

    It begins and ends at multiples of a power of two: what is moved a little stays the same, for everybody.
    """
    step = (high - low) / cells
    seen = max((end - start) / step, 1e-9)
    unit = 2 ** max(0, math.floor(math.log2(AROUND * seen)))
    first = math.floor(((start - low) / step - unit / 2) / unit) * unit
    last = math.ceil(((end - low) / step + unit / 2) / unit) * unit
    first = min(max(first, 0), cells - 1)
    last = max(min(last, cells), first + 1)
    return Span(first, last, max(1, min(last - first, math.ceil(pixels * (last - first) / seen))))
