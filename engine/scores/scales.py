"""How the statistics of a field change from scale to scale: what a hypothesis of scale invariance takes for equal.

A scale is the width of square cells. A field is brought to each by means over whole cells, temperatures in K by mean
radiance; blocks that lack more than half of their cells are missing. Statistics use the known cells alone.
"""

import numpy as np
import torch
import xarray as xr

from engine.errors import InputError
from engine.grid import Grid, coarsen_coordinate
from engine.observation.kernels import BlockMean, RadianceMean
from engine.scores.distribution import skewness
from engine.scores.spectral import power_spectrum, spectral_slope

FACTORS = (1, 2, 4, 8, 16, 32)  # cells of the field per cell of the scale
SMALLEST = 7  # cells along the shorter side of a scale worth a statistic
FEWEST = 49  # known cells worth one
SLOPE_FROM, SLOPE_TO = 16, 4  # cells: the wavelengths that a scale's spectral slope is fitted to

# name -> (long name, unit: of the field u, of the guide g)
STATISTICS = {
    "mean": ("mean", "u"),
    "std": ("standard deviation", "u"),
    "skewness": ("skewness", "1"),
    "spectral_slope": ("spectral slope, 4 to 16 cells", "1"),
    "neighbours": ("difference of neighbours, root mean square", "u"),
    "flatness": ("flatness of neighbours' differences", "1"),
    "guide_slope": ("slope on the guide", "u/g"),
    "guide_correlation": ("correlation with the guide", "1"),
    "detail_slope": ("slope of details on the guide's", "u/g"),
}
RELATIONS = ("guide_slope", "guide_correlation", "detail_slope")  # those that need a guide


