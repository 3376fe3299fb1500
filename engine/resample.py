"""Moving values between grids that share their outer edges: block means, upsampling, extension over gaps."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage

MODES = ("nearest", "bilinear", "bicubic")
SPECK = 4  # touching cells; a gap this small is no land
NARROW = 3  # cells; nor is one that is mostly narrower than this, as lines that a scanner lost


def block_mean(values: torch.Tensor, factor: int, min_valid: float = 0.5) -> torch.Tensor:
    """Mean over factor x factor cells, over the finite ones only.

    Args:
        values: field (..., y, x), NaN where missing; y and x are multiples of the factor.
        factor: cells per block along y and x.
        min_valid: share of a block's cells that have to be finite, and one at least.

    Returns:
        Means (..., y / factor, x / factor) in the field's unit; NaN where too few cells are finite.
    """
    *lead, ny, nx = values.shape
    blocks = values.reshape(*lead, ny // factor, factor, nx // factor, factor)
    wet = torch.isfinite(blocks)
    if bool(wet.all()):
        return blocks.mean(dim=(-3, -1))
    count = wet.sum(dim=(-3, -1))
    total = torch.where(wet, blocks, 0).sum(dim=(-3, -1))
    enough = (count > 0) & (count >= min_valid * factor**2)
    return torch.where(enough, total / count.clamp(min=1), torch.nan)


def replicate(values: torch.Tensor, factor: int) -> torch.Tensor:
    """Repeat every cell factor x factor times.

    Args:
        values: field (..., y, x).
        factor: times along y and x.

    Returns:
        The field (..., y * factor, x * factor).
    """
    return values.repeat_interleave(factor, dim=-2).repeat_interleave(factor, dim=-1)


def fill_gaps(values: np.ndarray, sweeps: int = 30) -> np.ndarray:
    """Extend values smoothly over NaN: the nearest valid value, then Jacobi sweeps of Laplace's equation.

    Cells with a value keep it to the bit, so what lies under a gap never matters. All-NaN layers become zero.

    Args:
        values: field (..., y, x), NaN or infinite in gaps.
        sweeps: of Jacobi's iteration.

    Returns:
        The field without gaps, of the same shape and unit; the values themselves where there are none.
    """
    if np.isfinite(values).all():
        return values
    layers = values.reshape(-1, *values.shape[-2:]).copy()
    for layer in layers:
        gap = ~np.isfinite(layer)
        if gap.all():
            layer[:] = 0
        elif gap.any():
            nearest = ndimage.distance_transform_edt(gap, return_distances=False, return_indices=True)
            layer[:] = layer[tuple(nearest)]
            for _ in range(sweeps):
                p = np.pad(layer, 1, mode="edge")
                layer[gap] = ((p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]) / 4)[gap]
    return layers.reshape(values.shape)


def without_specks(valid: np.ndarray) -> np.ndarray:
    """A mask with its small and narrow gaps closed: what is left is land, or a cloud.

    Args:
        valid: True on valid cells, (y, x).

    Returns:
        The mask (y, x); gaps of at most SPECK cells, or mostly narrower than NARROW cells, are True.
    """
    gaps, count = ndimage.label(~valid)
    around = np.pad(valid, NARROW, mode="edge")
    closed = ndimage.binary_closing(around, np.ones((NARROW, NARROW)))[NARROW:-NARROW, NARROW:-NARROW]
    small = np.bincount(gaps.ravel(), minlength=count + 1) <= SPECK
    small[1:] |= ndimage.mean(closed, gaps, range(1, count + 1)) > 0.6
    return valid | small[gaps]


def upsample(values: torch.Tensor, shape: Sequence[int], mode: str = "bicubic") -> torch.Tensor:
    """Interpolate to `shape`, both grids cell-centred with the same outer edges.

    Source: Keys 1981, IEEE TASSP 29(6), eq. (15) with a = -0.75, as in torch.nn.functional.interpolate.

    Args:
        values: field (..., y, x) without NaN.
        shape: cells (y, x) of the result, more or fewer.
        mode: one of `MODES`.

    Returns:
        The field (..., *shape) in the same unit; no anti-aliasing where it has fewer cells.
    """
    if tuple(values.shape[-2:]) == tuple(shape):
        return values
    flat = values.reshape(-1, 1, *values.shape[-2:])
    corners = {} if mode == "nearest" else {"align_corners": False}
    out = F.interpolate(flat, size=tuple(shape), mode="nearest-exact" if mode == "nearest" else mode, **corners)
    return out.reshape(*values.shape[:-2], *shape)
