"""How a page is looked at: zoom, open tab, hidden curves, theme. A part of a page's state."""

from typing import Any

import param

from engine.errors import InputError
from explorer.base import held, link
from explorer.base.held import Turn
from explorer.base.part import Part


class Look(Part):
    """What a person sees of the picture, and in which colours; `base.zoom` and `base.tabs` follow it."""

    view = held.NumericTuple(
        default=None, length=4, allow_None=True, turn=Turn.LOOK, optional=True,
        doc="Zoom of the maps x0, x1, y0, y1; empty shows all.",
    )  # fmt: skip
    theme = held.Selector(
        default="", objects=["", "light", "dark"], turn=Turn.LOOK, optional=True,
        doc="Empty is that of the reader's system.",
    )  # fmt: skip
    tab = held.Selector(
        default="", objects=[""], turn=Turn.LOOK, optional=True, doc="The tab that is open; empty is the one in front."
    )
    zooms = held.Dict(
        default={}, turn=Turn.LOOK, optional=True, doc="Zoomed axes of line figures, 'spectrum.x' -> its ends."
    )
    hidden = held.String(
        turn=Turn.LOOK, optional=True,
        doc="Curves taken away by a click on the legend, as 'spectrum.input,spectrum.error'.",
    )  # fmt: skip
    present = held.Selector(
        default="", objects=["", "yes"], label="Presentation", turn=Turn.LOOK, optional=True,
        doc="Large type, and no controls beside the picture.",
    )  # fmt: skip
    density = param.Number(default=1.0, bounds=(0.25, 8), doc="Pixels of the screen in one of the page's.")

    def toggle_present(self) -> None:
        """Into presentation and out of it."""
        self.present = "" if self.present else "yes"

    def check(self, name: str, given: Any, value: Any) -> None:
        if name == "view" and value and len(value) == 4 and not (value[0] < value[1] and value[2] < value[3]):
            raise InputError(f"The view cannot be {link.quote(given)}; it needs x0 < x1 and y0 < y1.")
