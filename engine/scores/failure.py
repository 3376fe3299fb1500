"""Why an estimate failed: in which box, at which scale, at which values, by what detail; in plain sentences."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from engine.grid import Grid
from engine.scene import Scene
from engine.scores.bands import Band, band_power, band_skill, bands
from engine.scores.boxes import WorstBox, worst_box
from engine.scores.invention import WorstDetail, worst_detail
from engine.scores.matching import matched
from engine.scores.spectral import spectra_or_none

TENTHS = 10  # of the truth's values
CLEAR = 0.05  # loss of skill that is worth a word: dates differ by less


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
    """Where, at which scale, at which values and by what detail an estimate is worst; what cannot be formed is None.

    error: estimate - truth (y, x), members and days averaged.
    """

    error: xr.DataArray
    box: WorstBox | None
    band: WorstBand | None
    quantile: WorstQuantile | None
    detail: WorstDetail | None


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
        Box, band, quantile and detail; None where nobody knows the truth, or where the estimate lacks a valid cell.

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
        worst_detail(estimate, scene),
    )


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


def _signed(skill: float) -> str:
    return f"{round(skill, 2) + 0.0:.2f}"  # no -0.00
