"""Where an instrument sees: through gaps in the clouds, along the tracks of an altimeter, in a wide swath."""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from engine.errors import InputError

CLOUD_KM = 80.0  # width of the Gaussian that clouds are smooth over
SWATH_KM, NADIR_GAP_KM = 120.0, 20.0  # SWOT: its two halves and what lies between them
REPEAT_KM = 300.0  # from one swath to the next
TILT = np.deg2rad(66)  # of a track from the equator, in mid-latitudes
SAMPLINGS = ("clouds:SHARE", "nadir:KILOMETRES", "swath", "swath:KILOMETRES")


def clouds(share: float, y: np.ndarray, x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Clouds: where a smooth random field is high.

    Args:
        share: of the cells that is hidden.
        y: places of the cells, km, (y,).
        x: the same along x, (x,).
        random: where they come from.

    Returns:
        True where the instrument sees, (y, x).
    """
    widths = [CLOUD_KM / 2 / max(abs(float(axis[1] - axis[0])), 1e-9) for axis in (y, x)]
    field = ndimage.gaussian_filter(random.normal(size=(len(y), len(x))), widths, mode="reflect")
    field += 0.3 * field.std() * random.normal(size=field.shape)  # ragged edges
    return field < np.quantile(field, 1 - share)


def nadir(apart: float, y: np.ndarray, x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Tracks of an altimeter, ascending and descending, a cell wide.

    Args:
        apart: from one track to the next, km.
        y: places of the cells, km, (y,).
        x: the same along x, (x,).
        random: where the first ones lie.

    Returns:
        True where the instrument sees, (y, x).
    """
    return _bands(apart, abs(float(x[1] - x[0])), y, x, random)


def swath(apart: float, y: np.ndarray, x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Swaths of a wide altimeter, two halves with a gap at nadir.

    Args:
        apart: from the middle of one swath to the next, km.
        y: places of the cells, km, (y,).
        x: the same along x, (x,).
        random: where the first ones lie.

    Returns:
        True where the instrument sees, (y, x).
    """
    first = random.integers(2**32)
    wide, gap = (_bands(apart, width, y, x, np.random.default_rng(first)) for width in (SWATH_KM, NADIR_GAP_KM))
    return wide & ~gap


def _bands(apart: float, width: float, y: np.ndarray, x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    seen = np.zeros((len(y), len(x)), dtype=bool)
    for turn in (TILT, -TILT):
        across = x[None, :] * np.sin(turn) - y[:, None] * np.cos(turn)
        place = (across - random.uniform(0, apart)) % apart
        seen |= np.minimum(place, apart - place) <= width / 2 * (1 + 1e-9)
    return seen


def sampled(text: str, y: np.ndarray, x: np.ndarray, seed: int) -> np.ndarray:
    """Where an instrument sees, as a link says it.

    Args:
        text: 'clouds:0.5', 'nadir:200', 'swath' or 'swath:300': hidden share, or km from one to the next.
        y: places of the input's cells, km, (y,).
        x: the same along x, (x,).
        seed: of what is drawn.

    Returns:
        True where the instrument sees, (y, x).

    Raises:
        InputError: a sampling that there is not, or one that sees nothing.
    """
    key, value = parsed(text)
    kinds: dict[str, Callable[..., np.ndarray]] = {"clouds": clouds, "nadir": nadir, "swath": swath}
    seen = kinds[key](value, y, x, np.random.default_rng(seed))
    if not seen.any():
        raise InputError(f"With the sampling {text!r} nothing is seen of this region.")
    return seen


def parsed(text: str) -> tuple[str, float]:
    """The parts of a sampling.

    Args:
        text: as `sampled` takes it.

    Returns:
        Its kind, and the hidden share or the distance in km.

    Raises:
        InputError: a sampling that there is not.
    """
    key, _, number = text.partition(":")
    try:
        value = float(number) if number else {"swath": REPEAT_KM}[key]
    except (ValueError, KeyError):
        value = np.nan
    low, high = {"clouds": (0.0, 0.98), "nadir": (10.0, 2000.0), "swath": (10.0, 2000.0)}.get(key, (np.inf, -np.inf))
    if not low <= value <= high:
        raise InputError(
            f"The sampling {text!r} is not understood; there are clouds:0.5 (the share that is hidden, up to 0.98), "
            f"nadir:200 and swath:300 (km from one track to the next, 10 to 2000)."
        )
    return key, value


def describe(text: str) -> str:
    """A sampling in words that go on after a comma.

    Args:
        text: as `sampled` takes it; empty: everything is seen.

    Returns:
        The words; empty where everything is seen.
    """
    if not text:
        return ""
    key, value = parsed(text)
    return {
        "clouds": f", {100 * value:.0f} % hidden by clouds",
        "nadir": f", along tracks {value:g} km apart",
        "swath": f", in swaths {value:g} km apart",
    }[key]
