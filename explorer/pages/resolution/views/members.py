"""The members of an ensemble: thumbnails to click, and how reliable they are."""

import holoviews as hv
import numpy as np
import panel as pn
import panel_material_ui as pmui
from bokeh.events import Tap
from bokeh.models import LinearColorMapper, Range1d

from explorer.base.given import given
from explorer.drawing import coded
from explorer.drawing.copies import glyphs, rendered, sources
from explorer.drawing.lines import adjust, dim, keep_aspect, thinned, title_pane, title_text, titled
from explorer.drawing.mapping import mapped
from explorer.drawing.palette import colours
from explorer.drawing.style import in_data
from explorer.pages.resolution.session import ResolutionSession

hv.extension("bokeh", logo=False)

PIXELS = 84  # of a thumbnail's longer side
PERIOD = 700  # ms that a member is shown while they are played
FEWEST = 50  # cells that were given a probability, before it is said how often it came true
GAP = 0.06  # between thumbnails, in their width
NONE = "This method gives one field; an ensemble's members appear here"
SOON = "Press Run: the members appear here as they are made"


class Members(pn.viewable.Viewer):
    """Thumbnails of all members on the maps' colours; a click shows one in the maps, another click their mean again.

    Play shows one after the other.
    """

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        self.figure = rendered("members", _thumbnails)
        self.figure.update(
            x_range=Range1d(start=0, end=1), y_range=Range1d(start=0, end=1), title=None, match_aspect=True,
            name="members",
        )  # fmt: skip
        self.figure.toolbar_location = None
        self.figure.axis.visible = self.figure.grid.visible = False
        images = glyphs(self.figure)[0]
        self.images, self.frame, self.numbers = sources(self.figure)
        self.mapper = images.glyph.color_mapper = LinearColorMapper(palette=colours("ssh"))
        self.box = keep_aspect(self.figure)
        self.title = title_pane()
        self.play = pmui.Toggle(
            label="Play", icon="play_arrow", value=False, size="small", variant="outlined", disabled=True, height=26,
            margin=(2, 8, 0, 8), description="Show one member after the other",
        )  # fmt: skip
        self._film: pn.io.PeriodicCallback | None = None
        self.view = pn.Row(
            titled(self.title, self.figure), self.play, sizing_mode="stretch_both", min_height=0, margin=0
        )
        self.play.param.watch(lambda event: self._play(event.new), "value")
        self.figure.on_event(Tap, self._tapped)  # type: ignore[arg-type]
        session.watch(self._draw, "result", "limits", "style", "configured")
        session.watch(self._mark, "result", "member")
        session.watch(self._dim, "stale", "result")
        self._dim()
        self._draw()

    def _play(self, on: bool) -> None:
        """Start or stop showing one member after the other; stopped, the maps show their mean again."""
        if self._film is not None:
            self._film.stop()
            self._film = None
        if on:
            self._film = pn.state.add_periodic_callback(self.advance, period=PERIOD)
        else:
            self.session.display.member = None

    def advance(self) -> None:
        """Show the next member; after the last comes the first."""
        result = self.session.outcome.result
        if result is not None and result.members is not None:
            self.session.display.member = (self.session.display.member or 0) % result.members.sizes["member"] + 1

    def _clear(self) -> None:
        adjust(self.play, disabled=True, value=False)
        self.title.object = title_text(SOON if self.session.chosen.ensemble else NONE)
        self.images.data = {name: [] for name in self.images.data}
        self.numbers.data = {name: [] for name in self.numbers.data}
        self.frame.data = {name: [] for name in self.frame.data}

    def _draw(self, *_) -> None:
        result = self.session.outcome.result
        if result is None or result.members is None:
            self._clear()
            return
        adjust(self.play, disabled=result.members.sizes["member"] < 2)
        small = thinned(result.members.values, PIXELS)
        left, bottom, wide, high = _places(small)
        shown = self.session.display.picture("estimate")
        if shown is None or not self.session.display.can_fit(shown):
            return
        self.mapper.palette = colours(shown.role, chosen=shown.colours)
        limits = in_data(shown, self.session.display.limits_of(shown))
        images = glyphs(self.figure)[0].glyph
        images.color_mapper = mapped(self.mapper, images.color_mapper, limits, shown.log)
        count = len(small)
        names = list(self.images.data)
        values = {
            "image": list(map(coded.small, small)),
            "x": left,
            "y": bottom,
            "dw": [wide] * count,
            "dh": [high] * count,
        }
        self.images.data = {name: values.get(name, [None] * count) for name in names}
        self.numbers.data = {
            "x": [x + 0.06 * wide for x in left],
            "y": [y + 0.04 * high for y in bottom],
            "Label": [str(n + 1) for n in range(count)],
        }
        self.box.data = {"box": [-GAP, max(left) + wide + GAP, min(bottom) - GAP, max(bottom) + high + GAP, 1.0]}
        self._mark()

    def _mark(self, *_) -> None:
        """Frame the member that the maps show, and say so."""
        result, member = self.session.outcome.result, self.session.display.member
        if result is None or result.members is None:
            return
        count = result.members.sizes["member"]
        what = f"member {member}" if member is not None and member <= count else "mean"
        self.title.object = title_text(f"{count} members; the maps show the {what} (click one, click it again)")
        boxes = []
        if member is not None and member <= count:
            left, bottom, wide, high = _places(thinned(result.members.values, PIXELS))
            x, y = left[member - 1], bottom[member - 1]
            boxes = [(x, y, x + wide, y + high)]
        self.frame.data = {name: [box[n] for box in boxes] for n, name in enumerate(("left", "bottom", "right", "top"))}

    def _tapped(self, event: Tap) -> None:
        result = self.session.outcome.result
        if result is None or result.members is None or event.x is None or event.y is None:
            return
        left, bottom, wide, high = _places(thinned(result.members.values, PIXELS))
        for number, (x, y) in enumerate(zip(left, bottom, strict=True), 1):
            if x <= event.x <= x + wide and y <= event.y <= y + high:
                self.session.display.member = None if self.session.display.member == number else number

    def _dim(self, *_) -> None:
        dim(self.view, self.session.outcome.stale)  # while members come, their numbers are still to come

    def __panel__(self):
        return self.view


def _thumbnails() -> hv.Overlay:
    """The declaration: images, a frame around the chosen one, their numbers."""
    images = hv.Image(np.zeros((2, 2), np.float32), bounds=(0, 0, 1, 1)).opts(tools=[], default_tools=[])
    frame = hv.Rectangles([(0.0, 0.0, 1.0, 1.0)]).opts(fill_alpha=0, line_color="#d55e00", line_width=3)
    numbers = hv.Labels([(0.0, 0.0, "1")]).opts(
        text_color="#ffffff", text_font_size="12px", text_align="left", text_baseline="bottom"
    )
    return (images * frame * numbers).opts(responsive=True, xaxis=None, yaxis=None, toolbar=None, title="")


def _places(small: np.ndarray) -> tuple[list[float], list[float], float, float]:
    """Left and bottom edges of every thumbnail, rows from the top, and their width and height."""
    count, high, wide = small.shape
    height = high / wide
    columns = min(count, max(4, round((2.2 * count * height) ** 0.5)))
    left = [(n % columns) * (1 + GAP) for n in range(count)]
    return left, [-(n // columns) * (height + GAP) for n in range(count)], 1.0, height
