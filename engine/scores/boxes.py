"""The box of a scene in which something is worst: found by sums over all boxes, told in the axes' units."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.grid import Grid

SIDE = 6  # the worst box is so many times narrower than the shorter side of the scene
COMPASS = (("E", "W"), ("N", "S"))


@dataclass(frozen=True)
class WorstBox:
    """The box of fixed size with the largest mean square error.

    x, y: its bounds in the axes' `axis` unit; rmse and whole: in it and in the whole scene, in `units`; share: of the
    whole squared error that lies in it, and area: of the valid cells; peak: (x, y) of its cell with the largest error.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    axis: str
    units: str
    rmse: float
    whole: float
    share: float
    area: float
    peak: tuple[float, float]

    @property
    def place(self) -> str:
        """Its bounds in words."""
        geographic = self.axis == "degrees"
        sides = COMPASS if geographic else (None, None)
        x, y = map(_span, (self.x, self.y), sides)
        return f"{y}, {x}" if geographic else f"x {x}, y {y} {self.axis}"

    @property
    def sentence(self) -> str:
        x, y = (sum(bounds) / 2 for bounds in (self.x, self.y))
        degrees = self.axis == "degrees"
        place = f"{_side(y, 'N', 'S')}, {_side(x, 'E', 'W')}" if degrees else f"x = {x:.0f}, y = {y:.0f} {self.axis}"
        wide, high = (bounds[1] - bounds[0] for bounds in (self.x, self.y))
        size = f"{wide:.1f}° x {high:.1f}°" if degrees else f"{wide:.0f} x {high:.0f} {self.axis}"
        return (
            f"The worst box, {size} around {place}, has an RMSE of {self.rmse:.3g} {self.units}, "
            f"{self.rmse / self.whole:.1f} times that of the whole scene, and {self.share:.0%} of the squared error on "
            f"{self.area:.0%} of the area."
        )


def worst_box(square: np.ndarray, grid: Grid, units: str) -> WorstBox | None:
    """Of all boxes a sixth of the shorter side wide, at least half valid, the one with the largest mean squared error.

    Args:
        square: squared errors (y, x), units^2, NaN where nothing is judged.
        grid: their grid.
        units: of the error.

    Returns:
        The box; None where no error is there.
    """
    valid = np.isfinite(square)
    side = min(n * step for n, step in zip(grid.shape, grid.spacing, strict=True)) / SIDE
    rows, columns = (min(n, max(2, round(side / step))) for n, step in zip(grid.shape, grid.spacing, strict=True))
    sums = _sums(np.where(valid, square, 0.0), rows, columns)
    counts = _sums(valid.astype(float), rows, columns).round()
    total, known = float(square[valid].sum()), int(valid.sum())
    enough = counts >= rows * columns / 2
    if not total or not enough.any():
        return None
    best = int(np.argmax(np.where(enough, sums / np.maximum(counts, 1), -1.0)))
    j, i = divmod(best, sums.shape[1])
    inside, cells = float(sums[j, i]), float(counts[j, i])
    return WorstBox(
        _edges(grid.x, i, columns), _edges(grid.y, j, rows), grid.units, units, rmse=float(np.sqrt(inside / cells)),
        whole=float(np.sqrt(total / known)), share=inside / total, area=cells / known,
        peak=_peak(square[j : j + rows, i : i + columns], grid.y[j:], grid.x[i:]),
    )  # fmt: skip


def _sums(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Sums over every box of so many rows and columns, by differences of the summed table."""
    table = np.pad(values.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    return table[rows:, columns:] - table[:-rows, columns:] - table[rows:, :-columns] + table[:-rows, :-columns]


def _edges(centres: np.ndarray, start: int, count: int) -> tuple[float, float]:
    """Outer edges of so many cells, ascending."""
    ends = np.sort(centres[[start, start + count - 1]])
    half = abs(centres[1] - centres[0]) / 2
    return float(ends[0] - half), float(ends[1] + half)


def _peak(square: np.ndarray, y: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """(x, y) of the cell with the largest value."""
    j, i = np.unravel_index(int(np.nanargmax(square)), square.shape)
    return float(x[i]), float(y[j])


def _span(bounds: Sequence[float], sides: tuple[str, str] | None) -> str:
    """Both ends of an interval, as finely as its width asks for; sides: of the globe, positive and negative."""
    digits = max(0, 1 - int(np.floor(np.log10(bounds[1] - bounds[0]))))
    if sides is None:
        low, high = (f"{end:.{digits}f}" for end in bounds)
        return f"{low} to {high}"
    low, high = (_side(end, *sides, digits) for end in bounds)
    return f"{low} to {high}"


def _side(degrees: float, positive: str, negative: str, digits: int = 1) -> str:
    return f"{abs(degrees):.{digits}f}°{positive if degrees >= 0 else negative}"
