"""The controls: widgets made from the session's and the method's parameters; nothing is decided here."""

from typing import Any

import holoviews as hv
import numpy as np
import panel as pn
import panel_material_ui as pmui
import param
from bokeh.events import SelectionGeometry
from bokeh.models import BoxSelectTool, LinearColorMapper, Range1d

from engine.grid import Grid
from engine.methods import Method, settings
from explorer.drawing.lines import adjust, keep_aspect, rendered
from explorer.base.looks import PLAYER
from explorer.drawing.palette import LAND, colours, limits
from explorer.pages.resolution.session import Session
from explorer.base.session import Working

WIDGET = {"size": "small", "margin": (5, 4), "sizing_mode": "stretch_width"}
WIDE = 1e4  # an upper bound of what has no scale of its own
WELCOME = (
    "<b>What you see.</b> The <i>input</i> is what a coarse instrument would give. A method makes the "
    "<i>prediction</i> from it alone; the <i>truth</i> was hidden from it. <i>Error</i> and <i>spectrum</i> tell what "
    "was added and what was invented. Change anything here: the picture follows, and the address bar links to it."
)
SMALL = {"& .MuiAccordionSummary-root": {"minHeight": "34px"}, "& .MuiTypography-root": {"fontSize": "0.9rem"}}


def welcome(text: str = WELCOME) -> pn.pane.HTML:
    """Three lines for the first visit."""
    return pn.pane.HTML(f"<div style='font-size:12px;line-height:1.35;opacity:.85'>{text}</div>", margin=(6, 12))


def heading(text: str) -> pn.pane.HTML:
    style = "font-size:11px;font-weight:700;letter-spacing:.08em;text-transform:uppercase;opacity:.6"
    return pn.pane.HTML(f"<div style='{style}'>{text}</div>", margin=(6, 4, 0, 4))


def declared() -> hv.Overlay:
    """A small map and the box of a region."""
    blank = hv.Image(np.zeros((2, 2), np.float32), bounds=(0, 0, 1, 1), kdims=["x", "y"], vdims=["value"])
    drawn = blank.opts(responsive=True, xaxis=None, yaxis=None, toolbar=None, default_tools=[]) * hv.Rectangles(
        [(0, 0, 1, 1)]
    ).opts(fill_alpha=0.08, line_color="#ff3d7f", line_width=2)
    return drawn


