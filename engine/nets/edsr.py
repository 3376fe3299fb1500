"""The EDSR-baseline encoder: residual blocks without normalisation, without its upsampler."""

import torch
from torch import nn

from engine.nets.blocks import ResidualBlock, conv


class Encoder(nn.Module):
    """(n, inputs, y, x) -> (n, features, y, x). Source: Lim et al. 2017 (EDSR), baseline: 16 blocks, 64 features."""

    def __init__(self, inputs: int = 1, features: int = 64, blocks: int = 16):
        super().__init__()
        self.head = conv(inputs, features)
        self.body = nn.Sequential(*(ResidualBlock(features) for _ in range(blocks)), conv(features, features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The features of every cell.

        Args:
            x: Fields (n, inputs, y, x).

        Returns:
            Features (n, features, y, x).
        """
        x = self.head(x)
        return x + self.body(x)
