"""The page's state as text: what a link says, parsed and checked, never executed."""

import math
from typing import TYPE_CHECKING, Any

import param

from engine.errors import InputError
from engine.methods import settings

if TYPE_CHECKING:
    from explorer.session import Session

NAMES = (
    "source", "field", "region", "time", "factor", "degradation", "width_km", "noise", "method", "seed",
    "lower_a", "lower_b", "limits", "lock", "view", "probe", "probe_end",
)  # fmt: skip
OPTIONAL = ("width_km", "limits", "view", "probe", "probe_end")  # what a link may leave out
OPTION = "m."  # prefix of the method's own settings


def order(name: str) -> int:
    """Position in which a setting has to be applied: the data set before its region, the method before its settings."""
    return NAMES.index(name) if name in NAMES else len(NAMES)


def apply(session: "Session", name: str, value: Any) -> None:
    """Set one thing from text or value; raises InputError with one sentence if it cannot be used."""
    owner: param.Parameterized = session
    if name.startswith(OPTION) and name[len(OPTION) :] in settings(session.configured):
        owner, name = session.configured, name[len(OPTION) :]
    elif name not in NAMES:
        raise InputError(f"This page has no setting {name!r}.")
    parameter = owner.param[name]
    if isinstance(value, str):
        value = parse(parameter, value)
    if name == "region" and owner is session:
        session.data.find_region(value)
    try:
        setattr(owner, name, value)
    except ValueError:
        raise InputError(f"{describe(parameter)} cannot be {value!r}; it has to be {domain(parameter)}.") from None


def parse(parameter: param.Parameter, text: str) -> Any:
    """The value a text stands for, by the parameter's type; raises InputError."""
    try:
        if isinstance(parameter, param.Boolean):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(parameter, param.Dict):
            return _limits(text)
        if isinstance(parameter, param.NumericTuple):
            return tuple(_finite(part) for part in text.split(",")) if text else None
        if isinstance(parameter, param.Integer):
            return int(text)
        if isinstance(parameter, param.Number):
            return _finite(text) if text else None
        if isinstance(parameter, param.Selector):
            return next(option for option in parameter.get_range().values() if str(option) == text)
    except (ValueError, KeyError, IndexError, StopIteration):
        raise InputError(f"{describe(parameter)} cannot be {text!r}; it has to be {domain(parameter)}.") from None
    return text


def query(session: "Session") -> dict[str, str]:
    """Everything that defines the picture, as text; empty things are left out."""
    out = {name: text(getattr(session, name)) for name in NAMES}
    out |= {OPTION + name: text(getattr(session.configured, name)) for name in settings(session.configured)}
    return {name: value for name, value in out.items() if value != ""}


def text(value: Any) -> str:
    """A value as a link writes it; `parse` reads it back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ";".join(f"{role}:{low:.6g},{high:.6g}" for role, (low, high) in value.items())
    if isinstance(value, tuple):
        return ",".join(f"{part:.6g}" for part in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


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
        return f"{kind} from {parameter.bounds[0]:g} to {parameter.bounds[1]:g}" if parameter.bounds else kind
    if isinstance(parameter, param.Selector):
        options = [str(option) for option in parameter.get_range().values()]
        return f"from {options[0]} to {options[-1]}" if len(options) > 12 else f"one of {', '.join(options)}"
    return "text"


def _limits(text: str) -> dict[str, tuple[float, float]]:
    """Colour limits by role from 'role:low,high;...'."""
    out = {}
    for part in filter(None, text.split(";")):
        role, low, high = *part.rsplit(":", 1)[:1], *part.rsplit(":", 1)[1].split(",")
        out[role] = (_finite(low), _finite(high))
        if out[role][0] >= out[role][1]:
            raise ValueError(text)
    return out


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
