"""Widgets whose options hang on what is on the screen: lower maps, colour limits, the event, the stage."""

import panel as pn
import panel_material_ui as pmui

from explorer.base.widgets.forms import WIDGET, chooser
from explorer.drawing.lines import adjust, pretty
from explorer.jobs.events import event
from explorer.pages.resolution.session import ResolutionSession

WIDE = {"margin": 0, "sizing_mode": "stretch_width"}


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
            for widget, value in zip(pair, display.limits_shown(role), strict=True):
                adjust(widget, value=value)
        state["following"] = False

    def take(role) -> None:
        low, high = (widget.value for widget in inputs[role])
        if not state["following"] and low is not None and high is not None and low < high:
            display.limit(role, low, high)

    for role, pair in inputs.items():
        for widget in pair:
            widget.param.watch(lambda event, role=role: take(role), "value")
    session.watch(follow, "limits", "style")
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


def stage(session: ResolutionSession) -> pn.viewable.Viewable:
    """How many maps are large, and of which quantity; presentation."""
    part = session.stage
    count = pmui.RadioButtonGroup.from_param(
        part.param.stage, options={"1": "1", "Swipe": "swipe", "2": "2", "3": "3", "6": "6"}, label="", size="small",
        margin=(5, 4), sizing_mode="stretch_width", description=part.param.stage.doc,
        sx={"& .MuiToggleButton-root": {"minWidth": "0", "padding": "5px 2px"}},
    )  # fmt: skip
    present = pmui.Button(
        label="F", size="small", width=36, margin=(5, 4), variant="outlined", sx={"minWidth": "0"},
        description="Presentation: large type, no controls (key F)", on_click=lambda _: session.look.toggle_present(),
    )  # fmt: skip
    return pn.Column(pn.Row(count, present, margin=0), chooser(part, "quantity"), **WIDE)


def in_view(session: ResolutionSession) -> pn.viewable.Viewable:
    """Whether only what is in view is judged."""
    display, about = session.display, session.display.param.in_view
    box = pmui.Checkbox(label=about.label, description=about.doc, size="small", margin=(0, 8))
    box.param.watch(lambda event: display.param.update(in_view="yes" if event.new else ""), "value")
    session.watch(lambda *_: adjust(box, value=bool(display.in_view)), "in_view")
    adjust(box, value=bool(display.in_view))
    return box


def large(session: ResolutionSession) -> pn.viewable.Viewable:
    """Which maps are large, of one, two or three."""
    part, following = session.stage, {"now": False}
    places = [
        pmui.Select(label=f"Map {n}", options=dict(session.display.choices), visible=False, **WIDGET) for n in (1, 2, 3)
    ]

    def follow(*_) -> None:
        following["now"], keys = True, [] if part.stage == "6" else part.large
        offered = session.display.choices
        for widget, key in zip(places, [*keys, *[""] * 3][:3], strict=True):
            kept = {} if key in offered.values() else {key: key}  # a browser would answer an unknown one with another
            adjust(widget, options=offered | kept, value=key, visible=bool(key))
        following["now"] = False

    def take(event) -> None:
        if event.new and not following["now"]:
            part.shown = ",".join(widget.value for widget in places if widget.visible)

    for widget in places:
        widget.param.watch(take, "value")
    session.watch(follow, "lower_choices", "stage", "shown")
    follow()
    return pn.Column(*places, **WIDE)
