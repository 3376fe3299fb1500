"""A correction of a linear estimate, and how far it is wrong still, from fields and numbers about a problem."""

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.unet import Unet


class Correction(nn.Module):
    """Fields (n, fields, y, x) and numbers (n, numbers) -> the correction and the logarithm of its error.

    It starts as no correction with an error of 1.
    """

    def __init__(
        self, fields: int, numbers: int, widths: tuple[int, ...] = (48, 72, 96, 96), blocks: int = 1, fold: int = 4
    ):  # fmt: skip
        super().__init__()
        self.net = Unet(fields, 2, tuple(widths), blocks, fold, numbers, head=1)

    def forward(self, fields: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """What is to be added, and the logarithm of its error.

        Args:
            fields: Fields (n, fields, y, x), of about unit size; continued to a multiple of the network's cells.
            numbers: Numbers (n, numbers), of about unit size.

        Returns:
            Both (n, 2, y, x), float32, in parts of the linear estimate's error.
        """
        (rows, columns), cells = fields.shape[-2:], self.net.multiple
        wide = F.pad(fields, (0, -columns % cells, 0, -rows % cells), mode="replicate")
        return self.net(wide, numbers)[..., :rows, :columns].float()
