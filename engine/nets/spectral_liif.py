"""Ours: an implicit decoder that sees a guide, its surroundings at three scales and, in wavenumbers, the whole."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.blocks import ResidualBlock, conv
from engine.nets.implicit import Reach, answer, mlp, neighbours, spread, starting_silent, taken
from engine.nets.spectral import AxisSpectralConv


class SpectralBlock(nn.Module):
    """x + conv(gelu(spectral(x) + conv(x))): near and far at once."""

    def __init__(self, features: int, modes: int):
        super().__init__()
        self.spectral, self.local = AxisSpectralConv(features, modes), conv(features, features)
        self.out = conv(features, features, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.out(F.gelu(self.spectral(x).to(x.dtype) + self.local(x)))


class Level(nn.Module):
    """Residual blocks, a coarser level between two halves of them, and the skip over it."""

    def __init__(self, widths: tuple[int, ...], blocks: int, modes: int):
        super().__init__()
        width, *rest = widths
        self.before = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))
        if rest:
            self.down = nn.Conv2d(width, rest[0], 2, stride=2)
            self.inner: nn.Module | None = Level(tuple(rest), blocks, modes)
            self.up = nn.ConvTranspose2d(rest[0], width, 2, stride=2)
            self.after = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))
        else:
            self.inner = None
            self.after = nn.Sequential(*(SpectralBlock(width, modes) for _ in range(blocks)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.before(x)
        return self.after(x if self.inner is None else x + self.up(self.inner(self.down(x))))


GROWTH = 1.8  # bicubic interpolation's error grows about as factor^1.8 where height's power falls as k^-5


class SpectralLiif(nn.Module):
    """Height on any coarse grid (n, 1, y, x) and a fine guide (n, 1, Y, X) -> height on the guide's grid.

    The bicubic height and the guide are folded to 1/fold of the fine grid; a U-Net with spectral layers at its coarsest
    level gives every folded cell its features; every target asks the four nearest cells as in LIIF, telling them where
    it lies and what the two fields are there. Their answer, times what is to be corrected at this factor, corrects the
    bicubic height. The factor is an input.
    """

    def __init__(
        self, widths: tuple[int, ...] = (64, 96, 128), blocks: int = 2, modes: int = 14, fold: int = 4, hidden: int = 64
    ):
        super().__init__()
        self.fold, self.multiple = fold, fold * 2 ** (len(widths) - 1)
        self.head = conv(2 * fold**2 + 1, widths[0])
        self.body = Level(tuple(widths), blocks, modes)
        self.first = nn.Conv2d(widths[0], hidden, 1)
        self.told = nn.Linear(4, hidden, bias=False)  # where the target lies (y, x), height and guide there
        self.mlp = starting_silent(mlp(hidden, hidden, hidden, 1))

    def encode(self, low: torch.Tensor, guide: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The first layer's part of every folded cell, and what is known at every target (n, 2, Y, X)."""
        shape = guide.shape[-2:]
        known = torch.cat([F.interpolate(low, size=shape, mode="bicubic", align_corners=False), guide], dim=1)
        wide = F.pad(known, (0, -shape[1] % self.multiple, 0, -shape[0] % self.multiple), mode="replicate")
        folded = F.pixel_unshuffle(wide, self.fold)
        factor = math.log(shape[0] / low.shape[-2]) / math.log(27)  # 1 at x27
        features = self.body(self.head(torch.cat([folded, torch.full_like(folded[:, :1], factor)], dim=1)))
        return self.first(features), known

    def forward(self, low: torch.Tensor, guide: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        """Values (n, queries) at `chosen` flat cells of the guide's grid."""
        cells, known = self.encode(low, guide)
        wide = guide.shape[-1]
        where = (torch.stack([chosen // wide, chosen % wide], dim=-1) + 0.5) / self.fold
        there = taken(known, chosen)
        index, offset, weight = neighbours(where, cells.shape[-2:])
        values = [
            self.mlp(taken(cells, i) + self.told(torch.cat([o, there], dim=-1)))[..., 0] * w
            for i, o, w in zip(index, offset, weight, strict=True)
        ]
        return there[..., 0] + self.amplitude(low, guide) * torch.stack(values).sum(0)

    def decode_grid(self, low: torch.Tensor, guide: torch.Tensor) -> torch.Tensor:
        """Values (Y, X) of one field: `forward` at every cell of the guide's grid, folded cell by folded cell."""
        (cells, known), shape = self.encode(low, guide), guide.shape[-2:]
        size = cells.shape[-2:]
        rows, columns = (Reach.of(n, n * self.fold, "both", low) for n in size)
        by_row = rows.offset[..., None] * self.told.weight[:, 0]
        by_column = columns.offset[..., None] * self.told.weight[:, 1]
        wide = F.pad(known, (0, size[1] * self.fold - shape[1], 0, size[0] * self.fold - shape[0]))
        cells, there = cells[0].permute(1, 2, 0).contiguous(), wide[0].permute(1, 2, 0).contiguous()

        def ask(i: int, j: torch.Tensor) -> torch.Tensor:
            around = there[rows.target[i][:, None, None], columns.target[j]].transpose(0, 1)  # (cells, n, m, 2)
            first = F.linear(around, self.told.weight[:, 2:])
            first = first + (cells[i, j][:, None] + by_column[j])[:, None] + by_row[i][:, None]
            weight = rows.weight[i][:, None] * columns.weight[j][:, None]
            return answer(self.mlp, first) * weight[..., None]

        total = spread((size[0] * self.fold, size[1] * self.fold), rows, columns, ask)[0]
        return (wide[0, 0] + self.amplitude(low, guide) * total)[: shape[0], : shape[1]]

    @staticmethod
    def amplitude(low: torch.Tensor, guide: torch.Tensor) -> float:
        """How much there is to correct, 1 at x27: all factors ask the network for answers of one size."""
        return float((guide.shape[-2] / low.shape[-2] / 27) ** GROWTH)
