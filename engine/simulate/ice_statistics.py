"""What an ice run looks like in numbers: leads, ridges, how its deformation scales, what a 120 km filter loses."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from engine.derived import deformation
from engine.grid import Grid, difference
from engine.observation.kernels import BoxLowPass
from engine.resample import block_mean
from engine.scores import gradient_kurtosis, skewness
from engine.simulate.statistics import Statistic, means, opened

LEAD = 0.5  # m: thinner ice is a lead, or was one
FILTER_KM = 120.0  # of the published input
WIDTHS = (1, 2, 4, 8, 16, 32)  # cells: 4 to 128 km
DAY = 86400.0  # s


def ice_statistics(path: str | Path) -> Mapping[str, Statistic]:
    """Statistics of a run's file; each is a mean over dates of the value of one date.

    Args:
        path: NetCDF or Zarr with thickness (m), drift_x and drift_y (m s-1) over (time, y, x), x and y in km, as
            written by `simulate_ice`.

    Returns:
        Name -> statistic.

    Raises:
        InputError: For a file that is missing or is no such run.
    """
    with opened(Path(path), "ice run", ("thickness", "drift_x", "drift_y"), "modulus") as run:
        mean = means(run, _of_date)
    return {name: Statistic(mean[name], *about) for name, about in _about().items()}


def _about() -> dict[str, tuple]:
    return {
        "thickness": ("m", "mean thickness", (0.5, 4.0)),
        "leads": ("1", f"share thinner than {LEAD:g} m", (0.001, 0.1)),
        "gradient_kurtosis": ("1", "kurtosis of the thickness gradient", (8.0, 60.0)),
        "anomaly_skewness": ("1", f"skewness of what a {FILTER_KM:g} km box loses", (-2.5, -0.5)),
        "lost": ("1", f"share of the thickness variance that a {FILTER_KM:g} km box loses", (0.3, 0.75)),
        "deformation": ("d-1", "mean total deformation at 4 km", (0.02, 0.15)),
        "deformation_scaling": ("1", "exponent of the deformation over 4 to 128 km (RGPS: -0.2)", (-0.35, -0.1)),
    }


def _of_date(date: xr.Dataset) -> dict[str, float]:
    thickness = date["thickness"].astype(float)
    grid = Grid.of(thickness)
    dy, dx = (step / 1000 for step in grid.spacing)
    low = BoxLowPass(1, FILTER_KM, spacing_km=(dy, dx)).apply(torch.as_tensor(thickness.values))
    lost = thickness - low.numpy()
    u, v = (date[name].values.astype(float) for name in ("drift_x", "drift_y"))
    statistics = {
        "thickness": thickness.mean(),
        "leads": (thickness < LEAD).mean(),
        "gradient_kurtosis": gradient_kurtosis(thickness),
        "anomaly_skewness": skewness(lost),
        "lost": lost.var() / thickness.var(),
        "deformation": DAY * np.hypot(*deformation(u, v, grid)).mean(),
        "deformation_scaling": deformation_scaling(u, v, grid),
    }
    return {name: float(value) for name, value in statistics.items()}


def deformation_scaling(u: np.ndarray, v: np.ndarray, grid: Grid) -> float:
    """Exponent of the mean total deformation over the width of the boxes that the velocity gradient is averaged over.

    The total is that of divergence and largest shear together; 0 is uniform strain, -1 or less noise, which averages
    out. Source: Marsan et al. 2004, doi:10.1103/PhysRevLett.93.178501, eq. (1) for the moment 1.

    Args:
        u: Drift along x (y, x), m s-1.
        v: Drift along y (y, x), m s-1.
        grid: Their grid.

    Returns:
        The exponent, over all WIDTHS of which at least four fit into the shorter side.
    """
    widths = [width for width in WIDTHS if min(u.shape) >= 4 * width]
    gradients = torch.as_tensor(np.stack([difference(w, grid, axis) for w in (u, v) for axis in ("x", "y")]))
    total = []
    for width in widths:
        ny, nx = (size - size % width for size in u.shape)
        u_x, u_y, v_x, v_y = block_mean(gradients[:, :ny, :nx], width)
        total.append(float(torch.sqrt((u_x + v_y) ** 2 + (u_x - v_y) ** 2 + (u_y + v_x) ** 2).mean()))
    return float(np.polyfit(np.log(widths), np.log(total), 1)[0])
