"""Dates along an axis."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from bokeh.models import DatetimeTicker
from bokeh.models.annotations import Span
from bokeh.models.axes import Axis
from bokeh.models.formatters import DatetimeTickFormatter

DAY = 86_400_000.0  # ms
GAP = 1.6  # times the usual distance of two dates: where there is more between them, nothing is known


def milliseconds(times: Sequence[pd.Timestamp]) -> np.ndarray:
    """Points in time as an axis of Bokeh has them.

    Args:
        times: n of them.

    Returns:
        Milliseconds since 1970 (n,).
    """
    return np.array([time.timestamp() * 1000.0 for time in times])


def dated(axis: Axis) -> None:
    """Let an axis tell dates.

    Args:
        axis: The axis, in milliseconds since 1970; changed in place.
    """
    axis.ticker = DatetimeTicker(desired_num_ticks=5)
    axis.formatter = DatetimeTickFormatter(
        minutes="%H:%M", hourmin="%H:%M", hours="%H:%M", days="%d %b", months="%b %Y", years="%Y"
    )


def edges(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From where to where rows reach: to the middle between them and their neighbours, unless these are far away.

    Args:
        at: Times, rising (n,).

    Returns:
        Lower and upper ends (n,), in the same unit.
    """
    steps = np.diff(at)
    usual = float(np.median(steps)) if steps.size else DAY
    half = np.where(steps > GAP * usual, usual, steps) / 2
    ends = np.concatenate([[usual / 2], half]), np.concatenate([half, [usual / 2]])
    return at - ends[0], at + ends[1]


def now(dimension: Literal["width", "height"]) -> Span:
    """A line at the date that is shown.

    Args:
        dimension: 'height' where dates go to the right, 'width' where they go upwards.

    Returns:
        The line; its `location` is in milliseconds since 1970.
    """
    return Span(dimension=dimension, line_color="#ff3d7f", line_width=1.5, line_dash="dotted")
