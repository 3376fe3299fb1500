"""Which image, forecast and flow the page "Motion" shows, and what is missing in the images. A part of its state."""

from typing import Any

from engine.errors import InputError
from explorer.base import held
from explorer.base.held import Turn
from explorer.base.part import Part


class Images(Part):
    """Counted from 1, as people do."""

    gaps = held.Number(
        default=0.0, bounds=(0, 0.8), step=0.05, label="Missing", turn=Turn.SCENE,
        doc="Share of the cells taken away from every image.",
    )  # fmt: skip
    image = held.Integer(
        default=1, bounds=(1, 4), label="Image", turn=Turn.LOOK, doc="Which one is shown, with its flow."
    )
    lead = held.Integer(default=1, bounds=(1, 3), label="Lead time", turn=Turn.LOOK, doc="Which forecast is shown.")
    flow = held.Selector(
        default="arrows", objects={"Arrows": "arrows", "None": "none"}, label="On the image", turn=Turn.LOOK,
        doc="How the flow is drawn on the image; its colours are in the map beside it.",
    )  # fmt: skip
    flow_of = held.Selector(
        default="", objects={"Found": "", "True": "true"}, label="True flow", turn=Turn.LOOK, optional=True,
        doc="Show the true flow, where it is known, in place of the one that was found.",
    )  # fmt: skip
    iterate = held.Integer(
        default=None, allow_None=True, bounds=(1, None), label="Iterate", turn=Turn.LOOK, optional=True,
        doc="An earlier one; empty is the last one.",
    )  # fmt: skip

    def check(self, name: str, given: Any, value: Any) -> None:
        if name in ("image", "lead") and value is None:
            raise InputError(f"The {name} has to be a number.")

    def fit(self, images: int, leads: int) -> None:
        """Keep to so many images and lead times."""
        leads = max(leads, 1)
        self.param.image.bounds, self.param.lead.bounds = (1, images), (1, leads)
        self.param.update(image=min(self.image, images), lead=min(self.lead, leads))
