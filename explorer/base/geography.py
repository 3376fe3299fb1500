"""Whether maps show where on the earth they are. A part of a page's state."""

from explorer.base import held
from explorer.base.held import Turn
from explorer.base.part import Part


class Geography(Part):
    """Coastline and graticule; a map of no real place has the outline of its own mask."""

    geography = held.Selector(
        default="", objects={"Coast and graticule": "", "Coast": "coast", "None": "none"}, label="Geography",
        turn=Turn.LOOK, optional=True,
        doc="Coastlines (GSHHG), meridians and parallels of real data; of simulated ones the outline of their land.",
    )  # fmt: skip

    @property
    def coast(self) -> bool:
        return self.geography != "none"

    @property
    def graticule(self) -> bool:
        return self.geography == ""
