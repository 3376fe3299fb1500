"""Why an estimate failed: in which box, at which scale, at which values; each with one plain sentence."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from engine.grid import Grid
from engine.scene import Scene
from engine.scores.bands import Band, band_power, band_skill, bands
from engine.scores.matching import matched
from engine.scores.spectral import spectra_or_none

SIDE = 6  # the worst box is so many times narrower than the shorter side of the scene
TENTHS = 10  # of the truth's values
CLEAR = 0.05  # loss of skill that is worth a word: dates differ by less


@dataclass(frozen=True)
class WorstBox:
    """The box of fixed size with the largest mean square error.

    x, y: its bounds in the axes' `axis` unit; rmse and whole: in it and in the whole scene, in `units`; share: of the
    whole squared error that lies in it, and area: of the valid cells.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    axis: str
    units: str
    rmse: float
    whole: float
    share: float
    area: float

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


@dataclass(frozen=True)
class WorstBand:
    """The band that loses most skill against the method's usual one (or, where that is unknown, against perfection).

    skills and usual: by band; shares: of the error's power, by band; loss: of the worst one, both skills cut to [-1, 1]
    so that a band in which the truth has hardly any power does not always win. Where no band loses a clear amount, it
    is the one with most of the error's power.
    """

    worst: Band
    skills: Mapping[str, float]
    usual: Mapping[str, float]
    shares: Mapping[str, float]
    loss: float

    @property
    def sentence(self) -> str:
        name, top, bottom = self.worst
        band = f"the {name} band ({f'above {bottom:.0f}' if np.isinf(top) else f'{bottom:.0f} to {top:.0f}'} km)"
        skill = f"its skill is {_signed(self.skills[name])}"
        skill += f", usually {_signed(self.usual[name])}" if name in self.usual else " where 1 is perfect"
        most = max(self.shares, key=lambda other: self.shares[other])
        power = f"most of the error's power ({self.shares[most]:.0%}) lies"
        if self.loss < CLEAR:
            return f"No band does clearly worse than usual; {power} in {band}: {skill}."
        return f"{band.capitalize()} loses most: {skill}; {power} {'there' if most == name else f'in the {most} band'}."


@dataclass(frozen=True)
class WorstQuantile:
    """The tenth of the truth's values (equally many cells in each) with the largest RMSE.

    edges: values between the tenths, ends included, in `units`; levels: their quantiles; rmse, bias: in each; worst:
    its position. Tenths that a single value fills (no rain) are one.
    """

    edges: np.ndarray
    levels: np.ndarray
    rmse: np.ndarray
    bias: np.ndarray
    worst: int
    whole: float
    units: str

    @property
    def sentence(self) -> str:
        first, last = 100 * self.levels[self.worst], 100 * self.levels[self.worst + 1]
        low, high = self.edges[self.worst], self.edges[self.worst + 1]
        values = f"The {first:.0f} to {last:.0f}% quantiles of the truth ({low:.3g} to {high:.3g} {self.units}) have"
        if self.worst == 0:
            values = f"The lowest {last:.0f}% of the truth (below {high:.3g} {self.units}) have"
        elif self.worst == len(self.rmse) - 1:
            values = f"The highest {100 - first:.0f}% of the truth (above {low:.3g} {self.units}) have"
        rmse, bias = self.rmse[self.worst], self.bias[self.worst]
        return (
            f"{values} the largest error: RMSE {rmse:.3g} {self.units}, {rmse / self.whole:.1f} times that of all, on "
            f"average {abs(bias):.2g} {self.units} too {'high' if bias > 0 else 'low'}."
        )


@dataclass(frozen=True)
class Failure:
    """Where, at which scale and at which values an estimate is worst; a part that cannot be formed is None.

    error: estimate - truth (y, x), members and days averaged.
    """

    error: xr.DataArray
    box: WorstBox | None
    band: WorstBand | None
    quantile: WorstQuantile | None


