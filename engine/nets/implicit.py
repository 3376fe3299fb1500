"""LIIF: a field as a continuous function of position, decoded from the features of the nearest low-resolution cells."""

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.edsr import Encoder

CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))


class Liif(nn.Module):
    """Low-resolution field (n, 1, y, x) -> values at any positions. Source: Chen, Liu and Wang 2021, eqs. (1)-(5).

    Every query asks the four nearest cells (local ensemble): an MLP sees the cell's 3x3 unfolded feature, the position
    relative to its centre and the size of the target's cell, all in units of a low-resolution cell; the four answers
    are weighted by the area of the rectangle diagonally opposite. `unfold`, `ensemble` and `cell` switch the parts off.

    The first layer is linear, so its feature part is one 3x3 convolution, made once per cell and not once per query.
    """

    def __init__(self, features: int = 64, blocks: int = 16, width: int = 256, depth: int = 4):
        super().__init__()
        self.encoder = Encoder(1, features, blocks)
        self.first = nn.Conv2d(features, width, 3, padding=1)  # the MLP's first layer, unfolded feature part
        self.place = nn.Linear(4, width, bias=False)  # the same layer, relative position and cell part
        layers = [layer for _ in range(depth - 1) for layer in (nn.ReLU(), nn.Linear(width, width))]
        self.mlp = nn.Sequential(*layers, nn.ReLU(), nn.Linear(width, 1))

    def forward(
        self, low: torch.Tensor, where: torch.Tensor, cell: torch.Tensor, *, unfold: bool = True,
        ensemble: bool = True, sized: bool = True,
    ) -> torch.Tensor:  # fmt: skip
        """Values (n, queries) at `where` (n, queries, 2): (y, x) in low-resolution cells from the upper left edge.

        cell: (2,) size of a target cell in low-resolution cells.
        """
        return self.decode(self.encode(low, unfold), where, cell, ensemble=ensemble, sized=sized)[0]

    def encode(self, low: torch.Tensor, unfold: bool = True) -> torch.Tensor:
        """The first layer's feature part of every cell, (n, width, y, x)."""
        features = self.encoder(low)
        if unfold:
            return self.first(features)
        return F.conv2d(features, self.first.weight[:, :, 1:2, 1:2], self.first.bias)

    def decode(
        self, hidden: torch.Tensor, where: torch.Tensor, cell: torch.Tensor, ensemble: bool = True, sized: bool = True
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Values (n, queries), and per neighbour the values and weights, (4, n, queries) each (1 without ensemble)."""
        size = torch.tensor(hidden.shape[-2:], device=where.device)
        tables = hidden.flatten(2).transpose(1, 2)  # (n, cells, width)
        values, offsets = [], []
        for corner in CORNERS if ensemble else ((None, None),):
            index = self._neighbour(where, corner, size)
            offset = where - (index + 0.5)
            rows = (index[..., 0] * size[1] + index[..., 1]).long()
            feature = torch.take_along_dim(tables, rows[..., None], dim=1)
            told = torch.cat([2 * offset, (2 * cell * float(sized)).expand_as(offset)], dim=-1)
            values.append(self.mlp(feature + self.place(told))[..., 0])
            offsets.append(offset)
        stacked = torch.stack(values)
        weights = self._areas(offsets) if ensemble else torch.ones_like(stacked)
        return (stacked * weights).sum(0), stacked, weights

    @staticmethod
    def _neighbour(where: torch.Tensor, corner: tuple, size: torch.Tensor) -> torch.Tensor:
        """Index (y, x) of the cell on one side of every query; beyond the edge, the edge's own cell."""
        if corner == (None, None):
            index = where.floor()
        else:
            index = (where - 0.5).floor() + torch.tensor(corner, device=where.device)
        return torch.minimum(index.clamp(min=0), size - 1)

    @staticmethod
    def _areas(offsets: list[torch.Tensor]) -> torch.Tensor:
        """Weights of the four neighbours: each the area spanned to the opposite one, the nearest weighs most."""
        area = torch.stack([offset.prod(dim=-1).abs() + 1e-9 for offset in offsets])
        return area.flip(0) / area.sum(0)
