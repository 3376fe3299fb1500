"""What all figures share: the sheet with its heading and its line of provenance, maps with colour bars, lines."""

import io
import textwrap
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator, NullFormatter

from engine.grid import Grid
from explorer.drawing.lines import LINES, pretty
from explorer.drawing.palette import LAND, colours
from explorer.drawing.pictures import Picture

WIDTH = 7.2  # inches: two columns of a journal
SMALL, TEXT, HEAD = 5.5, 6.5, 8.0  # points
COLUMNS = 175  # characters of the smallest letters that fit the width
DPI = 300
MARK = "#ff3d7f"  # what a person has put on the maps


def sheet(heading: str, provenance: str, height: float, width: float = WIDTH) -> Figure:
    """An empty figure with its heading above and its provenance below.

    Args:
        heading: One line.
        provenance: As long as it has to be.
        height: Inches.
        width: Inches.

    Returns:
        The figure.
    """
    fig = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(fig)
    text = wrapped(provenance, width)
    below, above = (0.06 + 0.1 * (text.count("\n") + 1)) / height, 0.26 / height
    engine = fig.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(rect=(0, below, 1, 1 - below - above), w_pad=0.03, h_pad=0.03, wspace=0.02, hspace=0.02)
    left = 0.06 / width
    fig.text(left, 1 - 0.06 / height, heading, fontsize=HEAD, weight="bold", va="top", parse_math=False)
    fig.text(left, 0.04 / height, text, fontsize=SMALL, color="#555555", va="bottom", parse_math=False)
    return fig


def wrapped(provenance: str, width: float = WIDTH) -> str:
    """Provenance in lines that fit a sheet.

    Args:
        provenance: The text.
        width: Of the sheet, inches.

    Returns:
        The text, in lines.
    """
    return textwrap.fill(provenance, int(COLUMNS * width / WIDTH))


def shape(grid: Grid) -> float:
    """Height over width of a map, on the ground.

    Args:
        grid: Of the map.

    Returns:
        The ratio.
    """
    x0, x1, y0, y1 = grid.extent
    return (y1 - y0) / ((x1 - x0) * grid.aspect)


class Map:
    """A picture on axes, drawn once; `show` puts another one of the same kind in its place."""

    def __init__(self, ax: Axes, picture: Picture, limits: tuple[float, float], view=None, named: bool = True):
        """view: x0, x1, y0, y1 of the zoom; named: whether the axes say what they are."""
        self.ax, grid = ax, Grid.of(picture.field)
        chosen = ListedColormap(colours(picture.role, chosen=picture.colours)).with_extremes(bad=LAND)
        self.floor, norm = (limits[0], LogNorm(*limits)) if picture.log else (-np.inf, Normalize(*limits))
        self.image: AxesImage = ax.imshow(
            self._values(picture.field), origin="lower", extent=grid.extent, norm=norm, cmap=chosen,
            interpolation="nearest", aspect=1 / grid.aspect,
        )  # fmt: skip
        _frame(ax, grid, view, named)
        self.title = entitle(ax, picture.title)

    def show(self, picture: Picture) -> None:
        self.image.set_data(self._values(picture.field))
        self.title.set_text(_folded(picture.title))

    def _values(self, field: xr.DataArray) -> np.ndarray:
        """What has no logarithm has the lowest colour."""
        return np.maximum(_values(field), np.float32(self.floor))


class Painted:
    """A map whose colours are given, (y, x, 4)."""

    def __init__(self, ax: Axes, colours: np.ndarray, grid: Grid, title: str, view=None):
        self.ax, self.grid = ax, grid
        self.image = ax.imshow(
            self._ascending(colours), origin="lower", extent=grid.extent, interpolation="nearest",
            aspect=1 / grid.aspect,
        )  # fmt: skip
        _frame(ax, grid, view, True)
        self.title = entitle(ax, title)

    def show(self, colours: np.ndarray) -> None:
        self.image.set_data(self._ascending(colours))

    def _ascending(self, colours: np.ndarray) -> np.ndarray:
        down, left = (step < 0 for step in self.grid.step)
        return colours[:: -1 if down else 1, :: -1 if left else 1]


def entitle(ax: Axes, text: str) -> Text:
    """A title above the axes, in several lines where it is long.

    Args:
        ax: The axes.
        text: The title.

    Returns:
        The title as it is drawn.
    """
    return ax.set_title(_folded(text), fontsize=TEXT, parse_math=False, pad=3)


def _folded(text: str) -> str:
    return textwrap.fill(text, 44, replace_whitespace=False)


def _values(field: xr.DataArray) -> np.ndarray:
    return np.ma.masked_invalid(field.sortby(["y", "x"]).values)


def _frame(ax: Axes, grid: Grid, view, named: bool) -> None:
    """Zoom, ticks in degrees or kilometres, thin lines."""
    x0, x1, y0, y1 = view or grid.extent
    ax.set(xlim=(x0, x1), ylim=(y0, y1))
    for spine in ax.spines.values():
        spine.set_linewidth(0.5)
    if not named:
        ax.set(xticks=[], yticks=[])
        return
    ax.tick_params(labelsize=SMALL, length=2, width=0.5, pad=1.5)
    for axis, ends in ((ax.xaxis, "EW"), (ax.yaxis, "NS")):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        if grid.geographic:
            axis.set_major_formatter(partial(_degrees, ends=ends))
    if not grid.geographic:
        ax.set_xlabel(grid.units, fontsize=SMALL, labelpad=1)


