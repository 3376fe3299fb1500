"""Widgets whose options hang on what is on the screen: lower maps, colour limits, the event, the maps of a swipe."""

import panel as pn
import panel_material_ui as pmui

from explorer.base.widgets.forms import WIDGET
from explorer.drawing.lines import adjust, pretty
from explorer.jobs.events import event
from explorer.pages.resolution.session import ResolutionSession


def lower_map(session: ResolutionSession, name: str) -> pn.viewable.Viewable:
    """A select whose options are what the scene can show in a lower map."""
    display, about = session.display, session.display.param[name]
    widget, state = pmui.Select(label=about.label, description=about.doc, **WIDGET), {"following": False}

    def follow(*_) -> None:
        chosen, offered = getattr(display, name), display.lower_choices
        state["following"] = True  # a link may name what only its scene, still to come, can show
        adjust(widget, options=offered, value=chosen if chosen in offered.values() else None)
        state["following"] = False

    def take(event) -> None:
        if event.new and not state["following"]:
            setattr(display, name, event.new)

    widget.param.watch(take, "value")
    session.watch(follow, "lower_choices", name)
    follow()
    return widget


def limits(session: ResolutionSession) -> pn.viewable.Viewable:
    """Two numbers for the fields' colours, two for the error's, with fit and lock."""
    display, about = session.display, "Where the colours of the {} {}; in their unit."
    inputs = {
        role: [
            pmui.FloatInput(label=f"{text} {end}", description=about.format(kind, does), **WIDGET)
            for end, does in (("min", "start"), ("max", "end"))
        ]
        for role, text, kind in (("field", "Fields", "fields"), ("error", "Error", "errors"))
    }
    state = {"following": False}

    def follow(*_) -> None:
        state["following"] = True
        for role, pair in inputs.items():
            for widget, value in zip(pair, display.limits.get(role, (None, None)), strict=True):
                adjust(widget, value=value)
        state["following"] = False

    def take(role) -> None:
        low, high = (widget.value for widget in inputs[role])
        if not state["following"] and low is not None and high is not None and low < high:
            display.limits = {**display.limits, role: (low, high)}

    for role, pair in inputs.items():
        for widget in pair:
            widget.param.watch(lambda event, role=role: take(role), "value")
    session.watch(follow, "limits")
    follow()
    fit = pmui.Button(
        label="Fit", variant="outlined", size="small", margin=(8, 4), on_click=lambda _: display.fit()
    )  # fmt: skip
    lock = pmui.Switch.from_param(display.param.lock, description=display.param.lock.doc, margin=(10, 6))
    return pn.Column(*(pn.Row(*pair, margin=0) for pair in inputs.values()), pn.Row(fit, lock, margin=0), margin=0)


def threshold(session: ResolutionSession) -> pn.viewable.Viewable:
    """Of the event whose probability is shown, the usual one until another is set; methods of one field give none."""
    display, following = session.display, {"now": False}
    widget = pmui.FloatInput(description=display.param.threshold.doc, step=0.1, **WIDGET)

    def follow(*_) -> None:
        scene, seen = session.outcome.scene, session.chosen.ensemble
        known = event(scene, display.threshold)[0] if seen and scene is not None else display.threshold
        following["now"] = True
        adjust(widget, visible=seen, label=f"Threshold of the event ({pretty(session.units)})", value=known)
        following["now"] = False

    def take(change) -> None:
        if not following["now"]:
            display.threshold = change.new

    widget.param.watch(take, "value")
    session.watch(follow, "scene", "configured", "threshold")
    follow()
    return widget


def swipe(session: ResolutionSession) -> pn.viewable.Viewable:
    """A switch for the two maps over each other, and which they are."""
    display, comparison, following = session.display, session.comparison, {"now": False}
    about = comparison.param.swipe
    switch = pmui.Switch(label="Swipe between two maps", description=about.doc, margin=(8, 6))
    pair = [
        pmui.Select(
            label=f"{side} map", description=f"What lies {side.lower()} of the line.", options=dict(display.choices),
            value=key, visible=False, **WIDGET,
        )
        for side, key in (("Left", "input"), ("Right", "estimate"))
    ]  # fmt: skip

    def follow(*_) -> None:
        following["now"], shown = True, comparison.swiped
        adjust(switch, value=shown is not None)
        for widget, key in zip(pair, shown or [widget.value for widget in pair], strict=True):
            offered = display.choices
            kept = {} if key in offered.values() else {key: key}  # a browser would answer an unknown one with another
            adjust(widget, options=offered | kept, value=key, visible=shown is not None)
        following["now"] = False

    def take(event) -> None:
        if following["now"]:
            return
        if event.obj is switch and event.new:
            beside = "b:estimate" if comparison.method_b else "truth" if display.judgeable else "input"
            comparison.swipe = f"estimate,{beside}"
        elif event.obj is switch:
            comparison.swipe = ""
        elif comparison.swiped is not None and event.new:
            comparison.swipe = ",".join(widget.value for widget in pair)

    for widget in (switch, *pair):
        widget.param.watch(take, "value")
    session.watch(follow, "lower_choices", "swipe")
    follow()
    return pn.Column(switch, *pair, margin=0, sizing_mode="stretch_width")
