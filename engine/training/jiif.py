"""JIIF: one factor in training, x9; random targets, absolute error."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.joint import Jiif
from engine.training.data import VALID, Sample, bicubic, degraded, random_targets
from engine.training.loop import Recipe

FACTOR, CELLS, TARGETS = 9, 24, 2304


def loss(net: nn.Module, sample: Sample) -> torch.Tensor:
    """Mean absolute error at random cells of the truth, over that of bicubic interpolation.

    Every fifth field comes without its guide, so that the network also knows what to do where there is none.

    Args:
        net: The network.
        sample: A batch (n, 1, y, x), over its scales; sizes a multiple of FACTOR.

    Returns:
        The loss, a scalar without unit.
    """
    low = degraded(sample.ssh, FACTOR)
    offset = low.mean(dim=(-2, -1), keepdim=True)
    chosen, truth = random_targets(sample.ssh - offset, TARGETS)
    guided = (torch.rand(len(low), 1, 1, 1, device=low.device) > 0.2).to(low.dtype)
    values, *_ = net(low - offset, sample.sst * guided, chosen)
    return F.l1_loss(values, truth) / F.l1_loss(bicubic(low, sample.ssh), sample.ssh)


def judge(net: nn.Module, sample: Sample) -> Mapping[str, torch.Tensor]:
    """RMSE over bicubic's at x9, x27 and x3, at one cell in 81.

    Args:
        net: The network.
        sample: A batch of one date (1, 1, y, x), over its scales.

    Returns:
        'rmse_over_bicubic' (x9), 'x27' and 'x3', scalars without unit.
    """
    return {name: _ratio(net, sample, factor) for name, factor in (("rmse_over_bicubic", 9), ("x27", 27), ("x3", 3))}


def _ratio(net: nn.Module, sample: Sample, factor: int) -> torch.Tensor:
    """RMSE over bicubic's at one cell in 81."""
    low, shape = degraded(sample.ssh, factor), sample.ssh.shape[-2:]
    offset = low.mean(dim=(-2, -1), keepdim=True)
    chosen = torch.arange(shape[0] * shape[1], device=low.device).reshape(shape)[4::9, 4::9].reshape(1, -1)
    values, *_ = net(low - offset, sample.sst, chosen)
    up = bicubic(low, sample.ssh).flatten(1).gather(1, chosen)
    truth = sample.ssh.flatten(1).gather(1, chosen)
    return (F.mse_loss(values.float() + offset.flatten(1), truth) / F.mse_loss(up, truth)).sqrt()


RECIPES = (
    Recipe(
        "jiif",
        Jiif,
        {"widths": (256, 128, 128, 64)},
        loss,
        judge,
        rate=5e-4,
        batch=4,
        steps=3000,
        size=FACTOR * CELLS,
        valid=VALID | {"factors": [FACTOR]},
    ),
)
