"""Before anything is scored: is the estimate the scene's variable, on the scene's grid?"""

import numpy as np
import xarray as xr

from engine.errors import InputError
from engine.scene import Scene


def matched(estimate: xr.Dataset | xr.DataArray, scene: Scene) -> xr.DataArray:
    """The scene's field of an estimate, members averaged, on the target's own coordinates.

    Args:
        estimate: the field, or a dataset with it, (member?, time?, y, x).
        scene: the scene.

    Returns:
        The field (time?, y, x) in double precision, in its unit; an infinity becomes NaN.

    Raises:
        InputError: the variable, the dimensions, the shape or the coordinates differ from the scene's.
    """
    if isinstance(estimate, xr.Dataset) and scene.variable not in estimate:
        raise InputError(f"The estimate has no variable {scene.variable!r}; it has {list(estimate.data_vars)}.")
    field = estimate[scene.variable] if isinstance(estimate, xr.Dataset) else estimate
    if "member" in field.dims:
        field = field.mean("member", skipna=False, keep_attrs=True)
    expected = template(scene)
    _require(field, expected)
    return field.astype(float).where(finite(field)).assign_coords({name: expected[name] for name in ("y", "x")})


def template(scene: Scene) -> xr.DataArray:
    """What an estimate has to look like: the truth, or without one the mask with the input's own leading dimensions.

    Args:
        scene: the scene.

    Returns:
        Truth or mask, (time?, y, x).
    """
    if scene.truth is not None:
        return scene.truth[scene.variable]
    low = scene.problem.low[scene.variable]
    return scene.problem.mask.broadcast_like(low.isel(y=0, x=0, drop=True)).transpose(..., "y", "x")


def valid_cells(scene: Scene) -> xr.DataArray:
    """Where the scene is judged.

    Args:
        scene: the scene.

    Returns:
        True where its truth is finite or, without a truth, inside the target's mask; (time?, y, x).
    """
    expected = template(scene)
    return expected.astype(bool) if scene.truth is None else finite(expected)


def finite(field: xr.DataArray) -> xr.DataArray:
    """Where a field is neither NaN nor infinite.

    Args:
        field: any shape.

    Returns:
        True there, of the same shape.
    """
    return xr.apply_ufunc(np.isfinite, field)


def _require(field: xr.DataArray, expected: xr.DataArray) -> None:
    """Raise InputError with expected and actual where dimensions, shape or coordinates differ."""
    if field.dims != expected.dims or field.shape != expected.shape:
        raise InputError(
            f"The estimate has the shape {dict(field.sizes)}; the scene expects {dict(expected.sizes)} (members first)."
        )
    for name in set(expected.dims) & set(expected.coords):
        if name not in field.coords:
            raise InputError(f"The estimate has no coordinate {name!r}.")
        actual, wanted = field[name].values, expected[name].values
        if not _same(actual, wanted):
            raise InputError(
                f"The estimate's coordinate {name!r} runs from {actual[0]} to {actual[-1]}; "
                f"the scene's from {wanted[0]} to {wanted[-1]}."
            )


def _same(actual: np.ndarray, wanted: np.ndarray) -> bool:
    if not np.issubdtype(wanted.dtype, np.number):
        return bool(np.array_equal(actual, wanted))
    cell = abs(float(wanted[-1] - wanted[0])) / max(wanted.size - 1, 1)
    return bool(np.allclose(actual, wanted, rtol=0, atol=1e-2 * (cell or 1)))
