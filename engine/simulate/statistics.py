"""What an ocean run looks like in numbers: variances, spectral slopes and how much bicubic interpolation misses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr

from engine.derived import derive
from engine.errors import InputError
from engine.resample import block_mean, upsample
from engine.scores import power_spectrum, spectral_slope

SLOPE_RANGE_KM = (200.0, 20.0)  # wavelengths of the fits: above the filter's reach, below the jet's meanders
FACTOR = 27  # of the published sea-surface-height downscaling
DATES = 40  # at most so many dates, evenly spread, enter the statistics


@dataclass(frozen=True)
class Statistic:
    """One number about a run, its unit, what it is, and the range a usable run has (None: no opinion)."""

    value: float
    units: str
    meaning: str
    expected: tuple[float, float] | None = None

    @property
    def within(self) -> bool:
        """Whether the value lies in the expected range."""
        return self.expected is None or self.expected[0] <= self.value <= self.expected[1]

    def __str__(self) -> str:
        unit = "" if self.units == "1" else f" {self.units}"
        if self.expected is None:
            return f"{self.meaning}: {self.value:.4g}{unit}"
        low, high = self.expected
        verdict = "as expected" if self.within else "NOT AS EXPECTED"
        return f"{self.meaning}: {self.value:.4g}{unit} ({verdict}: {low:g} to {high:g})"


def ocean_statistics(path: str | Path) -> Mapping[str, Statistic]:
    """Statistics of a run's file; each is a mean over dates of the value of one date.

    Args:
        path: NetCDF or Zarr with ssh (m) and sst (degC) over (time, y, x), x and y in km, as written by
            `simulate_ocean`.

    Returns:
        Name -> statistic; without 'bicubic_rmse' where the run is too small for it.

    Raises:
        InputError: For a file that is missing or is no such run.
    """
    with opened(Path(path), "ocean run", ("ssh", "sst"), "coriolis_parameter") as run:
        mean = means(run, _of_date)
    return {name: Statistic(mean[name], *about) for name, about in _about().items() if name in mean}


def means(run: xr.Dataset, of_date: Callable[[xr.Dataset], dict[str, float]]) -> dict[str, float]:
    """Means over dates of what is measured on each.

    Args:
        run: A run over `time`.
        of_date: Values of one date, by name.

    Returns:
        Name -> mean over at most DATES dates, evenly spread.
    """
    dates = np.unique(np.linspace(0, run.sizes["time"] - 1, DATES).round().astype(int))
    daily = [of_date(run.isel(time=int(date)).load()) for date in dates]
    return {name: float(np.mean([values[name] for values in daily])) for name in daily[0]}


def _about() -> dict[str, tuple]:
    high, low = SLOPE_RANGE_KM
    band = f"wavelengths {low:g} to {high:g} km"
    return {
        "ssh_std": ("m", "standard deviation of sea surface height", (0.15, 0.4)),
        "ssh_slope": ("1", f"spectral slope of sea surface height, {band}", (-5.5, -4.0)),
        "sst_slope": ("1", f"spectral slope of sea surface temperature, {band}", (-2.8, -1.5)),
        "ssh_sst_correlation": ("1", "correlation of sea surface height and temperature", None),
        "vorticity_std": ("1", "standard deviation of vorticity over f", None),
        "largest_speed": ("m s-1", "largest geostrophic speed", None),
        "bicubic_rmse": ("m", f"error of bicubic interpolation from block means, x{FACTOR}", (0.04, 0.11)),
    }


def opened(path: Path, what: str, variables: Sequence[str], attribute: str) -> xr.Dataset:
    """A run's file, lazily.

    Args:
        path: NetCDF or Zarr.
        what: What it has to be, for the message.
        variables: Variables it has to have, beside x, y and time.
        attribute: Global attribute it has to have.

    Returns:
        The run, to be closed.

    Raises:
        InputError: Where there is no file, or another one.
    """
    if not path.exists():
        raise InputError(f"There is no file {path}: simulate it first.")
    try:
        run = xr.open_dataset(path, engine="zarr" if path.is_dir() else None)
    except (OSError, ValueError) as reason:
        raise InputError(f"{path.name} is neither a NetCDF nor a Zarr file: {reason}") from reason
    missing = [name for name in (*variables, "x", "y", "time") if name not in run.variables]
    if missing or attribute not in run.attrs:
        run.close()
        raise InputError(f"{path.name} is no {what}: {', '.join(missing or [attribute])} is missing.")
    return run


def _of_date(date: xr.Dataset) -> dict[str, float]:
    ssh, sst = date["ssh"].astype(float), date["sst"].astype(float)
    vorticity, speed = (derive(ssh, name, date.attrs["coriolis_parameter"]) for name in ("vorticity", "speed"))
    statistics: dict[str, Any] = {
        "ssh_std": ssh.std(),
        "ssh_slope": spectral_slope(power_spectrum(ssh), *SLOPE_RANGE_KM),
        "sst_slope": spectral_slope(power_spectrum(sst), *SLOPE_RANGE_KM),
        "ssh_sst_correlation": xr.corr(ssh, sst),
        "vorticity_std": vorticity.std(),
        "largest_speed": speed.max(),
    }
    if min(ssh.shape) >= 4 * FACTOR:
        statistics["bicubic_rmse"] = bicubic_rmse(ssh.values)
    return {name: float(value) for name, value in statistics.items()}


def bicubic_rmse(field: np.ndarray, factor: int = FACTOR) -> float:
    """Root-mean-square error of bicubic interpolation of block means, over the cells that fill whole blocks.

    Args:
        field: Field (y, x).
        factor: Cells a side of a block.

    Returns:
        The error, in the field's unit.
    """
    ny, nx = (size - size % factor for size in field.shape)
    truth = torch.as_tensor(field[:ny, :nx])
    return float((upsample(block_mean(truth, factor), (ny, nx)) - truth).square().mean().sqrt())
