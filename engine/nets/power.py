"""How much power, band by band, an estimate has too much of and its draws lack."""

import torch
from torch import nn

from engine.nets.blocks import silent

HIDDEN = 32


class Power(nn.Module):
    """Numbers (n, numbers) about problems -> two numbers for each band. It starts as no change.

    The last of the numbers, one for each band, are logarithms (base 10) of the share of its power that stays open.
    """

    def __init__(self, numbers: int, bands: int = 7):
        super().__init__()
        self.bands = bands
        self.net = nn.Sequential(nn.Linear(numbers, HIDDEN), nn.SiLU(), silent(nn.Linear(HIDDEN, 2 * bands)))

    def forward(self, numbers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What is to be changed in each band.

        Args:
            numbers: Numbers (..., numbers) about problems.

        Returns:
            Logarithms of what draws are multiplied by, and parts that an estimate loses, (..., band) each; of what an
            input resolves nothing is lost.
        """
        drawn, lost = self.net(numbers).chunk(2, dim=-1)
        return drawn, lost * 10 ** numbers[..., -self.bands :]
