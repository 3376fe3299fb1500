"""The sidebar of the page "Explorer": widgets made from the parameters of its parts; nothing is decided here."""

from collections.abc import Mapping
from functools import cached_property

import panel as pn
import panel_material_ui as pmui
import param

from explorer.base.given import given
from explorer.base.widgets.choice import method_choice, source_choice
from explorer.base.widgets.forms import WIDGET, Settings, chooser, heading
from explorer.base.widgets.later import Make, Seldom, folded
from explorer.base.widgets.noise import NoiseChoice
from explorer.base.widgets.player import date_player
from explorer.drawing.lines import adjust
from explorer.pages.resolution.choices import large, limits, lower_map, stage, threshold
from explorer.pages.resolution.colour_controls import colour_controls
from explorer.pages.resolution.overlay_controls import overlay_controls
from explorer.pages.resolution.session import ResolutionSession
from explorer.pages.resolution.views.date_scores import DateScoresView
from explorer.pages.resolution.views.overview import Overview

WIDE = {"margin": 0, "sizing_mode": "stretch_width"}


class Controls(pn.viewable.Viewer):
    """Scene, input, method and view: one screen; folded what is seldom changed."""

    session = given(ResolutionSession)

    def __init__(
        self, session: ResolutionSession, beside_source: tuple = (), more: Mapping[str, Make] | None = None, **params
    ):
        """beside_source: what stands to the right of the choice of a source; more: what is folded below the view."""
        super().__init__(session=session, **params)
        self.more = dict(more or {})
        self.overview, self.beside_source = Overview(session), beside_source
        self.dates, self.date_scores = date_player(), DateScoresView(session)
        self.region = pmui.Select(label="Region", description=session.selection.param.region.doc, **WIDGET)
        self.factors: list[int] = []  # that its places stand for
        self.factor = pmui.IntSlider(
            label="Factor", description=session.input.param.factor.doc, start=0, end=1, value=0, show_value=False,
            tooltips=False, **(WIDGET | {"margin": (2, 14)}),
        )  # fmt: skip
        self.dates.param.watch(lambda event: self._take(session.selection, "time", event.new), "value")
        self.region.param.watch(lambda event: self._take(session.selection, "region", event.new), "value")
        self.factor.param.watch(lambda event: self._take(session.input, "factor", self._factor(event.new)), "value")
        session.watch(self._follow, "source", "region", "time", "factor", "scene")
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
            adjust(self.region, options=named | box, value=chosen.region)
            self._offer_factors()
            adjust(self.dates, options=list(chosen.param.time.objects), value=chosen.time)
        finally:
            self._following = False

    def _factor(self, place: int) -> int:
        """The factor at a place of the slider."""
        return self.factors[min(place, len(self.factors) - 1)]

    def _offer_factors(self) -> None:
        """A place of the slider for each factor; it is said above."""
        factor, self.factors = self.session.input.factor, self.session.factors
        last = max(len(self.factors) - 1, 1)
        adjust(self.factor, end=last, value=self.factors.index(factor), label=f"Factor ×{factor}")

    def toggle_player(self) -> None:
        """Play through the dates, or pause."""
        self.dates.direction = 0 if self.dates.direction else 1

    def __panel__(self):
        return pn.Column(
            heading("Scene"), self._scene(), heading("Input"), self._input(), heading("Method"), self._method(),
            heading("View"), self._view(), margin=(0, 6), sizing_mode="stretch_width",
        )  # fmt: skip

    def _scene(self) -> pn.Column:
        session = self.session
        return pn.Column(
            pn.Row(source_choice(session), *self.beside_source, margin=0),
            pn.Row(self.region, chooser(session.input, "field", width=96, sizing_mode=None), margin=0),
            self.overview, self.dates, self.date_scores, **WIDE,
        )  # fmt: skip

    def _input(self) -> pn.Column:
        made = self.session.input
        width = Seldom(lambda: chooser(made, "width_km", pmui.FloatInput))
        width.show(made.low_pass)
        self.session.watch(lambda *_: width.show(made.low_pass), "degradation")
        kernel = pn.Row(chooser(made, "degradation"), chooser(made, "sampling"), margin=0)
        noise = NoiseChoice(self.session, made)
        return pn.Column(self.factor, pn.Row(kernel, width, margin=0), noise, **WIDE)

    @cached_property
    def settings(self) -> Settings:
        return Settings(self.session.chosen)

    def _method(self) -> pn.Column:
        chosen, comparison = self.session.chosen, self.session.comparison
        first = pn.Row(
            method_choice(self.session, chosen, "method"),
            chooser(chosen, "seed", pmui.IntInput, width=84, sizing_mode=None),
            margin=0,
        )
        more = folded({"Settings": lambda: self.settings.__panel__(), "Settings of B": self._beside})
        return pn.Column(first, method_choice(self.session, comparison, "method_b", "none"), more, **WIDE)

    def _beside(self) -> pn.Column:
        return pn.Column(Settings(self.session.comparison, "configured_b"), **WIDE)

    def _view(self) -> pn.Column:
        more = folded(
            {"Maps": self._maps, "Colours": self._colours, "Lines": lambda: overlay_controls(self.session)} | self.more
        )
        return pn.Column(stage(self.session), more, **WIDE)

    def _maps(self) -> pn.Column:
        lower = (lower_map(self.session, name) for name in ("lower_a", "lower_b"))
        return pn.Column(large(self.session), *lower, **WIDE)

    def _colours(self) -> pn.Column:
        return pn.Column(colour_controls(self.session), limits(self.session), threshold(self.session), **WIDE)
