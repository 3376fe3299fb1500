"""The controls: widgets made from the session's and the method's parameters; nothing is decided here."""

import holoviews as hv
import numpy as np
import panel as pn
import panel_material_ui as pmui
import param
from bokeh.events import SelectionGeometry
from bokeh.models import BoxSelectTool, LinearColorMapper, Range1d

from engine.errors import InputError
from engine.grid import Grid
from engine.methods import settings
from explorer.drawing import adjust, keep_aspect, rendered
from explorer.palette import LAND, colours, limits
from explorer.session import Session

WIDGET = {"size": "small", "margin": (5, 4), "sizing_mode": "stretch_width"}
WELCOME = (
    "<b>What you see.</b> The <i>input</i> is what a coarse instrument would give. A method makes the "
    "<i>prediction</i> from it alone; the <i>truth</i> was hidden from it. <i>Error</i> and <i>spectrum</i> tell what "
    "was added and what was invented. Change anything here: the picture follows, and the address bar links to it."
)
SMALL = {"& .MuiAccordionSummary-root": {"minHeight": "34px"}, "& .MuiTypography-root": {"fontSize": "0.9rem"}}


def welcome() -> pn.pane.HTML:
    """Three lines for the first visit."""
    return pn.pane.HTML(f"<div style='font-size:12px;line-height:1.35;opacity:.85'>{WELCOME}</div>", margin=(6, 12))


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
        self.fit, self._drawn = keep_aspect(f), ""
        session.param.watch(self._draw, ["scene", "region"])

    def _draw(self, *_) -> None:
        data = self.session.data
        try:
            if self._drawn != data.key:
                field = data.overview()
                x0, x1, y0, y1 = Grid.of(field).extent
                values = np.ascontiguousarray(field.values, dtype=np.float32)
                low, high = limits(values, str(field.name))
                self.mapper.update(palette=colours(str(field.name)), low=low, high=high)
                self.image.data = {"image": [values], "x": [x0], "y": [y0], "dw": [x1 - x0], "dh": [y1 - y0]}
                self.fit.data = {"box": [x0, x1, y0, y1, Grid.of(field).aspect]}
                self._drawn = data.key
            region = data.find_region(self.session.region)
        except InputError:
            return  # the session has said it already
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
    low, high = parameter.bounds or (None, None)
    whole = isinstance(parameter, param.Integer)
    options = about | WIDGET | {"start": low, "end": high} | ({"step": parameter.step} if parameter.step else {})
    if low is None or high is None:
        return (pmui.IntInput if whole else pmui.FloatInput), options
    return (pmui.IntSlider if whole else pmui.FloatSlider), options


class Own(pn.viewable.Viewer):
    """The method's own settings. Widgets stay as long as methods have the same ones: making them takes 0.2 s."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        self.view = pn.Column(sizing_mode="stretch_width", margin=0)
        self.widgets: dict[str, pn.viewable.Viewable] = {}
        self._forms: dict[str, tuple[type, dict]] = {}
        self._following = False
        session.param.watch(self._adopt, ["configured"])
        self._adopt()

    def _adopt(self, *_) -> None:
        method = self.session.configured
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
            adjust(widget, value=getattr(self.session.configured, name))
        self._following = False

    def _take(self, name: str, value) -> None:
        if self._following or value is None:
            return
        try:
            setattr(self.session.configured, name, value)
        except ValueError:  # out of bounds, where the widget has none on that side
            self._follow()

    def __panel__(self):
        return self.view


class Controls(pn.viewable.Viewer):
    """The sidebar."""

    session = param.ClassSelector(class_=Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        self.overview = Overview(session)
        self.own = Own(session)
        self.dates = pmui.DiscretePlayer(
            options=[""], interval=900, show_loop_controls=False, show_value=True, label="Date",
            visible_buttons=["previous", "play", "pause", "next"], sizing_mode="stretch_width", margin=(0, 4),
        )  # fmt: skip
        self.region = pmui.Select(label="Region", **WIDGET)
        self.factor = pmui.Select(label="Factor", **WIDGET)
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
        inputs = {role: [pmui.FloatInput(label=f"{text} {end}", **WIDGET) for end in ("min", "max")]
                  for role, text in (("field", "Fields"), ("error", "Error"))}  # fmt: skip
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
        )
        lock = pmui.Switch.from_param(session.param.lock, margin=(10, 6))
        return pn.Column(*(pn.Row(*pair, margin=0) for pair in inputs.values()), pn.Row(fit, lock, margin=0), margin=0)

    def __panel__(self):
        scene = pn.Column(
            self._select("source"), pn.Row(self.region, self._select("field", width=96, sizing_mode=None), margin=0),
            self.overview, self.dates, margin=0, sizing_mode="stretch_width",
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
            self.own, margin=0, sizing_mode="stretch_width",
        )  # fmt: skip
        show = pn.Column(
            self._choice("lower_a"), self._choice("lower_b"), self._limits(), margin=0, sizing_mode="stretch_width"
        )
        more = pmui.Accordion(("Display", show), active=[], margin=(4, 0), sizing_mode="stretch_width", sx=SMALL)
        return pn.Column(
            heading("Scene"), scene, heading("Input"), degradation, heading("Method"), method, more,
            margin=(0, 6), sizing_mode="stretch_width",
        )  # fmt: skip

    def _choice(self, name: str) -> pn.viewable.Viewable:
        """A select whose options are what the scene can show in a lower map."""
        session = self.session
        widget, state = pmui.Select(label=session.param[name].label, **WIDGET), {"following": False}

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
