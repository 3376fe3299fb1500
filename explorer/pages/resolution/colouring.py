"""How the maps are coloured: colour map, logarithmic scale, unit, limits by percentile. A part of the state."""

from engine.lexicon import CONVERSIONS, others
from explorer.base import held
from explorer.base.held import Turn
from explorer.base.part import Part
from explorer.drawing import palette
from explorer.drawing.lines import pretty
from explorer.drawing.style import Style

USUAL = "usual"
UNITS = dict.fromkeys(known.units for several in CONVERSIONS.values() for known in several)


class Colouring(Part):
    """What a person wants instead of the usual; scores, spectra and files keep the unit of the data."""

    colours = held.Selector(
        default="", objects={USUAL: ""} | {name: name for name in palette.SEQUENTIAL}, label="Colour map",
        turn=Turn.LOOK, optional=True,
        doc="Of the field: input, prediction, truth and members. All are perceptually uniform: equal steps look equal.",
    )  # fmt: skip
    signed = held.Selector(
        default="", objects={USUAL: ""} | {name: name for name in palette.DIVERGING}, label="Colours around zero",
        turn=Turn.LOOK, optional=True, doc="Of errors, differences and all else that has a sign.",
    )  # fmt: skip
    scale = held.Selector(
        default="", objects={"linear": "", "logarithmic": "log"}, label="Scale", turn=Turn.LOOK, optional=True,
        doc="Logarithmic: equal steps of colour are equal ratios, in maps without negative values.",
    )  # fmt: skip
    units = held.Selector(
        default="", objects={"as stored": ""} | {pretty(name): name for name in UNITS}, label="Unit", turn=Turn.LOOK,
        optional=True, doc="Of maps, probe and transect; scores, spectra and files keep that of the data.",
    )  # fmt: skip
    percent = held.Number(
        default=None, allow_None=True, bounds=(0, 25), step=0.5, label="Beyond the limits (%)", turn=Turn.LOOK,
        optional=True, doc="Share of the truth's cells above the upper limit, and below the lower one; empty is 0.5.",
    )  # fmt: skip

    def fit(self, units: str) -> None:
        """Drop a unit that values of another one cannot be read in."""
        if self.units not in others(units):
            self.units = ""

    @property
    def style(self) -> Style:
        """All of it."""
        percent = palette.PERCENT if self.percent is None else self.percent
        return Style(self.colours, self.signed, self.scale == "log", self.units, percent)
