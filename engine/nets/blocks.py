"""The bricks: residual convolution blocks and pixel shuffling stems."""

from typing import TypeVar

import torch
from torch import nn

Layer = TypeVar("Layer", nn.Conv2d, nn.Linear)


class ResidualBlock(nn.Module):
    """x + conv(relu(conv(x))), 3x3, no normalisation; sizes kept. Lim et al. 2017 (EDSR), fig. 2c."""

    def __init__(self, features: int, scale: float = 1.0):
        super().__init__()
        self.first, self.second = conv(features, features), conv(features, features)
        self.scale = scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The features and their correction.

        Args:
            x: Features (n, features, y, x).

        Returns:
            Features (n, features, y, x).
        """
        return x + self.scale * self.second(torch.relu(self.first(x)))


def conv(inputs: int, outputs: int, kernel: int = 3) -> nn.Conv2d:
    """A convolution that keeps the size; edges are replicated, so that a border is not a step to zero.

    Args:
        inputs: Channels in.
        outputs: Channels out.
        kernel: Cells a side of the kernel, an odd number.

    Returns:
        The layer, (n, inputs, y, x) -> (n, outputs, y, x).
    """
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, padding_mode="replicate")


def silent(layer: Layer) -> Layer:
    """The same layer with zero weights: what it feeds starts from what it corrects.

    Args:
        layer: The layer, changed in place; its bias becomes 0 too.

    Returns:
        The layer that was given.
    """
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
