"""The observation y = M H x + e: what a method is told of how its input came to be.

H is a kernel (`kernels`), M says where the instrument sees (`sampling`), e is its error (`noise`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import torch
import xarray as xr

from engine.errors import InputError
from engine.grid import Grid
from engine.observation.kernels import KERNELS, Kernel, LowPass
from engine.observation.noise import Noise
from engine.observation.sampling import describe as sampling_in_words
from engine.observation.sampling import sampled
from engine.physics.cosines import inverse, transform

NONE = Noise()


@dataclass(frozen=True)
class Observation:
    """How an input came to be.

    kernel: H; noise: e; sampling: M in words of a link, see `sampling.sampled`; empty: everything is seen. seen: M
    itself on the input's grid, (y, x); None: everything. spacing_km: (dy, dx) of the input's cells.
    """

    kernel: Kernel
    noise: Noise = NONE
    sampling: str = ""
    spacing_km: tuple[float, float] = (1.0, 1.0)
    seen: np.ndarray | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        return self.kernel.key

    @property
    def factor(self) -> int:
        """Fine per coarse cell; 1 of a low-pass."""
        return self.kernel.factor

    @property
    def scale_km(self) -> float:
        """Width that the kernel resolves."""
        return self.kernel.scale_km

    def apply(self, fine: torch.Tensor) -> torch.Tensor:
        """M H x: what would be seen without noise.

        Args:
            fine: field (..., y, x), NaN where missing.

        Returns:
            The input (..., y, x) in the field's unit, NaN where nothing is seen.
        """
        low = self.kernel.apply(fine)
        return low if self.seen is None else torch.where(torch.as_tensor(self.seen), low, torch.nan)

    def adjoint(self, low: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
        """H^T M y: <M H x, y> = <x, H^T M y> for every x without gaps; of radiance at its linearisation, a block mean.

        Args:
            low: field on the input's grid (..., y, x); NaN, and what is not seen, counts as 0.
            shape: of the fine grid, (y, x).

        Returns:
            Field (..., *shape), float64.
        """
        values = low.double().nan_to_num(0.0)
        if self.seen is not None:
            values = torch.where(torch.as_tensor(self.seen), values, 0.0)
        return inverse(self.kernel.sampling(shape).adjoint(transform(values)))

    def lift(self, residual: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """As `Kernel.lift`: a fine field whose input is (nearly) the residual."""
        return self.kernel.lift(residual, mask, bool(self.noise))

    def __call__(self, fine: xr.Dataset, seed: int = 0) -> xr.Dataset:
        """Observe every variable of a dataset over (..., y, x); units kept, noise drawn from `seed` for the first."""
        coords = self.kernel.coordinates(fine)
        generator = np.random.default_rng(seed)
        out: dict[str, xr.DataArray] = {}
        for name, values in fine.data_vars.items():
            low = self.apply(torch.as_tensor(values.values)).numpy()
            if self.noise and not out:
                low = low + self.noise.drawn(low.shape, self.spacing_km, generator).astype(low.dtype)
            out[str(name)] = xr.DataArray(low, dims=values.dims, attrs=dict(values.attrs))
        extra = {name: value for name, value in fine.coords.items() if not {"y", "x"} & set(value.dims)}
        return xr.Dataset(out, coords={**extra, **coords}, attrs={"degradation": self.describe()})

    def describe(self) -> str:
        """In words: the kernel, where it sees, its noise."""
        return self.kernel.describe() + sampling_in_words(self.sampling) + self.noise.describe()


def fitting(units: str) -> list[str]:
    """Keys of the kernels that make sense for a field.

    Args:
        units: of the field, as the lexicon writes them; '' leaves those for any unit.

    Returns:
        Keys of `KERNELS`.
    """
    return [key for key, kind in KERNELS.items() if kind.units in ("", units)]


def labelled(keys: Iterable[str]) -> dict[str, str]:
    """Title -> key of kernels.

    Args:
        keys: of `KERNELS`.

    Returns:
        Titles for a menu, in the order of the keys.
    """
    return {KERNELS[key].title: key for key in keys}


def on_fine_grid(key: str) -> bool:
    """Whether an input stays on the fine grid.

    Args:
        key: of `KERNELS`.

    Returns:
        True for a low-pass; False for an unknown key.
    """
    return key in KERNELS and issubclass(KERNELS[key], LowPass)


def create(
    key: str, grid: Grid, factor: int, *, width_km: float | None = None, noise: float | Noise = 0.0, sampling: str = "",
    seed: int = 0,
) -> Observation:  # fmt: skip
    """The observation of a fine grid by the kernel `key`.

    Args:
        key: of `KERNELS`.
        grid: the fine grid.
        factor: fine cells per coarse cell; of a low-pass it gives the default width alone.
        width_km: of the two low-pass filters, km; None: factor times the spacing, sqrt(dy dx). Others ignore it.
        noise: what is added to the input; a number is the standard deviation of white noise, in the field's unit.
        sampling: where the instrument sees, as `sampling.sampled` takes it; empty: everywhere.
        seed: of where clouds and tracks lie.

    Returns:
        The observation.

    Raises:
        InputError: an unknown key, a factor that is no whole number of at least 1, a negative noise, a sampling that
            there is not, or a width that is narrower than a cell or wider than the grid.
    """
    if key not in KERNELS:
        raise InputError(f"The degradation {key!r} is not known; there are {', '.join(KERNELS)}.")
    if int(factor) != factor or factor < 1:
        raise InputError(f"The factor must be a whole number of at least 1, not {factor}.")
    error = noise if isinstance(noise, Noise) else Noise(float(noise))
    steps = dy, dx = float(grid.spacing[0]) / 1000, float(grid.spacing[1]) / 1000
    natural = factor * float(np.sqrt(dy * dx))
    if on_fine_grid(key):
        width = natural if width_km is None else float(width_km)
        if not min(dy, dx) <= width <= min(grid.shape[0] * dy, grid.shape[1] * dx):
            raise InputError(
                f"A width of {width:g} km does not fit between one cell ({min(dy, dx):.3g} km) and the region."
            )
        kernel: Kernel = KERNELS[key](1, width, spacing_km=steps)  # type: ignore[call-arg]
    else:
        kernel = KERNELS[key](int(factor), natural)
    coarse = dy * kernel.factor, dx * kernel.factor
    places = [step * (np.arange(n // kernel.factor) + 0.5) for n, step in zip(grid.shape, coarse, strict=True)]
    seen = sampled(sampling, places[0], places[1], seed) if sampling else None
    return Observation(kernel, error, sampling, coarse, seen)


def residual(estimate: xr.DataArray, low: xr.DataArray, observation: Observation) -> np.ndarray:
    """Consistency residual H x - y.

    Args:
        estimate: fine field (..., y, x), NaN where missing.
        low: the input y on its own grid, (..., y, x).
        observation: how it came to be.

    Returns:
        The residual (..., y, x) on the input's grid, in the field's unit.
    """
    return observation.apply(torch.as_tensor(np.array(estimate.values))).numpy() - low.values


def project(
    values: torch.Tensor, low: torch.Tensor, observation: Observation, mask: torch.Tensor, sweeps: int | None = None
) -> torch.Tensor:
    """Make values consistent with the input: x <- x + lift(y - H x), as far as the input's noise lets it.

    An input with noise is not to be agreed with better than the truth does: what is left has the noise's RMS (the
    discrepancy principle, Morozov 1966), and values that are nearer stay as they are; of a low-pass more is left, in
    waves that it hardly passes. For noise-free block means this is the orthogonal projection on all fields that agree
    with y, so the RMSE to a truth that agrees with y can only fall.

    Args:
        values: fine field x (..., y, x); NaN where there is nothing to compare.
        low: the input y on its own grid, (..., y, x); NaN likewise.
        observation: how it came to be.
        mask: True on valid fine cells, (..., y, x).
        sweeps: repetitions; None: as many as the kernel needs.

    Returns:
        The corrected field (..., y, x), in the dtype and the unit of the values.
    """
    low = low.to(values.dtype)
    for _ in range(observation.kernel.sweeps if sweeps is None else sweeps):
        masked = torch.where(mask, values, torch.nan)
        values = values + observation.lift(_exceeding(low - observation.apply(masked), observation.noise), mask)
    return values


def _exceeding(residual: torch.Tensor, noise: Noise) -> torch.Tensor:
    """What of a residual (..., y, x) exceeds the noise: shrunk so that the rest has the noise's RMS."""
    if not noise:
        return residual
    size = residual.square().nanmean(dim=(-2, -1), keepdim=True).sqrt()
    allowed = noise.rms(torch.isfinite(residual)).to(residual.dtype)
    return residual * (1 - allowed / size).clamp(min=0.0)


def in_noise(residual: np.ndarray, noise: Noise) -> float:
    """The size of a residual in units of the noise: 1 is what the truth leaves.

    Args:
        residual: H x - y on the input's grid, (y, x), in the field's unit; NaN does not count.
        noise: of the input; some.

    Returns:
        RMS of the residual over that of the noise in the same cells.
    """
    left = torch.as_tensor(np.asarray(residual, dtype=np.float64))
    return float(left.square().nanmean().sqrt() / noise.rms(torch.isfinite(left)).square().mean().sqrt())
