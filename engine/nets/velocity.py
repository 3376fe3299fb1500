"""Where a member is heading: the network of a flow."""

import torch
from torch import nn

from engine.nets.correction import Correction
from engine.nets.unet import Unet

BESIDE = 4  # fields beside those of the problem: the member, its level, how lively it is nearby and farther around


class Velocity(Correction):
    """Fields about a problem, a member, what belongs to it and numbers -> the member's velocity; it starts as none.

    It says what part of the member is its velocity, and what comes to that: a factor that changes slowly from place to
    place is all that a member needs where it is too lively, or not enough.
    """

    def __init__(
        self, fields: int, numbers: int, widths: tuple[int, ...] = (48, 72, 96, 96), blocks: int = 1, fold: int = 4
    ):  # fmt: skip
        nn.Module.__init__(self)
        self.net = Unet(fields + BESIDE, 2, tuple(widths), blocks, fold, numbers, head=1)

    def forward(  # type: ignore[override]
        self, fields: torch.Tensor, moving: torch.Tensor, beside: torch.Tensor, numbers: torch.Tensor
    ) -> torch.Tensor:
        """The velocity.

        Args:
            fields: Fields (n, fields, y, x) about the problem, of about unit size.
            moving: Members (n, 1, y, x), of about unit size.
            beside: What else is told of a member, (n, BESIDE - 1, y, x).
            numbers: Numbers (n, numbers) about the problem and the way.

        Returns:
            Velocities (n, 1, y, x), float32, per radian.
        """
        part, more = super().forward(torch.cat([fields, moving, beside], dim=1), numbers).chunk(2, dim=1)
        return part * moving + more
