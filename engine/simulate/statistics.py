"""What an ocean run looks like in numbers: variances, spectral slopes and how much bicubic interpolation misses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from engine.errors import InputError
from engine.resample import block_mean, upsample
from engine.simulate.ocean import GRAVITY

SLOPE_RANGE_KM = (20.0, 200.0)  # wavelengths of the fits: above the filter's reach, below the jet's meanders
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
    """Statistics of a run's file, by name; each is a mean over dates of the value of one date.

    path: NetCDF or Zarr with ssh (m) and sst (degC) over (time, y, x), x and y in km, as written by `simulate_ocean`.
    Raises InputError for a file that is missing or is no such run.
    """
    with _open(Path(path)) as run:
        spacing = 1000 * float(run.x[1] - run.x[0])
        dates = np.unique(np.linspace(0, run.sizes["time"] - 1, DATES).round().astype(int))
        daily = [_of_date(run.isel(time=int(date)), spacing, run.attrs["coriolis_parameter"]) for date in dates]
    mean = {name: float(np.mean([values[name] for values in daily])) for name in daily[0]}
    return {name: Statistic(mean[name], *about) for name, about in _about().items() if name in mean}


def _about() -> dict[str, tuple]:
    low, high = SLOPE_RANGE_KM
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


def _open(path: Path) -> xr.Dataset:
    if not path.exists():
        raise InputError(f"There is no file {path}: simulate it first.")
    try:
        run = xr.open_dataset(path, engine="zarr" if path.is_dir() else None)
    except (OSError, ValueError) as reason:
        raise InputError(f"{path.name} is neither a NetCDF nor a Zarr file: {reason}") from reason
    missing = [name for name in ("ssh", "sst", "x", "y", "time") if name not in run.variables]
    if missing or "coriolis_parameter" not in run.attrs:
        run.close()
        raise InputError(f"{path.name} is no ocean run: {', '.join(missing or ['coriolis_parameter'])} is missing.")
    return run


def _of_date(date: xr.Dataset, spacing: float, coriolis: float) -> dict[str, float]:
    ssh, sst = (np.asarray(date[name].values, float) for name in ("ssh", "sst"))
    vorticity, speed = geostrophic(ssh, spacing, coriolis)
    statistics = {
        "ssh_std": ssh.std(),
        "ssh_slope": spectral_slope(ssh, spacing),
        "sst_slope": spectral_slope(sst, spacing),
        "ssh_sst_correlation": np.corrcoef(ssh.ravel(), sst.ravel())[0, 1],
        "vorticity_std": (vorticity / coriolis).std(),
        "largest_speed": speed.max(),
    }
    if min(ssh.shape) >= 4 * FACTOR:
        statistics["bicubic_rmse"] = bicubic_rmse(ssh)
    return statistics


def geostrophic(ssh: np.ndarray, spacing: float, coriolis: float) -> tuple[np.ndarray, np.ndarray]:
    """Relative vorticity (s-1) and speed (m s-1) by centred differences inside a (y, x) height in m."""
    scale = GRAVITY / coriolis / spacing
    inside = ssh[1:-1, 1:-1]
    north, south, east, west = ssh[2:, 1:-1], ssh[:-2, 1:-1], ssh[1:-1, 2:], ssh[1:-1, :-2]
    vorticity = scale / spacing * (north + south + east + west - 4 * inside)
    return vorticity, np.hypot(north - south, east - west) * scale / 2


def isotropic_spectrum(field: np.ndarray, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Variance per wavenumber (units2 m) against wavenumber (cycles m-1), summed over rings of the plane.

    The (y, x) field loses its mean and linear trends and is tapered by a Hann window whose loss is made good.
    Source: Durran, Weyn and Menchaca (2017), Mon. Weather Rev. 145, 3901-3910.
    """
    ny, nx = field.shape
    window = np.hanning(ny)[:, None] * np.hanning(nx)
    power = np.abs(np.fft.fft2(_detrended(field) * window)) ** 2 / (ny * nx) / (window**2).sum()
    wavenumber = np.hypot(np.fft.fftfreq(ny, spacing)[:, None], np.fft.fftfreq(nx, spacing))
    step = 1 / (min(ny, nx) * spacing)
    ring = np.rint(wavenumber / step).astype(int).ravel()
    count = min(ny, nx) // 2
    energy = np.bincount(ring, power.ravel())[1 : count + 1] / step
    return np.arange(1, count + 1) * step, energy


def _detrended(field: np.ndarray) -> np.ndarray:
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in field.shape), indexing="ij")
    plane = np.stack([np.ones(field.size), y.ravel(), x.ravel()], axis=1)
    return field - (plane @ np.linalg.lstsq(plane, field.ravel(), rcond=None)[0]).reshape(field.shape)


def spectral_slope(field: np.ndarray, spacing: float, wavelengths_km: tuple[float, float] = SLOPE_RANGE_KM) -> float:
    """Exponent of the isotropic spectrum of a (y, x) field: least squares on logarithms in a range of wavelengths."""
    wavenumber, energy = isotropic_spectrum(field, spacing)
    low, high = (1 / (1000 * wavelength) for wavelength in reversed(wavelengths_km))
    inside = (wavenumber >= low) & (wavenumber <= high)
    return float(np.polyfit(np.log(wavenumber[inside]), np.log(energy[inside]), 1)[0])


def bicubic_rmse(field: np.ndarray, factor: int = FACTOR) -> float:
    """Root-mean-square error of bicubic interpolation of block means, over the cells that fill whole blocks."""
    ny, nx = (size - size % factor for size in field.shape)
    truth = torch.as_tensor(field[:ny, :nx])
    return float((upsample(block_mean(truth, factor), (ny, nx)) - truth).square().mean().sqrt())
