"""Clouds by their cold: what is much colder than the same place on other days, at about the same hour, is under one."""

import numpy as np
import torch
from scipy import ndimage

COLD = 8.0  # K; by day other shadows in the mountains make up to 6
SMALLEST = 9  # touching cells; fewer are a field that was watered, or a ship
MARGIN = 6  # cells around, for thin edges and for shadows


def cloudy(lst: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Where a temperature is under a cloud.

    A cell is cold where it lies COLD below the median of the others, each field's own level taken off. NaN is missing.
    A cloud that is no colder than the ground below it (over the sea, at dawn) is not found.

    Args:
        lst: Temperature (y, x), K.
        others: Temperature (n, y, x) of the same place at about that hour, K.

    Returns:
        True under a cloud and MARGIN cells around it, (y, x).
    """
    usual = torch.nanmedian(torch.as_tensor(others), dim=0).values.numpy()
    off = lst - usual
    level = torch.nanmedian(torch.as_tensor(off)).item()
    parts, _ = ndimage.label(off < level - COLD, np.ones((3, 3)))
    large = np.bincount(parts.ravel()) >= SMALLEST
    large[0] = False  # what is not cold
    return ndimage.binary_dilation(large[parts], iterations=MARGIN)
