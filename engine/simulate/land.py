"""Land: elevation, land cover, vegetation index and surface temperature of a made-up country."""

from dataclasses import dataclass

import numpy as np

LAPSE = 6.5e-3  # K m-1
COVERS = (  # name, share of the area, mean and spread of the NDVI, temperature (K) at NDVI 0 and its slope (K per NDVI)
    ("water", 0.04, -0.15, 0.02, 296.0, 0.0),
    ("crops", 0.36, 0.55, 0.22, 318.0, -22.0),
    ("forest", 0.25, 0.75, 0.07, 312.0, -14.0),
    ("bare", 0.25, 0.12, 0.05, 321.0, -18.0),
    ("town", 0.10, 0.22, 0.08, 322.0, -12.0),
)


@dataclass(frozen=True)
class LandParameters:
    """size: cells a side; spacing: m; relief: standard deviation of the elevation, m; patch: km, size of the fields."""

    size: int = 256
    spacing: float = 100.0
    relief: float = 250.0
    patch: float = 2.5
    aspect: float = 4.0  # K per unit of slope towards the sun
    residual: float = 1.2  # K, what no cover, index or height explains


def land(seed: int, land: LandParameters = LandParameters()) -> dict[str, np.ndarray]:
    """A made-up country; the sun stands in the south.

    Every cover has its own line T = a + b NDVI; added are the lapse rate, the slope's aspect and a residual with a
    long-range spectrum. Source: the project's own; fractal surfaces after Voss 1985, spectra k^-(2 H + 2).

    Args:
        seed: Of all that is drawn.
        land: Size and constants of the country.

    Returns:
        `lst` (K), `ndvi` (1), `elevation` (m) and `cover` (index into COVERS), (y, x) each.
    """
    draws = np.random.default_rng(seed)
    height = land.relief * fractal(draws, land.size, 0.9)
    patches = fractal(draws, land.size, 0.5, longest=max(2, int(1000 * land.patch * 4 / land.spacing)))
    levels = np.quantile(patches, np.cumsum([share for _, share, *_ in COVERS])[:-1])
    cover = np.digitize(patches, levels)
    _, _, middle, spread, start, slope = (np.array(column) for column in zip(*COVERS, strict=True))
    index = np.clip(middle[cover] + spread[cover] * fractal(draws, land.size, 0.2), -0.3, 0.95)
    north = np.gradient(height, land.spacing, axis=0)
    lst = start[cover] + slope[cover] * index - LAPSE * (height - height.min())
    lst = lst + np.where(cover > 0, land.aspect * north, 0.0) + land.residual * fractal(draws, land.size, 0.6)
    fields = {"lst": lst, "ndvi": index, "elevation": height}
    return {name: values.astype(np.float32) for name, values in fields.items()} | {"cover": cover}


def fractal(draws: np.random.Generator, size: int, roughness: float, longest: int | None = None) -> np.ndarray:
    """A Gaussian field with the spectrum k^-(2 H + 2).

    Args:
        draws: Generator of the noise.
        size: Cells a side.
        roughness: Hurst exponent H; larger is smoother.
        longest: Wavelength beyond which the spectrum is flat, cells; None: twice the size.

    Returns:
        Field (size, size) of mean 0 and variance 1.
    """
    k = np.hypot(np.fft.fftfreq(2 * size)[:, None], np.fft.rfftfreq(2 * size)[None, :])
    k[0, 0] = np.inf
    amplitude = np.maximum(k, 1 / (longest or 2 * size)) ** -(roughness + 1)
    amplitude[0, 0] = 0
    noise = np.fft.rfft2(draws.standard_normal((2 * size, 2 * size)))
    field = np.fft.irfft2(noise * amplitude, s=(2 * size, 2 * size))[:size, :size]
    return (field - field.mean()) / field.std()
