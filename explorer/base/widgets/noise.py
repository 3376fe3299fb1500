"""The noise of an input: a number, beside it the two choices that have a meaning; of one's own file what it says."""

import html

import panel as pn
import panel_material_ui as pmui

from engine.lexicon import VARIABLES
from engine.observation.noise import INSTRUMENT, Instrument
from engine.scenes.own import is_own
from explorer.base.given import given
from explorer.base.selection import Input
from explorer.base.session import Session
from explorer.base.widgets.forms import WIDGET
from explorer.base.widgets.later import Seldom
from explorer.drawing.lines import adjust, pretty
from explorer.drawing.noisy import FREE, PUBLISHED, UNSTATED, amount

NUMBER = "number"  # another size than the two
SILENT = "The file does not say how wrong its values are: give their noise as a standard deviation, if you know it."
SMALL = "font-size:calc(12*var(--px,1px));line-height:1.35;opacity:.85"


class NoiseChoice(pn.viewable.Viewer):
    """As published, as a real instrument, or a number of one's own."""

    session = given(Session)
    made = given(Input)

    def __init__(self, session: Session, made: Input, **params):
        """made: how the page's input is made."""
        super().__init__(session=session, made=made, **params)
        self._following = False
        self.choice = pmui.Select(label="Noise", options={PUBLISHED: 0.0}, value=0.0, **WIDGET)
        self.number = pmui.FloatInput(
            label="Size", value=0.0, start=0, end=10, step=0.01, width=84, size="small", margin=(5, 4),
            description=made.param.noise.doc,
        )  # fmt: skip
        self.told = Seldom(lambda: pn.pane.HTML("", margin=(0, 8), sizing_mode="stretch_width"))
        self.choice.param.watch(self._chosen, "value")
        self.number.param.watch(lambda event: self._take(event.new), "value")
        session.watch(self._follow, "noise", "field", "source", "scene")
        self._follow()

    @property
    def known(self) -> Instrument | None:
        """What the data set says of a real instrument's noise."""
        return self.session.data.instrument(self.made.field)

    @property
    def units(self) -> str:
        """The field's unit; of a field that nobody knows the one of the scene that is shown."""
        field = self.made.field
        return VARIABLES[field].units if field in VARIABLES else self.session.units

    def _take(self, value: float | str | None) -> None:
        if not self._following and value is not None:
            self.made.noise = value

    def _chosen(self, event) -> None:
        if event.new != NUMBER:
            self._take(event.new)

    def _follow(self, *_) -> None:
        noise, known, self._following = self.made.noise, self.known, True
        try:
            word = noise if noise in (0.0, INSTRUMENT) else NUMBER
            adjust(self.choice, options=self._options(known), value=word, description=self._about(known))
            size = noise if noise != INSTRUMENT else known.noise if known is not None else None
            adjust(self.number, value=size, label=f"Size ({pretty(self.units)})" if pretty(self.units) else "Size")
            self._tell(known)
        finally:
            self._following = False

    def _options(self, known: Instrument | None) -> dict[str, float | str]:
        data = self.session.data
        free = UNSTATED if data.coarse else FREE if is_own(data.key) else PUBLISHED
        out: dict[str, float | str] = {free[:1].upper() + free[1:]: 0.0}
        if known is not None:
            real = "place by place, from the file" if known.noise is None else amount(known.noise, self.units)
            out[f"As a real instrument ({real})" if known.noise is not None else f"Noise {real}"] = INSTRUMENT
        elif self.made.noise == INSTRUMENT:  # as a link asks for it: the scene says why it cannot be had
            out["As a real instrument (not known)"] = INSTRUMENT
        return out | ({"Of another size": NUMBER} if self.made.noise not in (0.0, INSTRUMENT) else {})

    def _about(self, known: Instrument | None) -> str:
        """The choice explained: of a real instrument by its source."""
        told = f" A real instrument: as {known.source}." if known is not None else ""
        return f"Whether the input is free of noise or has as much as a real instrument.{told}"

    def _tell(self, known: Instrument | None) -> None:
        """Of a person's own file: whether it says how wrong its values are."""
        own = is_own(self.session.data.key)
        text = SILENT if known is None else f"How wrong its values are, {known.source} at every place."
        self.told.show(own, object=f"<div style='{SMALL}'>{html.escape(text)}</div>")

    def __panel__(self):
        row = pn.Row(self.choice, self.number, margin=0, sizing_mode="stretch_width")
        return pn.Column(row, self.told, margin=0, sizing_mode="stretch_width")