def across_scales(field: xr.DataArray, guide: xr.DataArray | None = None) -> xr.Dataset:
    """STATISTICS of a field, from its own cells up to SMALLEST cells a side.

    `neighbours` is the root of the second-order structure function at one cell of the scale, `flatness` its
    fourth-order one over the square of the second: constant over the scales of a self-similar field (Frisch 1995,
    doi:10.1017/CBO9781139170666, sections 5.2 and 8.2).

    Args:
        field: (y, x) with units and coordinates y, x; NaN is missing.
        guide: a covariate on the same grid; None: RELATIONS are NaN.

    Returns:
        The statistics over `scale` (width of a cell, km), each with its unit; NaN where one cannot be formed.

    Raises:
        InputError: the field has fewer than SMALLEST cells a side, or its grid is not regular.
    """
    if field.ndim != 2 or min(field.shape) < SMALLEST:
        raise InputError(
            f"Statistics across scales need a field of {SMALLEST} x {SMALLEST} cells; it is {field.shape}."
        )
    factors = [factor for factor in FACTORS if min(field.shape) // factor >= SMALLEST]
    spacing = cell_km(field)
    rows = [_of_scale(averaged(field, f), None if guide is None else averaged(guide, f)) for f in factors]
    units = str(field.attrs.get("units", "1"))
    by = units if guide is None or guide.attrs.get("units", "1") == "1" else f"{units}/({guide.attrs['units']})"
    scale = xr.DataArray(
        [spacing * factor for factor in factors], dims="scale", attrs={"units": "km", "long_name": "width of a cell"}
    )
    named = {"u": units, "1": "1", "u/g": by}
    return xr.Dataset(
        {
            name: ("scale", [row[name] for row in rows], {"long_name": title, "units": named[unit]})
            for name, (title, unit) in STATISTICS.items()
        },
        {"scale": scale},
    )


def cell_km(field: xr.DataArray) -> float:
    """Width of a square cell of the same area.

    Args:
        field: with coordinates y, x.

    Returns:
        The width, km.

    Raises:
        InputError: the grid is not regular.
    """
    return float(np.sqrt(np.prod(Grid.of(field).spacing))) / 1000


def averaged(field: xr.DataArray, factor: int) -> xr.DataArray:
    """A field brought to wider cells, in K by mean radiance; what does not fill a cell at the end is left out.

    Args:
        field: (y, x) with coordinates y, x.
        factor: cells per wider cell, along y and x.

    Returns:
        The field (y // factor, x // factor) in its unit; a wide cell is NaN where fewer than half of its cells are
        known.
    """
    if factor == 1:
        return field
    ny, nx = (n // factor * factor for n in field.shape)
    cut = field.isel(y=slice(0, ny), x=slice(0, nx))
    kind = RadianceMean if field.attrs.get("units") == "K" else BlockMean
    values = kind(factor, 0.0).apply(torch.as_tensor(np.ascontiguousarray(cut.values))).numpy()
    coords = {axis: coarsen_coordinate(cut[axis], factor) for axis in ("y", "x")}
    return xr.DataArray(values, dims=("y", "x"), coords=coords, attrs=dict(field.attrs), name=field.name)


def structure_function(field: xr.DataArray, order: int = 2) -> xr.DataArray:
    """S(r) = mean |T(s + r) - T(s)|^order along both axes.

    Args:
        field: (y, x) with units and coordinates y, x; pairs without a value are left out.
        order: the exponent.

    Returns:
        S over `lag` (km) of 1, 2, 4, ... cells, to half the shorter side; units^order.

    Raises:
        InputError: the grid is not regular.
    """
    values, spacing = field.values.astype(float), cell_km(field)
    lags = [2**n for n in range(12) if 2**n <= min(field.shape) // 2]
    moments = [float(np.nanmean(np.abs(_differences(values, lag)) ** order)) for lag in lags]
    lag = xr.DataArray([spacing * n for n in lags], dims="lag", attrs={"units": "km", "long_name": "distance"})
    units = str(field.attrs.get("units", "1"))
    power = f"({units}){order}" if " " in units else f"{units}{order}"
    attrs = {"units": units if units == "1" else power, "long_name": f"structure function of order {order}"}
    return xr.DataArray(moments, dims="lag", coords={"lag": lag}, attrs=attrs)


def _differences(values: np.ndarray, lag: int) -> np.ndarray:
    """Of all pairs `lag` cells apart along y and along x."""
    return np.concatenate([(values[lag:] - values[:-lag]).ravel(), (values[:, lag:] - values[:, :-lag]).ravel()])


def _of_scale(field: xr.DataArray, guide: xr.DataArray | None) -> dict[str, float]:
    values = field.values.astype(float)
    known = values[np.isfinite(values)]
    if known.size < FEWEST:
        return dict.fromkeys(STATISTICS, np.nan)
    steps = _differences(values, 1)
    second, fourth = float(np.nanmean(steps**2)), float(np.nanmean(steps**4))
    found = {
        "mean": float(known.mean()),
        "std": float(known.std()),
        "skewness": skewness(field),
        "spectral_slope": _slope(field),
        "neighbours": float(np.sqrt(second)),
        "flatness": fourth / second**2 if second else np.nan,
    }
    return found | _with_guide(values, guide)


def _slope(field: xr.DataArray) -> float:
    """NaN where the longest of the wavelengths does not fit."""
    if min(field.shape) < SLOPE_FROM:
        return np.nan
    spacing = max(Grid.of(field).spacing) / 1000
    try:
        return spectral_slope(power_spectrum(field), SLOPE_FROM * spacing, SLOPE_TO * spacing)
    except InputError:
        return np.nan


def _with_guide(values: np.ndarray, guide: xr.DataArray | None) -> dict[str, float]:
    """Regression on the guide: of the fields, and of what neighbouring cells differ by."""
    nothing = dict.fromkeys(RELATIONS, np.nan)
    if guide is None:
        return nothing
    other = guide.values.astype(float)
    both = np.isfinite(values) & np.isfinite(other)
    x, y = other[both] - other[both].mean(), values[both] - values[both].mean()
    dx, dy = _differences(other, 1), _differences(values, 1)
    steps = np.isfinite(dx) & np.isfinite(dy)
    dx, dy = dx[steps], dy[steps]
    if not (x @ x > 0 and y @ y > 0 and dx @ dx > 0):
        return nothing
    return {
        "guide_slope": float(x @ y / (x @ x)),
        "guide_correlation": float(x @ y / np.sqrt((x @ x) * (y @ y))),
        "detail_slope": float(dx @ dy / (dx @ dx)),
    }
