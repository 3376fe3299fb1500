"""Kernels: how an instrument averages a fine field into the cells of its input, and how to agree with it again.

Each kernel H is linear (one is in T^4), knows its scale in km, ignores missing cells (NaN, land) by normalised
averaging, and has a `lift`, a right inverse good enough that x <- x + lift(y - H x) makes any field consistent with its
input. Along an axis it is a few symmetric taps about each place that is sampled: its exact adjoint follows from them.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import torch
import xarray as xr

from engine.grid import coarsen_coordinate
from engine.physics.optimal_interpolation import Axis, Sampling
from engine.resample import block_mean, fill_gaps, replicate, upsample


@dataclass(frozen=True)
class Kernel:
    """Base of the kernels. factor: fine per coarse cell; scale_km: width it resolves."""

    factor: int
    scale_km: float
    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    units: ClassVar[str] = ""  # the only unit that it makes sense for; none: any
    linear: ClassVar[bool] = True
    sweeps: ClassVar[int] = 1  # how often `project` has to be repeated

    def apply(self, fine: torch.Tensor) -> torch.Tensor:
        """H x: the noise-free coarse field.

        Args:
            fine: field (..., y, x), NaN where missing.

        Returns:
            The input (..., y, x) in the field's unit, NaN where missing; on the fine grid for a low-pass.

        Raises:
            NotImplementedError: a subclass does not give it.
        """
        raise NotImplementedError

    def taps(self, axis: int) -> tuple[np.ndarray, np.ndarray]:
        """The kernel along one axis.

        Args:
            axis: 0 along y, 1 along x.

        Returns:
            Offsets from the place that is sampled, in fine cells, symmetric about 0, (t,), and weights (t,), sum 1.

        Raises:
            NotImplementedError: a subclass does not give it.
        """
        raise NotImplementedError

    def sampling(self, shape: tuple[int, int]) -> Sampling:
        """H on the cosines of a grid without gaps.

        Args:
            shape: fine cells (y, x), multiples of the factor.

        Returns:
            The operator on cosine coefficients.
        """
        taps = [tuple(map(torch.as_tensor, self.taps(axis))) for axis in (0, 1)]
        return Sampling(*(Axis.of(n, self.factor, *along) for n, along in zip(shape, taps, strict=True)))

    def lift(self, residual: torch.Tensor, mask: torch.Tensor, noisy: bool = False) -> torch.Tensor:
        """A fine field whose input is (nearly) the residual: interpolated, unless a subclass knows better.

        Args:
            residual: y - H x on the input's grid, (..., y, x), in the field's unit; NaN counts as 0.
            mask: True on valid fine cells, (..., y, x).
            noisy: whether the input has noise: little that passes is then not amplified.

        Returns:
            The correction (..., y, x) on the fine grid, in the field's unit.
        """
        return upsample(residual.nan_to_num(0.0), tuple(mask.shape[-2:]), "bicubic")

    def coordinates(self, fine: xr.Dataset) -> dict[str, xr.DataArray]:
        """Axes of the input.

        Args:
            fine: what is observed, with 1-D coordinates y, x.

        Returns:
            y and x of the coarse cells' centres, in the coordinates' unit.
        """
        return {name: coarsen_coordinate(fine[name], self.factor) for name in ("y", "x")}

    def describe(self) -> str:
        """The kernel in words, with its scale in km."""
        scale = f"{self.scale_km:.0f}" if self.scale_km >= 10 else f"{self.scale_km:.2g}"
        return f"{self.title}, {scale} km"


@dataclass(frozen=True)
class BlockMean(Kernel):
    """Mean over factor x factor cells: the satellite product that sees cell averages."""

    min_valid: float = 0.5
    key: ClassVar[str] = "block_mean"
    title: ClassVar[str] = "block mean"

    def apply(self, fine: torch.Tensor) -> torch.Tensor:
        return block_mean(fine, self.factor, self.min_valid)

    def taps(self, axis: int) -> tuple[np.ndarray, np.ndarray]:
        return np.arange(self.factor) - (self.factor - 1) / 2, np.full(self.factor, 1 / self.factor)

    def lift(self, residual: torch.Tensor, mask: torch.Tensor, noisy: bool = False) -> torch.Tensor:
        return replicate(residual.nan_to_num(0.0), self.factor)


@dataclass(frozen=True)
class RadianceMean(BlockMean):
    """Mean of T^4 over factor x factor cells, back as a temperature: what a radiometer sees of a larger pixel.

    Linear in T^4, the black body's radiance (Stefan-Boltzmann), and nearly so in T: `project` needs few sweeps.
    """

    key: ClassVar[str] = "radiance_mean"
    title: ClassVar[str] = "mean radiance"
    units: ClassVar[str] = "K"
    linear: ClassVar[bool] = False
    sweeps: ClassVar[int] = 3

    def apply(self, fine: torch.Tensor) -> torch.Tensor:
        known = fine[torch.isfinite(fine)]
        middle = known.mean(dtype=torch.float64).to(fine.dtype) if len(known) else 1.0  # whatever the number of threads
        return middle * super().apply((fine / middle) ** 4) ** 0.25  # near 1, where single precision is finest


@dataclass(frozen=True)
class BicubicResize(Kernel):
    """Bicubic resize without anti-aliasing, as image libraries do it: fine scales alias into the input."""

    key: ClassVar[str] = "bicubic_resize"
    title: ClassVar[str] = "bicubic resize (aliases)"
    sweeps: ClassVar[int] = 30

    def apply(self, fine: torch.Tensor) -> torch.Tensor:
        missing = ~torch.isfinite(fine)
        shape = (fine.shape[-2] // self.factor, fine.shape[-1] // self.factor)
        filled = torch.as_tensor(fill_gaps(fine.numpy()))
        low = upsample(filled, shape, "bicubic")
        gone = block_mean((~missing).to(fine.dtype), self.factor) < 0.5
        return torch.where(gone, torch.nan, low)

    def taps(self, axis: int) -> tuple[np.ndarray, np.ndarray]:
        if self.factor % 2:
            return np.zeros(1), np.ones(1)
        return np.array([-1.5, -0.5, 0.5, 1.5]), np.array([-3, 19, 19, -3]) / 32  # Keys 1981, eq. (15), a = -0.75


@dataclass(frozen=True)
class PointSample(Kernel):
    """The value at the centre of each block, nothing averaged; of even factors the mean of the four cells around it."""

    key: ClassVar[str] = "point"
    title: ClassVar[str] = "point samples (alias)"
    sweeps: ClassVar[int] = 30

    def apply(self, fine: torch.Tensor) -> torch.Tensor:
        first, count = (self.factor - 1) // 2, 2 - self.factor % 2
        near = first + torch.arange(count)
        rows, columns = (torch.arange(0, n, self.factor)[:, None] + near for n in fine.shape[-2:])
        return fine[..., rows[:, :, None, None], columns].mean(dim=(-3, -1))

    def taps(self, axis: int) -> tuple[np.ndarray, np.ndarray]:
        return (np.zeros(1), np.ones(1)) if self.factor % 2 else (np.array([-0.5, 0.5]), np.full(2, 0.5))


@dataclass(frozen=True)
class LowPass(Kernel):
    """Separable symmetric convolution of width `scale_km` that stays on the fine grid; edges reflect.

    Reflection makes the cosine transform its eigenbasis, so `lift` is the spectral pseudo-inverse: it divides by the
    transfer function where that exceeds `floor` and leaves the rest alone (a box is not idempotent: subtracting
    H x from x would not converge). With a mask the basis is lost; a few conjugate-gradient steps take its place.
    A noisy input is followed only where the kernel passes most of the amplitude: dividing by little amplifies noise.
    """

    spacing_km: tuple[float, float] = (1.0, 1.0)  # (dy, dx)
    floor: ClassVar[float] = 1e-4  # smallest transfer function that `lift` divides by
    noisy_floor: ClassVar[float] = 0.25  # where the input has noise

    def kernel(self, cells: float) -> np.ndarray:
        """Half kernel w_0 .. w_m, with w_0 + 2 sum w_j = 1.

        Args:
            cells: width in grid cells, need not be whole.

        Returns:
            The weights (m + 1,), without unit.

        Raises:
            NotImplementedError: a subclass does not give it.
        """
        raise NotImplementedError

    def coordinates(self, fine: xr.Dataset) -> dict[str, xr.DataArray]:
        return {name: fine[name] for name in ("y", "x")}

    def taps(self, axis: int) -> tuple[np.ndarray, np.ndarray]:
        half = self.kernel(self.scale_km / self.spacing_km[axis])
        return np.arange(1 - len(half), len(half), dtype=float), np.concatenate([half[:0:-1], half])

    def _filter(self, values: torch.Tensor, floor: float | None = None) -> torch.Tensor:
        """The convolution of (..., y, x), or its pseudo-inverse: waves that pass by less than `floor` are left out."""
        widths = [self.scale_km / spacing for spacing in self.spacing_km]
        (rows, down), (columns, along) = (
            _spectrum(n, tuple(self.kernel(cells))) for n, cells in zip(values.shape[-2:], widths, strict=True)
        )
        transfer = down[:, None] * along
        if floor is not None:
            transfer = torch.where(transfer.abs() > floor, 1 / transfer, 0.0)
        rows, columns, transfer = (part.to(values.dtype) for part in (rows, columns, transfer))
        return rows.T @ (transfer * (rows @ values @ columns.T)) @ columns

    def apply(self, fine: torch.Tensor) -> torch.Tensor:
        valid = torch.isfinite(fine)
        if bool(valid.all()):
            return self._filter(fine)
        weight = self._filter(valid.to(fine.dtype))
        total = self._filter(torch.where(valid, fine, 0.0))
        return torch.where(valid & (weight > 1e-3), total / weight.clamp(min=1e-3), torch.nan)

    def lift(self, residual: torch.Tensor, mask: torch.Tensor, noisy: bool = False) -> torch.Tensor:
        residual = residual.nan_to_num(0.0)
        if bool(mask.all()):
            return self._filter(residual, self.noisy_floor if noisy else self.floor)
        weight = self._filter(mask.to(residual.dtype)).clamp(min=1e-3)
        return _least_squares(
            lambda x: torch.where(mask, self._filter(x) / weight, 0.0),
            lambda r: torch.where(mask, self._filter(r / weight), 0.0),
            torch.where(mask, residual, 0.0),
            steps=4 if noisy else 40,
        )


class GaussianLowPass(LowPass):
    """Gaussian low-pass whose full width at half maximum is `scale_km`."""

    key = "gaussian"
    title = "Gaussian low-pass"

    def kernel(self, cells: float) -> np.ndarray:
        sigma = max(cells / np.sqrt(8 * np.log(2)), 1e-6)
        half = np.exp(-0.5 * (np.arange(int(4 * sigma) + 1) / sigma) ** 2)
        return half / (half[0] + 2 * half[1:].sum())


class BoxLowPass(LowPass):
    """Constant kernel of width `scale_km` (sea ice: 120 km); its end cells carry the fractional rest."""

    key = "box"
    title = "box low-pass"

    def kernel(self, cells: float) -> np.ndarray:
        reach = max((cells - 1) / 2, 0.0)
        half = np.clip(reach + 1 - np.arange(int(np.ceil(reach)) + 1), 0, 1)
        return half / (half[0] + 2 * half[1:].sum())


@lru_cache(maxsize=64)
def _spectrum(n: int, half_kernel: tuple[float, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosine transform C (n, n) and transfer function h (n,) of a reflecting symmetric convolution C^T diag(h) C."""
    k, i = np.arange(n)[:, None], np.arange(n)[None, :]
    cosine = np.sqrt(np.where(k == 0, 1, 2) / n) * np.cos(np.pi * k * (i + 0.5) / n)
    j = np.arange(1, len(half_kernel))
    transfer = half_kernel[0] + 2 * np.cos(np.pi * np.arange(n)[:, None] * j / n) @ np.asarray(half_kernel[1:])
    return torch.as_tensor(cosine), torch.as_tensor(transfer)


def _least_squares(forward, backward, target: torch.Tensor, steps: int) -> torch.Tensor:
    """Minimum-norm x with forward(x) = target, by conjugate gradients on the normal equations (CGLS), stopped early.

    Source: Bjorck 1996, Numerical Methods for Least Squares Problems, algorithm 7.4.1.
    """
    x, r = torch.zeros_like(target), target
    s = backward(r)
    p, gamma = s, s.square().sum()
    for _ in range(steps):
        if gamma <= 1e-14 * target.square().sum():
            break
        q = forward(p)
        alpha = gamma / q.square().sum()
        x, r = x + alpha * p, r - alpha * q
        s = backward(r)
        gamma, old = s.square().sum(), gamma
        p = s + gamma / old * p
    return x


KERNELS: dict[str, type[Kernel]] = {
    kind.key: kind for kind in (BlockMean, RadianceMean, GaussianLowPass, BoxLowPass, BicubicResize, PointSample)
}
