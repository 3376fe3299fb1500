"""Fields on their way to the browser: multiples of a decimal step in 8 or 16 bits, so coded that most are near zero.

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
KINDS = (np.uint8, np.uint16)  # their largest number is what is missing
MOST = 65533  # steps
FINEST = 6  # decimals
COLOURS = 254


class Coded(np.ndarray):
    """A field (y, x) of which multiples of 1 / scale are sent."""

    scale = 1.0


def decimals(values: np.ndarray) -> int | None:
    """How many decimals 16 bits hold over the range of these values.

    Args:
        values: The field, any shape; what is not finite is left out.

    Returns:
        The decimals, at most FINEST; None where it is no sensible number of them.
    """
    span = _span(values)
    count = math.floor(math.log10(MOST / span)) if span > 0 else FINEST
    return min(count, FINEST) if 0 <= count <= FINEST + 2 else None


def coded(values: np.ndarray, places: int | None) -> np.ndarray:
    """A field as the browser is to have it.

    Args:
        values: Field (y, x).
        places: Decimals that are sent; None: the field as it is.

    Returns:
        Field (y, x), float32.
    """
    return _scaled(values, None if places is None else 10.0**places)


def small(values: np.ndarray) -> np.ndarray:
    """A picture from which nobody reads numbers: in as many steps as a palette has colours.

    Args:
        values: Field (y, x).

    Returns:
        Field (y, x), float32.
    """
    span = _span(values)
    return _scaled(values, COLOURS / span if span > 0 else None)


def _span(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.max()) - float(finite.min()) if finite.size else 0.0


def _scaled(values: np.ndarray, scale: float | None) -> np.ndarray:
    field = np.ascontiguousarray(values, dtype=np.float32)
    if scale is None:
        return field
    scaled = field.view(Coded)
    scaled.scale = scale
    return scaled


def _encode(field: Coded, serializer: Serializer) -> Any:
    """Steps from the lowest on, in a byte where they fit, else in two, of which the high ones go first."""
    steps = np.round(np.asarray(field, dtype=np.float64) * field.scale)
    finite = np.isfinite(steps)
    base, top = (float(steps[finite].min()), float(steps[finite].max())) if finite.any() else (0.0, 0.0)
    kind = next((kind for kind in KINDS if top - base < np.iinfo(kind).max), None)
    if kind is None:
        return serializer.encode(np.asarray(field))
    near = _near(np.where(finite, steps - base, np.iinfo(kind).max).astype(kind))
    planes = near if kind is np.uint8 else np.stack([near >> 8, near & 255]).astype(np.uint8)
    return {"type": TYPE, "planes": serializer.encode(planes), "base": base, "scale": field.scale}


def _near(numbers: np.ndarray) -> np.ndarray:
    """Differences along x, of those the differences along y, those of either sign near zero; all modulo 2^bits."""
    along = np.diff(numbers, axis=1, prepend=numbers.dtype.type(0))
    both = np.diff(along, axis=0, prepend=numbers.dtype.type(0)).view(f"i{numbers.itemsize}")
    return ((both << 1) ^ (both >> (8 * numbers.itemsize - 1))).view(numbers.dtype)


def _decode(sent: Any, deserializer: Deserializer) -> np.ndarray:
    """The other way, for a document that is read again."""
    planes = deserializer._decode(sent["planes"])
    near = planes if planes.ndim == 2 else planes[0].astype(np.uint16) << 8 | planes[1]
    both = (near >> 1) ^ (near.dtype.type(0) - (near & 1))
    numbers = np.cumsum(np.cumsum(both, axis=0, dtype=near.dtype), axis=1, dtype=near.dtype)
    missing = numbers == np.iinfo(near.dtype).max
    return _scaled(np.where(missing, np.nan, (numbers + sent["base"]) / sent["scale"]), sent["scale"])


Serializer.register(Coded, _encode)
Deserializer.register(TYPE, _decode)
