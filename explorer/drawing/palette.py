"""Colour map and limits per variable: cmocean where it has one, zero-centred for signed fields, never rainbow."""

import cmocean
import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Colormap, to_hex

from explorer.drawing import threefold

_MAPS: dict[str, Colormap] = {
    "ssh": cmocean.cm.deep_r,
    "sst": cmocean.cm.thermal,
    "u": cmocean.cm.balance,
    "v": cmocean.cm.balance,
    "eastward": cmocean.cm.balance,
    "northward": cmocean.cm.balance,
    "drift_x": cmocean.cm.balance,
    "drift_y": cmocean.cm.balance,
    "thickness": cmocean.cm.ice,
    "concentration": cmocean.cm.ice,
    "divergence": cmocean.cm.curl,
    "shear": cmocean.cm.amp,
    "rain_rate": cmocean.cm.rain,
    "rain": cmocean.cm.rain,
    "lst": cmocean.cm.thermal,
    "ndvi": cmocean.cm.speed,
    "speed": cmocean.cm.speed,
    "gradient": cmocean.cm.amp,
    "vorticity": cmocean.cm.curl,
    "error": cmocean.cm.balance,
    "endpoint_error": cmocean.cm.amp,
    "spread": cmocean.cm.matter,
    "probability": cmocean.cm.tempo,
}
SEQUENTIAL: dict[str, Colormap] = {
    **{name: colormaps[name] for name in ("viridis", "cividis", "magma")},
    **{
        name: cmocean.cm.cmap_d[name]
        for name in ("thermal", "haline", "ice", "deep", "dense", "matter", "tempo", "speed", "amp", "rain", "gray")
    },
}  # what a person may choose instead: perceptually uniform, from dark to light or the other way
DIVERGING: dict[str, Colormap] = {
    name: cmocean.cm.cmap_d[name] for name in ("balance", "curl", "delta", "diff", "tarn")
}
PERCENT = 0.5  # of the cells that lie beyond a limit, unless somebody asks for more
SIGNED = {"error", "vorticity", "u", "v", "eastward", "northward", "drift_x", "drift_y", "divergence"}
LAND = "#9a9a9a"
FIXED = {threefold.ROLE: threefold.LIMITS}  # of roles whose colours have a meaning of their own


def colours(role: str, count: int = 256, chosen: str = "") -> list[str]:
    """Colours for a variable, a derived quantity or 'error'.

    Args:
        role: What is drawn; an unknown one has a map too.
        count: How many colours; of detail it has all its own.
        chosen: Name of another map, of SEQUENTIAL or DIVERGING; empty: the usual one.

    Returns:
        Hex colours, from the lowest value to the highest.
    """
    if role == threefold.ROLE:
        return threefold.colours()
    usual = _MAPS.get(role, cmocean.cm.haline)
    return [to_hex(colour) for colour in (SEQUENTIAL | DIVERGING).get(chosen, usual)(np.linspace(0, 1, count))]


def limits(values: np.ndarray, role: str = "", percent: float = PERCENT, log: bool = False) -> tuple[float, float]:
    """Robust colour limits, rounded outward to two figures; symmetric for signed roles.

    Args:
        values: The field, any shape; what is not finite is left out.
        role: What is drawn.
        percent: Share of the values that may lie beyond, on either side.
        log: Whether the scale is logarithmic, and has no use for zeros; then both are above zero.

    Returns:
        Lowest and highest value, in the field's unit; 0 and 1 of a probability, or where there is no value.
    """
    finite = values[np.isfinite(values)]
    if finite.size == 0 or role == "probability":
        return 0.0, 1.0
    if log:
        return _of_decades(finite[finite > 0], percent)
    low, high = np.percentile(finite[:: max(1, finite.size // 50_000)], [percent, 100 - percent])
    if role in SIGNED:
        high = max(abs(low), abs(high)) or 1.0
        return -nice(high), nice(high)
    span = float(high - low)
    if span <= 0:
        return float(low) - 0.5, float(low) + 0.5
    step = 10 ** np.floor(np.log10(span)) / 20
    return _short(np.floor(low / step) * step), _short(np.ceil(high / step) * step)


def _of_decades(positive: np.ndarray, percent: float) -> tuple[float, float]:
    """Limits of a logarithmic scale, four decades at most."""
    if positive.size == 0:
        return 0.1, 1.0
    low, high = np.percentile(positive[:: max(1, positive.size // 50_000)], [percent, 100 - percent])
    high = nice(high)
    low = max(low, high / 1e4)
    step = 10 ** (np.floor(np.log10(low)) - 1)
    low = _short(np.floor(low / step) * step)
    return (low if low < high else high / 10), high


def nice(value: float) -> float:
    """Round a positive number up to two significant figures.

    Args:
        value: The number, above 0.

    Returns:
        The round number.
    """
    step = 10 ** (np.floor(np.log10(value)) - 1)
    return _short(np.ceil(value / step) * step)


def _short(value: float) -> float:
    """Without the binary dust of a product: a link is to read 0.85, not 0.8500000000000001."""
    return float(f"{value:.12g}")
