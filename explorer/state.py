"""The page's state as text: what a link says, parsed and checked, never executed."""

import math
from typing import TYPE_CHECKING, Any

import param

from engine.errors import InputError
from engine.methods import settings
from explorer import pictures

if TYPE_CHECKING:
    from explorer.session import Session

NAMES = (
    "source", "field", "region", "time", "factor", "degradation", "width_km", "noise", "method", "seed",
    "lower_a", "lower_b", "limits", "lock", "view", "probe", "probe_end", "member",
)  # fmt: skip
OPTIONAL = ("width_km", "limits", "view", "probe", "probe_end", "member")  # what a link may leave out
OPTION = "m."  # prefix of the method's own settings
LONGEST = 1000  # characters of a setting that are looked at


def order(name: str) -> int:
    """Position in which a setting has to be applied: the data set before its region, the method before its settings."""
    return NAMES.index(name) if name in NAMES else len(NAMES)


def apply(session: "Session", name: str, value: Any) -> None:
    """Set one thing from text or value; raises InputError with one sentence if it cannot be used."""
    owner: param.Parameterized = session
    if name.startswith(OPTION) and name[len(OPTION) :] in settings(session.configured):
        owner, name = session.configured, name[len(OPTION) :]
    elif name not in NAMES:
        raise InputError(f"This page has no setting {quote(name)}.")
    parameter, given = owner.param[name], value
    if isinstance(value, str):
        value = parse(parameter, value)
    if owner is session:
        _check(session, name, given, value)
    try:
        setattr(owner, name, value)
    except InputError:
        raise
    except ValueError:
        raise _refusal(parameter, value) from None


def _check(session: "Session", name: str, given: Any, value: Any) -> None:
    """What a parameter's own type cannot know: the data set's regions, what maps show, views not empty."""
    if name == "region":
        if len(repr(value)) > 100:
            raise InputError(f"The region {quote(value)} is not known; take a named one or a box 'x0,x1,y0,y1'.")
        session.data.find_region(value)
    if name.startswith("lower") and value and not pictures.named(value):
        raise InputError(f"{describe(session.param[name])} cannot be {quote(given)}; take one like 'guide:sst'.")
    if name == "view" and value and len(value) == 4 and not (value[0] < value[1] and value[2] < value[3]):
        raise InputError(f"The view cannot be {quote(given)}; it needs x0 < x1 and y0 < y1.")


def parse(parameter: param.Parameter, text: str) -> Any:
    """The value a text stands for, by the parameter's type; raises InputError."""
    if len(text) > LONGEST:
        raise _refusal(parameter, text)
    try:
        if isinstance(parameter, param.Boolean):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(parameter, param.Dict):
            return _limits(text)
        if isinstance(parameter, param.NumericTuple):
            return _numbers(text, parameter.length) if text else None
        if isinstance(parameter, param.Integer):
            return int(text) if text or not parameter.allow_None else None
        if isinstance(parameter, param.Number):
            return _finite(text) if text else None
        if isinstance(parameter, param.Selector):
            return next(option for option in parameter.get_range().values() if str(option) == text)
    except (ValueError, KeyError, IndexError, StopIteration):
        raise _refusal(parameter, text) from None
    return text


def query(session: "Session") -> dict[str, str]:
    """Everything that defines the picture, as text; empty things are left out."""
    out = {name: text(getattr(session, name)) for name in NAMES}
    out |= {OPTION + name: text(getattr(session.configured, name)) for name in settings(session.configured)}
    return {name: value for name, value in out.items() if value != ""}


def text(value: Any) -> str:
    """A value as a link writes it; `parse` reads it back, single numbers to the bit, positions to six figures."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ";".join(f"{role}:{low:.9g},{high:.9g}" for role, (low, high) in value.items())
    if isinstance(value, tuple):
        return ",".join(f"{part:.6g}" for part in value)
    if isinstance(value, float):
        short = f"{value:.6g}"
        return short if float(short) == value else repr(value)
    return str(value)


def _refusal(parameter: param.Parameter, value: Any) -> InputError:
    return InputError(f"{describe(parameter)} cannot be {quote(value)}; it has to be {domain(parameter)}.")


def quote(value: Any) -> str:
    """A value as Python writes it, cut so that it fits a sentence."""
    return shorten(repr(value), 60)


def shorten(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 2]}…{text[-1]}"


def describe(parameter: param.Parameter) -> str:
    return f"The {(parameter.label or parameter.name or '').lower()}"


def domain(parameter: param.Parameter) -> str:
    """What a parameter accepts, in words."""
    if isinstance(parameter, param.Boolean):
        return "true or false"
    if isinstance(parameter, param.Dict):
        return "like 'field:-0.5,1;error:-0.2,0.2'"
    if isinstance(parameter, param.NumericTuple):
        return f"{parameter.length} numbers with commas between"
    if isinstance(parameter, param.Number):
        kind = "a whole number" if isinstance(parameter, param.Integer) else "a number"
        return kind + _range(*(parameter.bounds or (None, None)))
    if isinstance(parameter, param.Selector):
        options = [str(option) for option in parameter.get_range().values()]
        listed = f"from {options[0]} to {options[-1]}" if len(options) > 12 else f"one of {', '.join(options)}"
        return shorten(listed, 150)
    return f"text of at most {LONGEST} characters"


def _range(low: float | None, high: float | None) -> str:
    """Bounds in words; either may be missing."""
    if low is None or high is None:
        return f" of at least {low:.10g}" if low is not None else f" of at most {high:.10g}" if high is not None else ""
    return f" from {low:.10g} to {high:.10g}"


def _limits(text: str) -> dict[str, tuple[float, float]]:
    """Colour limits by role from 'role:low,high;...'."""
    out = {}
    for part in filter(None, text.split(";")):
        role, low, high = *part.rsplit(":", 1)[:1], *part.rsplit(":", 1)[1].split(",")
        out[role] = (_finite(low), _finite(high))
        if out[role][0] >= out[role][1]:
            raise ValueError(text)
    return out


def _numbers(text: str, length: int) -> tuple[float, ...]:
    values = tuple(_finite(part) for part in text.split(","))
    if len(values) != length:
        raise ValueError(text)
    return values


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
