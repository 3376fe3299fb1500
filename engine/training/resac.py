"""RESAC without and with sea surface temperature: every stage supervised by the truth averaged to its grid."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.cascade import Cascade
from engine.training.data import Sample, degraded
from engine.training.loop import Recipe

FACTOR = 27


def _heights(net: nn.Module, sample: Sample) -> list[torch.Tensor]:
    guide = sample.sst if net.guides else None  # type: ignore[union-attr]
    return net(degraded(sample.ssh, FACTOR), guide)


def loss(net: nn.Module, sample: Sample) -> torch.Tensor:
    """Sum over stages of the mean squared error, each against the truth averaged to that stage's grid."""
    heights = _heights(net, sample)
    factors = [sample.ssh.shape[-1] // height.shape[-1] for height in heights]
    return sum(F.mse_loss(h, degraded(sample.ssh, f)) for h, f in zip(heights, factors, strict=True))  # type: ignore


def judge(net: nn.Module, sample: Sample) -> Mapping[str, torch.Tensor]:
    """RMSE over bicubic's at x27."""
    low = degraded(sample.ssh, FACTOR)
    bicubic = F.interpolate(low, size=sample.ssh.shape[-2:], mode="bicubic", align_corners=False)
    error = F.mse_loss(_heights(net, sample)[-1].float(), sample.ssh).sqrt()
    return {"rmse_over_bicubic": error / F.mse_loss(bicubic, sample.ssh).sqrt()}


RECIPES = (
    Recipe("resac", Cascade, {"guides": 0}, loss, judge, steps=3600),
    Recipe("resac_sst", Cascade, {"guides": 1}, loss, judge, steps=5400),
)
