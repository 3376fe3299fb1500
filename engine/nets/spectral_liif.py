"""Ours: an implicit decoder that sees a guide, its surroundings at three scales and, in wavenumbers, the whole."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.blocks import ResidualBlock, conv, silent
from engine.nets.implicit import taken
from engine.nets.spectral import AxisSpectralConv


class SpectralBlock(nn.Module):
    """x + conv(gelu(spectral(x) + conv(x))): near and far at once."""

    def __init__(self, features: int, modes: int):
        super().__init__()
        self.spectral, self.local = AxisSpectralConv(features, modes), conv(features, features)
        self.out = conv(features, features, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The features and their correction.

        Args:
            x: Features (n, features, y, x).

        Returns:
            Features (n, features, y, x).
        """
        return x + self.out(F.gelu(self.spectral(x).to(x.dtype) + self.local(x)))


class Level(nn.Module):
    """Residual blocks, a coarser level between two halves of them, and the skip over it; the coarsest is spectral."""

    def __init__(self, widths: tuple[int, ...], blocks: tuple[int, ...], modes: int):
        super().__init__()
        (width, *rest), (depth, *deeper) = widths, blocks
        self.before = nn.Sequential(*(ResidualBlock(width) for _ in range(depth)))
        if rest:
            self.down = nn.Conv2d(width, rest[0], 2, stride=2)
            self.inner: nn.Module | None = Level(tuple(rest), tuple(deeper), modes)
            self.up = nn.ConvTranspose2d(rest[0], width, 2, stride=2)
            self.after = nn.Sequential(*(ResidualBlock(width) for _ in range(depth)))
        else:
            self.inner = None
            self.after = nn.Sequential(*(SpectralBlock(width, modes) for _ in range(depth)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The features of this level, with what the coarser ones add.

        Args:
            x: Features (n, widths[0], y, x); sizes a multiple of 2 for each coarser level.

        Returns:
            Features (n, widths[0], y, x).
        """
        x = self.before(x)
        return self.after(x if self.inner is None else x + self.up(self.inner(self.down(x))))


class Basis(nn.Module):
    """Functions of the position relative to a cell's centre, (..., 2) in cells -> (..., count)."""

    def __init__(self, count: int, width: int = 64):
        super().__init__()
        self.first, self.rest = nn.Linear(2, width), nn.Sequential(nn.Linear(width, width), nn.GELU())
        self.last = nn.Linear(width, count)
        nn.init.normal_(self.first.weight, std=math.pi)  # waves of about one cell and longer

    def forward(self, offset: torch.Tensor) -> torch.Tensor:
        """Every function at some positions.

        Args:
            offset: Positions (..., 2), (y, x) in cells from a cell's centre.

        Returns:
            Values (..., count).
        """
        return self.last(self.rest(torch.sin(self.first(offset))))


NEIGHBOURS = tuple((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1))
HEIGHT_GROWTH, GUIDE_GROWTH = 1.8, 0.6  # bicubic interpolation's error grows about as factor to this power


class SpectralLiif(nn.Module):
    """Height on any coarse grid (n, 1, y, x) and a fine guide (n, 1, Y, X) -> height on the guide's grid.

    What is known on the fine grid (the bicubic height, its curvature, the guide, and what the guide loses where it is
    degraded as the height was) is folded to 1/fold of its size. A U-Net with spectral layers at its coarsest level
    gives every folded cell its features; a target asks the nine nearest cells, weighted by quadratic splines (LIIF's
    areas are the linear ones: their kinks are vorticity). The answer of a cell is linear in its features: they weigh
    functions of the relative position that a small network has learned.
    The answer, times what is to be corrected at this factor, corrects the bicubic height.
    """

    KNOWN = 4

    def __init__(
        self,
        widths: tuple[int, ...] = (48, 96, 160),
        blocks: tuple[int, ...] = (1, 3, 3),
        modes: int = 10,
        fold: int = 4,
        functions: int = 64,
    ):
        super().__init__()
        self.fold, self.multiple = fold, fold * 2 ** (len(widths) - 1)
        self.head = conv(self.KNOWN * fold**2 + 1, widths[0])
        self.body = Level(tuple(widths), tuple(blocks), modes)
        self.tail = silent(conv(widths[0], functions, 1))
        self.basis = Basis(functions)

    def forward(self, low: torch.Tensor, guide: torch.Tensor) -> torch.Tensor:
        """The bicubic height, corrected.

        Args:
            low: Coarse height (n, 1, y, x), over its scale.
            guide: Fine guide (n, 1, Y, X), over its scale.

        Returns:
            Height (n, 1, Y, X), over its scale.
        """
        shape = guide.shape[-2:]
        up = F.interpolate(low, size=shape, mode="bicubic", align_corners=False)
        values = self.decode_fine(self.encode(low, guide, up))
        return up + self.amplitude(low, guide) * values[..., : shape[0], : shape[1]]

    def encode(self, low: torch.Tensor, guide: torch.Tensor, up: torch.Tensor) -> torch.Tensor:
        """Features of every folded cell; the fine grid is continued to a multiple of them.

        Args:
            low: Coarse height (n, 1, y, x), over its scale.
            guide: Fine guide (n, 1, Y, X), over its scale.
            up: The bicubic height (n, 1, Y, X), over its scale.

        Returns:
            Features (n, functions, rows, columns) of cells that are `fold` fine ones wide.
        """
        shape, size = guide.shape[-2:], (low.shape[-2], low.shape[-1])
        factor = math.log(shape[0] / size[0]) / math.log(27)  # 1 at x27
        lost = guide - F.interpolate(F.adaptive_avg_pool2d(guide, size), size=shape, mode="bicubic")
        bend = F.interpolate(curvature(low), size=shape, mode="bicubic") / self.amplitude(low, guide)
        known = torch.cat([up, bend, guide, lost / self.amplitude(low, guide, GUIDE_GROWTH)], dim=1)
        wide = F.pad(known, (0, -shape[1] % self.multiple, 0, -shape[0] % self.multiple), mode="replicate")
        folded = F.pixel_unshuffle(wide, self.fold)
        return self.tail(self.body(self.head(torch.cat([folded, torch.full_like(folded[:, :1], factor)], dim=1))))

    def decode(self, cells: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
        """Values at any positions.

        Args:
            cells: What `encode` gives, (n, functions, rows, columns).
            where: Positions (n, queries, 2), (y, x) in folded cells from the upper left edge.

        Returns:
            Values (n, queries), of unit amplitude.
        """
        cells = F.pad(cells, (1, 1, 1, 1), mode="replicate")  # the field is continued beyond its edge
        own = where.floor()
        values = torch.zeros(where.shape[:-1], device=where.device)
        for step in NEIGHBOURS:
            asked = own + torch.tensor(step, device=where.device)
            row, column = (asked + 1).long().unbind(-1)
            offset = where - asked - 0.5
            answer = (taken(cells, row * cells.shape[-1] + column) * self.basis(offset)).sum(-1)
            values = values + spline(offset).prod(-1) * answer
        return values

    def decode_fine(self, cells: torch.Tensor) -> torch.Tensor:
        """Values on the fine grid: `decode` at its centres, as one transposed convolution.

        Args:
            cells: What `encode` gives, (n, functions, rows, columns).

        Returns:
            Values (n, 1, fold rows, fold columns), of unit amplitude, float32.
        """
        along = (torch.arange(3 * self.fold, device=cells.device) + 0.5) / self.fold - 1.5
        offset = torch.stack(torch.meshgrid(along, along, indexing="ij"), dim=-1)
        wide = F.pad(cells, (1, 1, 1, 1), mode="replicate").float()
        with torch.autocast(cells.device.type, enabled=False):  # rounding to bf16 would be vorticity
            kernel = (self.basis(offset) * spline(offset).prod(-1, keepdim=True)).permute(2, 0, 1)[:, None]
            return F.conv_transpose2d(wide, kernel, stride=self.fold, padding=2 * self.fold)

    def height(self, low: torch.Tensor, guide: torch.Tensor, mirrored: bool) -> torch.Tensor:
        """Its answer to one field.

        Args:
            low: Height (1, 1, y, x), over its scale.
            guide: Guide (1, 1, Y, X), over its scale.
            mirrored: Whether it is averaged with that to the field turned upside down with its signs changed, which
                obeys the same equations.

        Returns:
            Height (Y, X), over its scale.
        """
        if not mirrored:
            return self(low, guide)[0, 0]
        upright, turned = self(*(torch.cat([field, -field.flip(-2)]) for field in (low, guide)))[:, 0]
        return (upright - turned.flip(-2)) / 2

    @staticmethod
    def amplitude(low: torch.Tensor, guide: torch.Tensor, growth: float = HEIGHT_GROWTH) -> float:
        """How much there is to correct, 1 at x27: all factors ask the network for answers of one size.

        Args:
            low: Coarse field (..., y, x).
            guide: Fine field (..., Y, X).
            growth: Power of the factor.

        Returns:
            (factor / 27)^growth.
        """
        return float((guide.shape[-2] / low.shape[-2] / 27) ** growth)


def spline(offset: torch.Tensor) -> torch.Tensor:
    """The quadratic B-spline: weights of the three nearest cells; they sum to 1.

    Args:
        offset: Distances of any shape from cells' centres along one axis, in cells.

    Returns:
        Weights, in the shape of `offset`.
    """
    away = offset.abs()
    return torch.where(away < 0.5, 0.75 - away**2, (1.5 - away).clamp(min=0) ** 2 / 2)


def curvature(field: torch.Tensor) -> torch.Tensor:
    """A field minus the mean of its four neighbours, edges continued: vorticity, but for a factor.

    Args:
        field: Field (n, c, y, x).

    Returns:
        Curvature (n, c, y, x), in the field's unit.
    """
    wide = F.pad(field, (1, 1, 1, 1), mode="replicate")
    around = wide[..., :-2, 1:-1] + wide[..., 2:, 1:-1] + wide[..., 1:-1, :-2] + wide[..., 1:-1, 2:]
    return field - around / 4
