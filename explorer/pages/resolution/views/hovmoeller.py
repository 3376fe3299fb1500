"""Hovmöller diagrams of prediction, truth (else input) and error along the transect, or the row of the probe."""

from typing import cast

import numpy as np
import panel as pn
from bokeh.events import Tap
from bokeh.models import Range1d
from bokeh.models.axes import Axis

from explorer.base.given import given
from explorer.base.page import BOTH
from explorer.drawing.dates import edges
from explorer.drawing.hovmoeller import Hovmoeller
from explorer.drawing.lines import adjust, pretty
from explorer.pages.resolution.evolution import Evolution
from explorer.pages.resolution.moments import Moment

DIAGRAMS = {"estimate": "Prediction", "truth": "Truth", "input": "Input", "error": "Error"}


class Diagrams(pn.viewable.Viewer):
    """Distance by date, in the colours of the maps; a click chooses a date."""

    evolution = given(Evolution)

    def __init__(self, evolution: Evolution, **params):
        super().__init__(evolution=evolution, **params)
        self.ranges = Range1d(start=0, end=1), Range1d(start=0, end=1)
        self.diagrams = {name: Hovmoeller(f"hovmoeller_{name}", self.ranges) for name in DIAGRAMS}
        for number, diagram in enumerate(self.diagrams.values()):
            diagram.figure.on_event(Tap, lambda event: evolution.choose(event.y))
            cast(Axis, diagram.figure.left[0]).visible = number == 0
        self.diagrams["estimate"].bar.visible = False  # the one beside it is for both
        self.view = pn.Row(*(diagram.view for diagram in self.diagrams.values()), **BOTH)

    def draw(self) -> None:
        """What is known so far."""
        asked, session = self.evolution.asked, self.evolution.session
        if asked is None or asked.line is None:
            return
        dates, times = self.evolution.axis
        self.mark()
        length = asked.line.length
        start, end = edges(times)
        self.ranges[0].update(start=0.0, end=length, reset_start=0.0, reset_end=length)
        self.ranges[1].update(start=start[0], end=end[-1], reset_start=start[0], reset_end=end[-1])
        judged = session.display.judgeable
        for name, diagram in self.diagrams.items():
            picture = session.display.picture(name)
            rows = {time: _row(self.evolution.found.get(date), name) for date, time in zip(dates, times, strict=True)}
            known = {time: row for time, row in rows.items() if row is not None and not (name == "input" and judged)}
            adjust(diagram.view, visible=bool(known))
            if known and picture is not None and session.display.can_fit(picture):
                units = pretty(picture.field.attrs["units"])
                title = DIAGRAMS[name] + (f" ({units})" if units else "")
                diagram.show(title, known, times, length, picture.role, session.display.limits_of(picture))

    def mark(self) -> None:
        """The line at the date that is shown."""
        for diagram in self.diagrams.values():
            diagram.now.location = self.evolution.now

    def __panel__(self):
        return self.view


def _row(at: Moment | None, name: str) -> np.ndarray | None:
    """What a diagram shows of a date."""
    if at is None or name != "error":
        return None if at is None else at.line.get(name)
    both = at.line.get("estimate"), at.line.get("truth")
    return None if both[0] is None or both[1] is None else both[0] - both[1]
