"""Methods: one file each, found by themselves. Write one, decorate it with `@register("key")`, and it is everywhere.

A trained method is offered once its weights are there: shipped, or made by `finescale train`.
"""

from collections.abc import Callable

import param

from engine import weights
from engine.errors import InputError
from engine.methods.base import Method
from engine.registry import Registry
from engine.scene import Outline

WIDGETS = (param.Boolean, param.Selector, param.Number, param.String)  # kinds of settings that the page can show
REFERENCES = ("bicubic", "persistence")  # what any method has to beat, the best one first
DATES = (param.Date, param.CalendarDate)  # which Param counts among the numbers
METHODS: Registry[type[Method]] = Registry("engine.methods", "finescale.methods")


def register(key: str) -> Callable[[type[Method]], type[Method]]:
    """Offer a method under a key, if it has all the weights it needs.

    Args:
        key: What it is called in links, cards and calls.

    Returns:
        A decorator that gives the class back; it raises InputError for what is no method or has a setting without a
        widget.
    """

    def add(kind: type[Method]) -> type[Method]:
        _check(kind)
        return METHODS.register(key)(kind) if all(map(weights.trained, kind.weights)) else kind

    return add


def _check(kind: type[Method]) -> None:
    """Raise InputError for what is no method; others' are made once: the page never meets one that cannot be made."""
    if not (isinstance(kind, type) and issubclass(kind, Method)):
        raise InputError(f"{getattr(kind, '__name__', kind)!r} is no method: it has to inherit engine.methods.Method.")
    if not kind.__module__.startswith("engine."):
        kind()
        for name in settings(kind):
            if not isinstance(kind.param[name], WIDGETS) or isinstance(kind.param[name], DATES):
                known = ", ".join(widget.__name__ for widget in WIDGETS)
                raise InputError(f"The setting {name} of {kind.__name__} has no widget: take one of {known}.")


def create(key: str, **parameters) -> Method:
    """The method `key` with the given parameters.

    Args:
        key: What it is registered under.
        parameters: Settings by name; the others keep their defaults.

    Returns:
        The method.

    Raises:
        InputError: For a key or a parameter that there is not, or a value out of range.
    """
    kind = METHODS[key]
    unknown = sorted(set(parameters) - set(kind.param) | ({"name", "device"} & set(parameters)))  # no part of a score
    if unknown:
        raise InputError(f"{key} has no parameter {', '.join(unknown)}; it has {', '.join(settings(kind))}.")
    try:
        return kind(**parameters)
    except ValueError as error:
        raise InputError(f"A setting of {key} is out of range: {error}") from None


def obstacle(key: str, outline: Outline) -> str:
    """Why a method cannot work on a problem, without running it. What only its values tell, as clouds, is not known.

    Args:
        key: Of a registered method.
        outline: What is known of the problem before it is opened, see `DataSet.outline`.

    Returns:
        One sentence; empty where nothing speaks against it.

    Raises:
        InputError: For a key that there is not.
    """
    kind = METHODS[key]
    words = kind.unfit(outline)
    return f"{kind.title or key} {words}." if words else ""


def reference(outline: Outline) -> str:
    """What is shown where the method in question cannot work.

    Args:
        outline: What is known of the problem before it is opened.

    Returns:
        The key of the first of REFERENCES that can work on it, else of any method; empty where none can.
    """
    return next((key for key in (*REFERENCES, *METHODS) if key in METHODS and not obstacle(key, outline)), "")


def copy(method: Method) -> Method:
    """A method with the same settings and device, safe to hand to another thread.

    Args:
        method: The method, left as it is.

    Returns:
        A new instance of its class.
    """
    return type(method)(device=method.device, **{name: getattr(method, name) for name in settings(method)})


def settings(method: Method | type[Method]) -> list[str]:
    """Names of the parameters a user may set.

    Args:
        method: A method or its class.

    Returns:
        Names of its parameters, without those of a negative precedence.
    """
    return [name for name in method.param if name != "name" and (method.param[name].precedence or 0) >= 0]
