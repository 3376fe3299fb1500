"""No network: fields that are remembered and drawn from."""

import torch
from torch import nn


class Memory(nn.Module):
    """Anomalies (count, y, x) of training dates; draw n gives number n of an endless, fixed series of them.

    They are periodic and have no direction, so that a draw is one of them rolled, turned and perhaps mirrored.
    """

    anomalies: torch.Tensor

    def __init__(self, count: int, size: int):
        super().__init__()
        self.register_buffer("anomalies", torch.zeros(count, size, size))

    def forward(self, shape: tuple[int, int], seed: int) -> torch.Tensor:
        """One anomaly of the shape asked for, repeated where that is larger than the remembered ones.

        Args:
            shape: Cells (y, x).
            seed: Number of the draw.

        Returns:
            Anomaly (y, x), in the unit of those remembered.
        """
        draw = torch.Generator().manual_seed(seed)
        count, size, _ = self.anomalies.shape
        which, down, right, turn, mirror = (
            int(torch.randint(n, (), generator=draw)) for n in (count, size, size, 4, 2)
        )
        field = self.anomalies[which].roll((down, right), (-2, -1)).rot90(turn, (-2, -1))
        field = field.flip(-1) if mirror else field
        repeats = [-(-n // size) for n in shape]
        return field.repeat(*repeats)[: shape[0], : shape[1]]
