"""What lies over maps with one frame: graticule, contours, arrows, and the words that belong to them.

A layer is made when there is first something to draw, and all maps share what it is drawn from.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, MultiLine, Text
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure as Figure

from explorer.drawing.arrows import Arrows, drawn, round_speed
from explorer.drawing.geography import Label
from explorer.drawing.paths import Box, Path, joined

ORDER = ("graticule", "contours", "halo", "arrows", "words")  # from below
FIRST = 2  # of a map's own glyphs lie below them: the field and the coast
XY, WORDS = ("xs", "ys"), ("x", "y", "text", "align", "baseline", "right", "down")  # columns
INK, FAINT = "#1a1a1a", "#5c5c5c"
LINES: dict[str, dict[str, Any]] = {
    "graticule": {"line_color": FAINT, "line_width": 0.6, "line_alpha": 0.6},
    "contours": {"line_color": INK, "line_width": 0.8, "line_alpha": 0.75},
    "halo": {"line_color": "#ffffff", "line_width": 2.6, "line_alpha": 0.6},
    "arrows": {"line_color": INK, "line_width": 1.1},
}
EDGES: dict[str, tuple[str, str, int, int]] = {  # of a word: where it stands, and how far from its place
    "left": ("left", "middle", 3, 0), "right": ("right", "middle", -3, 0), "bottom": ("center", "bottom", 0, -3),
    "top": ("center", "top", 0, 3), "top right": ("right", "top", -6, 5), "top left": ("left", "top", 6, 5),
}  # fmt: skip


class Layers:
    """Lines and words over some figures."""

    def __init__(self, figures: Sequence[Figure]):
        self.figures = [*figures]
        self._sources: dict[tuple[str, Figure | None], ColumnDataSource] = {}

    def add(self, f: Figure) -> None:
        """Draw over another figure what is drawn over all of them."""
        self.figures.append(f)
        for (name, only), source in self._sources.items():
            if only is None:
                _place(f, name, _layer(name, source))

    def line(self, name: str, path: Path, only: Figure | None = None) -> None:
        """Draw a layer of lines anew.

        name: key of LINES; only: the figure whose own it is; None: all maps share it.
        """
        columns: dict[str, list] = {"xs": [path.x], "ys": [path.y]} if path.x.size else {"xs": [], "ys": []}
        self._show(name, columns, only)

    def arrows(self, path: Path) -> None:
        """Draw arrows anew, dark on a light seam."""
        for name in ("halo", "arrows"):
            self.line(name, path)

    def words(self, labels: Sequence[Label]) -> None:
        """Write anew what stands at the edges."""
        align, baseline, right, down = ([EDGES[label.edge][k] for label in labels] for k in range(4))
        columns: dict[str, list] = {
            "x": [label.x for label in labels], "y": [label.y for label in labels],
            "text": [label.text for label in labels], "align": align, "baseline": baseline, "right": right,
            "down": down,
        }  # fmt: skip
        self._show("words", columns, None)

    def lattice(self, shown: bool) -> None:
        """Whether lines go through the figures' own ticks: the graticule of a map in degrees."""
        wanted = FAINT if shown else None
        for grid in (grid for f in self.figures for grid in f.grid):
            if grid.grid_line_color != wanted:
                grid.update(grid_line_color=wanted, grid_line_alpha=0.5, grid_line_width=0.6, level="guide")

    def prepare(self, *names: str) -> None:
        """Make layers before there is anything to draw: what a browser gets while it makes a figure, it may miss."""
        for name in names:
            self._source(name, None)

    def _show(self, name: str, columns: dict[str, list], only: Figure | None) -> None:
        empty, there = not next(iter(columns.values())), (name, only) in self._sources
        if there or not empty:
            source = self._source(name, only)
            if not empty or any(map(len, source.data.values())):
                source.data = columns

    def _source(self, name: str, only: Figure | None) -> ColumnDataSource:
        """What a layer of one figure, or of all, is drawn from."""
        if (name, only) not in self._sources:
            source = self._sources[name, only] = ColumnDataSource(_nothing(name))
            for f in self.figures if only is None else [only]:
                _place(f, name, _layer(name, source))
        return self._sources[name, only]


def _layer(name: str, source: ColumnDataSource) -> GlyphRenderer:
    glyph = _text() if name == "words" else MultiLine(xs="xs", ys="ys", **LINES[name])
    return GlyphRenderer(name=name, data_source=source, glyph=glyph)


def _place(f: Figure, name: str, made: GlyphRenderer) -> None:
    """Above a map's coast, below what a person has put on it."""
    before = {*ORDER[: ORDER.index(name) + 1]}
    at = FIRST + sum(renderer.name in before for renderer in f.renderers)
    f.renderers = [*f.renderers[:at], made, *f.renderers[at:]]


def _nothing(name: str) -> dict[str, list]:
    """The columns of a layer without anything."""
    return {column: [] for column in (WORDS if name == "words" else XY)}


def _text() -> Text:
    return Text(
        x="x", y="y", text="text", text_align={"field": "align"}, text_baseline={"field": "baseline"},
        x_offset={"field": "right"}, y_offset={"field": "down"}, text_font_size="12px", text_color=INK,
        background_fill_color="#ffffff", background_fill_alpha=0.6,
    )  # fmt: skip


def keyed(found: Arrows, top: float, box: Box) -> tuple[Path, Label]:
    """Arrows with one for scale in the upper right corner, and its words.

    Args:
        found: The arrows.
        top: Speed of one of the length `longest`, m s-1.
        box: The part of the map that is seen.

    Returns:
        Their lines, and the words.
    """
    x0, x1, y0, y1 = box
    width, height, speed = x1 - x0, y1 - y0, round_speed(top)
    length, end = found.longest * speed / top, x1 - 0.03 * width
    clear = (found.x < min(x1 - 0.2 * width, end - length)) | (found.y < y1 - 0.18 * height)
    scale = Arrows(
        np.append(found.x[clear], end - length / 2), np.append(found.y[clear], y1 - 0.06 * height),
        np.append(found.dx[clear], length), np.append(found.dy[clear], 0.0), found.longest, found.aspect,
    )  # fmt: skip
    return joined(drawn(scale)), Label(x1, y1 - 0.08 * height, "top right", f"{speed:g} m/s")
