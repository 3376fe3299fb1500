"""What a network is told of a member on its way."""

import torch

from engine.physics.cosines import smoothed

LOCAL = (4.0, 12.0)  # cells over which it is told how lively a member is


def beside(moving: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
    """How large members may be, and how lively they are.

    Args:
        moving: Members (n, 1, y, x), in parts of the error that is stated.
        level: Logarithm of that error (n, 1, y, x), in parts of that of the linear estimate.

    Returns:
        Fields (n, 3, y, x): the level, and the logarithm of the members' local power, nearby and farther around.
    """
    return torch.cat([level, *(smoothed(moving.square(), cells).clamp(min=1e-3).log() for cells in LOCAL)], dim=1)
