"""Colour bars as text beside the maps, one for each role: they follow themes, are read aloud, and cost no figure."""

import html

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import LogLocator, MaxNLocator

from explorer.drawing.lines import pretty
from explorer.drawing.palette import colours

STOPS = 17  # of a gradient
MOST = 6  # intervals between the numbers of a standing bar
WIDE = 64  # pixels that a standing bar takes with its numbers
Limits = tuple[float, float]


def lying(role: str, limits: Limits, chosen: str = "") -> str:
    """A small bar for the title of a map: the lowest value, the colours, the highest value.

    Args:
        role: What is drawn.
        limits: Lowest and highest value of the colours, in the field's unit.
        chosen: Name of another colour map than the role's.

    Returns:
        HTML.
    """
    low, high = map(number, limits)
    gradient = f"linear-gradient(to right,{','.join(colours(role, STOPS, chosen))})"
    strip = f"<i style='flex:0 0 40px;height:9px;background:{gradient}'></i>"
    return f"<span style='{SMALL};display:flex;gap:4px;align-items:center;flex:none'>{low}{strip}{high}</span>"


def standing(role: str, limits: Limits, units: str, chosen: str = "", log: bool = False) -> str:
    """A bar as high as the maps beside it, with numbers along it and the unit above.

    Args:
        role: What is drawn.
        limits: Lowest and highest value of the colours.
        units: The field's unit, as CF has it.
        chosen: Name of another colour map than the role's.
        log: Whether equal steps are equal ratios.

    Returns:
        HTML.
    """
    low, high = limits
    locator = LogLocator(subs=(1.0,) if high / low > 30 else (1.0, 2.0, 5.0)) if log else MaxNLocator(MOST)
    ticks = [tick for tick in locator.tick_values(low, high) if low <= tick <= high]
    place = (Normalize, LogNorm)[log](low, high)
    marks = "".join(
        f"<span style='position:absolute;left:16px;bottom:{100 * float(place(tick)):.2f}%;"
        f"transform:translateY(50%)'>{number(tick)}</span>"
        for tick in ticks
    )
    gradient = f"linear-gradient(to top,{','.join(colours(role, STOPS, chosen))})"
    strip = f"<i style='position:absolute;inset:0 auto 0 0;width:11px;background:{gradient}'></i>"
    unit = html.escape(pretty(units))
    above = f"<span style='position:absolute;bottom:100%;left:0;white-space:nowrap'>{unit}</span>"
    said = html.escape(f"colours from {number(low)} to {number(high)} {unit}".strip())
    return (
        f"<div role='img' aria-label='{said}' style='{SMALL};position:relative;height:100%;width:{WIDE}px;"
        f"flex:none;line-height:1'>{strip}{above}{marks}</div>"
    )


SMALL = "font-size:calc(12*var(--px,1px));font-weight:400;font-style:normal"


def number(value: float) -> str:
    """A limit or tick as people write it.

    Args:
        value: The number.

    Returns:
        Text of at most four figures, with a true minus.
    """
    short = f"{np.round(value, 12):.4g}"
    return short.replace("-", "\N{MINUS SIGN}")