def diagnose(
    estimate: xr.Dataset | xr.DataArray, scene: Scene, usual: Mapping[str, float] | None = None
) -> Failure | None:
    """What is worst about an estimate.

    Args:
        estimate: the field, or a dataset with it, (member?, time?, y, x) on the scene's grid.
        scene: the scene.
        usual: the method's skill by band over other scenes, e.g. their mean; a band that is not in it counts as
            perfect.

    Returns:
        Box, band and quantile; None where nobody knows the truth, or where the estimate lacks a valid cell.

    Raises:
        InputError: the estimate is not the scene's variable on the scene's grid.
    """
    if scene.truth is None:
        return None
    truth = scene.truth[scene.variable]
    error = matched(estimate, scene) - truth.astype(float)
    if bool((error.isnull() & truth.notnull()).any()):
        return None
    units = str(scene.problem.low[scene.variable].attrs["units"])
    values, true = (np.asarray(field.values, float).reshape(-1, *field.shape[-2:]) for field in (error, truth))
    mean = error.mean([name for name in error.dims if name not in ("y", "x")])
    grid = Grid.of(truth)
    return Failure(
        mean.assign_attrs(units=units, long_name="error"),
        worst_box(np.square(values).mean(axis=0), grid, units),
        worst_band(estimate, scene, usual or {}),
        worst_quantile(values, true, units),
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
    (x0, x1), (y0, y1) = _edges(grid.x, i, columns), _edges(grid.y, j, rows)
    inside, cells = float(sums[j, i]), float(counts[j, i])
    return WorstBox(
        (x0, x1), (y0, y1), grid.units, units, rmse=float(np.sqrt(inside / cells)),
        whole=float(np.sqrt(total / known)), share=inside / total, area=cells / known,
    )  # fmt: skip


def worst_band(estimate: xr.Dataset | xr.DataArray, scene: Scene, usual: Mapping[str, float]) -> WorstBand | None:
    """The band that loses most skill.

    Args:
        estimate: the field, or a dataset with it, on the scene's grid.
        scene: the scene, with a truth.
        usual: skill by band to compare with; a band that is not in it counts as perfect.

    Returns:
        The band; None where the region allows no spectrum or the error has no power.
    """
    curves = spectra_or_none(estimate, scene)
    if curves is None:
        return None
    four = bands(scene)
    skills = {name: skill for name, skill in band_skill(curves, four).items() if np.isfinite(skill)}
    powers = {name: power for name, power in band_power(curves["error"], four).items() if name in skills}
    if not sum(powers.values()):
        return None
    losses = {name: float(np.clip(usual.get(name, 1.0), -1, 1) - np.clip(skills[name], -1, 1)) for name in skills}
    worst = max(losses, key=lambda name: (losses[name], powers[name]))
    if losses[worst] < CLEAR:
        worst = max(powers, key=lambda name: powers[name])
    shares = {name: power / sum(powers.values()) for name, power in powers.items()}
    band = next(band for band in four if band.name == worst)
    return WorstBand(band, skills, dict(usual), shares, losses[worst])


def worst_quantile(error: np.ndarray, truth: np.ndarray, units: str) -> WorstQuantile | None:
    """The tenth of the truth's values where the error is largest.

    Args:
        error: estimate - truth, any shape, NaN where nothing is judged.
        truth: of the same shape and unit.
        units: of both.

    Returns:
        The tenth; None where the truth has a single value, or there is no error.
    """
    valid = np.isfinite(error) & np.isfinite(truth)
    error, truth = error[valid], truth[valid]
    levels = np.linspace(0, 1, TENTHS + 1)
    if not error.any():
        return None
    edges, first = np.unique(np.quantile(truth, levels), return_index=True)
    if len(edges) < 2:
        return None
    levels = np.append(levels[first][:-1], 1.0)
    place = np.searchsorted(edges[1:-1], truth, side="right")
    counts = np.maximum(np.bincount(place, minlength=len(edges) - 1), 1)
    mean, square = (np.bincount(place, values, len(edges) - 1) / counts for values in (error, error**2))
    rmse = np.sqrt(square)
    return WorstQuantile(edges, levels, rmse, mean, int(np.argmax(rmse)), float(np.sqrt(np.mean(error**2))), units)


def _sums(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Sums over every box of so many rows and columns, by differences of the summed table."""
    table = np.pad(values.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    return table[rows:, columns:] - table[:-rows, columns:] - table[rows:, :-columns] + table[:-rows, :-columns]


def _edges(centres: np.ndarray, start: int, count: int) -> tuple[float, float]:
    """Outer edges of so many cells, ascending."""
    ends = np.sort(centres[[start, start + count - 1]])
    half = abs(centres[1] - centres[0]) / 2
    return float(ends[0] - half), float(ends[1] + half)


def _signed(skill: float) -> str:
    return f"{round(skill, 2) + 0.0:.2f}"  # no -0.00


def _side(degrees: float, positive: str, negative: str) -> str:
    return f"{abs(degrees):.1f}°{positive if degrees >= 0 else negative}"
