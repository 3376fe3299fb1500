"""Fields as continuous functions of position, decoded from the features of the nearest cells; LIIF is the first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.blocks import silent
from engine.nets.edsr import Encoder

CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
AT_ONCE = 4096  # targets that one call of an MLP answers: its activations stay in the processor's cache


@dataclass
class Reach:
    """Along one axis, the targets that each cell answers for, (cells, n) each.

    target: index; offset: target minus cell centre, in cells; weight: linear, 0 where the row is only filled up;
    inside: 1 where it is not.
    """

    target: torch.Tensor
    offset: torch.Tensor
    weight: torch.Tensor
    inside: torch.Tensor

    @classmethod
    def of(cls, cells: int, targets: int, side: str, like: torch.Tensor) -> "Reach":
        """Which targets each cell answers for, both grids having the same outer edges.

        Args:
            cells: How many cells along the axis.
            targets: How many targets along it.
            side: 'both' neighbours by their linear weights, one of them ('lower', 'upper'), or the 'own' cell.
            like: Tensor whose device and, but for the index, dtype are taken.

        Returns:
            The reach, (cells, n) each, n being the most targets of one cell.
        """
        where = (torch.arange(targets, dtype=torch.float64) + 0.5) * cells / targets
        lower = (where - 0.5).floor()
        share = where - 0.5 - lower  # of the upper neighbour
        ones = torch.ones_like(where)
        chosen = {"both": ((lower, 1 - share), (lower + 1, share)), "lower": ((lower, ones),),
                  "upper": ((lower + 1, ones),), "own": ((where.floor(), ones),)}[side]  # fmt: skip
        weights, member = (torch.zeros(cells, targets, dtype=torch.float64) for _ in range(2))
        for index, weight in chosen:  # beyond the edge, the edge's own cell answers alone
            index = index.clamp(0, cells - 1).long()[None]
            weights.scatter_add_(0, index, weight[None])
            member.scatter_(0, index, 1.0)
        target = member.argmax(dim=1)[:, None] + torch.arange(int(member.sum(dim=1).max()))
        beyond = target >= targets
        target = target.clamp(max=targets - 1)
        offset = where[target] - (torch.arange(cells)[:, None] + 0.5)
        parts = (offset, *(part.gather(1, target).masked_fill(beyond, 0.0) for part in (weights, member)))
        return cls(target.to(like.device), *(part.to(like.dtype).to(like.device) for part in parts))


def spread(
    shape: Sequence[int],
    rows: Reach,
    columns: Reach,
    ask: Callable[[int, torch.Tensor], torch.Tensor],
    channels: int = 1,
) -> torch.Tensor:
    """Sum over cells of what each answers for the rectangle of targets around it; nothing is gathered.

    Args:
        shape: Targets (Y, X).
        rows: Reach of the cells along y.
        columns: Reach of the cells along x.
        ask: ask(i, j) are weighted answers (cells j of row i, targets in y, targets in x, channels).
        channels: How many values an answer has.

    Returns:
        Sums (channels, Y, X), float32.
    """
    (ny, high), (nx, wide) = rows.target.shape, columns.target.shape
    device = rows.target.device
    out = torch.zeros(channels, *shape, device=device)
    for i in range(ny):
        band = torch.zeros(channels, high, shape[1], device=device)
        for j in torch.arange(nx, device=device).split(max(1, AT_ONCE // (high * wide))):
            band.index_add_(2, columns.target[j].flatten(), ask(i, j).permute(3, 1, 0, 2).flatten(2).float())
        out.index_add_(1, rows.target[i], band)
    return out


def neighbours(
    where: torch.Tensor, size: Sequence[int], ensemble: bool = True
) -> tuple[list[torch.Tensor], list[torch.Tensor], list[torch.Tensor]]:
    """The four cells nearest to positions, or only the own one.

    Beyond the edge, the edge's own cell counts. The weight of a cell is the area spanned to the one diagonally
    opposite: the nearest weighs most.

    Args:
        where: Positions (n, queries, 2), (y, x) in cells from the upper left edge.
        size: Cells along y and x.
        ensemble: Whether all four are wanted; else the own cell alone, with weight 1.

    Returns:
        Lists of four (or one): flat index (n, queries); offset of the position from the cell's centre (n, queries, 2),
        in cells; weight (n, queries).
    """
    limit = torch.tensor(size, device=where.device) - 1
    lower = (where - 0.5).floor()
    share = where - 0.5 - lower
    if ensemble:
        index = [lower + torch.tensor(corner, device=where.device) for corner in CORNERS]
        sides = torch.stack([1 - share, share])  # (lower or upper, n, queries, 2)
        weight = [sides[y, ..., 0] * sides[x, ..., 1] for y, x in CORNERS]
    else:
        index, weight = [where.floor()], [torch.ones_like(where[..., 0])]
    index = [torch.minimum(i.clamp(min=0), limit) for i in index]
    return [(i[..., 0] * size[1] + i[..., 1]).long() for i in index], [where - (i + 0.5) for i in index], weight


def taken(cells: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Features of cells by their flat index.

    Args:
        cells: Features (n, width, y, x).
        index: Flat indices (n, queries) into (y, x).

    Returns:
        Features (n, queries, width).
    """
    table = cells.permute(0, 2, 3, 1).flatten(0, 2)
    first = torch.arange(len(cells), device=index.device)[:, None] * cells[0, 0].numel()
    return F.embedding(index + first, table)  # its gradient takes a fraction of the time of a gather's


