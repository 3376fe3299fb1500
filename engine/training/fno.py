"""FNO from temperature to height, one weight file for each resolution it is trained at."""

from collections.abc import Mapping
from functools import partial

import torch
from torch import nn

from engine.nets.spectral import Fno, positions
from engine.training.data import Sample, degraded
from engine.training.loop import Recipe

CELLS = {16: (16, 3000), 48: (8, 3000), 144: (4, 1500)}  # resolution -> batch and steps
FINE = 144  # the resolution of the validation scores


def seen(sample: Sample, cells: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Temperature with positions, and height, averaged to `cells` along each axis.

    Args:
        sample: A batch (n, 1, y, x) of whole domains, over their scales.
        cells: Cells a side, a divisor of those there are.

    Returns:
        Temperature and positions (n, 3, cells, cells), and height (n, 1, cells, cells), over its scale.
    """
    factor = sample.ssh.shape[-1] // cells
    sst, ssh = degraded(sample.sst, factor), degraded(sample.ssh, factor)
    place = positions((cells, cells), sst).expand(len(sst), 2, cells, cells)
    return torch.cat([sst, place], dim=1), ssh


def loss(net: nn.Module, sample: Sample, cells: int) -> torch.Tensor:
    """Mean over the batch of |x - y| / |y|, the relative L2 norm of Li et al. 2020.

    Args:
        net: A network of three inputs.
        sample: A batch (n, 1, y, x) of whole domains.
        cells: Cells a side that it is trained at.

    Returns:
        The loss, a scalar without unit.
    """
    given, truth = seen(sample, cells)
    return _relative(net(given), truth)


def judge(net: nn.Module, sample: Sample) -> Mapping[str, torch.Tensor]:
    """The same norm at FINE cells a side.

    Args:
        net: A network of three inputs.
        sample: A batch (n, 1, y, x) of whole domains.

    Returns:
        'relative_error', a scalar without unit.
    """
    given, truth = seen(sample, FINE)
    return {"relative_error": _relative(net(given), truth)}


def _relative(values: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    return ((values.float() - truth).flatten(1).norm(dim=1) / truth.flatten(1).norm(dim=1)).mean()


RECIPES = tuple(
    Recipe(f"fno_{cells}", Fno, {}, partial(loss, cells=cells), judge, batch=batch, steps=steps)
    for cells, (batch, steps) in CELLS.items()
)
