"""The dates of a file as it writes them, in whatever calendar; each with a stand-in of the usual calendar."""

import math
import re
import warnings
from dataclasses import dataclass, replace
from datetime import timedelta

import cftime
import numpy as np
import pandas as pd

from engine.reading.content import plain

HALF = timedelta(milliseconds=500)  # hours as numbers are not exact
MOST_DATES = 20_000
FAR = 100_000 * 366 * 86_400.0  # s: what lies further from its reference is no date
SECONDS = {
    "nanosecond": 1e-9, "microsecond": 1e-6, "millisecond": 1e-3, "second": 1.0, "sec": 1.0, "s": 1.0, "minute": 60.0,
    "min": 60.0, "hour": 3600.0, "hr": 3600.0, "h": 3600.0, "day": 86400.0, "d": 86400.0,
}  # fmt: skip
USUAL = ("standard", "gregorian", "proleptic_gregorian")
UNDATED = "undated"
_UNIT = re.compile(r"\s*([A-Za-z]+?)s?\s+since\s+([-+]?\d{1,4})-(\d{1,2})-(\d{1,2})(?:[T\s].*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Clock:
    """Dates as text, unique and in the file's order, and stand-ins that ascend as they do; `note`: what is odd."""

    labels: tuple[str, ...]
    times: pd.DatetimeIndex
    note: str = ""


def undated() -> Clock:
    """One field without a date."""
    return Clock((UNDATED,), pd.DatetimeIndex(["2000-01-01"]))


def read(values: np.ndarray, units: str, calendar: str, name: str = "time") -> Clock:
    """The dates of a time axis, the first `MOST_DATES`; where they cannot be understood, its numbers.

    Args:
        values: of the axis, (n,), in its unit.
        units: CF's '<unit> since <date>'.
        calendar: CF's name; '': standard.
        name: of the axis, for labels of numbers.

    Returns:
        Labels and stand-ins, with a note where something is odd.
    """
    if values.size > MOST_DATES:
        clock = read(values[:MOST_DATES], units, calendar, name)
        return replace(
            clock, note=f"{clock.note} Only the first {MOST_DATES} of {values.size} dates are offered.".strip()
        )
    calendar = calendar.strip().lower() or "standard"
    dates = _dates(values, units, calendar)
    if dates is None:
        unit = f" {plain(units, 30)}" if units else ""
        labels = _unique([f"{plain(name, 20)} {value:g}{unit}" for value in values])
        note = f"The dates ({plain(units, 40) or 'without a unit'}, calendar {plain(calendar, 20)}) are not understood."
        return Clock(labels, _counted(len(labels)), note)
    labels = _unique(_written(dates))
    if calendar in USUAL:
        return Clock(labels, _stand_ins(dates))
    return Clock(labels, _stand_ins(dates), f"Dates are of the calendar {calendar}.")


def _dates(values: np.ndarray, units: str, calendar: str) -> list | None:
    """cftime's dates, None where there is no sense in them."""
    found = _UNIT.fullmatch(units)
    if found is None or not np.isfinite(values).all():
        return None
    second = SECONDS.get(found[1].lower())
    if second is None or np.abs(values).max(initial=0.0) > FAR / second:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the year 0
            dates = cftime.num2date(values, units.strip(), calendar, only_use_cftime_datetimes=True)
            return [(date + HALF).replace(microsecond=0) for date in np.atleast_1d(dates)]
    except (ValueError, OverflowError, TypeError, KeyError):
        return None


def _written(dates: list) -> list[str]:
    """The day, and the time of the day where not all have the same."""
    whole = len({(date.hour, date.minute, date.second) for date in dates}) == 1
    seconds = any(date.second for date in dates)
    clock = "" if whole else "T%H:%M:%S" if seconds else "T%H:%M"
    return [f"{date.year:04d}-{date.month:02d}-{date.day:02d}{date.strftime(clock) if clock else ''}" for date in dates]


def _unique(labels: list[str]) -> tuple[str, ...]:
    """A label that comes again gets a number."""
    seen: dict[str, int] = {}
    out = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        out.append(label if seen[label] == 1 else f"{label} #{seen[label]}")
    return tuple(out)


def _stand_ins(dates: list) -> pd.DatetimeIndex:
    """Dates of the usual calendar that keep the distances; counted ones where those cannot be told apart."""
    first = dates[0]
    elapsed = [(date - first).total_seconds() for date in dates]
    try:
        start = pd.Timestamp(
            f"{first.year:04d}-{first.month:02d}-{min(first.day, 28):02d}T{first.hour:02d}:{first.minute:02d}"
        )
        days = 0 if first.day <= 28 else first.day - 28
        times = pd.DatetimeIndex(
            [start.as_unit("s") + pd.Timedelta(days * 86_400 + math.floor(s), "s") for s in elapsed]
        )
    except (ValueError, OverflowError, pd.errors.OutOfBoundsDatetime):
        return _counted(len(dates))
    return times if times.is_unique else _counted(len(dates))


def _counted(count: int) -> pd.DatetimeIndex:
    return pd.date_range("2000-01-01", periods=count, freq="D")
