"""Widgets for the colours of the maps."""

import panel as pn
import panel_material_ui as pmui

from engine.lexicon import others
from explorer.base.widgets.forms import WIDGET, chooser
from explorer.drawing.lines import adjust, pretty
from explorer.pages.resolution.session import ResolutionSession


def colour_controls(session: ResolutionSession) -> pn.Column:
    """Colour maps, scale and unit, and how much lies beyond the limits."""
    colouring = session.colouring
    maps = pn.Row(chooser(colouring, "colours"), chooser(colouring, "signed"), margin=0)
    read = pn.Row(chooser(colouring, "scale"), unit(session), margin=0)
    return pn.Column(maps, read, percent(session), margin=0, sizing_mode="stretch_width")


def percent(session: ResolutionSession) -> pn.viewable.Viewable:
    """How much lies beyond the limits; the usual share until somebody sets another."""
    colouring, about = session.colouring, session.colouring.param.percent
    low, high = about.bounds
    widget = pmui.FloatInput(
        label=about.label, description=about.doc, start=low, end=high, step=about.step, **WIDGET
    )  # fmt: skip

    def follow(*_) -> None:
        adjust(widget, value=colouring.style.percent)

    def take(event) -> None:
        if event.new is not None and event.new != colouring.style.percent:
            colouring.percent = event.new

    widget.param.watch(take, "value")
    session.watch(follow, "percent")
    follow()
    return widget


def unit(session: ResolutionSession) -> pn.viewable.Viewable:
    """The units that the field, or anything else on the maps, can be read in."""
    colouring, about, following = session.colouring, session.colouring.param.units, {"now": False}
    widget = pmui.Select(label=about.label, description=about.doc, **WIDGET)

    def follow(*_) -> None:
        following["now"], chosen = True, colouring.units
        offered = [*others(session.units), *([chosen] if chosen else [])]
        stored = f"{pretty(session.units)} (as stored)" if pretty(session.units) else "as stored"
        adjust(widget, options={stored: ""} | {pretty(name): name for name in offered}, value=chosen)
        following["now"] = False

    def take(event) -> None:
        if not following["now"] and event.new is not None:
            colouring.units = event.new

    widget.param.watch(take, "value")
    session.watch(follow, "scene", "units")
    follow()
    return widget
