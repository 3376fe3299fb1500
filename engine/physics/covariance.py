"""The covariance of a field that is alike in every place and direction: a table of power by wavenumber."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from engine.physics.cosines import transform

BINS = 40


@dataclass(frozen=True)
class Covariance:
    """Power spectral density over the plane of wavenumbers, as a function of their length.

    wavenumber: cycles per m, ascending, (n,); density: variance per (cycle per m)^2, in unit^2 m^2, (n,). The density
    is interpolated in logarithms, and goes on as its last values do.
    """

    wavenumber: np.ndarray
    density: np.ndarray

    @classmethod
    def fitted(cls, fields: Iterable[np.ndarray], spacing: tuple[float, float], bins: int = BINS) -> "Covariance":
        """The mean power of fields.

        The mean square of an orthonormal cosine coefficient is the density over the area of a cell: modes lie
        1/(2 n dx) apart in a quadrant of the plane, and n m of them share n m times the variance.

        Args:
            fields: cuts (y, x) without gaps, at least one; the mean of each is taken off.
            spacing: (dy, dx), m.
            bins: entries of the table, at most; they lie evenly in the logarithm of the wavenumber.

        Returns:
            The table.
        """
        total, modes, waves = np.zeros(bins), np.zeros(bins), np.zeros(bins)
        for field in fields:
            length = wavenumbers(field.shape, spacing)
            edges = np.geomspace(0.999 / (2 * max(np.multiply(field.shape, spacing))), 1.001 * length.max(), bins + 1)
            power = transform(torch.as_tensor(field - field.mean(), dtype=torch.float64)).numpy() ** 2
            where = np.digitize(length.ravel(), edges) - 1  # the mean falls below the first
            inside = where >= 0
            for sums, parts in ((total, power.ravel()), (modes, np.ones(power.size)), (waves, np.log(length.ravel()))):
                sums += np.bincount(where[inside], parts[inside], bins)
        held = modes > 0
        area = spacing[0] * spacing[1]
        return cls(np.exp(waves[held] / modes[held]), area * total[held] / modes[held])

    def power(self, shape: tuple[int, int], spacing: tuple[float, float]) -> torch.Tensor:
        """Variance of every orthonormal cosine coefficient.

        Args:
            shape: cells (y, x).
            spacing: (dy, dx), m.

        Returns:
            Variance (y, x) in unit^2, float64; that of the mean is four times that of the longest waves.
        """
        length = wavenumbers(shape, spacing)
        with np.errstate(divide="ignore"):
            x, y = np.log(self.wavenumber), np.log(self.density)
        density = np.exp(np.interp(np.log(length), x, y))
        slope = (y[-1] - y[-4]) / (x[-1] - x[-4]) if len(x) >= 4 else 0.0
        beyond = length > self.wavenumber[-1]
        density[beyond] *= (length[beyond] / self.wavenumber[-1]) ** min(slope, 0.0)
        power = torch.as_tensor(density / (spacing[0] * spacing[1]))
        power[0, 0] = 4 * max(float(power[0, min(1, shape[1] - 1)]), float(power[min(1, shape[0] - 1), 0]))
        return power


def wavenumbers(shape: tuple[int, ...], spacing: tuple[float, float]) -> np.ndarray:
    """Length of the wavenumber of every cosine.

    Args:
        shape: cells (y, x).
        spacing: (dy, dx), m.

    Returns:
        Cycles per m, (y, x); the mean has half that of the longest wave, so that its logarithm exists.
    """
    down, along = (np.arange(n) / (2 * n * step) for n, step in zip(shape, spacing, strict=True))
    length = np.hypot(down[:, None], along)
    length[0, 0] = min(float(part) for part in (*down[1:2], *along[1:2])) / 2
    return length
