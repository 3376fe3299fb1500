"""Ours: every batch another factor, random targets, squared error over that of bicubic interpolation."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.spectral_liif import SpectralLiif
from engine.training.data import Sample, degraded
from engine.training.jiif import ratio
from engine.training.liif import random_targets
from engine.training.loop import Recipe

FACTORS = (27, 27, 27, 27, 9, 9, 9, 3, 4, 6, 8, 12, 16, 18, 24, 36)  # drawn at random; those of the reports more often
TARGETS = 6144


def loss(net: nn.Module, sample: Sample) -> torch.Tensor:
    factor = FACTORS[int(torch.randint(len(FACTORS), ()))]
    low = degraded(sample.ssh, factor)
    offset = low.mean(dim=(-2, -1), keepdim=True)
    chosen, truth = random_targets(sample.ssh - offset, TARGETS)
    up = F.interpolate(low - offset, size=sample.ssh.shape[-2:], mode="bicubic", align_corners=False)
    return F.mse_loss(net(low - offset, sample.sst, chosen), truth) / F.mse_loss(up, sample.ssh - offset)


def judge(net: nn.Module, sample: Sample) -> Mapping[str, torch.Tensor]:
    """RMSE over bicubic's at x27, x9 and x3, at one cell in 81."""
    return {name: ratio(net, sample, factor) for name, factor in (("rmse_over_bicubic", 27), ("x9", 9), ("x3", 3))}


RECIPES = (Recipe("spectral_liif", SpectralLiif, {}, loss, judge, batch=3, steps=5000),)