class Overview(pn.viewable.Viewer):
    """The whole domain with the present region; dragging a box chooses another."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        f = self.figure = rendered("overview", declared)
        self.image, self.box = (r.data_source for r in f.renderers)
        self.mapper = LinearColorMapper(palette=["#000000"], nan_color=LAND)
        f.renderers[0].glyph.color_mapper = self.mapper
        f.name, f.x_range, f.y_range = "overview", Range1d(0, 1), Range1d(0, 1)
        tool = BoxSelectTool(renderers=[], persistent=False)
        f.tools = [tool]
        f.toolbar.active_drag = tool
        f.min_border = 2
        f.on_event(SelectionGeometry, self._chosen)
        f.update(height=112, sizing_mode="stretch_width")
        self.view = pn.pane.Bokeh(f, height=112, sizing_mode="stretch_width", margin=(2, 4))
        self.fit, self._drawn = keep_aspect(f), ("", "")
        session.param.watch(self._draw, ["scene", "region"])

    def _draw(self, *_) -> None:
        data = self.session.data
        try:
            if self._drawn != (data.key, data.stamp):
                field = data.overview()
                x0, x1, y0, y1 = Grid.of(field).extent
                values = np.ascontiguousarray(field.values, dtype=np.float32)
                low, high = limits(values, str(field.name))
                self.mapper.update(palette=colours(str(field.name)), low=low, high=high)
                self.image.data = {"image": [values], "x": [x0], "y": [y0], "dw": [x1 - x0], "dh": [y1 - y0]}
                self.fit.data = {"box": [x0, x1, y0, y1, Grid.of(field).aspect]}
                self._drawn = (data.key, data.stamp)
            region = data.find_region(self.session.region)
        except Exception:  # a plug-in's may be of any kind
            return  # opening the scene meets it too, and the session says it
        self.box.data = {"left": [region.x[0]], "right": [region.x[1]], "bottom": [region.y[0]], "top": [region.y[1]]}

    def _chosen(self, event: SelectionGeometry) -> None:
        g = event.geometry
        if event.final and g.get("type") == "rect":
            self.session.region = ",".join(f"{bound:.5g}" for bound in (g["x0"], g["x1"], g["y0"], g["y1"]))

    def __panel__(self):
        hint = "<div style='font-size:11px;opacity:.6;text-align:center'>drag a box to choose a region</div>"
        return pn.Column(self.view, pn.pane.HTML(hint, margin=0, sizing_mode="stretch_width"), margin=0)


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
    return isinstance(parameter, param.Number) and bool(parameter.bounds) and (parameter.bounds[1] or 0) >= WIDE


def arrow_step(parameter: param.Parameter, value: Any) -> dict[str, float]:
    """How far an arrow leads where any order of magnitude may be: half a unit of the first digit."""
    if not _wide(parameter):
        return {}
    size = abs(value or 0) or abs(parameter.default or 0) or 1.0
    return {"step": 0.5 * 10.0 ** float(np.floor(np.log10(size)))}


class Own(pn.viewable.Viewer):
    """The method's own settings. Widgets stay as long as methods have the same ones: making them takes 0.2 s."""

    session = param.ClassSelector(class_=Working)

    def __init__(self, session: Working, which: str = "configured", **params):
        """which: the session's parameter that holds the method."""
        super().__init__(session=session, **params)
        self._which = which
        self.view = pn.Column(sizing_mode="stretch_width", margin=0)
        self.widgets: dict[str, pn.viewable.Viewable] = {}
        self._forms: dict[str, tuple[type, dict]] = {}
        self._following = False
        session.param.watch(self._adopt, [which])
        self._adopt()

    @property
    def method(self) -> Method | None:
        return getattr(self.session, self._which)

    def _adopt(self, *_) -> None:
        method = self.method
        if method is None:
            self._forms, self.view[:] = {}, []
            return
        forms = {name: form(method.param[name]) for name in settings(method)}
        if forms != self._forms:
            self._forms = forms
            self.widgets = {
                name: kind(value=getattr(method, name), **options) for name, (kind, options) in forms.items()
            }
            for name, widget in self.widgets.items():
                widget.param.watch(lambda event, name=name: self._take(name, event.new), "value")
            self.view[:] = list(self.widgets.values())
        method.param.watch(self._follow, settings(method))
        self._follow()

    def _follow(self, *_) -> None:
        self._following = True
        for name, widget in self.widgets.items():
            value = getattr(self.method, name)
            adjust(widget, value=value, **arrow_step(self.method.param[name], value))
        self._following = False

    def _take(self, name: str, value) -> None:
        if self._following or (value is None and not self.method.param[name].allow_None):
            return
        try:
            setattr(self.method, name, value)
        except ValueError:  # out of bounds, where the widget has none on that side
            self._follow()

    def __panel__(self):
        return self.view


