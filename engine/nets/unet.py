"""A residual U-Net that is told how noisy its input is: the one network of all diffusion models here."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.blocks import conv, silent


def embedded(level: torch.Tensor, dimensions: int = 32, highest: float = 1000.0) -> torch.Tensor:
    """Sines and cosines of a noise level at frequencies from 1 to `highest`, evenly in log.

    Args:
        level: Noise levels (n,).
        dimensions: How many sines and cosines together, an even number.
        highest: The highest frequency, in waves per unit of the level.

    Returns:
        Embedding (n, dimensions): the sines, then the cosines.
    """
    frequencies = torch.exp(torch.linspace(0.0, math.log(highest), dimensions // 2, device=level.device))
    angle = 2 * math.pi * level[:, None] * frequencies
    return torch.cat([torch.sin(angle), torch.cos(angle)], dim=1)


class Block(nn.Module):
    """x + conv(swish(norm(conv(swish(norm(x))) scaled and shifted by the noise level)))."""

    def __init__(self, inputs: int, outputs: int, told: int):
        super().__init__()
        self.before, self.between = nn.GroupNorm(8, inputs), nn.GroupNorm(8, outputs)
        self.first, self.second = conv(inputs, outputs), silent(conv(outputs, outputs))
        self.told = nn.Linear(told, 2 * outputs)
        self.pass_by = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        """The features and their correction at a noise level.

        Args:
            x: Features (n, inputs, y, x).
            told: The embedded noise level (n, told).

        Returns:
            Features (n, outputs, y, x).
        """
        scale, shift = self.told(told)[..., None, None].chunk(2, dim=1)
        hidden = self.between(self.first(F.silu(self.before(x)))) * (1 + scale) + shift
        return self.pass_by(x) + self.second(F.silu(hidden))


class Unet(nn.Module):
    """Fields (n, inputs, y, x) and noise levels (n,) -> (n, outputs, y, x), sizes a multiple of fold 2^(levels - 1).

    Source: the residual U-Net of Ho et al. 2020, doi:10.48550/arXiv.2006.11239, appendix B, without attention; here the
    finest level works on fields folded by `fold` (pixel unshuffle), which a CPU can afford.
    """

    def __init__(
        self, inputs: int, outputs: int = 1, widths: tuple[int, ...] = (32, 64, 96, 128), blocks: int = 2,
        fold: int = 2, numbers: int = 0, head: int = 3,
    ):  # fmt: skip
        super().__init__()
        told = 4 * 32
        self.fold, self.multiple, self.numbers = fold, fold * 2 ** (len(widths) - 1), numbers
        self.tell = nn.Sequential(nn.Linear(numbers or 32, told), nn.SiLU(), nn.Linear(told, told), nn.SiLU())
        self.head = conv(inputs * fold**2, widths[0], head)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        width, skips = widths[0], []
        for level, wanted in enumerate(widths):
            for _ in range(blocks):
                self.down.append(Block(width, wanted, told))
                width = wanted
                skips.append(width)
            if level < len(widths) - 1:
                self.down.append(nn.Conv2d(width, width, 2, stride=2))
        for level, wanted in reversed([*enumerate(widths)]):
            for _ in range(blocks):
                self.up.append(Block(width + skips.pop(), wanted, told))
                width = wanted
            if level:
                self.up.append(nn.Upsample(scale_factor=2, mode="nearest"))
        self.tail = nn.Sequential(nn.GroupNorm(8, width), nn.SiLU(), silent(conv(width, outputs * fold**2)))

    def forward(self, x: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        """What the network says of noisy fields.

        Args:
            x: Fields (n, inputs, y, x), sizes a multiple of `multiple`.
            level: Noise levels (n,), within (0, 1); of a network that is told several numbers, those (n, numbers).

        Returns:
            Fields (n, outputs, y, x).
        """
        told = self.tell(level.float() if self.numbers else embedded(level.float()))
        x = self.head(F.pixel_unshuffle(x, self.fold))
        seen = []
        for layer in self.down:
            x = layer(x, told) if isinstance(layer, Block) else layer(x)
            if isinstance(layer, Block):
                seen.append(x)
        for layer in self.up:
            x = layer(torch.cat([x, seen.pop()], dim=1), told) if isinstance(layer, Block) else layer(x)
        return F.pixel_shuffle(self.tail(x), self.fold)
