"""The sidebar of the page "Explorer": widgets made from the parameters of its parts; nothing is decided here."""

import panel as pn
import panel_material_ui as pmui
import param

from explorer.base.given import given
from explorer.base.widgets.forms import PLAYER, WIDGET, Settings, chooser, heading
from explorer.base.widgets.later import sections
from explorer.drawing.lines import adjust
from explorer.pages.resolution.choices import limits, lower_map, swipe, threshold
from explorer.pages.resolution.session import ResolutionSession
from explorer.pages.resolution.views.overview import Overview

GREETING = (
    "<b>What you see.</b> The <i>input</i> is what a coarse instrument would give. A method makes the "
    "<i>prediction</i> from it alone; the <i>truth</i> was hidden from it. <i>Error</i> and <i>spectrum</i> tell what "
    "was added and what was invented. Change anything here: the picture follows, and the address bar links to it."
)
WIDE = {"margin": 0, "sizing_mode": "stretch_width"}


class Controls(pn.viewable.Viewer):
    """Scene, input and method; folded below them what is compared and how it is shown."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, beside_source: tuple = (), **params):
        """beside_source: what stands to the right of the choice of a source."""
        super().__init__(session=session, **params)
        self.overview, self.beside_source = Overview(session), beside_source
        self.settings = Settings(session.chosen)
        self.dates = pmui.DiscretePlayer(
            options=[""], interval=900, show_loop_controls=False, show_value=True, label="Date",
            visible_buttons=["previous", "play", "pause", "next"], sizing_mode="stretch_width", margin=(0, 4),
            sx=PLAYER,
        )  # fmt: skip
        self.region = pmui.Select(label="Region", description=session.selection.param.region.doc, **WIDGET)
        self.factor = pmui.Select(label="Factor", description=session.input.param.factor.doc, **WIDGET)
        self.dates.param.watch(lambda event: self._take(session.selection, "time", event.new), "value")
        self.region.param.watch(lambda event: self._take(session.selection, "region", event.new), "value")
        self.factor.param.watch(lambda event: self._take(session.input, "factor", event.new), "value")
        session.watch(self._follow, "source", "region", "time", "factor")
        self._following = False
        self._follow()

    def _take(self, part: param.Parameterized, name: str, value) -> None:
        if not self._following and value is not None:
            setattr(part, name, value)

    def _follow(self, *_) -> None:
        """Bring the widgets with changing options up to date with the session."""
        session, chosen, self._following = self.session, self.session.selection, True
        try:
            named = {region.title: key for key, region in session.data.regions.items()}
            box = {} if chosen.region in named.values() else {f"Box {chosen.region}": chosen.region}
            factors = sorted({*session.data.factors, session.input.factor})
            adjust(self.region, options=named | box, value=chosen.region)
            adjust(self.factor, options={f"× {factor}": factor for factor in factors}, value=session.input.factor)
            adjust(self.dates, options=list(chosen.param.time.objects), value=chosen.time)
        finally:
            self._following = False

    def toggle_player(self) -> None:
        """Play through the dates, or pause."""
        self.dates.direction = 0 if self.dates.direction else 1

    def __panel__(self):
        more = sections({"Compare": self._compare, "Display": self._display})
        return pn.Column(
            heading("Scene"), self._scene(), heading("Input"), self._input(), heading("Method"), self._method(), more,
            margin=(0, 6), sizing_mode="stretch_width",
        )  # fmt: skip

    def _scene(self) -> pn.Column:
        session = self.session
        return pn.Column(
            pn.Row(chooser(session.selection, "source"), *self.beside_source, margin=0),
            pn.Row(self.region, chooser(session.input, "field", width=96, sizing_mode=None), margin=0),
            self.overview, self.dates, css_classes=["tour-scene"], **WIDE,
        )  # fmt: skip

    def _input(self) -> pn.Column:
        made = self.session.input
        width, noise = chooser(made, "width_km", pmui.FloatInput), chooser(made, "noise", pmui.FloatInput, step=0.01)
        width.visible = made.low_pass
        self.session.watch(lambda *_: setattr(width, "visible", made.low_pass), "degradation")
        self.session.watch(lambda *_: adjust(noise, label=f"Noise ({self.session.units})"), "scene")
        return pn.Column(
            pn.Row(self.factor, chooser(made, "degradation"), margin=0), pn.Row(width, noise, margin=0), **WIDE
        )

    def _method(self) -> pn.Column:
        chosen = self.session.chosen
        first = pn.Row(
            chooser(chosen, "method"), chooser(chosen, "seed", pmui.IntInput, width=84, sizing_mode=None), margin=0
        )
        return pn.Column(first, self.settings, css_classes=["tour-method"], **WIDE)

    def _compare(self) -> pn.Column:
        comparison = self.session.comparison
        beside = Settings(comparison, "configured_b")
        return pn.Column(chooser(comparison, "method_b"), beside, swipe(self.session), **WIDE)

    def _display(self) -> pn.Column:
        lower = (lower_map(self.session, name) for name in ("lower_a", "lower_b"))
        return pn.Column(*lower, limits(self.session), threshold(self.session), **WIDE)
