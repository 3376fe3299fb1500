"""Detail in three colours: recovered blue, invented vermilion, missed grey, mixed as light is; the less, the paler.

A cell has a code, the number of its colour: 0 is paper, where there is next to nothing; the others are the mixtures of
the three in steps of a tenth, once for each of LEVELS strengths. So a map of them travels as every other one does.
"""

from collections.abc import Sequence
from functools import cache
from math import isnan

import numpy as np
import xarray as xr
from matplotlib.colors import to_hex, to_rgb

from engine.scores.bands import Band
from engine.scores.detail import PARTS

ROLE = "detail"
COLOURS = {"recovered": "#2271b2", "invented": "#d55e00", "missed": "#adb1b5"}  # told apart by the colour-blind, too
PAPER = "#ffffff"
STEPS, LEVELS = 10, 16
MIXTURES = [(one, two, STEPS - one - two) for one in range(STEPS + 1) for two in range(STEPS + 1 - one)]
LIMITS = (-0.5, len(MIXTURES) * LEVELS + 0.5)  # of the colours, so that a code lies in the middle of its own
SQUASH = 30.0  # a sixth of the usual most is half as strong
FLOOR = 1e-9  # of the detail that was there: a band that has less has none, but for rounding


def together(energies: xr.Dataset) -> xr.Dataset:
    """Energies of several bands as one, in which every band counts alike.

    Fields have far less power in fine bands, which would not be seen beside the others; so each is divided by what was
    there on average.

    Args:
        energies: of `engine.scores.detail`, (band, y, x).

    Returns:
        The same, (y, x), 1.
    """
    there = (energies["recovered"] + energies["missed"]).mean(("y", "x"))
    usual = there.clip(min=FLOOR * float(there.sum()))
    return (energies / usual.where(usual > 0, 1.0)).sum("band", skipna=False)


def coded(energies: xr.Dataset) -> xr.DataArray:
    """The colours' numbers: the mixture is that of the shares, the strength that of the energy, on a logarithmic scale.

    The strongest is the 99th percentile of what was there; so two methods are drawn alike.

    Args:
        energies: recovered, invented and missed, (y, x), in one unit.

    Returns:
        Numbers of `colours`, (y, x), float32; NaN where there is no value.
    """
    parts = np.stack([energies[name].values for name in PARTS])
    whole = parts.sum(axis=0)
    most = _most(parts[0] + parts[2]) or _most(whole) or 1.0
    strength = np.log1p(SQUASH * np.minimum(whole / most, 1.0)) / np.log1p(SQUASH)
    level = np.rint(np.nan_to_num(strength) * LEVELS).astype(int)
    codes = np.where(level > 0, 1 + (level - 1) * len(MIXTURES) + _mixture(parts, whole), 0).astype(np.float32)
    return energies[PARTS[0]].copy(data=np.where(np.isfinite(whole), codes, np.nan).astype(np.float32))


def _most(values: np.ndarray) -> float:
    """The 99th percentile of what is finite; 0 where nothing is."""
    finite = values[np.isfinite(values)]
    return float(np.percentile(finite, 99)) if finite.size else 0.0


def _mixture(parts: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Number of the nearest mixture (y, x) of parts (3, y, x)."""
    safe = np.where(whole > 0, whole, 1.0)
    first, second = (np.rint(np.nan_to_num(STEPS * part / safe)).astype(int) for part in parts[:2])
    over = first + second > STEPS  # both were rounded up
    first, second = first - (over & (first >= second)), second - (over & (first < second))
    return first * (STEPS + 1) - first * (first - 1) // 2 + second


@cache
def colours() -> list[str]:
    """The colour of every code.

    Returns:
        Hex colours, paper first.
    """
    ends = _linear(np.array([to_rgb(colour) for colour in COLOURS.values()]))
    pure = _gamma(np.array(MIXTURES) / STEPS @ ends)
    paper = np.array(to_rgb(PAPER))
    shades = np.concatenate([paper + (pure - paper) * level / LEVELS for level in range(1, LEVELS + 1)])
    return [PAPER, *(to_hex(shade) for shade in shades)]


def _linear(values: np.ndarray) -> np.ndarray:
    """Light from sRGB."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _gamma(light: np.ndarray) -> np.ndarray:
    """The other way."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.clip(light, 0, 1) ** (1 / 2.4) - 0.055)


@cache
def texts() -> list[str]:
    """What is said of a code: nothing there, then of every mixture.

    Returns:
        Words, for 0 and for 1 + n, n = (code - 1) modulo the number of mixtures.
    """
    tenths = 100 // STEPS
    said = [", ".join(f"{name} {tenths * n}%" for name, n in zip(PARTS, mixture, strict=True)) for mixture in MIXTURES]
    return ["next to no detail", *said]


def told(code: float) -> str:
    """What is said of one cell.

    Args:
        code: Of the cell; NaN where there is none.

    Returns:
        Words.
    """
    if isnan(code):
        return "land or missing"
    return texts()[0 if code < 1 else 1 + (round(code) - 1) % len(MIXTURES)]


def legend(title: str) -> str:
    """A title that is its own legend.

    Args:
        title: HTML that ends in the names of the three parts.

    Returns:
        The same, with a square of its colour before each of them.
    """
    squares = [f"<span style='color:{COLOURS[name]}' aria-hidden='true'>■</span>&nbsp;{name}" for name in PARTS]
    return title.replace(", ".join(PARTS), f"<span style='font-weight:400'>{' '.join(squares)}</span>")


def span(bands: Sequence[Band]) -> str:
    """Wavelengths of neighbouring bands, in words.

    Args:
        bands: Of falling wavelengths, at least one.

    Returns:
        As 'of 16–59 km', or 'above 216 km'.
    """
    top, low = bands[0].wavelength_max_km, bands[-1].wavelength_min_km
    return f"above {_short(low)} km" if np.isinf(top) else f"of {_short(low)}–{_short(top)} km"


def _short(km: float) -> str:
    """Two figures, or all before the point."""
    return f"{km:.0f}" if km >= 10 else f"{km:.2g}"
