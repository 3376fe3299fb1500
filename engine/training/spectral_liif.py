"""Ours: every batch another factor, squared error over that of bicubic interpolation."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.spectral_liif import SpectralLiif
from engine.training.data import Sample, bicubic, degraded
from engine.training.loop import Recipe

FACTORS = (27,) * 6 + (9,) * 6 + (3, 3, 3, 6, 12, 18, 36)  # drawn at random; those of the reports more often


def loss(net: nn.Module, sample: Sample) -> torch.Tensor:
    return _error(net, sample, FACTORS[int(torch.randint(len(FACTORS), ()))])


def judge(net: nn.Module, sample: Sample) -> Mapping[str, torch.Tensor]:
    """RMSE over bicubic's at x27, x9 and x3."""
    factors = {"rmse_over_bicubic": 27, "x9": 9, "x3": 3}
    return {name: _error(net, sample, factor).sqrt() for name, factor in factors.items()}


def _error(net: nn.Module, sample: Sample, factor: int) -> torch.Tensor:
    """Mean squared error over bicubic interpolation's."""
    low = degraded(sample.ssh, factor)
    offset = low.mean(dim=(-2, -1), keepdim=True)
    values = net(low - offset, sample.sst).float() + offset
    return F.mse_loss(values, sample.ssh) / F.mse_loss(bicubic(low, sample.ssh), sample.ssh)


RECIPES = (Recipe("spectral_liif", SpectralLiif, {}, loss, judge, steps=6000),)
