"""The hypothesis of scale invariance, measured: what learning one scale up costs, and what a correction saves."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from engine import methods, scores
from engine.errors import InputError
from engine.methods.mrunet import ABOVE, HERE
from engine.scene import Scene

VARIANTS: dict[str, tuple[str, str, dict[str, Any]]] = {  # name -> (title, method, its settings)
    "bicubic": ("Bicubic", "bicubic", {}),
    "above": ("MRUNet, trained one scale up", "mrunet", {"trained": ABOVE}),
    "corrected": ("the same, corrected", "mrunet", {"trained": ABOVE, "corrected": True}),
    "here": ("MRUNet, trained at this scale", "mrunet", {"trained": HERE}),
}


def measured(scene: Scene) -> Iterator[xr.Dataset]:
    """RMSE of every variant on a scene with a truth, one more at a time; complete, it also tells the loss.

    Variables in K: bicubic, above, corrected, here; `loss` = above - here, what the hypothesis costs; `removed`, the
    share of it (1) that the correction takes away, NaN where nothing is lost. Raises InputError without a truth, or
    where the field is no temperature.
    """
    if scene.truth is None:
        raise InputError("Without a truth nobody can say what the hypothesis costs.")
    found: dict[str, xr.DataArray] = {}
    for name, (title, key, settings) in VARIANTS.items():
        estimate = methods.create(key, **settings).predict(scene.problem)[scene.variable]
        error = float(scores.rmse(estimate, scene.truth[scene.variable]))
        found[name] = xr.DataArray(error, attrs={"units": "K", "long_name": title})
        yield xr.Dataset(found)
    above, corrected, here = (float(found[name]) for name in ("above", "corrected", "here"))
    loss, removed = above - here, (above - corrected) / (above - here) if above > here else np.nan
    found["loss"] = xr.DataArray(loss, attrs={"units": "K", "long_name": "loss from the hypothesis"})
    found["removed"] = xr.DataArray(removed, attrs={"units": "1", "long_name": "share that the correction removes"})
    yield xr.Dataset(found)


def measurable(scene: Scene) -> bool:
    """Whether a scene can be measured: a temperature with a truth, and the networks' weights are here."""
    return scene.truth is not None and scene.variable == "lst" and "mrunet" in methods.METHODS
