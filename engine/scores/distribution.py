"""How values and gradients are distributed: histograms of truth, input and estimate; skewness and kurtosis."""

import numpy as np
import xarray as xr

from engine.grid import Grid, gradient
from engine.scene import Scene


def densities(estimate: xr.DataArray, scene: Scene, bins: int = 60) -> xr.Dataset:
    """Probability densities of estimate, input and, where there is one, truth.

    The bins are equal and span all finite values. Cells without a value are left out, and a field without any has the
    density 0.

    Args:
        estimate: the field, any shape, in the input's unit.
        scene: the scene it is of.
        bins: how many.

    Returns:
        `estimate`, `input` and maybe `truth`, (value,), in 1/units of the field; `value` holds the bins' centres.
    """
    fields = {"input": scene.problem.low[scene.variable], "estimate": estimate}
    if scene.truth is not None:
        fields["truth"] = scene.truth[scene.variable]
    values = {name: field.values[np.isfinite(field.values)] for name, field in fields.items()}
    low = min((float(v.min()) for v in values.values() if v.size), default=0.0)
    high = max((float(v.max()) for v in values.values() if v.size), default=1.0)
    high = high if high > low else low + 1
    width = (high - low) / bins
    units = str(fields["input"].attrs["units"])
    centres = xr.DataArray(
        low + width * (np.arange(bins) + 0.5), dims="value", attrs={"units": units, "long_name": "value"}
    )
    attrs = {"units": f"({units})-1", "long_name": "probability density"}
    counts = {name: np.histogram(v, bins, (low, high))[0] / (max(v.size, 1) * width) for name, v in values.items()}
    return xr.Dataset({name: ("value", n, attrs) for name, n in counts.items()}, {"value": centres})


def skewness(field: xr.DataArray) -> float:
    """Third standardised moment of the values: negative where rare values are low (leads).

    Args:
        field: any shape; missing values are left out.

    Returns:
        The skewness (1); NaN where nothing varies.
    """
    return _standardised(field.values, 3)


def gradient_kurtosis(field: xr.DataArray) -> float:
    """Fourth standardised moment of d/dx and d/dy together: 3 for a Gaussian field, more where edges are sharp.

    Source: the intermittency of e.g. Frisch 1995, Turbulence, section 8.2, here of centred differences.

    Args:
        field: (..., y, x) with coordinates y, x; missing gradients are left out.

    Returns:
        The kurtosis (1); NaN where nothing varies.

    Raises:
        InputError: the grid is not regular.
    """
    return _standardised(np.concatenate([part.ravel() for part in gradient(field.values, Grid.of(field))]), 4)


def _standardised(values: np.ndarray, order: int) -> float:
    """Third or fourth standardised moment of the finite values."""
    away = values[np.isfinite(values)].astype(float)
    away -= away.mean() if away.size else 0.0
    square = away * away
    variance = square.mean() if away.size else 0.0
    if variance == 0:
        return float("nan")
    return float((square * (away if order == 3 else square)).mean() / variance ** (order / 2))
