"""Ours: every batch another factor, squared errors of height and vorticity over those of bicubic interpolation."""

from collections.abc import Mapping

import torch
from torch import nn

from engine.nets.spectral_liif import SpectralLiif, curvature
from engine.training.data import VALID, Sample, bicubic, degraded
from engine.training.loop import Recipe

FACTORS = (27,) * 6 + (9,) * 6 + (3, 3, 3, 6, 12, 18, 36)  # drawn at random; those of the reports more often
VORTICITY_WEIGHT = 0.1  # else grain that costs no height stays: 12 times the true power below 16 km


def loss(net: nn.Module, sample: Sample) -> torch.Tensor:
    """Squared error of height and, VORTICITY_WEIGHT times, of vorticity over bicubic's, at a factor drawn at random.

    Args:
        net: The network.
        sample: A batch (n, 1, y, x), over its scales; sizes a multiple of all FACTORS.

    Returns:
        The loss, a scalar without unit.
    """
    height, vorticity = _errors(net, sample, FACTORS[int(torch.randint(len(FACTORS), ()))])
    return height + VORTICITY_WEIGHT * vorticity


def judge(net: nn.Module, sample: Sample) -> Mapping[str, torch.Tensor]:
    """RMSE over bicubic's at x27, x9 and x3, and that of the vorticity at x27 and x9.

    Args:
        net: The network.
        sample: A batch (n, 1, y, x), over its scales; sizes a multiple of 27.

    Returns:
        'rmse_over_bicubic' (x27), 'x9', 'x3', 'vorticity' (x27) and 'vorticity_x9', scalars without unit.
    """
    errors = {factor: [error.sqrt() for error in _errors(net, sample, factor)] for factor in (27, 9, 3)}
    return {
        "rmse_over_bicubic": errors[27][0],
        "x9": errors[9][0],
        "x3": errors[3][0],
        "vorticity": errors[27][1],
        "vorticity_x9": errors[9][1],
    }


def _errors(net: nn.Module, sample: Sample, factor: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean squared errors of height and of its curvature over bicubic interpolation's."""
    low = degraded(sample.ssh, factor)
    offset = low.mean(dim=(-2, -1), keepdim=True)
    wrong = net(low - offset, sample.sst).float() + offset - sample.ssh
    bicubic_wrong = bicubic(low, sample.ssh) - sample.ssh
    return _squares(wrong) / _squares(bicubic_wrong), _squares(curvature(wrong)) / _squares(curvature(bicubic_wrong))


def _squares(field: torch.Tensor) -> torch.Tensor:
    return field.square().mean()


RECIPES = (
    Recipe("spectral_liif", SpectralLiif, {}, loss, judge, steps=8000, valid=VALID | {"factors": sorted(set(FACTORS))}),
)
