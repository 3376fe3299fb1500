"""Maps in rows, each in a frame that has the data's aspect: one size for all, as large as the place allows.

The browser works it out: the place is a container whose width and height its content may use (CSS container units), so
that nothing has to be asked, sent or drawn twice when a window changes its size. On a phone each map is as wide as the
screen, and they lie below each other.
"""

from collections.abc import Sequence
from typing import Protocol

import panel as pn
from bokeh.models.axes import Axis
from bokeh.plotting import figure as Figure

from engine.grid import Grid
from explorer.drawing.lines import adjust
from explorer.drawing.sampling import View

LEFT, RIGHT, ABOVE, BELOW = 54, 8, 3, 26  # pixels beside a frame, where its labels are
EDGE = 6  # instead of LEFT where another map has the labels
TITLE = 20
PHONE = "@media (max-width: 760px) {{ :host {{ {} }} }}"
TALL = PHONE.format("height: max-content !important; max-height: none !important; flex: none !important")
FLOWS = PHONE.format("container-type: inline-size !important") + TALL
WIDE = PHONE.format("--f: round(down, var(--wide), 1px) !important")
BELOW_IT = PHONE.format("grid-row: var(--turn) !important; grid-column: 1 !important; justify-self: end")
Rows = Sequence[Sequence["Framed"]]


class Framed(Protocol):
    """A figure under its title."""

    figure: Figure
    title: pn.pane.HTML
    view: pn.Column


class Mosaic(pn.viewable.Viewer):
    """Maps in rows, and to the right of them what belongs to all, as colour bars."""

    def __init__(self, rows: Rows, beside: pn.viewable.Viewable | None = None, **params):
        super().__init__(**params)
        self.aspect, self._wide, self._over = 1.0, 0, False
        self.beside = pn.Row(*([] if beside is None else [beside]), margin=0, visible=beside is not None)
        self.body = pn.Column(margin=0, styles=GRID, stylesheets=[TALL])
        inner = pn.Row(self.body, self.beside, margin=0, styles=FLAT, stylesheets=[TALL])
        self.grid = pn.Column(inner, sizing_mode=None, margin=0, stylesheets=[WIDE, TALL])
        place = {"container-type": "size", "display": "flex", "flex-direction": "column"}
        self.view = pn.Column(
            self.grid, sizing_mode="stretch_both", min_height=0, min_width=0, margin=0, styles=place,
            stylesheets=[FLOWS],
        )  # fmt: skip
        self._all: list[Framed] = []
        self.arrange(rows)

    def arrange(self, rows: Rows, over: bool = False) -> None:
        """Show these maps. A map stays where it is once for all, and is told where to lie.

        Args:
            rows: The maps, row by row.
            over: Whether the maps of a row lie over each other.
        """
        self._rows, self._over = rows, over
        wanted = [one for row in rows for one in row]
        new = [one for one in wanted if all(one is not known for known in self._all)]
        self._all += new
        for below, row in zip([False] * (len(rows) - 1) + [True], rows, strict=True):
            for number, one in enumerate(row):
                border(one, left=over or number == 0, below=below)
        for one in self._all:
            adjust(one.view, visible=any(one is seen for seen in wanted))
        self._size()
        for one in new:
            one.view.stylesheets = [*one.view.stylesheets, BELOW_IT]
        if new:
            self.body.extend([one.view for one in new])

    def fit(self, aspect: float, wide: int | None = None) -> None:
        """Give the frames an aspect.

        Args:
            aspect: Width of the data over its height.
            wide: Pixels that is beside the maps; None: as before.
        """
        if (aspect, self._wide if wide is None else wide) != (self.aspect, self._wide):
            self.aspect, self._wide = aspect, self._wide if wide is None else wide
            self._size()

    def frame(self, grid: Grid, view: View | None) -> None:
        """Give the frames the aspect of what is seen of a grid; view: None for all of it."""
        x0, x1, y0, y1 = view or grid.extent
        self.fit((x1 - x0) * grid.aspect / (y1 - y0))

    def _size(self) -> None:
        columns = 1 if self._over else max(map(len, self._rows))
        across = LEFT + RIGHT + (columns - 1) * (EDGE + RIGHT) + self._wide
        down = len(self._rows) * (TITLE + ABOVE) + (len(self._rows) - 1) * EDGE + BELOW
        wide = f"(100cqw - {across}px) / {columns}"
        high = f"(100cqh - {down}px) / {len(self._rows)} * {self.aspect:.6g}"
        adjust(
            self.grid,
            styles={"--f": f"round(down, min({wide}, {high}), 1px)", "--a": f"{self.aspect:.6g}", "margin": "0 auto"}
            | {"--wide": f"100cqw - {LEFT + RIGHT + self._wide}px"} | SNUG,
        )  # fmt: skip
        for line, row in enumerate(self._rows, 1):
            for number, one in enumerate(row):
                place = {"grid-row": f"{line}", "grid-column": f"{1 if self._over else number + 1}"}
                place["--turn"] = f"{line if self._over else (line - 1) * columns + number + 1}"
                adjust(one.view, styles=one.view.styles | _cell(one.figure) | place)
        adjust(
            self.beside, styles={"height": "round(down, var(--f) / var(--a), 1px)", "margin-top": f"{TITLE + ABOVE}px"}
        )

    def __panel__(self):
        return self.view


SNUG = {"width": "fit-content", "height": "fit-content"}  # not as large as what it lies in
FLAT = {"display": "flex", "flex": "none"} | SNUG
GRID = {"display": "grid", "position": "relative", "grid-template-columns": "max-content", "flex": "none"} | SNUG


def border(one: Framed, left: bool, below: bool) -> None:
    """Have labels on the outer sides alone, in room that does not hang on how long they are.

    Args:
        one: The map, changed in place.
        left: Whether it has labels on the left.
        below: Whether it has labels below.
    """
    f = one.figure
    f.update(
        min_border_left=LEFT if left else EDGE, min_border_right=RIGHT, min_border_top=ABOVE,
        min_border_bottom=BELOW if below else EDGE,
    )  # fmt: skip
    for axis, seen in ((f.below[0], below), (f.left[0], left)):
        assert isinstance(axis, Axis)
        axis.visible = seen
    adjust(one.title, margin=(0, RIGHT, 0, LEFT if left else EDGE), height=TITLE)


def _cell(f: Figure) -> dict[str, str]:
    """The size of a map with its title."""
    left, right, above, below = (getattr(f, f"min_border_{side}") for side in ("left", "right", "top", "bottom"))
    across, down = left + right, above + below + TITLE
    return {
        "width": f"calc(var(--f) + {across}px)", "height": f"calc(round(down, var(--f) / var(--a), 1px) + {down}px)",
        "flex": "none", "margin": "0",
    }  # fmt: skip
