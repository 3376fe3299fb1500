"""DISR: temperature and vegetation index; squared error over that of bicubic, or without any fine temperature."""

import torch
import torch.nn.functional as F
from torch import nn

from engine.degrade import RadianceMean
from engine.grid import Region
from engine.nets.mrunet import Mrunet
from engine.training.data import degraded
from engine.training.land_data import FACTOR, LST_SCALE, Cuts, Land, collate, inputs, judge, loss
from engine.training.loop import Recipe

RECONSTRUCTION, TEXTURE, SLOPE = 0.99, 0.01, -0.5  # weights of the two terms; temperature's gradient over the index's


class Oasis(Cuts):
    """The north of the Landsat scene, 120 m."""

    scene, guide = "lst_tvdi", True
    parts = {
        "train": Region("north of 4306.3 km", (606.98, 637.0), (4306.3, 4317.91)),
        "validation": Region("4303.5 to 4306 km", (606.98, 637.0), (4303.5, 4306.0)),
    }


def free_loss(net: nn.Module, cut: Land) -> torch.Tensor:
    """0.99 MSE(down(SR), LST) + 0.01 MSE(grad SR, -0.5 grad NDVI), both fields to unit variance of the cut.

    Source: Ait-Bachir et al. 2025, doi:10.48550/arXiv.2502.01204: no fine temperature is needed, and so no scale above.
    """
    fields, _ = inputs(cut)
    low = RadianceMean(FACTOR, 0.0).apply(cut.lst)
    found = net(fields).float()
    offset = low.mean(dim=(-2, -1), keepdim=True)
    spread = low.std(dim=(-2, -1), keepdim=True).clamp(min=0.5)
    index = fields[:, 1:] / fields[:, 1:].std(dim=(-2, -1), keepdim=True).clamp(min=0.1)
    sharp = found * LST_SCALE / spread
    reconstruction = F.mse_loss(degraded(sharp, FACTOR), (low - offset) / spread)
    texture = sum(F.mse_loss(sharp.diff(dim=dim), SLOPE * index.diff(dim=dim)) for dim in (-2, -1))
    return RECONSTRUCTION * reconstruction + TEXTURE * texture


RECIPES = tuple(
    Recipe(
        key, Mrunet, {"inputs": 2}, how, judge, rate=1e-3, batch=8, steps=steps, size=96, data=Oasis, collate=collate
    )
    for key, how, steps in (("disr", loss, 1500), ("disr_free", free_loss, 1500))
)
