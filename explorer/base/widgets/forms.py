"""Widgets of parameters: those of a page's parts, and the settings of a method."""

from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui
import param

from engine.methods import Method, settings
from explorer.base.given import given
from explorer.base.part import Part
from explorer.drawing.lines import adjust

WIDGET = {"size": "small", "margin": (5, 4), "sizing_mode": "stretch_width"}
PLAYER = {"& .MuiIconButton-root:not(.MuiIconButton-colorPrimary)": {"color": "text.primary"}}  # dark on dark else
WIDE = 1e4  # an upper bound of what has no scale of its own


def welcome(text: str) -> pn.pane.HTML:
    """A few words among widgets."""
    return pn.pane.HTML(
        f"<div style='font-size:calc(12*var(--px,1px));line-height:1.35;opacity:.85'>{text}</div>", margin=(6, 12)
    )


def heading(text: str) -> pn.pane.HTML:
    style = "font-size:calc(12*var(--px,1px));font-weight:700;letter-spacing:.08em;text-transform:uppercase;opacity:.6"
    return pn.pane.HTML(f"<div style='{style}'>{text}</div>", margin=(6, 4, 0, 4))


def chooser(part: param.Parameterized, name: str, kind=pmui.Select, **options) -> pn.viewable.Viewable:
    """The widget of a parameter, which says what it is."""
    return kind.from_param(part.param[name], description=part.param[name].doc, **(WIDGET | options))


def form(parameter: param.Parameter) -> tuple[type, dict]:
    """Widget and options for one setting of a method."""
    about = {"label": parameter.label, "description": parameter.doc}
    if isinstance(parameter, param.Boolean):
        return pmui.Switch, about | {"margin": (4, 6)}
    if isinstance(parameter, param.Selector):
        return pmui.Select, about | WIDGET | {"options": {str(o): o for o in parameter.get_range().values()}}
    if isinstance(parameter, param.String):
        return pmui.TextInput, about | WIDGET
    low, high = parameter.bounds or (None, None)
    whole = isinstance(parameter, param.Integer)
    options = about | WIDGET | {"start": low, "end": high} | ({"step": parameter.step} if parameter.step else {})
    if low is None or high is None or parameter.allow_None or _wide(parameter):
        return (pmui.IntInput if whole else pmui.FloatInput), options
    return (pmui.IntSlider if whole else pmui.FloatSlider), options


def _wide(parameter: param.Parameter) -> bool:
    """Whether a number may be of any order of magnitude: a slider would have them all in its first pixel."""
    return isinstance(parameter, param.Number) and parameter.bounds is not None and (parameter.bounds[1] or 0) >= WIDE


def arrow_step(parameter: param.Parameter, value: Any) -> dict[str, float]:
    """How far an arrow leads where any order of magnitude may be: half a unit of the first digit."""
    if not _wide(parameter):
        return {}
    size = abs(value or 0) or abs(parameter.default or 0) or 1.0
    return {"step": 0.5 * 10.0 ** float(np.floor(np.log10(size)))}


class Settings(pn.viewable.Viewer):
    """A method's own settings. Widgets stay as long as methods have the same ones: making them takes 0.2 s."""

    part = given(Part)

    def __init__(self, part: Part, which: str = "configured", **params):
        """which: the part's parameter that holds the method."""
        super().__init__(part=part, **params)
        self._which = which
        self.view = pn.Column(sizing_mode="stretch_width", margin=0)
        self.widgets: dict[str, pn.viewable.Viewable] = {}
        self._forms: dict[str, tuple[type, dict]] | None = None
        self._following = False
        part.param.watch(self._adopt, which)
        self._adopt()

    @property
    def method(self) -> Method | None:
        return getattr(self.part, self._which)

    def _adopt(self, *_) -> None:
        method = self.method
        if method is None:
            self._forms, self.view[:] = None, [welcome("No method is chosen here.")]
            return
        forms = {name: form(method.param[name]) for name in settings(method)}
        if forms != self._forms:
            self._forms = forms
            self.widgets = {
                name: kind(value=getattr(method, name), **options) for name, (kind, options) in forms.items()
            }
            for name, widget in self.widgets.items():
                widget.param.watch(lambda event, name=name: self._take(name, event.new), "value")
            self.view[:] = list(self.widgets.values()) or [welcome("This method has no settings.")]
        method.param.watch(self._follow, settings(method))
        self._follow()

    def _follow(self, *_) -> None:
        method = self.method
        if method is None:
            return
        self._following = True
        for name, widget in self.widgets.items():
            value = getattr(method, name)
            adjust(widget, value=value, **arrow_step(method.param[name], value))
        self._following = False

    def _take(self, name: str, value) -> None:
        method = self.method
        if self._following or method is None or (value is None and not method.param[name].allow_None):
            return
        try:
            setattr(method, name, value)
        except ValueError:  # out of bounds, where the widget has none on that side
            self._follow()

    def __panel__(self):
        return self.view
