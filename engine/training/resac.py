"""RESAC without and with sea surface temperature: every stage supervised by the truth averaged to its grid."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.cascade import Cascade
from engine.training.data import VALID, Sample, bicubic, degraded
from engine.training.loop import Recipe

FACTOR = 27


def _heights(net: nn.Module, sample: Sample, first: int = 0) -> list[torch.Tensor]:
    guide = sample.sst if net.guides else None  # type: ignore[union-attr]
    return net(degraded(sample.ssh, FACTOR // 3**first), guide, first)


def loss(net: nn.Module, sample: Sample) -> torch.Tensor:
    """Sum over stages of the mean squared error, each against the truth averaged to that stage's grid, over bicubic's.

    Every second batch begins with a later stage: as x9 and x3 are asked for too, these must not only know the output of
    the stage before (trained on that alone, x9 was worse than bicubic interpolation), but also true means.

    Args:
        net: The cascade.
        sample: A batch (n, 1, y, x), over its scales; sizes a multiple of FACTOR.

    Returns:
        The loss, a scalar without unit.
    """
    first = max(0, int(torch.randint(-1, 3, ())))
    heights = _heights(net, sample, first)
    factors = [sample.ssh.shape[-1] // height.shape[-1] for height in heights]
    errors = [F.mse_loss(h, degraded(sample.ssh, f)) for h, f in zip(heights, factors, strict=True)]
    return torch.stack(errors).sum() / _bicubic(sample.ssh, FACTOR // 3**first)


def judge(net: nn.Module, sample: Sample) -> Mapping[str, torch.Tensor]:
    """RMSE over bicubic's at x27, x9 and x3.

    Args:
        net: The cascade.
        sample: A batch (n, 1, y, x), over its scales; sizes a multiple of FACTOR.

    Returns:
        'rmse_over_bicubic' (x27), 'x9' and 'x3', scalars without unit.
    """
    names = ("rmse_over_bicubic", "x9", "x3")
    return {
        name: _ratio(sample.ssh, _heights(net, sample, first)[-1], FACTOR // 3**first)
        for first, name in enumerate(names)
    }


def _ratio(truth: torch.Tensor, height: torch.Tensor, factor: int) -> torch.Tensor:
    return (F.mse_loss(height.float(), truth) / _bicubic(truth, factor)).sqrt()


def _bicubic(truth: torch.Tensor, factor: int) -> torch.Tensor:
    """Mean squared error of bicubic interpolation."""
    return F.mse_loss(bicubic(degraded(truth, factor), truth), truth)


RECIPES = (
    Recipe("resac", Cascade, {"guides": 0}, loss, judge, steps=3600, valid=VALID | {"factors": [3, 9, 27]}),
    Recipe("resac_sst", Cascade, {"guides": 1}, loss, judge, steps=5400, valid=VALID | {"factors": [3, 9, 27]}),
)
