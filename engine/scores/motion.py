"""Scores of motion: end-point and angular error where the flow is known, the error of forecasts by lead time."""

import numpy as np
import xarray as xr

from engine.grid import Grid
from engine.scene import Scene

RAINS = 0.1  # in the tracer's unit: less is no rain, and nobody sees it move


def endpoint_error(estimate: xr.Dataset, truth: xr.Dataset) -> xr.DataArray:
    """|w - w_true|. Source: Baker et al. 2011, doi:10.1007/s11263-010-0390-2, section 4.1.

    Args:
        estimate: `u` and `v`, (time, y, x), m s-1.
        truth: the same, known.

    Returns:
        The error (time, y, x), m s-1, float32.
    """
    error = np.hypot(estimate["u"].values - truth["u"].values, estimate["v"].values - truth["v"].values)
    attrs = {"units": "m s-1", "long_name": "end-point error"}
    return estimate["u"].copy(data=error.astype(np.float32)).rename("endpoint_error").assign_attrs(attrs)


def relative_endpoint_error(estimate: xr.Dataset, scene: Scene) -> float:
    """Mean |w - w_true| over mean |w_true|, where something is seen to move: with rain, where it rains.

    Args:
        estimate: `u` and `v`, (time, y, x), m s-1; cells without a value are left out.
        scene: images in a row, with the flow in its truth.

    Returns:
        The ratio (1); NaN where nobody knows the flow.
    """
    truth = scene.truth
    if truth is None or "u" not in truth:
        return float("nan")
    error, speed = endpoint_error(estimate, truth).values, np.hypot(truth["u"].values, truth["v"].values)
    where = _seen_moving(scene) & np.isfinite(error) & np.isfinite(speed)
    return float(error[where].mean() / speed[where].mean()) if where.any() else float("nan")


def angular_error(estimate: xr.Dataset, scene: Scene) -> float:
    """Mean angle between (u, v, 1) and the true one, in cells from image to image, where something moves.

    Source: Baker et al. 2011, doi:10.1007/s11263-010-0390-2, section 4.1.

    Args:
        estimate: `u` and `v`, (time, y, x), m s-1; cells without a value are left out.
        scene: images in a row, with the flow in its truth.

    Returns:
        The angle, degrees; NaN where nobody knows the flow.
    """
    truth = scene.truth
    if truth is None or "u" not in truth:
        return float("nan")
    (dy, dx), times = Grid.of(scene.problem.target).spacing, scene.problem.low["time"].values
    gap = np.diff(times).mean() / np.timedelta64(1, "s")
    found, true = (
        np.stack([flow["u"].values * gap / dx, flow["v"].values * gap / dy, np.ones(flow["u"].shape)])
        for flow in (estimate, truth)
    )
    cosine = (found * true).sum(0) / np.sqrt((found**2).sum(0) * (true**2).sum(0))
    where = _seen_moving(scene) & np.isfinite(cosine)
    angle = np.degrees(np.arccos(np.clip(cosine[where], -1, 1)))
    return float(angle.mean()) if where.any() else float("nan")


def _seen_moving(scene: Scene) -> np.ndarray:
    """Where something is seen to move, (time, y, x)."""
    images = scene.problem.low[scene.variable].values
    return images > RAINS if scene.variable.startswith("rain") else np.ones(images.shape, bool)


def forecast_rmse(estimate: xr.Dataset, scene: Scene) -> xr.DataArray | None:
    """Root-mean-square error of the forecast at every lead time, over the cells where forecast and truth have a value.

    Args:
        estimate: `forecast` (lead, y, x) in the tracer's unit.
        scene: images in a row, with the later ones as truth, (lead, y, x).

    Returns:
        The error by `lead` (s), in the tracer's unit; None where there is no forecast or no truth.
    """
    if "forecast" not in estimate or scene.truth is None:
        return None
    error = estimate["forecast"].values - scene.truth[scene.variable].values
    lead = scene.problem.target["lead"]
    values = np.sqrt(np.nanmean(error**2, axis=(1, 2)))
    attrs = {"units": scene.problem.low[scene.variable].attrs["units"], "long_name": "RMSE of the forecast"}
    return xr.DataArray(values, {"lead": lead.values}, "lead", "rmse", attrs)


FORMULAS = {
    "rmse": ("RMSE of the forecasts, mean over lead times", r"\overline{\sqrt{\overline{(I - Y)^2}}}"),
    "endpoint_error": ("end-point error, relative", r"\overline{|w - w^*|} / \overline{|w^*|}"),
    "angular_error": ("angular error", r"\overline{\angle((u, v, 1), (u^*, v^*, 1))}"),
}


def motion_table(estimate: xr.Dataset, scene: Scene) -> xr.Dataset:
    """Scores of motion, like `table`.

    Args:
        estimate: `u`, `v` (time, y, x), m s-1, and maybe `forecast` (lead, y, x) in the tracer's unit.
        scene: images in a row.

    Returns:
        0-d variables with units, long_name, better and formula: `rmse`, by lead time `rmse_1`, `rmse_2`, ..., and
        errors of the flow; NaN where they cannot be formed.
    """
    rmse, units = forecast_rmse(estimate, scene), str(scene.problem.low[scene.variable].attrs["units"])
    by_lead = np.full(scene.problem.target.sizes["lead"], np.nan) if rmse is None else rmse.values
    values = {
        "rmse": (float(by_lead.mean()), units),
        "endpoint_error": (relative_endpoint_error(estimate, scene), "1"),
        "angular_error": (angular_error(estimate, scene), "degree"),
    }
    out = {}
    for name, (value, unit) in values.items():
        long_name, formula = FORMULAS[name]
        about = {"units": unit, "long_name": long_name, "better": "lower", "formula": formula}
        out[name] = xr.DataArray(value, attrs=about)
    for number, value in enumerate(by_lead, 1):
        about = {"units": units, "long_name": f"RMSE at lead time {number}", "better": "lower",
                 "formula": FORMULAS["rmse"][1]}  # fmt: skip
        out[f"rmse_{number}"] = xr.DataArray(float(value), attrs=about)
    return xr.Dataset(out)
