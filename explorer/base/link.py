"""A page's state as text: what a link says, parsed and checked, never executed."""

import math
import re
from typing import TYPE_CHECKING, Any

import param

from engine import methods
from engine.errors import InputError
from engine.methods import settings
from explorer.base.held import NumberOrWord, Turn

if TYPE_CHECKING:
    from explorer.base.session import Session

OPTION, OPTION_B = "m.", "b."  # prefixes of the methods' own settings
SEPARATOR = ";"  # between the texts of a list
LONGEST = 1000  # characters of a setting that are looked at


def order(session: "Session", name: str) -> tuple[int, int]:
    """When a setting has to be applied: the data set before its region, the method before its settings."""
    held = session.held
    return (held[name][1].turn, list(held).index(name)) if name in held else (Turn.SETTING, 0)


def apply(session: "Session", name: str, value: Any) -> None:
    """Set one thing from text or value; raises InputError with one sentence if it cannot be used."""
    method = session.configurations.get(name[: len(OPTION)])
    if method is not None and name[len(OPTION) :] in settings(method):
        _set(method, name[len(OPTION) :], value)
    elif name in session.held:
        part, _ = session.held[name]
        part.check(name, value, parse(part.param[name], value) if isinstance(value, str) else value)
        _set(part, name, value)
    else:
        raise InputError(f"This page has no setting {quote(name)}.")


def _set(owner: param.Parameterized, name: str, value: Any) -> None:
    parameter = owner.param[name]
    value = parse(parameter, value) if isinstance(value, str) else value
    try:
        setattr(owner, name, value)
    except InputError:
        raise
    except ValueError:
        raise _refusal(parameter, value) from None


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
        if isinstance(parameter, NumberOrWord) and text in parameter.words:
            return text
        if isinstance(parameter, param.Number):
            return _finite(text) if text else None
        if isinstance(parameter, param.Selector):
            return next(option for option in parameter.get_range().values() if str(option) == text)
        if isinstance(parameter, param.List):
            return [part for part in text.split(SEPARATOR) if part]
    except (ValueError, KeyError, IndexError, StopIteration):
        raise _refusal(parameter, text) from None
    return text


def parse_method(text: str) -> tuple[str, dict[str, Any]]:
    """(key, parameters) of 'key:name=value,name=value', each value read by the type of its parameter.

    Nothing is executed. Raises InputError for an unknown method or parameter and for a value that does not fit.
    """
    key, _, rest = text.partition(":")
    kind, chosen = methods.METHODS[key], {}
    for part in re.split(r",(?=\s*\w+=)", rest) if rest else []:
        name, equals, value = part.strip().partition("=")
        if not equals:
            raise InputError(f"A setting of {key} is written name=value, not {quote(part)}.")
        chosen[name] = parse(kind.param[name], value) if name in settings(kind) else value
    methods.create(key, **chosen)
    return key, chosen


def query(session: "Session") -> dict[str, str]:
    """Everything that defines the picture, as text; empty things are left out."""
    out = {name: text(getattr(part, name)) for name, (part, _) in session.held.items()}
    for prefix, method in session.configurations.items():
        out |= {prefix + name: text(getattr(method, name)) for name in settings(method)}
    return {name: value for name, value in out.items() if value != ""}


def text(value: Any) -> str:
    """A value as a link writes it; `parse` reads it back, numbers to the bit: a picture may hang on the last one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ";".join(f"{name}:{text(pair)}" for name, pair in value.items())
    if isinstance(value, list):
        return SEPARATOR.join(value)
    if isinstance(value, tuple):
        return ",".join(map(text, value))
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
        words = f" or {', '.join(parameter.words)}" if isinstance(parameter, NumberOrWord) else ""
        return kind + _range(*(parameter.bounds or (None, None))) + words
    if isinstance(parameter, param.Selector):
        options = [str(option) for option in parameter.get_range().values() if option != ""]
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


def _numbers(text: str, length: int | None) -> tuple[float, ...]:
    values = tuple(_finite(part) for part in text.split(","))
    if len(values) != length:
        raise ValueError(text)
    return values


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
