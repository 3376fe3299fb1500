"""Fields by octaves of wavelength: their power, and filters that change one and not another."""

from functools import lru_cache

import torch

from engine.physics.cosines import inverse, transform
from engine.physics.covariance import wavenumbers

LONGEST_KM, BANDS = 400.0, 7  # the first band is all beyond, each other one ends at half the wavelength


def filtered(field: torch.Tensor, gains: torch.Tensor, spacing: tuple[float, float]) -> torch.Tensor:
    """A field with every wave multiplied by what belongs to its length.

    Args:
        field: Fields (..., y, x).
        gains: Of the middles of bands, (band,); between them on a line over the logarithm of the length.
        spacing: (dy, dx), m.

    Returns:
        Fields (..., y, x).
    """
    (rows, columns), gains = field.shape[-2:], gains.to(field)
    place = (_octaves((int(rows), int(columns)), spacing).to(field) + 0.5).clamp(0, BANDS - 1)
    lower = place.floor().long()
    gain = torch.lerp(gains[lower], gains[(lower + 1).clamp(max=BANDS - 1)], place - lower)
    return inverse(transform(field) * gain)


def by_band(one: torch.Tensor, other: torch.Tensor, spacing: tuple[float, float]) -> torch.Tensor:
    """Sums of the products of two fields' cosines.

    Args:
        one: A field (y, x).
        other: Another; the same, for its power.
        spacing: (dy, dx), m.

    Returns:
        Sums (band,), float64.
    """
    rows, columns = (int(n) for n in one.shape)
    band = (_octaves((rows, columns), spacing) + 1).floor().clamp(0, BANDS - 1).long()
    products = transform(one.double()) * transform(other.double())
    return torch.zeros(BANDS, dtype=torch.float64).index_add_(0, band.flatten(), products.flatten())


@lru_cache(maxsize=16)
def _octaves(shape: tuple[int, int], spacing: tuple[float, float]) -> torch.Tensor:
    """How many times shorter than LONGEST_KM every wave is, as a power of 2."""
    length = torch.as_tensor(wavenumbers(shape, spacing)) * 1000 * LONGEST_KM
    return length.clamp(min=1e-6).log2()
