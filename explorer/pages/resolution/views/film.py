"""How the first member came out of the noise: what the network saw at each call, and what it took it for."""

import holoviews as hv
import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, LinearColorMapper, Range1d

from explorer.base.given import given
from explorer.drawing import coded
from explorer.drawing.copies import glyphs, rendered, sources
from explorer.drawing.lines import dim, keep_aspect, thinned, title_pane, title_text, titled
from explorer.drawing.mapping import mapped
from explorer.drawing.palette import colours
from explorer.drawing.style import in_data
from explorer.pages.resolution.session import ResolutionSession

hv.extension("bokeh", logo=False)

PIXELS, FRAMES = 56, 10  # of a frame's longer side; how many frames are shown of a longer film
GAP, LEFT = 0.06, 0.66  # between frames and for the words before them, in a frame's width
NOISE = (-3.0, 3.0)  # colour limits of a field of unit variance
NONE = "Methods that start from noise show here how it becomes a field"


class Film(pn.viewable.Viewer):
    """Two rows of frames by network call: the noisy field above, the clean one that was seen in it below."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        self.figure = rendered("film", _frames)
        self.figure.update(
            x_range=Range1d(start=0, end=1), y_range=Range1d(start=0, end=1), title=None, match_aspect=True, name="film"
        )
        self.figure.toolbar_location = None
        self.figure.axis.visible = self.figure.grid.visible = False
        noisy, clean, _ = glyphs(self.figure)
        self.noisy, self.clean, self.words = sources(self.figure)
        noisy.glyph.color_mapper = LinearColorMapper(palette=colours("error"), low=NOISE[0], high=NOISE[1])
        self.mapper = clean.glyph.color_mapper = LinearColorMapper(palette=colours("ssh"))
        self.box = keep_aspect(self.figure)
        self.title = title_pane()
        self.view = titled(self.title, self.figure)
        session.watch(self._draw, "result", "limits", "style")
        session.watch(self._dim, "stale", "result")
        self._dim()
        self._draw()

    def _draw(self, *_) -> None:
        result = self.session.outcome.result
        shown = self.session.display.picture("estimate")
        if result is None or result.film is None or shown is None or not self.session.display.can_fit(shown):
            self.title.object = title_text(NONE)
            for source in (self.noisy, self.clean, self.words):
                source.data = {name: [] for name in source.data}
            return
        self.mapper.palette = colours(shown.role, chosen=shown.colours)
        limits = in_data(shown, self.session.display.limits_of(shown))
        clean = glyphs(self.figure)[1].glyph
        clean.color_mapper = mapped(self.mapper, clean.color_mapper, limits, shown.log)
        calls = chosen(result.film.sizes["call"])
        frames = {name: thinned(result.film[name].values[calls], PIXELS) for name in ("noisy", "clean")}
        tall = frames["clean"].shape[1] / frames["clean"].shape[2]
        left = [n * (1 + GAP) for n in range(len(calls))]
        _fill(self.noisy, frames["noisy"], left, tall + GAP, tall)
        _fill(self.clean, frames["clean"], left, 0.0, tall)
        self.words.data = {
            "x": [*(x + 0.5 for x in left), -LEFT / 2, -LEFT / 2],
            "y": [*[2 * tall + 2.5 * GAP] * len(left), 1.5 * tall + GAP, 0.5 * tall],
            "Label": [*(str(call + 1) for call in calls), "seen", "taken\nfor"],
        }
        self.box.data = {"box": [-LEFT, max(left[-1] + 1, 4.0), -GAP, 2 * tall + 5 * GAP, 1.0]}
        self.title.object = title_text("Member 1, call by call: what the network saw, and what it took it for")

    def _dim(self, *_) -> None:
        dim(self.view, self.session.outdated)

    def __panel__(self):
        return self.view


def chosen(count: int) -> list[int]:
    """Which of so many frames are shown: all, or `FRAMES` evenly spread from the first to the last."""
    return [int(n) for n in np.unique(np.linspace(0, count - 1, min(count, FRAMES)).round())]


def _fill(source: ColumnDataSource, images: np.ndarray, left: list[float], bottom: float, tall: float) -> None:
    count = len(images)
    values = {
        "image": list(map(coded.small, images)),
        "x": left,
        "y": [bottom] * count,
        "dw": [1.0] * count,
        "dh": [tall] * count,
    }
    source.data = {name: values.get(name, [None] * count) for name in source.data}


def _frames() -> hv.Overlay:
    """The declaration: two rows of images and the words beside and above them."""
    noisy, clean = (
        hv.Image(np.zeros((2, 2), np.float32), bounds=(0, n, 1, n + 1)).opts(tools=[], default_tools=[]) for n in (1, 0)
    )
    words = hv.Labels([(0.0, 0.0, "1")]).opts(
        text_color="#808080", text_font_size="12px", text_align="center", text_baseline="middle"
    )
    return (noisy * clean * words).opts(responsive=True, xaxis=None, yaxis=None, toolbar=None, title="")
