"""Scores of many scenes as a table: what each score is called, which value is worse, and what a filter keeps."""

import operator
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine import scores
from engine.errors import InputError
from engine.scores.bands import NAMES
from explorer.drawing import noisy
from explorer.drawing.lines import pretty

PLACE = ("method", "region", "time", "split")
OPERATIONS = {
    "<=": operator.le, ">=": operator.ge, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip
CLAUSE = re.compile(r"\s*(\w+)\s*(<=|>=|!=|<|>|=)\s*(.+?)\s*")
EXAMPLE = "rmse > 0.05 and region = jet"


@dataclass(frozen=True)
class Score:
    """A column of the table; better: higher, lower, zero or one; unit: '' stands for the field's own."""

    title: str
    better: str
    unit: str = "1"


SCORES = {
    "rmse": Score("RMSE", "lower", ""),
    "relative_improvement": Score("Gain on bicubic", "higher"),
    "bias": Score("Bias", "zero", ""),
    "mae": Score("MAE", "lower", ""),
    "correlation": Score("Correlation", "higher"),
    "crps": Score("Fair CRPS", "lower", ""),
    "spread_skill": Score("Spread/skill", "one"),
    "effective_resolution": Score("Effective resolution", "lower", "km"),
    **{f"skill_{name}": Score(f"Skill, {name} band", "higher") for name in NAMES},
    **{f"power_{name}": Score(f"Power, {name} band", "one") for name in NAMES},
    **{f"precision_{name}": Score(f"Detail that is real, {name} band", "higher") for name in NAMES[1:]},
    **{f"recall_{name}": Score(f"Detail that is found, {name} band", "higher") for name in NAMES[1:]},
    "gradient_rmse": Score("Gradient RMSE", "lower", " km-1"),
    "vorticity_rmse": Score("Vorticity/f RMSE", "lower"),
    "skewness": Score("Skewness - truth's", "zero"),
    "gradient_kurtosis": Score("Gradient kurtosis/truth's", "one"),
    "consistency": Score("Distance to the input", "lower", ""),
    "consistency_max": Score("Largest distance to it", "lower", ""),
    "consistency_noise": Score("Distance to the input/noise", "one"),
    "seconds": Score("Time", "lower", "s"),
    "network_calls": Score("Network calls", "lower"),
}


def unit(name: str, units: str) -> str:
    """The unit of a score of a field in `units`, as people write it; '' for numbers without any."""
    own = SCORES[name].unit
    if own.startswith(" "):
        return pretty("km-1" if units in ("", "1") else f"{units}{own}")
    return pretty(own or units)


def about(name: str) -> str:
    """What a score is, in words."""
    words = {"higher": "higher is better", "lower": "lower is better", "zero": "0 is best", "one": "1 is best"}
    known = scores.FORMULAS.get(name)
    return f"{known[0] if known else SCORES[name].title}; {words[SCORES[name].better]}"


def badness(name: str, values: np.ndarray) -> np.ndarray:
    """A number that is larger where a score is worse; NaN stays NaN."""
    return scores.badness(values, SCORES[name].better)


def present(frame: pd.DataFrame) -> list[str]:
    """The scores that a table has, the usual ones before there is any."""
    if frame.empty:
        return ["rmse", "relative_improvement", "effective_resolution", *(f"skill_{name}" for name in NAMES)]
    return noisy.told(name for name in SCORES if name in frame and frame[name].notna().any())


def ranked(frame: pd.DataFrame, by: str, score: str) -> pd.DataFrame:
    """The rows by a column, '-name' falling; without one the worst by a score first. Rows without a value are last."""
    if frame.empty:
        return frame
    name = by.lstrip("-") if by.lstrip("-") in frame else score
    if name not in frame:
        return frame
    values, falling = frame[name], by.startswith("-")
    if not by or name != by.lstrip("-"):
        values, falling = pd.Series(badness(score, frame[score].to_numpy(float)), frame.index), True
    order = values.sort_values(ascending=not falling, kind="stable", na_position="last").index
    return frame.loc[order]


def kept(frame: pd.DataFrame, text: str) -> pd.DataFrame:
    """The rows that a filter keeps, e.g. 'rmse > 0.05 and region = jet'; raises InputError for what is none."""
    for name, operation, value in clauses(text):
        if name not in frame:
            return frame.iloc[:0]
        keep = _test(frame[name], operation, value)
        if name == "method" and "title" in frame:  # by its key or by its title
            titled = _test(frame["title"], operation, value)
            keep = keep & titled if operation == "!=" else keep | titled
        frame = frame[keep]
    return frame


def within(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of methods that are inside their training: valid for the observation that they were given."""
    return frame[frame["outside"].fillna("") == ""] if "outside" in frame else frame


def clauses(text: str) -> list[tuple[str, str, str | float]]:
    """(column, operation, value) of every part of a filter; nothing is executed. Raises InputError."""
    found = []
    for part in filter(str.strip, re.split(r"\s+and\s+|;|&", text)):
        match = CLAUSE.fullmatch(part)
        name = match[1].lower() if match else ""
        name = "time" if name == "date" else name
        if match is None or name not in (*PLACE, *SCORES):
            raise InputError(f"The filter {part.strip()[:60]!r} is not understood; write it like {EXAMPLE!r}.")
        found.append((name, match[2], match[3].strip("'\" ") if name in PLACE else _number(match[3])))
    return found


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise InputError(f"A score is compared to a number, not to {text[:40]!r}.")
    return value


def _test(column: pd.Series, operation: str, value: str | float) -> pd.Series:
    """Where a column meets a clause; texts are compared without regard to case, dates as they are written."""
    if isinstance(value, str):
        column, value = column.astype(str).str.lower(), value.lower()
    return OPERATIONS[operation](column, value) & column.notna()
