"""The hypothesis of scale invariance, measured: what learning one scale up costs, and what a correction saves."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from engine import methods, scores
from engine.errors import InputError
from engine.methods.mrunet import ABOVE, FEW, HERE
from engine.scene import Scene
from engine.scores.scales import cell_km
from engine.weights import card

VARIANTS: dict[str, tuple[str, str, dict[str, Any]]] = {  # name -> (title, method, its settings)
    "bicubic": ("Bicubic", "bicubic", {}),
    "above": ("MRUNet, trained one scale up", "mrunet", {"trained": ABOVE}),
    "corrected": ("the same, corrected", "mrunet", {"trained": ABOVE, "corrected": True}),
    "few": ("MRUNet, trained here on as few pixels", "mrunet", {"trained": FEW}),
    "here": ("MRUNet, trained here", "mrunet", {"trained": HERE}),
}
CLEAR = 0.005  # share of the error below which a difference of two errors is called none
ALIKE = 0.1  # share by which cells may be wider or narrower than those that were trained on


def measured(scene: Scene) -> Iterator[xr.Dataset]:
    """RMSE of every variant on a scene with a truth, one more at a time; complete, it also tells the loss.

    Variables in K: bicubic, above, corrected, few, here; `loss` = above - here, what the hypothesis costs; `scale` =
    above - few, what of it is the scale's alone and not that of fewer pixels and steps; `removed`, the share of the
    loss (1) that the correction takes away, NaN where the loss is not clear.

    Args:
        scene: land surface temperature (K) with a truth.

    Yields:
        Datasets of 0-d variables, a variant more each; the last one with `loss`, `scale` and `removed`.

    Raises:
        InputError: the sentence of `obstacle`.
    """
    if reason := obstacle(scene):
        raise InputError(reason)
    found: dict[str, xr.DataArray] = {}
    for name, (title, key, settings) in VARIANTS.items():
        estimate = methods.create(key, **settings).predict(scene.problem)[scene.variable]
        error = float(scores.rmse(estimate, scene.truth[scene.variable]))  # type: ignore[index]
        found[name] = xr.DataArray(error, attrs={"units": "K", "long_name": title})
        yield xr.Dataset(found)
    yield xr.Dataset(found | losses(**{name: float(error) for name, error in found.items()}))


def losses(above: float, corrected: float, few: float, here: float, **others: float) -> dict[str, xr.DataArray]:
    """What the variants' errors tell: `loss` = above - here, `scale` = above - few, `removed` of the loss.

    Args:
        above: RMSE of the network trained one scale up, K.
        corrected: the same with the correction, K.
        few: RMSE of the one trained here on as few pixels, K.
        here: RMSE of the one trained here, K.
        **others: of other variants; not used.

    Returns:
        0-d fields: loss and scale (K), removed (1; NaN where the loss is not clear).
    """
    loss = above - here
    removed = (above - corrected) / loss if clear(loss, here) else np.nan
    return {
        "loss": xr.DataArray(loss, attrs={"units": "K", "long_name": "loss from the hypothesis"}),
        "scale": xr.DataArray(above - few, attrs={"units": "K", "long_name": "loss from the scale alone"}),
        "removed": xr.DataArray(removed, attrs={"units": "1", "long_name": "share that the correction removes"}),
    }


def clear(loss: float, error: float) -> bool:
    """Whether a loss is more than nothing beside an error.

    Args:
        loss: difference of two errors, K.
        error: RMSE to compare it with, K.

    Returns:
        True above 0.5 % of the error.
    """
    return loss > CLEAR * error


def obstacle(scene: Scene) -> str:
    """Why the cost cannot be measured on a scene.

    Args:
        scene: the scene.

    Returns:
        One sentence; empty where it can.
    """
    if scene.variable != "lst" or "mrunet" not in methods.METHODS:
        return "What the hypothesis costs is measured on land surface temperature, by the weights of MRUNet."
    if scene.truth is None or scene.problem.observation is None:
        return "Without a truth nobody can say what the hypothesis costs."
    trained, factor = card("mrunet_here"), scene.problem.observation.factor
    wide, cell = trained["cell_km"], cell_km(scene.truth[scene.variable])
    if factor == trained["factor"] and abs(cell / wide - 1) < ALIKE:
        return ""
    return (
        f"What the hypothesis costs is told where MRUNet was trained at both scales, at x{trained['factor']} on cells "
        f"of {wide:.2g} km; here it is x{factor} on cells of {cell:.2g} km."
    )
