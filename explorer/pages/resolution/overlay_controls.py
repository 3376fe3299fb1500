"""Widgets of what lies over the maps."""

import panel as pn
import panel_material_ui as pmui

from explorer.base.widgets.forms import WIDGET, chooser
from explorer.drawing.lines import adjust
from explorer.pages.resolution.overlays import OWN, offered
from explorer.pages.resolution.session import ResolutionSession


def overlay_controls(session: ResolutionSession) -> pn.Column:
    """Geography, contours and flow arrows; of the latter two what the scene has."""
    chosen, following = session.overlays, {"now": False}
    widgets = {
        name: pmui.Select(label=chosen.param[name].label, description=chosen.param[name].doc, **WIDGET)
        for name in ("contours", "arrows")
    }

    def follow(*_) -> None:
        scene, following["now"] = session.outcome.scene, True
        found = dict(zip(widgets, offered(scene) if scene is not None else (set(), set()), strict=True))
        for name, widget in widgets.items():
            objects, value = chosen.param[name].objects, getattr(chosen, name)
            there = {label: key for label, key in objects.items() if key in ("", value, OWN) or key in found[name]}
            adjust(widget, options=there, value=value, visible=name == "contours" or len(there) > 1)
        following["now"] = False

    def take(event) -> None:
        if not following["now"] and event.new is not None:
            setattr(chosen, next(name for name, widget in widgets.items() if widget is event.obj), event.new)

    for widget in widgets.values():
        widget.param.watch(take, "value")
    session.watch(follow, "scene", *widgets)
    follow()
    pair = pn.Row(*widgets.values(), margin=0, sizing_mode="stretch_width")
    return pn.Column(chooser(chosen, "geography"), pair, margin=0, sizing_mode="stretch_width")
