"""The sidebar of the page "Failure cases": what is scored, by which score it is shown, how far it is."""

import html

import panel as pn
import panel_material_ui as pmui
import param

from engine.errors import InputError
from explorer.drawing.lines import adjust
from explorer.pages.failures.session import FailureSession
from explorer.base.wording import count, lasting

GREETING = (
    "<b>What you see.</b> Methods are scored on many dates and regions in the background. The heat map shows where and "
    "when one is bad, or worse than another. Click a cell or a row: at the side is <i>why it failed</i> there."
)
WIDE = {"margin": (5, 4), "sizing_mode": "stretch_width"}
WIDGET = WIDE | {"size": "small"}
CHIPS = {"& .MuiChip-root": {"height": "22px", "fontSize": "11px"}, "& .MuiSelect-select": {"padding": "6px 10px"}}


class FailureControls(pn.viewable.Viewer):
    """What is scored, by which score it is shown; beside_source: what stands beside the choice of a data set."""

    session = param.ClassSelector(class_=FailureSession)

    def __init__(self, session: FailureSession, beside_source: tuple[pn.viewable.Viewable, ...] = (), **params):
        super().__init__(session=session, **params)
        self._following, self._beside_source = False, beside_source
        self.factor = pmui.Select(label="Factor", **WIDGET)
        self.methods = pmui.MultiChoice(label="Methods", description=session.param.methods.doc, sx=CHIPS, **WIDE)
        self.regions = pmui.MultiChoice(label="Regions", description=session.param.regions.doc, sx=CHIPS, **WIDE)
        self.more = pmui.TextInput(
            label="Add a method with settings", placeholder="bicubic:consistent=true",
            description="KEY:name=value,name=value, as on the command line.", **WIDGET,
        )  # fmt: skip
        self.dates = pmui.TextInput(
            label="Only these dates", placeholder="all of the split", description=session.param.dates.doc, **WIDGET
        )
        for name in ("factor", "methods", "regions", "dates"):
            getattr(self, name).param.watch(lambda event, name=name: self._take(name, event.new), "value")
        self.more.param.watch(self._add, "value")
        session.param.watch(self._follow, ["source", "factor", "methods", "regions", "dates"])
        self._follow()

    def _take(self, name: str, value) -> None:
        """Hand a choice to the session; one that it refuses is told, and the widget goes back."""
        if self._following or value is None or value == getattr(self.session, name):
            return
        try:
            self.session.check(name, value, value)
        except InputError as error:
            self.session.message = str(error)
            self._follow()
        else:
            setattr(self.session, name, value)

    def _add(self, event) -> None:
        text = (event.new or "").strip()
        if text:
            self._take("methods", list(dict.fromkeys([*self.session.methods, text])))
            if text in self.session.methods:
                self.more.value = ""

    def _follow(self, *_) -> None:
        session, self._following = self.session, True
        try:
            factors = sorted({*session.data.factors, session.factor})
            named = {region.title: key for key, region in session.data.regions.items()}
            boxes = {f"Box {text}": text for text in session.regions if text not in named.values()}
            kinds = {title: key for title, key in session.offered.items()}
            own = {session.title_of(text): text for text in session.methods}
            adjust(self.factor, options={f"× {factor}": factor for factor in factors}, value=session.factor)
            adjust(self.regions, options=named | boxes, value=list(session.regions))
            adjust(self.methods, options=kinds | own, value=list(session.methods))
            adjust(self.dates, value=session.dates)
        finally:
            self._following = False

    def _select(self, name: str, kind=pmui.Select, **options) -> pn.viewable.Viewable:
        return kind.from_param(self.session.param[name], description=self.session.param[name].doc, **(WIDGET | options))

    def __panel__(self):
        width, noise = self._select("width_km", pmui.FloatInput), self._select("noise", pmui.FloatInput, step=0.01)
        finer = pn.Column(
            pn.Row(width, noise, margin=0), pn.Row(self._select("seed", pmui.IntInput)), self.more, margin=0
        )
        small = {"& .MuiAccordionSummary-root": {"minHeight": "34px"}, "& .MuiTypography-root": {"fontSize": "0.9rem"}}
        return pn.Column(
            pn.Row(self._select("source"), *self._beside_source, margin=0),
            pn.Row(self._select("field"), self.factor, margin=0),
            self._select("degradation"),
            self.methods, self.regions,
            pn.Row(self._select("split"), self.dates, margin=0),
            self._select("score"),
            pn.Row(self._select("shown"), self._select("against"), margin=0),
            pmui.Accordion(("Kernel, noise, seed, own settings", finer), active=[], margin=(4, 0),
                           sizing_mode="stretch_width", sx=small),
            margin=(0, 6), sizing_mode="stretch_width",
        )  # fmt: skip


class Evaluator(pn.viewable.Viewer):
    """Run and cancel, how far it is, how long it will take."""

    session = param.ClassSelector(class_=FailureSession)

    def __init__(self, session: FailureSession, **params):
        super().__init__(session=session, **params)
        options = {"size": "small", "margin": (4, 4), "width": 84}
        self.run = pmui.Button(label="Run", on_click=lambda _: session.run(), **options)
        self.cancel = pmui.Button(
            label="Cancel", variant="outlined", disabled=True, on_click=lambda _: session.cancel(), **options
        )
        self.bar = pmui.LinearProgress(value=0, variant="determinate", sizing_mode="stretch_width", margin=(2, 8))
        self.text = pn.pane.HTML("", margin=(0, 8), sizing_mode="stretch_width")
        session.param.watch(self._draw, ["running", "progress", "scenes_left", "frame", "total"])
        self._draw()

    def _draw(self, *_) -> None:
        session = self.session
        adjust(self.run, disabled=session.running or not session.scenes_left)
        adjust(self.cancel, disabled=not session.running)
        adjust(self.bar, value=int(100 * (session.progress or 0)), visible=session.running)
        self.text.object = f"<div style='font-size:12px'>{html.escape(progress(session))}{training(session)}</div>"

    def __panel__(self):
        always = {
            "position": "sticky",
            "bottom": "0",
            "z-index": "3",
            "background": "var(--mui-palette-background-paper)",
        }
        buttons = pn.Row(self.run, self.cancel, margin=0, sizing_mode="stretch_width")
        return pn.Column(buttons, self.bar, self.text, margin=0, sizing_mode="stretch_width", styles=always)


def progress(session: FailureSession) -> str:
    """How far the evaluation is, in one line."""
    done = len(session.frame)
    if session.running and session.scenes_left:
        left = f", about {lasting(session.time_left)} left" if session.progress else ""
        return f"{done} of {session.total} rows; {count(session.scenes_left, 'scene')} to go{left}"
    if not session.scenes_left and session.total:
        return f"Complete: {count(session.total, 'row')}."
    if not done:
        return ""
    return f"{done} of {count(session.total, 'row')}; Run scores {count(session.scenes_left, 'other scene')}."


def training(session: FailureSession) -> str:
    """A warning where methods may have seen the dates."""
    seen = session.training
    style = "color:#fff;background:#c0392b;border-radius:9px;padding:1px 9px;margin-top:3px;font-weight:600"
    words = f"{seen} of {len(session.chosen_dates)} are TRAINING dates: networks have seen them"
    return f"<div style='{style}'>{words}</div>" if seen else ""
