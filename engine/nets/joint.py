"""JIIF: a height decoded from coarse cells and a fine guide; the network says whom of its neighbours to believe."""

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.blocks import conv
from engine.nets.edsr import Encoder
from engine.nets.implicit import Reach, answer, mlp, neighbours, spread, starting_silent, taken


class GuideEncoder(nn.Module):
    """A fine guide (n, 1, y, x) -> features of the same size; its blocks work at 1/fold of it."""

    def __init__(self, features: int, inner: int, blocks: int, fold: int):
        super().__init__()
        self.fold = fold
        self.body = nn.Sequential(Encoder(fold**2, inner, blocks), conv(inner, features * fold**2))

    def forward(self, guide: torch.Tensor) -> torch.Tensor:
        """The features of every cell of the guide.

        Args:
            guide: Fine guide (n, 1, Y, X) of any size.

        Returns:
            Features (n, features, Y, X).
        """
        y, x = guide.shape[-2:]
        padded = F.pad(guide, (0, -x % self.fold, 0, -y % self.fold), mode="replicate")
        return F.pixel_shuffle(self.body(F.pixel_unshuffle(padded, self.fold)), self.fold)[..., :y, :x]


class Jiif(nn.Module):
    """Coarse field (n, 1, y, x) and fine guide (n, 1, Y, X) -> field on the guide's grid. Tang et al. 2021, section 3.

    For a target q and each of its four nearest cells i, an MLP sees (z_i, g_i, g_q - g_i, x_q - x_i) and says a value
    and a logit; the values are weighted by the softmax of the logits, and the bicubic input is added. z are features of
    the coarse field, g of the guide; g_i is their mean over the cell. `widths` are those of the MLP, first to last.

    The first layer is linear: its parts for cell, target and offset are made apart.
    """

    def __init__(
        self, features: int = 64, blocks: int = 16, guide: int = 32, guide_blocks: int = 8, fold: int = 3,
        widths: tuple[int, ...] = (1024, 512, 256, 128),
    ):  # fmt: skip
        super().__init__()
        self.encoder = Encoder(1, features, blocks)
        self.guide = GuideEncoder(guide, features, guide_blocks, fold)
        self.first = nn.Conv2d(features + guide, widths[0], 1)  # z_i and g_i
        self.detail = nn.Linear(guide, widths[0], bias=False)  # g_q - g_i
        self.place = nn.Linear(2, widths[0], bias=False)  # x_q - x_i
        self.mlp = starting_silent(mlp(*widths, 2))

    def encode(self, low: torch.Tensor, guide: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The first layer's part of every coarse cell, and the guide's features.

        Args:
            low: Coarse field (n, 1, y, x), over its scale.
            guide: Fine guide (n, 1, Y, X), over its scale.

        Returns:
            Hidden features (n, width, y, x) of the cells, and features (n, features, Y, X) of the guide.
        """
        fine = self.guide(guide)
        coarse = F.adaptive_avg_pool2d(fine, (low.shape[-2], low.shape[-1]))
        cells = self.first(torch.cat([self.encoder(low), coarse], dim=1))
        return cells - F.conv2d(coarse, self.detail.weight[..., None, None]), fine

    def forward(
        self, low: torch.Tensor, guide: torch.Tensor, chosen: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Values at chosen cells of the guide, and what each neighbour says there.

        Args:
            low: Coarse field (n, 1, y, x), over its scale.
            guide: Fine guide (n, 1, Y, X), over its scale.
            chosen: Flat indices (n, queries) of cells of the guide.

        Returns:
            Values (n, queries), over the scale of `low`; by neighbour, answers and weights, (4, n, queries) each.
        """
        (cells, fine), size, shape = self.encode(low, guide), low.shape[-2:], guide.shape[-2:]
        scale = torch.tensor([n / m for n, m in zip(size, shape, strict=True)], device=low.device)
        where = (torch.stack([chosen // shape[1], chosen % shape[1]], dim=-1) + 0.5) * scale
        detail = self.detail(taken(fine, chosen))
        index, offset, _ = neighbours(where, size)
        first = [taken(cells, i) + detail + self.place(2 * o) for i, o in zip(index, offset, strict=True)]
        answers, logits = self.mlp(torch.stack(first)).float().unbind(-1)
        weights = logits.softmax(dim=0)
        up = F.interpolate(low, size=shape, mode="bicubic", align_corners=False).flatten(1).gather(1, chosen)
        return (answers * weights).sum(0) + up, answers, weights

    def decode_grid(self, low: torch.Tensor, guide: torch.Tensor) -> torch.Tensor:
        """Values of one field: `forward` at every cell of the guide, coarse cell by coarse cell.

        Args:
            low: Coarse field (1, 1, y, x), over its scale.
            guide: Fine guide (1, 1, Y, X), over its scale.

        Returns:
            Values (Y, X), over the scale of `low`.
        """
        (cells, fine), size, shape = self.encode(low, guide), low.shape[-2:], guide.shape[-2:]
        rows, columns = (Reach.of(n, m, "both", low) for n, m in zip(size, shape, strict=True))
        by_row, by_column = 2 * rows.offset[..., None] * self.place.weight[:, 0], 2 * columns.offset[..., None]
        by_column = by_column * self.place.weight[:, 1]
        cells, fine = cells[0].permute(1, 2, 0).contiguous(), fine[0].permute(1, 2, 0).contiguous()

        def ask(i: int, j: torch.Tensor) -> torch.Tensor:
            around = fine[rows.target[i][:, None, None], columns.target[j]].transpose(0, 1)  # (cells, n, m, features)
            first = self.detail(around) + (cells[i, j][:, None] + by_column[j])[:, None] + by_row[i][:, None]
            value, logit = answer(self.mlp, first).unbind(-1)
            inside = rows.inside[i][:, None] * columns.inside[j][:, None]
            weight = logit.clamp(-60, 60).exp() * inside
            return torch.stack([value * weight, weight], dim=-1)

        weighted, weights = spread(shape, rows, columns, ask, channels=2)
        up = F.interpolate(low, size=shape, mode="bicubic", align_corners=False)[0, 0]
        return weighted / weights + up
