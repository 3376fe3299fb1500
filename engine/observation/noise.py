"""The error of an observation: white, correlated over a length, or of another size at every place."""

from dataclasses import dataclass, field

import numpy as np
import torch

from engine.errors import InputError
from engine.physics.cosines import inverse

INSTRUMENT = "instrument"  # in place of a number: the noise that a data set states


@dataclass(frozen=True)
class Noise:
    """Standard deviations in the field's unit; none of them: the published protocols' noise-free input.

    white: independent from cell to cell; correlated: of a part whose correlation falls off as exp(-d / length_km);
    places: white, but of its own size in every cell of the input, (y, x), in place of `white`.
    """

    white: float = 0.0
    correlated: float = 0.0
    length_km: float = 50.0
    places: np.ndarray | None = field(default=None, compare=False)

    def __post_init__(self):
        for name, value in (("noise", self.white), ("correlated noise", self.correlated)):
            if not value >= 0:
                raise InputError(f"The {name} must not be negative: {value}.")
        if not self.length_km > 0:
            raise InputError(f"The noise's length must be more than 0 km, not {self.length_km}.")

    def __bool__(self) -> bool:
        return self.white > 0 or self.correlated > 0 or self.places is not None

    @property
    def total(self) -> float:
        """Standard deviation in all, of a map its root mean square."""
        white = self.white if self.places is None else float(np.sqrt(np.nanmean(np.square(self.places))))
        return float(np.hypot(white, self.correlated))

    def rms(self, seen: torch.Tensor) -> torch.Tensor:
        """What it amounts to over some cells, each counted once.

        Args:
            seen: True where a cell counts, (..., y, x).

        Returns:
            Root mean square (..., 1, 1), float64, in the field's unit; NaN where no cell counts.
        """
        variance = self.variance((int(seen.shape[-2]), int(seen.shape[-1]))).nan_to_num(0.0) + self.correlated**2
        return torch.where(seen, variance, torch.nan).nanmean(dim=(-2, -1), keepdim=True).sqrt()

    def variance(self, shape: tuple[int, int]) -> torch.Tensor:
        """Of the white part, in every cell.

        Args:
            shape: cells of the input (y, x).

        Returns:
            Variance (y, x), float64.
        """
        size = np.broadcast_to(self.white if self.places is None else self.places, shape)
        return torch.as_tensor(np.square(size, dtype=np.float64))

    def coloured(self, shape: tuple[int, int], spacing_km: tuple[float, float]) -> torch.Tensor:
        """Variance of the cosine coefficients of the correlated part.

        The spectrum of an exponential correlation in the plane: g(k) = (1 + (2 pi k L)^2)^(-3/2), scaled to the
        variance on this grid.

        Args:
            shape: cells of the input (y, x).
            spacing_km: (dy, dx) of its cells, km.

        Returns:
            Variance (y, x), float64.
        """
        down, along = (np.pi * np.arange(n) / (n * step) for n, step in zip(shape, spacing_km, strict=True))
        power = (1 + self.length_km**2 * (down[:, None] ** 2 + along**2)) ** -1.5
        return torch.as_tensor(self.correlated**2 * power.size * power / power.sum())

    def drawn(self, shape: tuple[int, ...], spacing_km: tuple[float, float], random: np.random.Generator) -> np.ndarray:
        """One draw.

        Args:
            shape: of the input (..., y, x).
            spacing_km: (dy, dx) of its cells, km.
            random: where it comes from.

        Returns:
            Noise of that shape, in the field's unit.
        """
        size = self.white if self.places is None else np.nan_to_num(self.places)
        noise = random.normal(scale=size, size=shape) if np.any(size) else np.zeros(shape)
        if self.correlated:
            waves = self.coloured((shape[-2], shape[-1]), spacing_km).sqrt()
            noise = noise + inverse(waves * torch.as_tensor(random.normal(size=shape))).numpy()
        return noise

    def describe(self) -> str:
        """In words that go on after a comma; empty where there is none."""
        parts = [f"noise {self.white:g}"] if self.white and self.places is None else []
        parts += [f"noise {self.total:.2g} on average"] if self.places is not None else []
        parts += [f"correlated noise {self.correlated:g} over {self.length_km:g} km"] if self.correlated else []
        return "".join(f", {part}" for part in parts)


@dataclass(frozen=True)
class Instrument:
    """What is known of the noise that a real instrument would have.

    noise: standard deviation of white noise, in the field's unit; None: another one at every place, as a file holds it.
    source: whose noise it is and who says it, words that go on after 'as'.
    """

    noise: float | None
    source: str
