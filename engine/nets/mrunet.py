"""The multi-residual U-Net for land surface temperature: it corrects an interpolated field."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.blocks import ResidualBlock, conv, silent


class Down(nn.Module):
    """Half the size: a strided convolution, two convolutions around which it passes by, and one to the new width."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.halve = nn.Conv2d(inputs, inputs, 2, stride=2)
        self.within = nn.Sequential(conv(inputs, inputs), nn.ReLU(), conv(inputs, inputs), nn.ReLU())
        self.widen = nn.Sequential(conv(inputs, outputs), nn.ReLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Half the size.

        Args:
            x: Features (n, inputs, y, x), y and x even.

        Returns:
            Features (n, outputs, y/2, x/2).
        """
        x = self.halve(x)
        return self.widen(self.within(x) + x)


class Up(nn.Module):
    """Twice the size by a transposed convolution, joined to what the way down saw there."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.grow = nn.ConvTranspose2d(inputs, outputs, 2, stride=2)
        self.join = nn.Sequential(conv(2 * outputs, outputs), nn.ReLU(), conv(outputs, outputs), nn.ReLU())

    def forward(self, x: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """Twice the size.

        Args:
            x: Features (n, inputs, y, x).
            seen: What the way down saw, (n, outputs, 2y, 2x).

        Returns:
            Features (n, outputs, 2y, 2x).
        """
        return self.join(torch.cat([seen, self.grow(x)], dim=1))


class Mrunet(nn.Module):
    """Fields (n, inputs, y, x), the first of them the interpolated temperature -> (n, 1, y, x), any size.

    Source: Nguyen et al. 2022, hal-03580148, figure 3: residual down blocks, a residual block at the bottom, the input
    added at the end. Here without batch normalisation, narrower, and on fields folded by `fold` (pixel unshuffle).
    """

    def __init__(self, inputs: int = 1, widths: tuple[int, ...] = (32, 64, 96, 128), fold: int = 2):
        super().__init__()
        self.inputs, self.fold, self.multiple = inputs, fold, fold * 2 ** (len(widths) - 1)
        first = widths[0]
        self.head = nn.Sequential(conv(inputs * fold**2, first), nn.ReLU(), conv(first, first), nn.ReLU())
        self.down = nn.ModuleList(Down(a, b) for a, b in pairwise(widths))
        self.bottom = ResidualBlock(widths[-1])
        self.up = nn.ModuleList(Up(b, a) for a, b in reversed([*pairwise(widths)]))
        self.tail = silent(conv(first, fold**2))

    def forward(self, fields: torch.Tensor) -> torch.Tensor:
        """The interpolated temperature, corrected.

        Args:
            fields: Fields (n, inputs, y, x) of any size, the interpolated temperature first, over their scales.

        Returns:
            Temperature (n, 1, y, x), over its scale.
        """
        *_, ny, nx = fields.shape
        missing = (-nx % self.multiple, -ny % self.multiple)
        x = F.pad(fields, (0, missing[0], 0, missing[1]), mode="replicate")
        x = self.head(F.pixel_unshuffle(x, self.fold))
        seen = [x]
        for layer in self.down:
            x = layer(x)
            seen.append(x)
        x = self.bottom(seen.pop())
        for layer in self.up:
            x = layer(x, seen.pop())
        return fields[:, :1] + F.pixel_shuffle(self.tail(x), self.fold)[..., :ny, :nx]