class Controls(pn.viewable.Viewer):
    """The sidebar."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, beside_source: tuple = (), **params):
        """beside_source: what stands to the right of the choice of a source."""
        super().__init__(session=session, **params)
        self.overview, self.beside_source = Overview(session), beside_source
        self.own = Own(session)
        self.dates = pmui.DiscretePlayer(
            options=[""], interval=900, show_loop_controls=False, show_value=True, label="Date",
            visible_buttons=["previous", "play", "pause", "next"], sizing_mode="stretch_width", margin=(0, 4),
            sx=PLAYER,
        )  # fmt: skip
        self.region = pmui.Select(label="Region", description=session.param.region.doc, **WIDGET)
        self.factor = pmui.Select(label="Factor", description=session.param.factor.doc, **WIDGET)
        self.dates.param.watch(lambda event: self._take("time", event.new), "value")
        self.region.param.watch(lambda event: self._take("region", event.new), "value")
        self.factor.param.watch(lambda event: self._take("factor", event.new), "value")
        session.param.watch(self._follow, ["source", "region", "time", "factor"])
        self._following = False
        self._follow()

    def _take(self, name: str, value) -> None:
        if not self._following and value is not None:
            setattr(self.session, name, value)

    def _follow(self, *_) -> None:
        """Bring the widgets with changing options up to date with the session."""
        session, self._following = self.session, True
        try:
            named = {region.title: key for key, region in session.data.regions.items()}
            box = {} if session.region in named.values() else {f"Box {session.region}": session.region}
            factors = sorted({*session.data.factors, session.factor})
            adjust(self.region, options=named | box, value=session.region)
            adjust(self.factor, options={f"× {factor}": factor for factor in factors}, value=session.factor)
            adjust(self.dates, options=list(session.param.time.objects), value=session.time)
        finally:
            self._following = False

    def toggle_player(self) -> None:
        """Play through the dates, or pause."""
        self.dates.direction = 0 if self.dates.direction else 1

    def _select(self, name: str, kind=pmui.Select, **options) -> pn.viewable.Viewable:
        return kind.from_param(self.session.param[name], description=self.session.param[name].doc, **(WIDGET | options))

    def _limits(self) -> pn.viewable.Viewable:
        """Two numbers for the fields' colours, two for the error's, with fit and lock."""
        session = self.session
        about = "Where the colours of the {} {}; in their unit."
        inputs = {
            role: [
                pmui.FloatInput(label=f"{text} {end}", description=about.format(kind, does), **WIDGET)
                for end, does in (("min", "start"), ("max", "end"))
            ]
            for role, text, kind in (("field", "Fields", "fields"), ("error", "Error", "errors"))
        }
        state = {"following": False}

        def follow(*_):
            state["following"] = True
            for role, pair in inputs.items():
                for widget, value in zip(pair, session.limits.get(role, (None, None)), strict=True):
                    adjust(widget, value=value)
            state["following"] = False

        def take(role):
            low, high = (widget.value for widget in inputs[role])
            if not state["following"] and low is not None and high is not None and low < high:
                session.limits = {**session.limits, role: (low, high)}

        for role, pair in inputs.items():
            for widget in pair:
                widget.param.watch(lambda event, role=role: take(role), "value")
        session.param.watch(follow, "limits")
        fit = pmui.Button(
            label="Fit", variant="outlined", size="small", margin=(8, 4), on_click=lambda _: session.fit()
        )  # fmt: skip
        lock = pmui.Switch.from_param(session.param.lock, description=session.param.lock.doc, margin=(10, 6))
        return pn.Column(*(pn.Row(*pair, margin=0) for pair in inputs.values()), pn.Row(fit, lock, margin=0), margin=0)

    def __panel__(self):
        scene = pn.Column(
            pn.Row(self._select("source"), *self.beside_source, margin=0),
            pn.Row(self.region, self._select("field", width=96, sizing_mode=None), margin=0), self.overview, self.dates,
            margin=0, sizing_mode="stretch_width", css_classes=["tour-scene"],
        )  # fmt: skip
        width = self._select("width_km", pmui.FloatInput)
        width.visible = self.session.low_pass
        self.session.param.watch(lambda *_: setattr(width, "visible", self.session.low_pass), "degradation")
        noise = self._select("noise", pmui.FloatInput, step=0.01)
        self.session.param.watch(lambda *_: adjust(noise, label=f"Noise ({self.session.units})"), "scene")
        degradation = pn.Column(
            pn.Row(self.factor, self._select("degradation"), margin=0),
            pn.Row(width, noise, margin=0),
            margin=0, sizing_mode="stretch_width",
        )  # fmt: skip
        method = pn.Column(
            pn.Row(self._select("method"), self._select("seed", pmui.IntInput, width=84, sizing_mode=None), margin=0),
            self.own, margin=0, sizing_mode="stretch_width", css_classes=["tour-method"],
        )  # fmt: skip
        compare = pn.Column(
            self._select("method_b"), Own(self.session, "configured_b"), self._swipe(),
            margin=0, sizing_mode="stretch_width",
        )  # fmt: skip
        show = pn.Column(
            self._choice("lower_a"),
            self._choice("lower_b"),
            self._limits(),
            self._threshold(),
            margin=0,
            sizing_mode="stretch_width",
        )
        more = pmui.Accordion(
            ("Compare", compare), ("Display", show), active=[], margin=(4, 0), sizing_mode="stretch_width", sx=SMALL
        )
        return pn.Column(
            heading("Scene"), scene, heading("Input"), degradation, heading("Method"), method, more,
            margin=(0, 6), sizing_mode="stretch_width",
        )  # fmt: skip

    def _threshold(self) -> pn.viewable.Viewable:
        """Of the event whose probability is shown; methods of one field give none."""
        session, widget = self.session, self._select("threshold", pmui.FloatInput, step=0.1)

        def follow(*_) -> None:
            adjust(widget, visible=session.ensemble, label=f"Threshold of the event ({session.units})")

        session.param.watch(follow, ["scene", "configured"])
        follow()
        return widget

    def _swipe(self) -> pn.viewable.Viewable:
        """A switch for the two maps over each other, and which they are."""
        session, following = self.session, {"now": False}
        switch = pmui.Switch(label="Swipe between two maps", description=session.param.swipe.doc, margin=(8, 6))
        upper = dict(session.shown_choices)
        pair = [
            pmui.Select(
                label=f"{side} map",
                description=f"What lies {side.lower()} of the line.",
                options=upper,
                value=key,
                visible=False,
                **WIDGET,
            )
            for side, key in (("Left", "input"), ("Right", "estimate"))
        ]

        def follow(*_) -> None:
            following["now"], shown = True, session.swiped
            adjust(switch, value=shown is not None)
            for widget, key in zip(pair, shown or [widget.value for widget in pair], strict=True):
                offered = session.shown_choices
                kept = (
                    {} if key in offered.values() else {key: key}
                )  # a browser would answer an unknown one with another
                adjust(widget, options=offered | kept, value=key, visible=shown is not None)
            following["now"] = False

        def take(event) -> None:
            if following["now"]:
                return
            if event.obj is switch and event.new:
                beside = "b:estimate" if session.method_b else "truth" if session.judgeable else "input"
                session.swipe = f"estimate,{beside}"
            elif event.obj is switch:
                session.swipe = ""
            elif session.swiped is not None and event.new:
                session.swipe = ",".join(widget.value for widget in pair)

        for widget in (switch, *pair):
            widget.param.watch(take, "value")
        session.param.watch(follow, ["lower_choices", "swipe"])
        return pn.Column(switch, *pair, margin=0, sizing_mode="stretch_width")

    def _choice(self, name: str) -> pn.viewable.Viewable:
        """A select whose options are what the scene can show in a lower map."""
        session = self.session
        about = session.param[name]
        widget, state = pmui.Select(label=about.label, description=about.doc, **WIDGET), {"following": False}

        def follow(*_):
            chosen, offered = getattr(session, name), session.lower_choices
            state["following"] = True  # a link may name what only its scene, still to come, can show
            adjust(widget, options=offered, value=chosen if chosen in offered.values() else None)
            state["following"] = False

        def take(event):
            if event.new and not state["following"]:
                setattr(session, name, event.new)

        widget.param.watch(take, "value")
        session.param.watch(follow, ["lower_choices", name])
        return widget
