"""Scores cell by cell: bias, MAE, RMSE, correlation, improvement over a reference, the challenges' mu and sigma.

Every valid cell counts the same; there is no weight by cell area (at 45 degrees, rows 10 degrees apart differ by 16 %).
"""

from collections.abc import Hashable, Iterable

import xarray as xr
from scores.continuous import additive_bias
from scores.continuous import mae as _mae
from scores.continuous import rmse as _rmse
from scores.continuous.correlation import pearsonr

from engine.errors import InputError
from engine.scores.matching import finite

Dims = Iterable[Hashable] | None


def bias(estimate: xr.DataArray, truth: xr.DataArray, dims: Dims = None) -> xr.DataArray:
    """Mean error, (1/n) sum(x - y).

    Args:
        estimate: x, any shape, on the truth's grid.
        truth: y; cells where it is NaN are left out.
        dims: dimensions to average over; None: all.

    Returns:
        The score over the other dimensions, in the field's unit; NaN where the estimate lacks a cell that is judged.

    Raises:
        InputError: coordinates or dimensions differ.
    """
    x, y, complete = _pair(estimate, truth, dims)
    return additive_bias(x, y, reduce_dims=_dims(y, dims)).where(complete)


def mae(estimate: xr.DataArray, truth: xr.DataArray, dims: Dims = None) -> xr.DataArray:
    """Mean absolute error, (1/n) sum|x - y|.

    Args:
        estimate: x, any shape, on the truth's grid.
        truth: y; cells where it is NaN are left out.
        dims: dimensions to average over; None: all.

    Returns:
        The score over the other dimensions, in the field's unit; NaN where the estimate lacks a cell that is judged.

    Raises:
        InputError: coordinates or dimensions differ.
    """
    x, y, complete = _pair(estimate, truth, dims)
    return _mae(x, y, reduce_dims=_dims(y, dims)).where(complete)


def rmse(estimate: xr.DataArray, truth: xr.DataArray, dims: Dims = None) -> xr.DataArray:
    """Root mean square error, sqrt((1/n) sum(x - y)^2).

    Args:
        estimate: x, any shape, on the truth's grid.
        truth: y; cells where it is NaN are left out.
        dims: dimensions to average over; None: all.

    Returns:
        The score over the other dimensions, in the field's unit; NaN where the estimate lacks a cell that is judged.

    Raises:
        InputError: coordinates or dimensions differ.
    """
    x, y, complete = _pair(estimate, truth, dims)
    return _rmse(x, y, reduce_dims=_dims(y, dims)).where(complete)


def correlation(estimate: xr.DataArray, truth: xr.DataArray, dims: Dims = None) -> xr.DataArray:
    """Pearson's correlation.

    Args:
        estimate: any shape, on the truth's grid.
        truth: cells where it is NaN are left out.
        dims: dimensions to correlate over; None: all.

    Returns:
        The correlation (1) over the other dimensions; NaN where either field is constant or the estimate lacks a cell
        that is judged.

    Raises:
        InputError: coordinates or dimensions differ.
    """
    x, y, complete = _pair(estimate, truth, dims)
    return pearsonr(x, y, reduce_dims=_dims(y, dims)).where(complete)


def relative_improvement(
    estimate: xr.DataArray, truth: xr.DataArray, reference: xr.DataArray, dims: Dims = None
) -> xr.DataArray:
    """1 - RMSE(estimate) / RMSE(reference): 1 is perfect, 0 no better than the reference, negative worse.

    Args:
        estimate: any shape, on the truth's grid.
        truth: cells where it is NaN are left out.
        reference: another estimate, on the same grid.
        dims: dimensions to average over; None: all.

    Returns:
        The score (1) over the other dimensions; NaN where either lacks a cell that is judged.

    Raises:
        InputError: coordinates or dimensions differ.
    """
    return 1 - rmse(estimate, truth, dims) / rmse(reference, truth, dims)


def odc_mu(estimate: xr.DataArray, truth: xr.DataArray, dims: Dims = None) -> xr.DataArray:
    """1 - RMS(error) / RMS(truth) over all days and cells; the truth keeps its mean.

    Source: SSH mapping data challenge 2020a, doi:10.5281/zenodo.4045400, score mu(RMSE).

    Args:
        estimate: (time?, y, x), on the truth's grid.
        truth: cells where it is NaN are left out.
        dims: dimensions to average over; None: all.

    Returns:
        The score (1) over the other dimensions; NaN where the estimate lacks a cell that is judged.

    Raises:
        InputError: coordinates or dimensions differ.
    """
    return 1 - rmse(estimate, truth, dims) / rmse(xr.zeros_like(truth), truth, dims)


def odc_sigma(estimate: xr.DataArray, truth: xr.DataArray) -> xr.DataArray:
    """Standard deviation (ddof 0) over the days of the daily 1 - RMS(error) / RMS(truth).

    Source: as odc_mu, score sigma(RMSE).

    Args:
        estimate: (time, y, x), on the truth's grid.
        truth: cells where it is NaN are left out.

    Returns:
        The score (1), 0-d; NaN where the estimate lacks a cell that is judged.

    Raises:
        InputError: the truth has no dimension `time`, or coordinates or dimensions differ.
    """
    if "time" not in truth.dims:
        raise InputError(f"The daily spread needs a dimension 'time'; the truth has {truth.dims}.")
    return odc_mu(estimate, truth, ("y", "x")).std("time", skipna=False)


def _dims(truth: xr.DataArray, dims: Dims) -> list[Hashable]:
    return list(truth.dims if dims is None else dims)


def _pair(estimate: xr.DataArray, truth: xr.DataArray, dims: Dims) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Both in double precision with the truth's gaps left out, and whether the estimate covers every valid cell."""
    try:
        x, y = xr.align(estimate, truth, join="exact", copy=False)
    except ValueError as error:
        raise InputError(f"The estimate is not on the truth's grid: {error}") from None
    if set(x.dims) != set(y.dims):
        raise InputError(f"The estimate has dimensions {x.dims}, the truth {y.dims}.")
    valid = finite(y)
    if bool(valid.all()) and bool(finite(x).all()):
        return x.astype(float, copy=False), y.astype(float, copy=False), xr.DataArray(True)
    complete = (finite(x) | ~valid).all(_dims(y, dims))
    return x.astype(float).where(valid & finite(x)), y.astype(float).where(valid), complete