def _degrees(value: float, _: int, ends: str) -> str:
    """A longitude or latitude as people write it."""
    number = round(value, 4)
    if ends == "EW" and abs(number) > 180:
        number -= np.copysign(360, number)
    return f"{abs(number):g}°{'' if number == 0 else ends[0] if number > 0 else ends[1]}"


def bar(fig: Figure, drawn: Map, axes: Axes | Sequence[Axes], units: str) -> None:
    """A colour bar with its unit.

    Args:
        fig: The figure.
        drawn: The map whose colours it explains.
        axes: All axes that it takes room from.
        units: As CF has them.
    """
    made = fig.colorbar(drawn.image, ax=axes, shrink=0.9, aspect=22, pad=0.015, fraction=0.06)
    made.ax.tick_params(labelsize=SMALL, length=2, width=0.5, pad=1.5)
    made.ax.set_title(pretty(units), fontsize=SMALL, loc="left", pad=3, parse_math=False)
    made.outline.set_linewidth(0.4)


def legend(ax: Axes, colours: Mapping[str, str]) -> None:
    """What colours mean, in a line at the foot; it takes no room from anything.

    Args:
        ax: The axes.
        colours: Name -> colour.
    """
    squares = [Patch(color=colour, label=name) for name, colour in colours.items()]
    style: dict[str, Any] = {"handlelength": 0.8, "handletextpad": 0.4, "borderpad": 0.2, "columnspacing": 0.9}
    ax.legend(handles=squares, loc="lower right", ncols=len(squares), fontsize=SMALL, **style).set_in_layout(False)


def marks(ax: Axes, ends: Sequence[tuple[float, float]]) -> None:
    """The probe, or both ends of a transect and the line between.

    Args:
        ax: Axes of a map.
        ends: x and y of one point or two, in the map's coordinates; none draws nothing.
    """
    if ends:
        x, y = zip(*ends, strict=True)
        ax.plot(x, y, color=MARK, marker="x", markersize=3.5, linewidth=1, scalex=False, scaley=False)


def lines(ax: Axes, curves: Mapping[str, tuple[np.ndarray, np.ndarray]], x: str, y: str, **options: Any) -> None:
    """Curves in the page's colours, with a legend.

    Args:
        ax: The axes.
        curves: Key of LINES -> x and y, (n,) each.
        x: Label of the x axis.
        y: Label of the y axis.
        options: Set on the axes.
    """
    for name, (along, values) in curves.items():
        label, colour, dash = LINES[name]
        bold = 1.2 if name in ("truth", "estimate") else 0.8
        style = "--" if dash == "dashed" else "-"
        ax.plot(along, values, label=label, color=colour, linestyle=style, linewidth=bold)
    ax.set(**options)
    ax.set_xlabel(x, fontsize=SMALL, labelpad=1)
    ax.set_ylabel(y, fontsize=SMALL, labelpad=1)
    ax.tick_params(which="both", labelsize=SMALL, length=2, width=0.5, pad=1.5)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_formatter(NullFormatter())
    for spine in ax.spines.values():
        spine.set_linewidth(0.5)
    ax.legend(fontsize=SMALL, framealpha=0.7, borderpad=0.3, labelspacing=0.2, handlelength=1.6, edgecolor="none")


def table(ax: Axes, rows: Sequence[Sequence[str]], ends: Sequence[float]) -> None:
    """Words in columns: the first one from the left edge on, the others up to their ends.

    Args:
        ax: The axes, all of which it takes.
        rows: Cells of every row, from above.
        ends: Right ends of all columns but the first, from 0 to 1.
    """
    ax.set_axis_off()
    step = min(0.072, 1 / max(len(rows), 1))
    for line, cells in enumerate(rows):
        for number, text in enumerate(cells):
            place, side = (0.0, "left") if number == 0 else (ends[number - 1], "right")
            ax.text(
                place, 1 - step * line, text, transform=ax.transAxes, fontsize=SMALL + 0.3, va="top", ha=side,
                parse_math=False, in_layout=False,
            )  # fmt: skip


def settle(fig: Figure) -> None:
    """Find everything its place, once and for all.

    Args:
        fig: The figure, changed in place.
    """
    engine = fig.get_layout_engine()
    assert engine is not None
    engine.execute(fig)
    fig.set_layout_engine("none")


def png(fig: Figure, about: Mapping[str, str], dpi: int = DPI) -> bytes:
    """The figure as a PNG that says what it is inside of the file too.

    Args:
        fig: The figure.
        about: Name -> text, written into the file.
        dpi: Dots per inch.

    Returns:
        The file's bytes.
    """
    out = io.BytesIO()
    fig.savefig(out, format="png", dpi=dpi, metadata=dict(about))
    return out.getvalue()
