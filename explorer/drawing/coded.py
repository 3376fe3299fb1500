"""Fields on their way to the browser: multiples of a decimal step in 16 bits, so coded that neighbours are near zero.

What is shown to so many decimals arrives right to the last of them, in half the bytes; and where frames are compressed,
in a sixth. `coded.js` is the other end.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
from bokeh.core.serialization import Deserializer, Serializer

SCRIPT = Path(__file__).with_suffix(".js")
TYPE = "finescale.field"
MISSING = 65535
FINEST = 6  # decimals


class Coded(np.ndarray):
    """A field (y, x) of which so many decimals are sent."""

    decimals = 0


def decimals(values: np.ndarray) -> int | None:
    """How many decimals 16 bits hold over the range of these values; None where it is no sensible number of them.

    Args:
        values: the field, any shape; what is not finite is left out.
    """
    finite = values[np.isfinite(values)]
    span = float(finite.max()) - float(finite.min()) if finite.size else 0.0
    count = math.floor(math.log10((MISSING - 2) / span)) if span > 0 else FINEST
    return min(count, FINEST) if 0 <= count <= FINEST + 2 else None


def coded(values: np.ndarray, places: int | None) -> np.ndarray:
    """A field (y, x) as the browser is to have it: to so many decimals, or with None as it is."""
    field = np.ascontiguousarray(values, dtype=np.float32)
    if places is None:
        return field
    field = field.view(Coded)
    field.decimals = places
    return field


def small(values: np.ndarray) -> np.ndarray:
    """A picture (y, x) nobody reads numbers from: to as many decimals as 16 bits hold."""
    return coded(values, decimals(values))


def _encode(field: Coded, serializer: Serializer) -> Any:
    """Differences along x, of those the differences along y, small ones near zero; high bytes first, then low ones."""
    steps = np.round(np.asarray(field, dtype=np.float64) * 10.0**field.decimals)
    finite = np.isfinite(steps)
    base, top = (float(steps[finite].min()), float(steps[finite].max())) if finite.any() else (0.0, 0.0)
    if top - base >= MISSING:
        return serializer.encode(np.asarray(field))
    numbers = np.where(finite, steps - base, MISSING).astype(np.uint16)
    along = np.diff(numbers, axis=1, prepend=np.uint16(0))
    both = np.diff(along, axis=0, prepend=np.uint16(0)).view(np.int16)
    near = ((both << 1) ^ (both >> 15)).view(np.uint16)
    planes = np.stack([near >> 8, near & 255]).astype(np.uint8)
    return {"type": TYPE, "planes": serializer.encode(planes), "base": base, "decimals": field.decimals}


def _decode(sent: Any, deserializer: Deserializer) -> np.ndarray:
    """The other way, for a document that is read again."""
    high, low = deserializer._decode(sent["planes"]).astype(np.uint16)
    near = high << 8 | low
    both = (near >> 1) ^ (np.uint16(0) - (near & 1))
    numbers = np.cumsum(np.cumsum(both, axis=0, dtype=np.uint16), axis=1, dtype=np.uint16)
    values = np.where(numbers == MISSING, np.nan, (numbers + sent["base"]) / 10.0 ** sent["decimals"])
    return coded(values, sent["decimals"])


Serializer.register(Coded, _encode)
Deserializer.register(TYPE, _decode)
