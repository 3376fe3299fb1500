"""How reliable an ensemble is: where the truth ranks among its members, and whether its probabilities come true."""

import holoviews as hv
import numpy as np
import panel as pn
from bokeh.models import Range1d

from explorer.base.given import given
from explorer.base.zoom import LineZoom
from explorer.drawing.copies import rendered, sources
from explorer.drawing.lines import dim, title_pane, title_text, titled
from explorer.jobs.resolution_run import reliability
from explorer.pages.resolution.session import ResolutionSession

hv.extension("bokeh", logo=False)

FEWEST = 50  # cells that were given a probability, before it is said how often it came true
NONE = "This method gives one field; an ensemble's members appear here"
SOON = "Press Run: the members appear here as they are made"


class Reliability(pn.viewable.Viewer):
    """Where the truth ranks among the members, and whether probabilities that many cells were given come true."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        self.ranks = rendered("ranks", lambda: _bars("members below the truth", "share of cells"))
        self.chances = rendered("chances", _diagram)
        for name, f in (("ranks", self.ranks), ("chances", self.chances)):
            f.update(name=name, title=None, min_border_left=50, min_border_bottom=40)
            f.toolbar.autohide, f.toolbar.logo = True, None
            f.x_range, f.y_range = Range1d(start=0, end=1), Range1d(start=0, end=1)
        self.zooms = [LineZoom(session.look, f) for f in (self.ranks, self.chances)]
        self.titles = title_pane(), title_pane()
        self.view = pn.Row(
            titled(self.titles[0], self.ranks), titled(self.titles[1], self.chances),
            sizing_mode="stretch_both", min_height=0,
        )  # fmt: skip
        session.watch(self._draw, "result", "threshold")
        session.watch(self._dim, "stale", "result")
        self._dim()
        self._draw()

    def _draw(self, *_) -> None:
        result = self.session.outcome.result
        if result is None or result.ranks is None:
            self._clear(self._why())
            return
        ranks, chances = result.ranks, reliability(result, self.session.display.threshold)
        share, count = ranks.values, ranks.size
        bars, flat = sources(self.ranks)
        bars.data = {name: _quads(share).get(name, [0] * share.size) for name in bars.data}
        flat.data = {"x": [-0.5, count - 0.5], "y": [1 / count] * 2}
        self.zooms[0].fit((-0.5, count - 0.5), (0, 1.1 * float(np.nanmax([*share, 2 / count]))))
        ratio = float(result.table["spread_skill"]) if result.table is not None else np.nan
        index = ranks.attrs["reliability_index"]
        so_far = f"{result.scored} members so far: " if result.scored else ""
        self.titles[0].object = title_text(f"{so_far}Ranks: index {index:.2f}; spread over skill {ratio:.2f}")
        chances = chances.isel(forecast=chances["cells"].values >= FEWEST)
        said, happened = chances["forecast"].values, chances["observed"].values
        line, ideal = sources(self.chances)
        self.zooms[1].fit((0, 1), (0, 1))
        line.data = {"x": said, "y": happened}
        ideal.data = {"x": [0, 1], "y": [0, 1]}
        self.titles[1].object = title_text(chances.attrs["event"])

    def _why(self) -> str:
        result = self.session.outcome.result
        if result is None or result.members is None:
            return SOON if self.session.chosen.ensemble else NONE
        if result.scene.truth is None:
            return "Without a truth nobody knows how reliable the members are"
        return "Two members at least" if result.judged else SOON

    def _clear(self, why: str) -> None:
        for f in (self.ranks, self.chances):
            for source in sources(f):
                source.data = {name: [] for name in source.data}
        self.titles[0].object, self.titles[1].object = title_text(why), title_text(" ")

    def _dim(self, *_) -> None:
        dim(self.view, self.session.outdated)

    def __panel__(self):
        return self.view


def _bars(x: str, y: str) -> hv.Overlay:
    """A histogram and the level that it would have if it were flat."""
    edges = np.arange(4) - 0.5
    bars = hv.Histogram((edges, np.ones(3)), kdims="x", vdims="y").opts(
        fill_color="#0072b2", line_color=None, alpha=0.8
    )
    flat = hv.Curve(([0.0, 1.0], [1.0, 1.0]), "x", "y").opts(color="#7f7f7f", line_dash="dashed", line_width=1.6)
    return (bars * flat).opts(responsive=True, title="", xlabel=x, ylabel=y, show_legend=False)


def _diagram() -> hv.Overlay:
    """How often it happened against how probable it was said to be, and where both agree."""
    x, y = "probability given", "how often it happened"
    found = hv.Curve(([0.0, 1.0], [0.0, 1.0]), "x", "y").opts(color="#0072b2", line_width=2.2)
    ideal = hv.Curve(([0.0, 1.0], [0.0, 1.0]), "x", "y").opts(color="#7f7f7f", line_dash="dashed", line_width=1.6)
    return (found * ideal).opts(responsive=True, title="", xlabel=x, ylabel=y, show_legend=False)


def _quads(share: np.ndarray) -> dict[str, list[float]]:
    """Bars of the ranks 0, 1, ... as Bokeh's quads take them."""
    ranks = np.arange(share.size)
    return {"left": [*(ranks - 0.5)], "right": [*(ranks + 0.5)], "top": [*share], "bottom": [0.0] * share.size}
