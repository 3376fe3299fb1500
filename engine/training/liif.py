"""LIIF: a random scale for every image, random queries, absolute error."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.implicit import Liif
from engine.training.data import VALID, Sample, bicubic, degraded, random_targets
from engine.training.loop import Recipe

SCALES, CELLS, QUERIES = (25, 28), 12, 1152


def loss(net: nn.Module, sample: Sample) -> torch.Tensor:
    """Mean absolute error at random cells of the truth, the input being its means over `scale` cells.

    Args:
        net: The network.
        sample: A batch (n, 1, y, x), over its scale, at least CELLS times the largest of SCALES a side.

    Returns:
        The loss, a scalar, over the height's scale.
    """
    scale = int(torch.randint(SCALES[0], SCALES[1] + 1, ()))
    truth = sample.ssh[..., : CELLS * scale, : CELLS * scale]
    low = degraded(truth, scale)
    offset = low.mean(dim=(-2, -1), keepdim=True)
    chosen, values = random_targets(truth - offset, QUERIES)
    where = torch.stack([chosen // truth.shape[-1], chosen % truth.shape[-1]], dim=-1)
    cell = torch.full((2,), 1 / scale, device=truth.device)
    return F.l1_loss(net(low - offset, (where + 0.5) / scale, cell), values)


def judge(net: nn.Module, sample: Sample, factor: int = 27) -> Mapping[str, torch.Tensor]:
    """RMSE over bicubic's, on every ninth cell of the truth.

    Args:
        net: The network.
        sample: A batch of one date (1, 1, n, n), over its scale.
        factor: Cells a side of the input's blocks.

    Returns:
        'rmse_over_bicubic', a scalar without unit.
    """
    low = degraded(sample.ssh, factor)
    rows = torch.arange(1, sample.ssh.shape[-1], 3, device=low.device)
    where = torch.stack(torch.meshgrid(rows, rows, indexing="ij"), dim=-1).reshape(1, -1, 2)
    offset = low.mean()
    cell = torch.full((2,), 1 / factor, device=low.device)
    values = net(low - offset, (where + 0.5) / factor, cell).float().reshape(1, 1, len(rows), len(rows)) + offset
    truth, rival = (field[..., 1::3, 1::3] for field in (sample.ssh, bicubic(low, sample.ssh)))
    return {"rmse_over_bicubic": F.mse_loss(values, truth).sqrt() / F.mse_loss(rival, truth).sqrt()}


RECIPES = (
    Recipe(
        "liif", Liif, {"width": 128}, loss, judge, rate=5e-4, batch=4, steps=4000, size=CELLS * SCALES[1],
        valid=VALID | {"factors": list(range(SCALES[0], SCALES[1] + 1))},
    ),
)  # fmt: skip
