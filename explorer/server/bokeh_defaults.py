"""Bokeh's defaults, worked out once per class instead of at every look: a quarter of what making a page takes.

A page has 1300 models, and is walked through several times while it is made: 130 000 looks at defaults.
"""

import os
from typing import Any

from bokeh.core.property.descriptors import PropertyDescriptor

PLAIN = (int, float, str, bool, type(None))  # values that nobody can change
CHECKS = ("BOKEH_VALIDATE_DOC", "BOKEH_PERFORM_ERROR_DIAGNOSTICS")  # of every page that is made: a seventh of its time
_known: dict[tuple[type, str], Any] = {}
_unstable: dict[tuple[type, str], bool] = {}
_work_out, _find_out = PropertyDescriptor._get_default, PropertyDescriptor.has_unstable_default


def _remember(self: PropertyDescriptor, obj: Any) -> Any:
    """The default of an object's property: its own where it has one, else that of its class."""
    name, themed = self.name, vars(obj).get("__themed_values__")
    if themed is not None and name in themed:
        return _work_out(self, obj)
    if name in obj._unstable_default_values:
        return obj._unstable_default_values[name]
    key = (type(obj), name)
    if key in _known:
        return _known[key]
    value = _work_out(self, obj)
    if type(value) in PLAIN and not self.has_unstable_default(obj):
        _known[key] = value
    return value


def _remember_unstable(self: PropertyDescriptor, obj: Any) -> bool:
    """Whether every object of a class has a default of its own here."""
    key = (type(obj), self.name)
    if key not in _unstable:
        _unstable[key] = _find_out(self, obj)
    return _unstable[key]


def remember() -> None:
    """Let Bokeh remember defaults from now on, and check pages only where the environment asks for it."""
    for check in CHECKS:
        os.environ.setdefault(check, "no")
    PropertyDescriptor._get_default = _remember  # type: ignore[method-assign]
    PropertyDescriptor.has_unstable_default = _remember_unstable  # type: ignore[method-assign]