def mlp(*widths: int) -> nn.Sequential:
    """Linear layers with ReLU before each: what stands behind a first layer that is made apart.

    Args:
        widths: Widths of the layers, that of the input first.

    Returns:
        The layers, (..., first width) -> (..., last width).
    """
    layers = [layer for a, b in pairwise(widths) for layer in (nn.ReLU(), nn.Linear(a, b))]
    return nn.Sequential(*layers)


def starting_silent(net: nn.Sequential) -> nn.Sequential:
    """The same with a last layer of zeros: what corrects bicubic interpolation starts from it.

    Args:
        net: Layers, the last one linear; changed in place.

    Returns:
        The layers that were given.
    """
    silent(cast(nn.Linear, net[-1]))
    return net


def answer(net: nn.Sequential, first: torch.Tensor) -> torch.Tensor:
    """The same as net(first), overwriting what it is given.

    Args:
        net: Layers of `mlp`.
        first: What the first of them gets, (..., width); its values are lost.

    Returns:
        Answers (..., last width).
    """
    for layer in net:
        first = first.relu_() if isinstance(layer, nn.ReLU) else layer(first)
    return first


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
        self.mlp = mlp(*[width] * depth, 1)

    def forward(
        self, low: torch.Tensor, where: torch.Tensor, cell: torch.Tensor, *, unfold: bool = True,
        ensemble: bool = True, sized: bool = True,
    ) -> torch.Tensor:  # fmt: skip
        """Values at any positions.

        Args:
            low: Low-resolution field (n, 1, y, x), over its scale.
            where: Positions (n, queries, 2), (y, x) in low-resolution cells from the upper left edge.
            cell: Size (2,) of a target cell in low-resolution cells.
            unfold: Whether a cell's 3 x 3 neighbourhood is seen, or its own feature alone.
            ensemble: Whether the four nearest cells answer, or the own one alone.
            sized: Whether the MLP is told the target cell's size.

        Returns:
            Values (n, queries), over the same scale.
        """
        return self.decode(self.encode(low, unfold), where, cell, ensemble=ensemble, sized=sized)[0]

    def encode(self, low: torch.Tensor, unfold: bool = True) -> torch.Tensor:
        """The first layer's feature part of every cell.

        Args:
            low: Low-resolution field (n, 1, y, x), over its scale.
            unfold: Whether a cell's 3 x 3 neighbourhood is seen, or its own feature alone.

        Returns:
            Hidden features (n, width, y, x).
        """
        features = self.encoder(low)
        if unfold:
            return self.first(features)
        return F.conv2d(features, self.first.weight[:, :, 1:2, 1:2], self.first.bias)

    def decode(
        self, hidden: torch.Tensor, where: torch.Tensor, cell: torch.Tensor, ensemble: bool = True, sized: bool = True
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Values at any positions, and what each neighbour says there.

        Args:
            hidden: What `encode` gives, (n, width, y, x).
            where: Positions (n, queries, 2), (y, x) in low-resolution cells from the upper left edge.
            cell: Size (2,) of a target cell in low-resolution cells.
            ensemble: Whether the four nearest cells answer, or the own one alone.
            sized: Whether the MLP is told the target cell's size.

        Returns:
            Values (n, queries), and per neighbour the values and weights, (4, n, queries) each (1 without ensemble).
        """
        told = (2 * cell * float(sized)).expand_as(where)
        index, offset, weight = neighbours(where, hidden.shape[-2:], ensemble)
        first = [
            taken(hidden, i) + self.place(torch.cat([2 * o, told], -1)) for i, o in zip(index, offset, strict=True)
        ]
        values, weights = torch.stack([self.mlp(f)[..., 0] for f in first]), torch.stack(weight)
        return (values * weights).sum(0), values, weights

    def decode_grid(
        self,
        hidden: torch.Tensor,
        shape: Sequence[int],
        sides: tuple[str, str] = ("both", "both"),
        sized: bool = True,
    ) -> torch.Tensor:
        """Values at the centres of a grid: `decode`, cell by cell instead of by query.

        The first layer is a sum of three parts (cell, row, column).

        Args:
            hidden: What `encode` gives for one field, (1, width, y, x).
            shape: Cells (Y, X) of the grid.
            sides: For y and x, which neighbours answer: 'both', 'lower' or 'upper' of them alone, or the 'own' cell.
            sized: Whether the MLP is told the target cell's size.

        Returns:
            Values (Y, X), over the scale of what was encoded, float32.
        """
        low = hidden.shape[-2:]
        rows, columns = (Reach.of(n, m, side, hidden) for n, m, side in zip(low, shape, sides, strict=True))
        size = 2 * torch.tensor([low[0] / shape[0], low[1] / shape[1]], device=hidden.device) * float(sized)
        at_y, at_x = self.place.weight[:, 0], self.place.weight[:, 1]
        by_row = 2 * rows.offset[..., None] * at_y + self.place.weight[:, 2:] @ size  # (ny, n, width)
        by_column = 2 * columns.offset[..., None] * at_x
        cells = hidden[0].permute(1, 2, 0).contiguous()  # (ny, nx, width)

        def ask(i: int, j: torch.Tensor) -> torch.Tensor:
            first = (cells[i, j][:, None] + by_column[j])[:, None] + by_row[i][:, None]
            weight = rows.weight[i][:, None] * columns.weight[j][:, None]
            return answer(self.mlp, first) * weight[..., None]

        return spread(shape, rows, columns, ask)[0]
