"""What the statistical sharpeners share: a trend of temperature over vegetation index, fitted at the coarse scale."""

from typing import ClassVar

import numpy as np
import param
import torch
import torch.nn.functional as F

from engine.errors import InputError
from engine.methods.base import Method
from engine.methods.shared.shores import Land, land_of
from engine.resample import block_mean, fill_gaps, replicate, upsample
from engine.scene import Problem

FEWEST = 8  # cells that a trend is fitted to


class Sharpener(Method):
    """T = trend(NDVI) + residual. Subclasses state the degree of the trend, and what they make of the residual.

    Water is told apart from land by its index, see engine.methods.shared.shores: it has no part in the trend.
    """

    cheap = True
    family, takes = "sharpening", ("lst",)
    needs: ClassVar[tuple[str, ...]] = ("ndvi",)
    degree: ClassVar[int] = 1

    dry_only = param.Boolean(
        default=True, label="Land and water apart",
        doc="Leave cells with water (NDVI below 0) out of the trend, and give water the temperature of water.",
    )  # fmt: skip

    def estimate(self, problem: Problem, seed: int) -> np.ndarray:
        land = land_of(problem, apart=self.dry_only)
        return land.with_water(self.sharpened(land)).numpy()

    def sharpened(self, land: Land) -> torch.Tensor:
        """The fine temperature of the land.

        Args:
            land: Index and temperature.

        Returns:
            Temperature (Y, X), K.

        Raises:
            InputError: Where too few cells are known.
        """
        terms = self.trend(land.coarse, land.low, land.used)
        residual = land.low - evaluated(terms, land.coarse)
        return evaluated(terms, land.index) + self.finer(residual, land.used, land.factor)

    def trend(self, coarse: torch.Tensor, low: torch.Tensor, used: torch.Tensor) -> torch.Tensor:
        """Coefficients of the least-squares polynomial over the used cells.

        Args:
            coarse: Index (y, x) that the input's cells see.
            low: Temperature (y, x), K.
            used: Cells (y, x) that enter.

        Returns:
            Coefficients a_0 .. a_degree, K per power of the index.

        Raises:
            InputError: Where fewer than `FEWEST` cells are used.
        """
        if int(used.sum()) < FEWEST:
            raise InputError(f"Only {int(used.sum())} dry cells are known; the trend over NDVI needs {FEWEST}.")
        powers = torch.stack([coarse[used].double() ** n for n in range(self.degree + 1)], dim=1)
        return torch.linalg.lstsq(powers, low[used].double()[:, None], driver="gelsd").solution[:, 0].to(low.dtype)

    def finer(self, residual: torch.Tensor, used: torch.Tensor, factor: int) -> torch.Tensor:
        """The coarse residual on the fine grid: here replicated, as Kustas et al. 2003 do.

        Args:
            residual: What the trend leaves (y, x), K.
            used: Cells (y, x) that the trend was fitted to.
            factor: Fine cells per coarse cell, along each axis.

        Returns:
            Residual (Y, X), K.
        """
        return replicate(residual, factor)


def evaluated(terms: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """The polynomial with these coefficients.

    Args:
        terms: Coefficients (terms,) or (terms, ...), of the lowest power first.
        index: Where it is evaluated, (...).

    Returns:
        Values (...), in the unit of the first coefficient.
    """
    return sum(term * index**power for power, term in enumerate(terms))  # type: ignore[return-value]


# ---- details: what a cell has beyond its coarse neighbours -----------------------------------------------------------


class Detailing(Sharpener):
    """What its subclasses add are details; they agree with the input unless told otherwise."""

    cells = True

    pull = param.Number(
        default=1.0, bounds=(0.0, 10.0), label="Pull to zero",
        doc="How strongly the kernel is held back: 0 trusts the scale above fully, 1 allows for half of it to be lost.",
    )  # fmt: skip
    consistent = param.Boolean(default=True)


def smooth(low: torch.Tensor, factor: int) -> torch.Tensor:
    """Bicubic interpolation of cell means, with those means.

    Args:
        low: Cell means (..., y, x).
        factor: Fine cells per coarse cell, along each axis.

    Returns:
        Field (..., factor y, factor x), in its unit.
    """
    fine = upsample(low, [factor * n for n in low.shape[-2:]], "bicubic")
    return fine + replicate(low - block_mean(fine, factor), factor)


def details(field: torch.Tensor, used: torch.Tensor, factor: int) -> tuple[torch.Tensor, torch.Tensor]:
    """What cells of the input have beyond a smooth field with their blocks' means, and which of them tell it.

    Means are over the used cells. A block with less than half of them used, or less than half inside, tells nothing.

    Args:
        field: Cells of the input (y, x), gaps filled.
        used: Cells (y, x) that enter.
        factor: Cells a side of a block.

    Returns:
        Details (y, x) in the field's unit, 0 where nothing tells them, and where they are told, (y, x).

    Raises:
        InputError: Where there are fewer than two blocks a side, or no cells of its own at all (factor 1).
    """
    if factor == 1:
        raise InputError("Details need coarse cells: choose an input of cell means (mean radiance).")
    ny, nx = field.shape
    if min(ny, nx) < 1.5 * factor:
        raise InputError("The region is too small to learn one scale up: take a larger region or a smaller factor.")
    beyond = (0, -nx % factor, 0, -ny % factor)
    field, used = F.pad(field[None, None], beyond, mode="replicate")[0, 0], F.pad(used, beyond)

    def means(values: torch.Tensor) -> torch.Tensor:
        return block_mean(torch.where(used, values, torch.nan), factor)

    left = field - upsample(torch.as_tensor(fill_gaps(means(field).numpy())), field.shape)
    left = (left - replicate(means(left), factor))[:ny, :nx]
    return left.nan_to_num(0.0), used[:ny, :nx] & torch.isfinite(left)


def detail_kernel(
    coarse: torch.Tensor, low: torch.Tensor, used: torch.Tensor, factor: int, pull: float
) -> torch.Tensor:
    """Weights that make details of the temperature of those of the index, one scale up, by ridge regression.

    Args:
        coarse: Index (y, x) that the input's cells see.
        low: Temperature (y, x), K.
        used: Cells (y, x) that enter.
        factor: Cells a side of a block.
        pull: Weight of the penalty against the mean square of the index's details.

    Returns:
        Weights (3, 3), K per unit of the index.

    Raises:
        InputError: Where fewer than `FEWEST` cells tell details, or as `details` does.
    """
    (index, told), (temperature, _) = (details(field, used, factor) for field in (coarse, low))
    if int(told.sum()) < FEWEST:
        raise InputError(f"Only {int(told.sum())} dry cells are known; the kernel needs {FEWEST}.")
    padded = F.pad(index[None, None], (1, 1, 1, 1), mode="replicate")
    x = F.unfold(padded, 3)[0].T.double()[told.flatten()]
    y = temperature[told].double()
    held = pull * x.square().sum() / x.shape[1] + 1e-9
    system = x.T @ x + held * torch.eye(x.shape[1], dtype=x.dtype)
    return torch.linalg.solve(system, x.T @ y).reshape(3, 3).to(low.dtype)


def applied(details: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """The kernel over a field, edges replicated.

    Args:
        details: Details (Y, X).
        kernel: Weights (3, 3).

    Returns:
        Weighted sums (Y, X).
    """
    around = F.pad(details[None, None], (1, 1, 1, 1), mode="replicate")
    return F.conv2d(around, kernel[None, None])[0, 0]
