"""What the statistical sharpeners share: a trend of temperature over vegetation index, fitted at the coarse scale."""

from typing import ClassVar

import numpy as np
import param
import torch
import torch.nn.functional as F

from engine.degrade import BlockMean, RadianceMean
from engine.errors import InputError
from engine.methods.base import Method, input_values
from engine.resample import block_mean, fill_gaps, replicate, upsample
from engine.scene import Problem

WATER = 0.0  # NDVI below which a cell is water: its temperature does not follow the index
FEWEST = 8  # cells that a trend is fitted to


def index_of(problem: Problem) -> torch.Tensor:
    """The fine vegetation index (Y, X), float32, gaps filled.

    Raises InputError where the problem has none, or where the field is no temperature.
    """
    if problem.variable != "lst":
        raise InputError(f"This method sharpens land surface temperature, not {problem.variable}.")
    if "ndvi" not in problem.guides:
        raise InputError("This method needs the vegetation index (NDVI) as a guide; this scene has none.")
    return torch.as_tensor(fill_gaps(problem.guides["ndvi"].values.astype(np.float32)))


def coarsened(problem: Problem, fine: torch.Tensor) -> torch.Tensor:
    """What the input's cells see of a fine covariate: the operator of the input, which for radiance is a plain mean."""
    operator = problem.degradation
    if operator is None or isinstance(operator, RadianceMean):
        factor = fine.shape[-1] // problem.low.sizes["x"]
        return BlockMean(factor, 0.0, min_valid=0.0).apply(fine)
    return operator.apply(fine)


class Sharpener(Method):
    """T = trend(NDVI) + residual. Subclasses state the degree of the trend, and what they make of the residual.

    Cells with water in them are left out of the fit; fine water cells take the index of their coarse cell, and so its
    temperature.
    """

    cheap = True
    degree: ClassVar[int] = 1

    dry_only = param.Boolean(
        default=True, label="Fit on land only", doc="Leave cells with water (NDVI below 0) out of the trend."
    )

    def estimate(self, problem: Problem, seed: int) -> np.ndarray:
        return self.sharpened(*self.prepared(problem)).numpy()

    def prepared(self, problem: Problem) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, int]:
        """Fine and coarse index, coarse temperature, the cells that may be fitted to, fine cells per coarse one."""
        index, low = index_of(problem), input_values(problem)
        coarse = coarsened(problem, index)
        factor = index.shape[-1] // low.shape[-1]
        wet = index < WATER
        used = torch.as_tensor(np.isfinite(problem.low[problem.variable].values))
        if self.dry_only:
            used = used & (coarsened(problem, wet.to(index.dtype)).abs() < 1e-4)  # a bicubic kernel is partly < 0
        index = torch.where(wet, replicate(coarse, factor), index)
        return index, coarse, low, used, factor

    def sharpened(
        self, index: torch.Tensor, coarse: torch.Tensor, low: torch.Tensor, used: torch.Tensor, factor: int
    ) -> torch.Tensor:
        """The fine temperature (Y, X) of a fine index, the coarse one and the coarse temperature (y, x)."""
        terms = self.trend(coarse, low, used)
        return evaluated(terms, index) + self.finer(low - evaluated(terms, coarse), used, factor)

    def trend(self, coarse: torch.Tensor, low: torch.Tensor, used: torch.Tensor) -> torch.Tensor:
        """Coefficients a_0 .. a_degree of the least-squares polynomial over the used cells; raises InputError."""
        if int(used.sum()) < FEWEST:
            raise InputError(f"Only {int(used.sum())} dry cells are known; the trend over NDVI needs {FEWEST}.")
        powers = torch.stack([coarse[used].double() ** n for n in range(self.degree + 1)], dim=1)
        return torch.linalg.lstsq(powers, low[used].double()[:, None], driver="gelsd").solution[:, 0].to(low.dtype)

    def finer(self, residual: torch.Tensor, used: torch.Tensor, factor: int) -> torch.Tensor:
        """The coarse residual (y, x) on the fine grid: here replicated, as Kustas et al. 2003 do."""
        return replicate(residual, factor)


def evaluated(terms: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """The polynomial with these coefficients, (terms,) or (terms, ...), at an index (...)."""
    return sum(term * index**power for power, term in enumerate(terms))  # type: ignore[return-value]


# ---- details: what a cell has beyond its coarse neighbours -----------------------------------------------------------


class Detailing(Sharpener):
    """What its subclasses add are details; they agree with the input unless told otherwise."""

    pull = param.Number(
        default=1.0, bounds=(0.0, 10.0), label="Pull to zero",
        doc="How strongly the kernel is held back: 0 trusts the scale above fully, 1 allows for half of it to be lost.",
    )  # fmt: skip
    consistent = param.Boolean(default=True)


def smooth(low: torch.Tensor, factor: int) -> torch.Tensor:
    """Bicubic interpolation (..., Y, X) of cell means (..., y, x), with those means."""
    fine = upsample(low, [factor * n for n in low.shape[-2:]], "bicubic")
    return fine + replicate(low - block_mean(fine, factor), factor)


def one_scale_up(field: torch.Tensor, factor: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A coarse field (y, x), trimmed to whole blocks, and what it is smoothly from their means.

    Raises InputError where there are fewer than two blocks a side, or no coarse cells at all (factor 1).
    """
    if factor == 1:
        raise InputError("Details need coarse cells: choose an input of cell means (mean radiance).")
    ny, nx = (n // factor * factor for n in field.shape)
    if min(ny, nx) < 2 * factor:
        raise InputError("The region is too small to learn one scale up: take a larger region or a smaller factor.")
    field = field[:ny, :nx]
    return field, smooth(block_mean(field, factor), factor)


def detail_kernel(
    coarse: torch.Tensor, low: torch.Tensor, used: torch.Tensor, factor: int, pull: float
) -> torch.Tensor:
    """Weights (3, 3) that make details of the temperature of those of the index, one scale up, by ridge regression.

    pull: weight of the penalty against the mean square of the index's details. Raises InputError for too few cells.
    """
    (index, index_smooth), (temperature, temperature_smooth) = (one_scale_up(field, factor) for field in (coarse, low))
    taken = used[: index.shape[0], : index.shape[1]].flatten()
    if int(taken.sum()) < FEWEST:
        raise InputError(f"Only {int(taken.sum())} dry cells are known; the kernel needs {FEWEST}.")
    padded = F.pad((index - index_smooth)[None, None], (1, 1, 1, 1), mode="replicate")
    x = F.unfold(padded, 3)[0].T.double()[taken]
    y = (temperature - temperature_smooth).flatten()[taken].double()
    held = pull * x.square().sum() / x.shape[1] + 1e-9
    system = x.T @ x + held * torch.eye(x.shape[1], dtype=x.dtype)
    return torch.linalg.solve(system, x.T @ y).reshape(3, 3).to(low.dtype)


def applied(details: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """The kernel over (Y, X), edges replicated."""
    around = F.pad(details[None, None], (1, 1, 1, 1), mode="replicate")
    return F.conv2d(around, kernel[None, None])[0, 0]
