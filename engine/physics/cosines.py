"""The orthonormal cosine transform, which turns reflecting symmetric filters into products."""

import math
from functools import lru_cache

import torch


def transform(values: torch.Tensor) -> torch.Tensor:
    """Coefficients of cosines (DCT-II, orthonormal) along the last two dimensions.

    Source: Makhoul 1980, doi:10.1109/TASSP.1980.1163351, by one FFT of the reordered sequence.

    Args:
        values: field (..., y, x), no NaN, real.

    Returns:
        Coefficients (..., y, x) in the field's unit; their squares sum to the field's.
    """
    return _forward(_forward(values).mT).mT


def inverse(coefficients: torch.Tensor) -> torch.Tensor:
    """The field of coefficients; undoes `transform`.

    Args:
        coefficients: as `transform` gives them, (..., y, x).

    Returns:
        Field (..., y, x) in the same unit.
    """
    return _backward(_backward(coefficients).mT).mT


def smoothed(values: torch.Tensor, sigma: float) -> torch.Tensor:
    """A field after a Gaussian; its edges reflect.

    Args:
        values: field (..., y, x), no NaN.
        sigma: standard deviation of the Gaussian, cells.

    Returns:
        Field (..., y, x) in the same unit.
    """
    down, along = (torch.exp(-0.5 * (sigma * _angles(n, values)) ** 2) for n in values.shape[-2:])
    return inverse(transform(values) * down[:, None] * along)


def _angles(n: int, like: torch.Tensor) -> torch.Tensor:
    """Wavenumbers of the cosines, radians per cell, (n,)."""
    return torch.arange(n, dtype=like.dtype, device=like.device) * (math.pi / n)


@lru_cache(maxsize=64)
def _phases(n: int, dtype: torch.dtype, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Factors after the forward FFT of real values and before the inverse one, (n // 2 + 1,) each."""
    turn = torch.arange(n // 2 + 1, dtype=torch.float64) * (math.pi / (2 * n))
    size = torch.full(turn.shape, math.sqrt(2 / n), dtype=torch.float64)
    size[0] = math.sqrt(1 / n)
    kind = torch.promote_types(dtype, torch.complex64)
    return torch.polar(size, -turn).to(device, kind), torch.polar(1 / size, turn).to(device, kind)


def _forward(x: torch.Tensor) -> torch.Tensor:
    n = x.shape[-1]
    ordered = torch.cat([x[..., ::2], x[..., 1::2].flip(-1)], dim=-1)
    half = torch.fft.rfft(ordered) * _phases(n, x.dtype, x.device)[0]
    return torch.cat([half.real, -half.imag[..., 1 : (n + 1) // 2].flip(-1)], dim=-1)


def _backward(c: torch.Tensor) -> torch.Tensor:
    n = c.shape[-1]
    mirrored = torch.cat([torch.zeros_like(c[..., :1]), c[..., (n + 1) // 2 :].flip(-1)], dim=-1)
    half = torch.complex(c[..., : n // 2 + 1], -mirrored) * _phases(n, c.dtype, c.device)[1]
    ordered, x = torch.fft.irfft(half, n=n), torch.empty_like(c)
    first = (n + 1) // 2
    x[..., ::2], x[..., 1::2] = ordered[..., :first], ordered[..., first:].flip(-1)
    return x
