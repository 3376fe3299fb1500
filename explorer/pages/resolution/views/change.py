"""The change between two dates: of the truth and of the prediction, or of the input alone."""

import html

import numpy as np
import panel as pn
import xarray as xr
from bokeh.events import Tap

from engine import scores
from engine.grid import Grid
from explorer.base.given import given
from explorer.base.page import BOTH
from explorer.base.zoom import MapZoom
from explorer.drawing.lines import outline, pretty
from explorer.drawing.mosaic import Mosaic
from explorer.drawing.palette import limits
from explorer.drawing.panes import Frame, MapPane
from explorer.pages.resolution.evolution import Evolution

SMALL = {"font-size": "calc(12*var(--px,1px))", "line-height": "1.35"}


class Changes(pn.viewable.Viewer):
    """Two maps of one scale: what happened in truth, or in the input where nobody knows that; what was predicted."""

    evolution = given(Evolution)

    NAMES = ("truth", "estimate")

    def __init__(self, evolution: Evolution, **params):
        super().__init__(evolution=evolution, **params)
        self.frame, session = Frame(), evolution.session
        self.panes = {name: MapPane(self.frame, f"change_{name}") for name in self.NAMES}
        figures = [pane.figure for pane in self.panes.values()]
        self.zoom = MapZoom(session, self.frame, figures[0], figures, self.draw)
        for f in figures:
            f.on_event(Tap, lambda event: session.display.point(event.x, event.y))
        self.words = pn.pane.HTML("", styles=SMALL, margin=(0, 8), sizing_mode="stretch_width")
        self.mosaic = Mosaic([list(self.panes.values())])
        self.view = pn.Column(self.mosaic, self.words, **BOTH)

    def draw(self) -> None:
        """The change, as far as it is known."""
        change, scene = self.evolution.change, self.evolution.session.outcome.scene
        if change is None or scene is None:
            return
        grid = Grid.of(scene.problem.target)
        x0, x1, y0, y1 = self.evolution.session.look.view or grid.extent
        self.mosaic.fit((x1 - x0) * grid.aspect / (y1 - y0))
        lines = outline(scene.problem.mask)
        self.frame.coast.data = {"xs": [line[:, 0] for line in lines], "ys": [line[:, 1] for line in lines]}
        pictures = change.pictures
        first = pictures.get("truth", pictures["input"])
        shared = limits(first.field.values, "error")
        self.panes["truth"].show(first, shared, barred="estimate" not in pictures)
        self.panes["estimate"].show(pictures.get("estimate"), shared, change.refused or "Prediction: not run there yet")
        known = {"truth", "estimate"} <= set(pictures)
        self.words.object = html.escape(verdict(pictures["truth"].field, pictures["estimate"].field)) if known else ""

    def mark(self) -> None:
        """Nothing: the dates are in the titles."""

    def __panel__(self):
        return self.view


def verdict(truth: xr.DataArray, estimate: xr.DataArray) -> str:
    """How much of what happened the prediction tells.

    Args:
        truth: Change of the truth (y, x).
        estimate: Change of the prediction (y, x).

    Returns:
        A sentence.
    """
    moved, wrong = float(np.sqrt(np.nanmean(truth.values**2))), float(scores.rmse(estimate, truth))
    units = pretty(str(truth.attrs["units"]))
    together = float(scores.correlation(estimate, truth))
    return (
        f"The truth changes by {moved:.3g} {units} (root mean square); the prediction's change correlates with that by "
        f"{together:.2f}, and differs from it by {wrong:.3g} {units}."
    )
