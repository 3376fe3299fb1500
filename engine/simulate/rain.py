"""Rain that moves by a known flow: a cascade of scales, each renewing itself in its own time along the trajectories.

After STEPS: Bowler, Pierce and Seed 2006, doi:10.1256/qj.04.100.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.special import erfinv

MINUTE = 60.0  # s


@dataclass(frozen=True)
class RainParameters:
    """size: cells a side; spacing: km; wet: share of the domain where it rains; mean_speed, eddies: m s-1."""

    size: int = 128
    spacing: float = 1.0
    minutes: float = 5.0  # between two images
    images: int = 7
    wet: float = 0.25
    amplitude_slope: float = 0.55  # of a level with its wavelength
    lifetime: float = 90.0  # min, of 60 km; with the power `lifetime_slope` of the wavelength
    lifetime_slope: float = 0.9
    decibel: float = 14.0  # dBZ for one standard deviation
    threshold: float = 7.0  # dBZ, less is no rain
    mean_speed: tuple[float, float] = (6.0, 14.0)
    eddies: float = 2.5  # rotational, a third of it divergent
    eddy_length: float = 20.0  # km


def rain_sequence(seed: int, parameters: RainParameters | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Rain and the steady flow that carries it.

    Args:
        seed: Of all that is drawn.
        parameters: Size and constants; None takes the default ones.

    Returns:
        Rain rate (image, y, x) in mm h-1, and u and v (2, y, x) in m s-1, rows northward.
    """
    p, draw = parameters or RainParameters(), np.random.default_rng(seed)
    wide = 2 * p.size
    flow = _flow(p, wide, draw)
    start = (wide - p.size) // 2
    here = np.stack(np.meshgrid(*(np.arange(p.size) + start,) * 2, indexing="ij")).astype(float)
    levels = _levels(p, wide)
    labels = _Cascade(p, levels, wide, draw)
    rates = []
    for number in range(p.images):
        if number:
            labels.advance(draw)
            here = _backwards(here, flow, p)
        pattern = ndimage.map_coordinates(labels.field(), here, order=3, mode="grid-wrap")
        rates.append(_rate(pattern, p))
    inside = slice(start, start + p.size)
    return np.stack(rates).astype(np.float32), flow[:, inside, inside].astype(np.float32)


def _levels(p: RainParameters, wide: int) -> list[float]:
    """Wavelengths of the cascade in km, an octave apart, from the whole domain to two cells."""
    count = int(np.log2(wide / 2))
    return [wide * p.spacing / 2**k for k in range(1, count + 1)]


class _Cascade:
    """Labels that the flow carries: at every level an AR(2) process in time of band-passed noise, periodic."""

    def __init__(self, p: RainParameters, levels: list[float], wide: int, draw: np.random.Generator):
        k = np.hypot(np.fft.fftfreq(wide, p.spacing)[:, None], np.fft.rfftfreq(wide, p.spacing))
        with np.errstate(divide="ignore"):
            octaves = np.log2(np.where(k > 0, k, np.inf))
        self.filters = [np.exp(-0.5 * ((octaves + np.log2(level)) / 0.5) ** 2) * (k > 0) for level in levels]
        self.amplitudes = np.array(levels) ** p.amplitude_slope
        self.wide, self.coefficients = wide, [_second_order(p, level) for level in levels]
        self.now = [self._noise(one, draw) for one in self.filters]
        self.before = [
            first * now + np.sqrt(1 - first**2) * self._noise(one, draw)
            for now, one, (first, *_) in zip(self.now, self.filters, self.coefficients, strict=True)
        ]

    def _noise(self, band: np.ndarray, draw: np.random.Generator) -> np.ndarray:
        white = np.fft.rfft2(draw.standard_normal((self.wide, self.wide)))
        found = np.fft.irfft2(band * white, s=(self.wide, self.wide))
        return found / found.std()

    def advance(self, draw: np.random.Generator) -> None:
        for n, (_, phi_1, phi_2, fresh) in enumerate(self.coefficients):
            new = phi_1 * self.now[n] + phi_2 * self.before[n] + fresh * self._noise(self.filters[n], draw)
            self.before[n], self.now[n] = self.now[n], new

    def field(self) -> np.ndarray:
        """The sum of all levels, of unit variance on average."""
        return np.tensordot(self.amplitudes / np.linalg.norm(self.amplitudes), np.stack(self.now), 1)


def _second_order(p: RainParameters, level: float) -> tuple[float, float, float, float]:
    """Lag-1 correlation and AR(2) coefficients of a level whose correlation is exp(-t/tau) (1 + t/tau)."""
    t = p.minutes / (p.lifetime * (level / 60) ** p.lifetime_slope)
    one, two = (float(np.exp(-lag) * (1 + lag)) for lag in (t, 2 * t))
    phi_1, phi_2 = one * (1 - two) / (1 - one**2), (two - one**2) / (1 - one**2)
    return one, phi_1, phi_2, float(np.sqrt(max(1 - phi_1 * one - phi_2 * two, 0)))


def _flow(p: RainParameters, wide: int, draw: np.random.Generator) -> np.ndarray:
    """A mean wind with smooth eddies, (2, y, x) in m s-1."""
    length = p.eddy_length / p.spacing
    psi, chi = (ndimage.gaussian_filter(draw.standard_normal((wide, wide)), length, mode="wrap") for _ in range(2))
    (psi_y, psi_x), (chi_y, chi_x) = np.gradient(psi), np.gradient(chi)
    turning, spreading = np.stack([-psi_y, psi_x]), np.stack([chi_x, chi_y])
    eddies = turning / turning.std() + spreading / spreading.std() / 3
    speed, angle = draw.uniform(*p.mean_speed), draw.uniform(0, 2 * np.pi)
    return p.eddies * eddies + speed * np.array([np.cos(angle), np.sin(angle)])[:, None, None]


def _backwards(here: np.ndarray, flow: np.ndarray, p: RainParameters) -> np.ndarray:
    """Where the air at `here` (2, y, x: row, column) was one image ago; midpoint rule, a minute at a time."""
    steps = max(1, round(p.minutes))
    scale = p.minutes * MINUTE / steps / (1000 * p.spacing)

    def velocity(at: np.ndarray) -> np.ndarray:
        u, v = (ndimage.map_coordinates(part, at, order=1, mode="grid-wrap") for part in flow)
        return scale * np.stack([v, u])

    for _ in range(steps):
        here = here - velocity(here - 0.5 * velocity(here))
    return here


def _rate(pattern: np.ndarray, p: RainParameters) -> np.ndarray:
    """mm h-1 by Z = 200 R^1.6, where as much is wet as was asked for on average."""
    quantile = 2**0.5 * float(erfinv(1 - 2 * p.wet))
    decibel = p.threshold + p.decibel * (pattern - quantile)
    return np.where(decibel < p.threshold, 0, (10 ** (decibel / 10) / 200) ** (1 / 1.6))
