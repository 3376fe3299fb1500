"""Scores of motion: the end-point error where the flow is known, the error of forecasts by lead time."""

import numpy as np
import xarray as xr

from engine.scene import Scene

RAINS = 0.1  # in the tracer's unit: less is no rain, and nobody sees it move


def endpoint_error(estimate: xr.Dataset, truth: xr.Dataset) -> xr.DataArray:
    """|w - w_true| in m s-1, (time, y, x). Source: Baker et al. 2011, doi:10.1007/s11263-010-0390-2, section 4.1."""
    error = np.hypot(estimate["u"].values - truth["u"].values, estimate["v"].values - truth["v"].values)
    attrs = {"units": "m s-1", "long_name": "end-point error"}
    return estimate["u"].copy(data=error.astype(np.float32)).rename("endpoint_error").assign_attrs(attrs)


def relative_endpoint_error(estimate: xr.Dataset, scene: Scene) -> float:
    """Mean |w - w_true| over mean |w_true|, where something is seen to move: with rain, where it rains; without unit.

    NaN where nobody knows the flow.
    """
    truth = scene.truth
    if truth is None or "u" not in truth:
        return float("nan")
    error, speed = endpoint_error(estimate, truth).values, np.hypot(truth["u"].values, truth["v"].values)
    images = scene.problem.low[scene.variable].values
    where = np.isfinite(error) & np.isfinite(speed)
    if scene.variable.startswith("rain"):
        where &= images > RAINS
    return float(error[where].mean() / speed[where].mean()) if where.any() else float("nan")


def forecast_rmse(estimate: xr.Dataset, scene: Scene) -> xr.DataArray | None:
    """Root-mean-square error of the forecast at every lead time, in the tracer's unit; None where there is none."""
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
}


def motion_table(estimate: xr.Dataset, scene: Scene) -> xr.Dataset:
    """Scores as 0-d variables, like `table`: `rmse`, `rmse_1`, `rmse_2`, ... by lead time, `endpoint_error`."""
    rmse, units = forecast_rmse(estimate, scene), str(scene.problem.low[scene.variable].attrs["units"])
    by_lead = np.full(scene.problem.target.sizes["lead"], np.nan) if rmse is None else rmse.values
    values = {"rmse": (float(by_lead.mean()), units), "endpoint_error": (relative_endpoint_error(estimate, scene), "1")}
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
