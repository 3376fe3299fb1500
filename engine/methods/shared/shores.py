"""Land and water told apart by the vegetation index: a cell that sees both has the temperature of neither."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage

from engine.errors import InputError
from engine.methods.base import input_values
from engine.observation.kernels import BlockMean
from engine.resample import block_mean, fill_gaps, replicate, upsample
from engine.scene import Problem

WATER = 0.0  # NDVI below which a cell is water: its temperature does not follow the index
TRACE = 1e-4  # share of water, or of land, that counts as none; a bicubic kernel is partly below 0
MOST = (
    0.5  # share of water up to which the temperature of the land beside it is worked out; beyond, it is its neighbours'
)
REACH = 3  # cells of the input within which a cell of water alone tells the temperature of the water


@dataclass(frozen=True)
class Land:
    """The land of a problem: its fine index (Y, X), and index and temperature (K) that the input's cells see, (y, x).

    used: cells (y, x) that a fit may use; water: the temperature of water (Y, X), NaN on land and where nothing tells
    it; factor: fine cells per cell of the input.
    """

    index: torch.Tensor
    coarse: torch.Tensor
    low: torch.Tensor
    used: torch.Tensor
    water: torch.Tensor
    factor: int

    def with_water(self, fine: torch.Tensor) -> torch.Tensor:
        """The temperature of the land, and that of the water where it is known.

        Args:
            fine: Temperature of the land (Y, X), K.

        Returns:
            Temperature (Y, X), K.
        """
        return torch.where(torch.isfinite(self.water), self.water, fine)


def land_of(problem: Problem, apart: bool = True) -> Land:
    """The land of a problem with an index.

    Cells within REACH of one of water alone share its temperature T_w: T_land = (T - f T_w) / (1 - f), f their share of
    water. Fine water cells have the index of the land in their coarse cell, and where T_w is not known they keep the
    temperature that follows from it.

    Args:
        problem: Input and guides, `lst` in K and `ndvi`.
        apart: Whether water is told apart; without, all of it is land.

    Returns:
        The land.

    Raises:
        InputError: As `index_of` does.
    """
    index, low = index_of(problem), input_values(problem)
    factor = index.shape[-1] // low.shape[-1]
    wet = (index < WATER) & apart
    share = coarsened(problem, wet.to(index.dtype))
    seen = coarsened(problem, torch.where(wet, torch.nan, index))
    known = torch.as_tensor(np.isfinite(problem.low[problem.variable].values))
    water, near = _water(low, known & (share > 1 - TRACE), factor)
    beside = torch.where(near & (share > TRACE), (low - share * water) / (1 - share), low)
    coarse, low = (_filled(torch.where(near & (share > MOST), torch.nan, of)) for of in (seen, beside))
    return Land(
        torch.where(wet, replicate(coarse, factor), index), coarse, low, known & (share.abs() < TRACE),
        torch.where(wet & replicate(near, factor), upsample(water, index.shape, "bilinear"), torch.nan), factor,
    )  # fmt: skip


def _water(low: torch.Tensor, alone: torch.Tensor, factor: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Temperature of the nearest cells of water alone, and the cells that have one near; (y, x) each."""
    if factor == 1 or not bool(alone.any()):  # a low-pass input has no cells
        return low, torch.zeros_like(alone)
    near = ndimage.distance_transform_edt(~alone.numpy()) <= REACH
    return _filled(torch.where(alone, low, torch.nan)), torch.as_tensor(near)


def _filled(values: torch.Tensor) -> torch.Tensor:
    return torch.as_tensor(fill_gaps(values.numpy()))


def index_of(problem: Problem) -> torch.Tensor:
    """The fine vegetation index, gaps filled.

    Args:
        problem: Input and guides.

    Returns:
        Index (Y, X), float32.

    Raises:
        InputError: Where the problem has none, or where the field is no temperature.
    """
    if problem.variable != "lst":
        raise InputError(f"This method sharpens land surface temperature, not {problem.variable}.")
    if "ndvi" not in problem.guides:
        raise InputError("This method needs the vegetation index (NDVI) as a guide; this scene has none.")
    return torch.as_tensor(fill_gaps(problem.guides["ndvi"].values.astype(np.float32)))


def coarsened(problem: Problem, fine: torch.Tensor) -> torch.Tensor:
    """What the input's cells see of a fine covariate, NaN left out: a plain mean, or the operator of any other input.

    Args:
        problem: Input and how it was made; a plain mean where nobody knows.
        fine: Covariate (Y, X).

    Returns:
        Covariate (y, x), in its unit; NaN where nothing of a cell is known.
    """
    operator = problem.observation
    if operator is None or isinstance(operator.kernel, BlockMean):
        return block_mean(fine, fine.shape[-1] // problem.low.sizes["x"], min_valid=0.0)
    return operator.apply(fine)
