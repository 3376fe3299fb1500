"""DISR: temperature and vegetation index; squared error over that of bicubic, or without any fine temperature."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

from engine.grid import Region
from engine.nets.mrunet import Mrunet
from engine.observation.kernels import RadianceMean
from engine.training.land_data import FACTOR, LST_SCALE, Cuts, Land, collate, inputs, judge, loss
from engine.training.loop import Recipe

WIDTHS = (16, 24, 32, 48)  # as good as twice as many in validation
RECONSTRUCTION, TEXTURE, SLOPE = 0.99, 0.01, -0.5  # weights of the two terms; temperature's gradient over the index's


class Oasis(Cuts):
    """The north of the Landsat scene, 120 m."""

    scene, guide = "lst_tvdi", True
    origin = "`finescale data fetch lst_tvdi` gets them"
    parts = {
        "train": Region("north of 4307.0 km", (606.98, 637.0), (4307.0, 4317.91)),
        "validation": Region("4303.5 to 4306 km", (606.98, 637.0), (4303.5, 4306.0)),
    }


def free_loss(net: nn.Module, cut: Land) -> torch.Tensor:
    """0.99 MSE(down(SR), LST) + 0.01 MSE(grad SR, -0.5 grad NDVI), both fields to unit variance of the cut.

    down: mean radiance. Source: Ait-Bachir et al. 2025, doi:10.48550/arXiv.2502.01204: no fine temperature is needed,
    and so no scale above.

    Args:
        net: A network of two inputs.
        cut: A batch (n, 1, y, x); its temperature enters as block means alone.

    Returns:
        The loss, a scalar without unit.
    """
    fields, _ = inputs(cut)
    low = RadianceMean(FACTOR, 0.0).apply(cut.lst)
    spread = low.std(dim=(-2, -1), keepdim=True).clamp(min=0.5)
    index = fields[:, 1:] / fields[:, 1:].std(dim=(-2, -1), keepdim=True).clamp(min=0.1)
    found = net(fields).float() * LST_SCALE + low.mean(dim=(-2, -1), keepdim=True)  # K
    reconstruction = ((RadianceMean(FACTOR, 0.0).apply(found) - low) / spread).square().mean()
    texture = sum(F.mse_loss((found / spread).diff(dim=dim), SLOPE * index.diff(dim=dim)) for dim in (-2, -1))
    return RECONSTRUCTION * reconstruction + TEXTURE * texture


def judge_free(net: nn.Module, cut: Land) -> Mapping[str, torch.Tensor]:
    """Its own loss, which decides; beside it, for the card, what nobody would know without a fine temperature.

    Args:
        net: A network of two inputs.
        cut: A batch (n, 1, y, x).

    Returns:
        'free_loss' and 'rmse_over_bicubic', scalars without unit.
    """
    return {"free_loss": free_loss(net, cut), **judge(net, cut)}


RECIPES = tuple(
    Recipe(
        key, Mrunet, {"inputs": 2, "widths": WIDTHS}, how, judged, rate=1e-3, batch=8, steps=steps, size=96,
        data=Oasis, collate=collate, about={"factor": FACTOR, "cell_km": 0.12},
        valid={"kernels": ["radiance_mean"], "factors": [FACTOR], "spacing_km": [0.12, 0.12]},
    )
    for key, how, judged, steps in (("disr", loss, judge, 1500), ("disr_free", free_loss, judge_free, 3000))
)  # fmt: skip
