"""LIIF as its formula stands: one call of the whole MLP for every query and neighbour, features gathered for each."""

import torch
import torch.nn.functional as F

from engine.nets.implicit import Liif


def queries(low: tuple[int, int], fine: tuple[int, int]) -> torch.Tensor:
    """Centres (1, queries, 2) of a fine grid, in low-resolution cells."""
    axes = [(torch.arange(m) + 0.5) * n / m for n, m in zip(low, fine, strict=True)]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).reshape(1, -1, 2)


def decode(net: Liif, low: torch.Tensor, fine: tuple[int, int], unfold: bool = True, batch: int = 30_000):
    """Values (y, x) at the centres of a fine grid: Chen et al. 2021, eqs. (1)-(4), in batches as their code does it."""
    size = low.shape[-2:]
    features = net.encoder(low)
    weight = net.first.weight
    if unfold:
        features = F.unfold(features, 3, padding=1).unflatten(2, size)
    else:
        weight = weight[:, :, 1:2, 1:2]
    first = torch.cat([weight.flatten(1), net.place.weight], dim=1)
    cell = torch.tensor([2 * n / m for n, m in zip(size, fine, strict=True)])
    out = [_values(net, features, first, where, cell) for where in queries(size, fine)[0].split(batch)]
    return torch.cat(out).reshape(fine)


def _values(net, features, first, where, cell):
    answers, areas = [], []
    limit = torch.tensor(features.shape[-2:]) - 1
    for side_y in (0, 1):
        for side_x in (0, 1):
            index = (where - 0.5).floor() + torch.tensor([side_y, side_x])
            index = torch.minimum(index.clamp(min=0), limit)
            offset = where - (index + 0.5)
            y, x = index.long().unbind(-1)
            told = torch.cat([features[0, :, y, x].T, 2 * offset, cell.expand_as(offset)], dim=-1)
            answers.append(net.mlp(F.linear(told, first, net.first.bias))[..., 0])
            areas.append((offset[:, 0] * offset[:, 1]).abs() + 1e-9)
    total = sum(areas)
    return sum(answer * area / total for answer, area in zip(answers, reversed(areas), strict=True))
