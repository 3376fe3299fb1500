"""The sidebar of the page "Failure cases": what is scored, and by which score it is shown."""

import panel as pn
import panel_material_ui as pmui

from engine.errors import InputError
from explorer.base.given import given
from explorer.base.offers import of_methods
from explorer.base.part import Part
from explorer.base.widgets.choice import source_choice
from explorer.base.widgets.forms import WIDGET, chooser
from explorer.base.widgets.later import sections
from explorer.base.widgets.noise import NoiseChoice
from explorer.drawing.lines import adjust
from explorer.pages.failures.request import title_of
from explorer.pages.failures.session import FailureSession

GREETING = (
    "<b>What you see.</b> Methods are scored on many dates and regions in the background. The heat map shows where and "
    "when one is bad, or worse than another. Click a cell or a row: at the side is <i>why it failed</i> there."
)
WIDE = {"margin": (5, 4), "sizing_mode": "stretch_width"}
CHIPS = {
    "& .MuiChip-root": {"height": "22px", "fontSize": "calc(12*var(--px,1px))"},
    "& .MuiSelect-select": {"padding": "10px 10px 6px"},
}


class FailureControls(pn.viewable.Viewer):
    """What is scored, by which score it is shown; beside_source: what stands beside the choice of a data set."""

    session = given(FailureSession)

    def __init__(self, session: FailureSession, beside_source: tuple[pn.viewable.Viewer, ...] = (), **params):
        super().__init__(session=session, **params)
        request, self._following, self._beside_source = session.request, False, beside_source
        self.factor = pmui.Select(label="Factor", **WIDGET)
        self.methods = pmui.MultiChoice(label="Methods", description=request.param.methods.doc, sx=CHIPS, **WIDE)
        self.regions = pmui.MultiChoice(label="Regions", description=request.param.regions.doc, sx=CHIPS, **WIDE)
        self.more = pmui.TextInput(
            label="Add a method with settings", placeholder="bicubic:consistent=true",
            description="KEY:name=value,name=value, as on the command line.", **WIDGET,
        )  # fmt: skip
        self.dates = pmui.TextInput(
            label="Only these dates", placeholder="all of the split", description=request.param.dates.doc, **WIDGET
        )
        owners = {"factor": session.input, "methods": request, "regions": request, "dates": request}
        for name, part in owners.items():
            getattr(self, name).param.watch(
                lambda event, part=part, name=name: self._take(part, name, event.new), "value"
            )
        self.more.param.watch(self._add, "value")
        session.watch(self._follow, *session.OUTLINED, "methods", "regions", "dates")
        self._follow()

    def _take(self, part: Part, name: str, value) -> None:
        """Hand a choice to the session; one that it refuses is told, and the widget goes back."""
        if self._following or value is None or value == getattr(part, name):
            return
        try:
            part.check(name, value, value)
        except InputError as error:
            self.session.run.message = str(error)
            self._follow()
        else:
            setattr(part, name, value)

    def _add(self, event) -> None:
        text, request = (event.new or "").strip(), self.session.request
        if text:
            self._take(request, "methods", list(dict.fromkeys([*request.methods, text])))
            if text in request.methods:
                self.more.value = ""

    def _follow(self, *_) -> None:
        session, request, self._following = self.session, self.session.request, True
        try:
            factors = sorted({*session.data.factors, session.input.factor})
            named = {region.title: key for key, region in session.data.regions.items()}
            boxes = {f"Box {text}": text for text in request.regions if text not in named.values()}
            own = {title_of(text): text for text in request.methods}
            adjust(self.factor, options={f"× {factor}": factor for factor in factors}, value=session.input.factor)
            adjust(self.regions, options=named | boxes, value=list(request.regions))
            offers = of_methods(request.offered, session.outline, {})
            grey = [offer.key for offer in offers if offer.obstacle and offer.key not in request.methods]
            options = {offer.label if offer.key in grey else offer.title: offer.key for offer in offers}
            adjust(self.methods, options=options | own, value=list(request.methods), disabled_options=grey)
            adjust(self.dates, value=request.dates)
        finally:
            self._following = False

    def __panel__(self):
        session = self.session
        return pn.Column(
            pn.Row(source_choice(session), *self._beside_source, margin=0),
            pn.Row(chooser(session.input, "field"), self.factor, margin=0),
            chooser(session.input, "degradation"),
            self.methods, self.regions,
            pn.Row(chooser(session.request, "split"), self.dates, margin=0),
            chooser(session.scored, "score"),
            pn.Row(chooser(session.scored, "shown"), chooser(session.scored, "against"), margin=0),
            sections({"Kernel, noise, gaps, seed, own settings": self._finer}),
            margin=(0, 6), sizing_mode="stretch_width",
        )  # fmt: skip

    def _finer(self) -> pn.Column:
        made = self.session.input
        width = chooser(made, "width_km", pmui.FloatInput)
        seed = chooser(self.session.request, "seed", pmui.IntInput)
        sampling, noise = chooser(made, "sampling"), NoiseChoice(self.session, made)
        return pn.Column(noise, pn.Row(width, sampling, margin=0), pn.Row(seed), self.more, margin=0)
