"""Values at the probe over time: lines and dots, and the members' fan."""

import numpy as np
import panel as pn
from bokeh.events import Tap
from bokeh.models import HoverTool
from bokeh.models.sources import ColumnDataSource

from explorer.base.given import given
from explorer.base.zoom import LineZoom
from explorer.drawing.dates import dated, edges, now
from explorer.drawing.lines import LINES, feed, line_figure, pretty, title_pane, title_text, titled
from explorer.pages.resolution.evolution import Evolution
from explorer.pages.resolution.moments import Moment

RANGES = ((0, 100), (25, 75))  # per cent of the members: all of them, the middle half

CURVES = ("truth", "input", "estimate")


class Series(pn.viewable.Viewer):
    """What input, prediction, members and truth have at the probe, date by date; a click chooses a date."""

    evolution = given(Evolution)

    def __init__(self, evolution: Evolution, **params):
        super().__init__(evolution=evolution, **params)
        tips = [("", "@label"), ("date", "@x{%F}"), ("value", "@y{0.0000}")]
        f, self.sources = line_figure("series", "", "", CURVES, tips)
        self.figure = f
        next(tool for tool in f.tools if isinstance(tool, HoverTool)).formatters = {"@x": "datetime"}
        dated(f.xaxis[0])
        f.min_border_bottom = 24
        f.legend.update(location="top_left", orientation="horizontal")
        self.zoom, self.now = LineZoom(evolution.session.look, f, CURVES), now("height")
        f.add_layout(self.now)
        for curve, line in zip(CURVES, list(f.renderers), strict=True):
            dots = f.scatter("x", "y", source=self.sources[curve], size=4, color=LINES[curve][1])
            line.js_link("visible", dots, "visible")
        self.fan = [ColumnDataSource({"xs": [], "ys": []}) for _ in RANGES]
        for source in self.fan:
            f.patches("xs", "ys", source=source, color=LINES["members"][1], alpha=0.25, level="underlay")
        f.on_event(Tap, lambda event: evolution.choose(event.x))
        self.title = title_pane()
        self.view = titled(self.title, f)

    def draw(self) -> None:
        """What is known so far."""
        evolution = self.evolution
        dates, times = evolution.axis
        self.mark()
        found = [evolution.found.get(date, Moment()) for date in dates]
        values = {name: np.array([at.point.get(name, np.nan) for at in found]) for name in CURVES}
        lines = {name: (times, of) for name, of in values.items() if np.isfinite(of).any()}
        feed(self.figure, self.sources, lines)
        members = [at.members for at in found]
        for source, percent in zip(self.fan, RANGES, strict=True):
            xs, ys = fan(times, members, percent)
            source.data = {"xs": xs, "ys": ys}
        self._frame(times, np.concatenate([*values.values(), *members]))
        self._words(bool(lines), any(of.size for of in members))

    def mark(self) -> None:
        """The line at the date that is shown."""
        self.now.location = self.evolution.now

    def _frame(self, times: np.ndarray, heights: np.ndarray) -> None:
        heights = heights[np.isfinite(heights)]
        low, high = (heights.min(), heights.max()) if heights.size else (0.0, 1.0)
        pad = 0.08 * (high - low) or 0.5
        start, end = edges(times)
        self.zoom.fit((float(start[0]), float(end[-1])), (float(low - pad), float(high + 3 * pad)))
        self.figure.yaxis.axis_label = f"({pretty(self.evolution.session.units)})"

    def _words(self, some: bool, shaded: bool) -> None:
        place = self.evolution.session.display.probe
        where = "" if place is None else f"At ({place[0]:.4g}, {place[1]:.4g})"
        where += "; shaded: all members, darker their middle half" if shaded else ""
        waits = self.evolution.run.busy or not self.evolution.found
        self.title.object = title_text(where if some or waits else f"{where}: land or missing on all dates")

    def __panel__(self):
        return self.view


def fan(times: np.ndarray, members: list[np.ndarray], percent: tuple[int, int]) -> tuple[list, list]:
    """Outlines of the band that holds a share of the members, one for each row of dates without a gap.

    Args:
        times: Of all dates, rising (n,).
        members: Their values on each date; none where there are no members.
        percent: Lower and upper end of the share.

    Returns:
        x and y of the outlines: there at the lower end and back at the upper one.
    """
    known = np.array([bool(of.size) and bool(np.isfinite(of).all()) for of in members])
    runs = np.split(np.flatnonzero(known), np.flatnonzero(np.diff(np.flatnonzero(known)) > 1) + 1)
    xs, ys = [], []
    for run in runs:
        ends = np.array([np.percentile(members[number], percent) for number in run]).reshape(-1, 2)
        xs.append(np.concatenate([times[run], times[run][::-1]]))
        ys.append(np.concatenate([ends[:, 0], ends[::-1, 1]]))
    return xs, ys
