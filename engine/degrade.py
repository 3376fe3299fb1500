"""The observation operators: how a low-resolution input is made from a fine field, and how to agree with it again.

Each operator H is linear (one is in T^4), knows its scale in km, ignores missing cells (NaN, land) by normalised
averaging, and has a `lift`, a right inverse good enough that x <- x + lift(y - H x) makes any field consistent with its
input. No adjoint is needed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import torch
import xarray as xr

from engine.errors import InputError
from engine.grid import Grid, coarsen_coordinate
from engine.resample import block_mean, fill_gaps, replicate, upsample


@dataclass(frozen=True)
class Degradation:
    """Base of the operators. factor: fine per coarse cell; scale_km: width it resolves; noise: std added (units)."""

    factor: int
    scale_km: float
    noise: float = 0.0
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

    def lift(self, residual: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """A fine field whose degradation is (nearly) the residual.

        Args:
            residual: y - H x on the input's grid, (..., y, x), in the field's unit; NaN counts as 0.
            mask: True on valid fine cells, (..., y, x).

        Returns:
            The correction (..., y, x) on the fine grid, in the field's unit.

        Raises:
            NotImplementedError: a subclass does not give it.
        """
        raise NotImplementedError

    def coordinates(self, fine: xr.Dataset) -> dict[str, xr.DataArray]:
        """Axes of the input.

        Args:
            fine: what is degraded, with 1-D coordinates y, x.

        Returns:
            y and x of the coarse cells' centres, in the coordinates' unit.
        """
        return {name: coarsen_coordinate(fine[name], self.factor) for name in ("y", "x")}

    def __call__(self, fine: xr.Dataset, seed: int = 0) -> xr.Dataset:
        """Degrade every variable of a dataset over (..., y, x); units kept, noise drawn from `seed` for the first."""
        coords = self.coordinates(fine)
        generator = np.random.default_rng(seed)
        out: dict[str, xr.DataArray] = {}
        for name, field in fine.data_vars.items():
            low = self.apply(torch.as_tensor(field.values)).numpy()
            if self.noise and not out:
                low = low + generator.normal(scale=self.noise, size=low.shape).astype(low.dtype)
            out[str(name)] = xr.DataArray(low, dims=field.dims, attrs=dict(field.attrs))
        extra = {name: value for name, value in fine.coords.items() if not {"y", "x"} & set(value.dims)}
        return xr.Dataset(out, coords={**extra, **coords}, attrs={"degradation": self.describe()})

    def describe(self) -> str:
        noise = f", noise {self.noise:g}" if self.noise else ""
        scale = f"{self.scale_km:.0f}" if self.scale_km >= 10 else f"{self.scale_km:.2g}"
        return f"{self.title}, {scale} km{noise}"


@dataclass(frozen=True)
class BlockMean(Degradation):
    """Mean over factor x factor cells: the satellite product that sees cell averages."""

    min_valid: float = 0.5
    key: ClassVar[str] = "block_mean"
    title: ClassVar[str] = "block mean"

    def apply(self, fine: torch.Tensor) -> torch.Tensor:
        return block_mean(fine, self.factor, self.min_valid)

    def lift(self, residual: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
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
class BicubicResize(Degradation):
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

    def lift(self, residual: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return upsample(residual.nan_to_num(0.0), tuple(mask.shape[-2:]), "bicubic")


@dataclass(frozen=True)
class LowPass(Degradation):
    """Separable symmetric convolution of width `scale_km` that stays on the fine grid; edges reflect.

    Reflection makes the cosine transform its eigenbasis, so `lift` is the spectral pseudo-inverse: it divides by the
    transfer function where that exceeds `floor` and leaves the rest alone (a box is not idempotent: subtracting
    H x from x would not converge). With a mask the basis is lost; a few conjugate-gradient steps take its place.
    A noisy input is followed only where the kernel passes most of the amplitude: dividing by little amplifies noise.
    """

    spacing_km: tuple[float, float] = (1.0, 1.0)  # (dy, dx)

    @property
    def floor(self) -> float:
        """Smallest transfer function that `lift` divides by."""
        return 0.25 if self.noise else 1e-4

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

    def _filter(self, values: torch.Tensor, invert: bool = False) -> torch.Tensor:
        """The convolution of (..., y, x), or its pseudo-inverse: waves that pass by less than `floor` are left out."""
        widths = [self.scale_km / spacing for spacing in self.spacing_km]
        (rows, down), (columns, along) = (
            _spectrum(n, tuple(self.kernel(cells))) for n, cells in zip(values.shape[-2:], widths, strict=True)
        )
        transfer = down[:, None] * along
        if invert:
            transfer = torch.where(transfer.abs() > self.floor, 1 / transfer, 0.0)
        rows, columns, transfer = (part.to(values.dtype) for part in (rows, columns, transfer))
        return rows.T @ (transfer * (rows @ values @ columns.T)) @ columns

    def apply(self, fine: torch.Tensor) -> torch.Tensor:
        valid = torch.isfinite(fine)
        if bool(valid.all()):
            return self._filter(fine)
        weight = self._filter(valid.to(fine.dtype))
        total = self._filter(torch.where(valid, fine, 0.0))
        return torch.where(valid & (weight > 1e-3), total / weight.clamp(min=1e-3), torch.nan)

    def lift(self, residual: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        residual = residual.nan_to_num(0.0)
        if bool(mask.all()):
            return self._filter(residual, invert=True)
        weight = self._filter(mask.to(residual.dtype)).clamp(min=1e-3)
        return _least_squares(
            lambda x: torch.where(mask, self._filter(x) / weight, 0.0),
            lambda r: torch.where(mask, self._filter(r / weight), 0.0),
            torch.where(mask, residual, 0.0),
            steps=4 if self.noise else 40,
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


KINDS: dict[str, Callable[..., Degradation]] = {
    kind.key: kind for kind in (BlockMean, RadianceMean, GaussianLowPass, BoxLowPass, BicubicResize)
}


def fitting(units: str) -> list[str]:
    """Keys of the operators that make sense for a field.

    Args:
        units: of the field, as the lexicon writes them; '' leaves those for any unit.

    Returns:
        Keys of `KINDS`.
    """
    return [key for key, kind in KINDS.items() if kind.units in ("", units)]  # type: ignore[attr-defined]


def labelled(keys: Iterable[str]) -> dict[str, str]:
    """Title -> key of operators.

    Args:
        keys: of `KINDS`.

    Returns:
        Titles for a menu, in the order of the keys.
    """
    return {KINDS[key].title: key for key in keys}  # type: ignore[attr-defined]


def on_fine_grid(key: str) -> bool:
    """Whether the input of a degradation stays on the fine grid.

    Args:
        key: of `KINDS`.

    Returns:
        True for a low-pass; False for an unknown key.
    """
    return key in KINDS and issubclass(KINDS[key], LowPass)  # type: ignore[arg-type]


def create(key: str, grid: Grid, factor: int, *, width_km: float | None = None, noise: float = 0.0) -> Degradation:
    """The operator `key` for a fine grid.

    Args:
        key: of `KINDS`.
        grid: the fine grid.
        factor: fine cells per coarse cell; of a low-pass it gives the default width alone.
        width_km: of the two low-pass filters, km; None: factor times the spacing, sqrt(dy dx). Others ignore it.
        noise: std added to the input, in the field's unit.

    Returns:
        The operator.

    Raises:
        InputError: an unknown key, a factor that is no whole number of at least 1, a negative noise, or a width that is
            narrower than a cell or wider than the grid.
    """
    if key not in KINDS:
        raise InputError(f"The degradation {key!r} is not known; there are {', '.join(KINDS)}.")
    if int(factor) != factor or factor < 1:
        raise InputError(f"The factor must be a whole number of at least 1, not {factor}.")
    if noise < 0:
        raise InputError(f"The noise must not be negative: {noise}.")
    dy, dx = (step / 1000 for step in grid.spacing)
    natural = factor * float(np.sqrt(dy * dx))
    if not on_fine_grid(key):
        return KINDS[key](int(factor), natural, noise)
    width = natural if width_km is None else float(width_km)
    if not min(dy, dx) <= width <= min(grid.shape[0] * dy, grid.shape[1] * dx):
        raise InputError(
            f"A width of {width:g} km does not fit between one cell ({min(dy, dx):.3g} km) and the region."
        )
    return KINDS[key](1, width, noise, spacing_km=(dy, dx))


def residual(estimate: xr.DataArray, low: xr.DataArray, degradation: Degradation) -> np.ndarray:
    """Consistency residual H x - y.

    Args:
        estimate: fine field (..., y, x), NaN where missing.
        low: the input y on its own grid, (..., y, x).
        degradation: H.

    Returns:
        The residual (..., y, x) on the input's grid, in the field's unit.
    """
    return degradation.apply(torch.as_tensor(np.array(estimate.values))).numpy() - low.values


def project(
    values: torch.Tensor, low: torch.Tensor, degradation: Degradation, mask: torch.Tensor, sweeps: int | None = None
) -> torch.Tensor:
    """Make values consistent with the input: x <- x + lift(y - H x).

    For block means this is the orthogonal projection on all fields that agree with y, so the RMSE to a truth that
    agrees with y can only fall.

    Args:
        values: fine field x (..., y, x); NaN where there is nothing to compare.
        low: the input y on its own grid, (..., y, x); NaN likewise.
        degradation: H.
        mask: True on valid fine cells, (..., y, x).
        sweeps: repetitions; None: as many as the operator needs.

    Returns:
        The corrected field (..., y, x), in the dtype and the unit of the values.
    """
    low = low.to(values.dtype)
    for _ in range(degradation.sweeps if sweeps is None else sweeps):
        masked = torch.where(mask, values, torch.nan)
        values = values + degradation.lift(low - degradation.apply(masked), mask)
    return values
