"""What the maps show at one place."""

import html

import numpy as np
import panel as pn

from engine.grid import Grid
from explorer.base.given import given
from explorer.base.widgets.text import number, page
from explorer.drawing import threefold
from explorer.drawing.lines import pretty
from explorer.pages.resolution.session import ResolutionSession
from explorer.pages.resolution.transect import sample


class Probe(pn.viewable.Viewer):
    """What every map shows at the probed position."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        self.view = page("<p>Click a map: its values appear here.</p>")
        session.watch(
            self._draw,
            "scene",
            "result",
            "result_b",
            "probe",
            "lower_a",
            "lower_b",
            "member",
            "threshold",
            "style",
            "developed",
        )
        self._draw()

    def _draw(self, *_) -> None:
        scene, display = self.session.outcome.scene, self.session.display
        if display.probe is None or scene is None:
            self.view.object = "<p>Click a map: its values appear here.</p>"
            return
        x, y = display.probe
        rows = []
        for key in dict.fromkeys(("input", "estimate", "truth", "error", display.lower_a, display.lower_b)):
            shown = display.picture(key)
            if shown is not None:
                value = float(sample(shown.field, np.array([x]), np.array([y]))[0])
                units = html.escape(pretty(shown.field.attrs["units"]))
                text = "land or missing" if np.isnan(value) else f"{number(value)} <small>{units}</small>"
                text = threefold.told(value) if shown.role == threefold.ROLE else text
                rows.append(f"<tr><td>{html.escape(shown.title)}</td><td>{text}</td></tr>")
        grid = Grid.of(scene.problem.target)
        where = f"{abs(x):.3f}°{'E' if x >= 0 else 'W'}, {abs(y):.3f}°{'N' if y >= 0 else 'S'}"
        where = where if grid.geographic else f"x = {x:.1f} {grid.units}, y = {y:.1f} {grid.units}"
        self.view.object = f"<p><b>{where}</b></p><table tabindex='0'>{''.join(rows)}</table>"

    def __panel__(self):
        return self.view
