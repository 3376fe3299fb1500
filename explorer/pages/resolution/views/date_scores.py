"""A thin curve under the date slider: how the method does on every date, beside bicubic interpolation."""

import holoviews as hv
import numpy as np
import panel as pn
from bokeh.events import Tap
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from bokeh.plotting import figure as Figure

from explorer.base.given import given
from explorer.base.widgets.later import Seldom
from explorer.drawing.copies import glyphs, rendered
from explorer.drawing.dates import now
from explorer.drawing.lines import adjust, pretty
from explorer.pages.resolution.date_scores import DateScores
from explorer.pages.resolution.session import ResolutionSession

HEIGHT = 44
COLOURS = {"method": "#0072b2", "bicubic": "#8a8a8a"}
TIPS = [("", "@label"), ("RMSE", "@method{0.0000}"), ("of bicubic", "@bicubic{0.0000}")]
SMALL = "font-size:calc(12*var(--px,1px));line-height:1.2"


def declared() -> hv.Overlay:
    """Two curves, and dots where one date is known alone."""
    points = [(0.0, 0.0), (1.0, 1.0)]
    curves = [hv.Curve(points, "x", name).opts(color=COLOURS[name], line_width=1.4) for name in COLOURS]
    dots = [hv.Points(points, ["x", name]).opts(color=COLOURS[name], size=4) for name in COLOURS]
    return hv.Overlay([*curves, *dots]).opts(
        responsive=True, xaxis=None, yaxis=None, toolbar=None, title="", show_legend=False
    )


def dressed(f: Figure) -> None:
    """No frame and no tools but a pointer.

    Args:
        f: A figure of `declared`, changed in place.
    """
    f.title, f.outline_line_color, f.min_border = None, None, 0
    f.grid.grid_line_color = None
    f.tools = [HoverTool(tooltips=TIPS, mode="vline", renderers=[glyphs(f)[2]])]
    f.toolbar_location = None


class DateScoresView(pn.viewable.Viewer):
    """Made when two dates are known; a click chooses a date."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        self.scores = DateScores(session)
        self.view = Seldom(self._make)
        session.watch(self._draw, "errors", "source")
        session.watch(self._mark, "time")

    @property
    def dates(self) -> list[str]:
        return list(self.session.selection.param.time.objects)

    def _make(self) -> pn.Column:
        f = self.figure = rendered("date scores", declared, dressed)
        f.name, f.x_range, f.y_range = "date_scores", Range1d(start=0, end=1), Range1d(start=0, end=1)
        f.update(height=HEIGHT, sizing_mode="stretch_width")
        self.source = ColumnDataSource({name: [] for name in ("x", "label", *COLOURS)})
        for renderer in glyphs(f):
            renderer.data_source = self.source
        self.now = now("height")
        f.add_layout(self.now)
        f.on_event(Tap, lambda event: self.choose(event.x))
        self.words = pn.pane.HTML("", margin=(0, 4), sizing_mode="stretch_width")
        pane = pn.pane.Bokeh(f, height=HEIGHT, sizing_mode="stretch_width", margin=0)
        return pn.Column(self.words, pane, margin=(2, 0), sizing_mode="stretch_width")

    def choose(self, at: float) -> None:
        """Show the date at a place on the axis."""
        dates = self.dates
        self.session.selection.time = dates[min(max(round(at), 0), len(dates) - 1)]

    def _draw(self, *_) -> None:
        dates = self.dates
        known = {date: pair for date, pair in self.session.over_time.errors.items() if date in dates}
        self.view.show(len(known) > 1)
        if len(known) < 2:
            return
        values = np.array([known.get(date, (np.nan, np.nan)) for date in dates])
        columns = {"x": np.arange(len(dates)), "label": dates, "method": values[:, 0], "bicubic": values[:, 1]}
        self.source.data = columns
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        pad, side = 0.1 * (high - low) or 0.5, 0.012 * (len(dates) - 1)
        self.figure.y_range.update(start=low - pad, end=high + pad)
        self.figure.x_range.update(start=-side, end=len(dates) - 1 + side)
        self._mark()
        adjust(self.words, object=words(values, pretty(self.session.units), len(known)))

    def _mark(self, *_) -> None:
        if self.view.visible:
            self.now.location = float(self.dates.index(self.session.selection.time))

    def __panel__(self):
        return self.view


def words(values: np.ndarray, units: str, count: int) -> str:
    """What the curve is of.

    Args:
        values: RMSE of the method and of bicubic interpolation, (date, 2), NaN where they are not known.
        units: Theirs.
        count: How many dates are known.

    Returns:
        HTML.
    """
    means = dict(zip(COLOURS, np.nanmean(values, axis=0), strict=True))
    named = (f"<span style='color:{COLOURS[name]}'>●</span> {name} {mean:.3g} {units}" for name, mean in means.items())
    return f"<div style='{SMALL}'>RMSE by date, mean of {count}: {', '.join(named)}</div>"
