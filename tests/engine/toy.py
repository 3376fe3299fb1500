"""A small scene from analytic fields, for tests of the engine."""

import numpy as np
import xarray as xr

from engine import observation
from engine.grid import Grid
from engine.scene import Problem, Scene


def axis(n: int, spacing: float, units: str = "km", start: float = 0.0) -> xr.DataArray:
    return xr.DataArray(start + spacing * (np.arange(n) + 0.5), dims="n", attrs={"units": units})


def field(values: np.ndarray, spacing=(4.0, 4.0), name: str = "ssh", units: str = "m", **coords) -> xr.DataArray:
    """A field on a grid in km of the spacing (dy, dx)."""
    y, x = (axis(n, step).values for n, step in zip(values.shape[-2:], spacing, strict=True))
    grid = {"y": ("y", y, {"units": "km"}), "x": ("x", x, {"units": "km"})}
    return xr.DataArray(values, dims=(*coords, "y", "x"), coords={**coords, **grid}, name=name, attrs={"units": units})


def power_law(shape: tuple[int, int], slope: float, seed: int = 0) -> np.ndarray:
    """A periodic Gaussian random field whose isotropic spectrum goes as k^slope; variance 1, k in cycles per cell."""
    rng = np.random.default_rng(seed)
    k = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1]))
    k[0, 0] = np.inf
    modes = np.fft.rfft2(rng.standard_normal(shape)) * k ** ((slope - 1) / 2)
    values = np.fft.irfft2(modes, s=shape)
    return values / values.std()


def scene(truth: xr.DataArray, factor: int = 4, degradation: str = "block_mean", **options) -> Scene:
    """A scene with this truth, as a data set would open it."""
    fine = truth.to_dataset()
    operator = observation.create(degradation, Grid.of(fine), factor, **options)
    mask = np.isfinite(truth)
    mask = mask.all(mask.dims[:-2]) if mask.ndim > 2 else mask
    problem = Problem(operator(fine), xr.Dataset(), mask.rename("mask").drop_attrs(deep=False).to_dataset(), operator)
    return Scene("toy", problem, fine, "simulated", "test", "analytic", "CC0")


def island(shape: tuple[int, int]) -> np.ndarray:
    """A mask with land in one corner and an island: True is water."""
    mask = np.ones(shape, dtype=bool)
    mask[: shape[0] // 4, : shape[1] // 3] = False
    mask[shape[0] // 2 : shape[0] // 2 + 3, -6:-3] = False
    return mask
