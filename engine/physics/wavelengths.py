"""Flows by wavelength: a prior that is steep in the spectrum, images blurred by ever less, and their mismatch."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F

from engine.physics.advection import carried, cells, departed


@dataclass(frozen=True)
class Spectral:
    """Flow (2, y, x) in m s-1 from white coefficients of cosines: standard deviation ~ (1 + lambda length^2)^(-p/2).

    lambda: eigenvalues of the negative Laplacian; typical: standard deviation of a component in all. Without divergence
    there is one coefficient for each wave, that of a streamfunction; else one for each component.
    """

    rows: torch.Tensor
    columns: torch.Tensor
    scale: torch.Tensor
    spacing: tuple[float, float]
    typical: float
    turning: bool

    @classmethod
    def of(
        cls, shape: tuple[int, int], spacing, length: float, steepness: float, typical: float, turning: bool, like
    ) -> "Spectral":
        (rows, down), (columns, along) = (_cosines(n, step) for n, step in zip(shape, spacing, strict=True))
        waves = down[:, None] + along
        amplitude = (1 + waves * length**2) ** (-steepness / 2)
        power = amplitude**2 / 2 if turning else amplitude**2
        if turning:  # of the streamfunction; a constant one does not move anything
            power[0, 0] = 0
            amplitude = np.where(waves > 0, amplitude / np.sqrt(np.maximum(waves, waves[0, 1] / 4)), 0)
        scale = typical * amplitude / np.sqrt(power.sum() / power.size)
        of_rows, of_columns, of_scale = (
            torch.as_tensor(part, dtype=like.dtype, device=like.device) for part in (rows, columns, scale)
        )
        return cls(of_rows, of_columns, of_scale, spacing, typical, turning)

    def __call__(self, z: torch.Tensor) -> torch.Tensor:
        waves = self.rows.T @ (self.scale * z) @ self.columns
        if not self.turning:
            return waves
        down, along = (torch.gradient(waves[0], dim=n)[0] / self.spacing[n] for n in (0, 1))
        return torch.stack([-down, along])


@lru_cache(maxsize=16)
def _cosines(n: int, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Orthonormal cosines (wave, cell) and their eigenvalues in m-2."""
    wave, cell = np.arange(n)[:, None], np.arange(n)[None]
    matrix = np.sqrt(np.where(wave == 0, 1, 2) / n) * np.cos(np.pi * wave * (cell + 0.5) / n)
    return matrix, (2 - 2 * np.cos(np.pi * np.arange(n) / n)) / step**2


def blurred(images: torch.Tensor, sigma: float) -> torch.Tensor:
    """Images (n, y, x) after a Gaussian of so many cells; the edge goes on beyond it."""
    if not sigma:
        return images
    reach = min(int(3 * sigma), min(images.shape[1:]) - 1)
    half = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=images.device, dtype=images.dtype) / sigma) ** 2)
    kernel = half / half.sum()
    wide = F.pad(images[:, None], (reach,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(wide, kernel[None, None, :, None]), kernel[None, None, None])[:, 0]


def mismatch(
    flows: Sequence[torch.Tensor], images: torch.Tensor, seen: torch.Tensor, gaps: Sequence[float], spacing, steps: int
) -> torch.Tensor:
    """Half the squares of what is left when each image is carried to the next by the mean of the flows at both times.

    steps: model steps from one image to the next. Cells that were not seen, here or where they come from, do not count.
    """
    here, total = cells((images.shape[1], images.shape[2]), images), images.new_zeros(())
    whole = bool(seen.all())
    for number, gap in enumerate(gaps):
        flow = (flows[number] + flows[number + 1]) / 2
        tracer, valid = images[number][None], seen[number][None].to(images.dtype)
        for _ in range(steps):
            where = departed(here, flow, gap / steps, spacing, 1)
            tracer = carried(tracer, where)
            valid = valid if whole else carried(valid, where.detach())
        left = tracer[0] - images[number + 1]
        if not whole:
            left = left * (valid[0] > 0.99) * seen[number + 1]
        total = total + 0.5 * left.square().sum()
    return total
