"""What lies over the maps of a figure: the coast, meridians and parallels, other lines, and words at the edges."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from engine.grid import Grid
from explorer.drawing.geography import Label, below, coastline, graticule
from explorer.drawing.layers import EDGES, LINES
from explorer.drawing.paths import Path
from explorer.figures.screen import Screen
from explorer.figures.sheet import SMALL

SCALE = 0.5  # points of a line for each of its pixels on the screen
COAST: dict[str, Any] = {"color": "#333333", "linewidth": 0.4}


def ground(ax: Axes, screen: Screen) -> None:
    """Coast and graticule, as far as the screen has them.

    Args:
        ax: Axes of a map.
        screen: What is shown; its link says which.
    """
    mask, chosen = screen.scene.problem.mask, screen.query.get("geography", "")
    for one in coastline(mask, screen.view) if chosen != "none" else []:
        ax.plot(one[:, 0], one[:, 1], scalex=False, scaley=False, **COAST)
    grid = Grid.of(mask)
    if chosen or not grid.crs:
        return
    if grid.geographic:
        style = LINES["graticule"]
        ax.grid(True, color=style["line_color"], linewidth=SCALE * style["line_width"], alpha=style["line_alpha"])
        return
    box = screen.view or grid.extent
    found = graticule(grid.crs, grid.units, box)
    others = any(screen.query.get(name) for name in ("contours", "arrows"))
    line(ax, "graticule", found.path)
    words(ax, [label for label in found.labels if not others or below(label, box)])


def line(ax: Axes, name: str, path: Path) -> None:
    """One of the layers of lines.

    Args:
        ax: Axes of a map.
        name: Key of LINES.
        path: Its lines.
    """
    style = LINES[name]
    ax.plot(
        path.x, path.y, color=style["line_color"], linewidth=SCALE * style["line_width"], scalex=False, scaley=False,
        alpha=style.get("line_alpha", 1.0),
    )  # fmt: skip


def words(ax: Axes, labels: Sequence[Label]) -> None:
    """What is written at the edges.

    Args:
        ax: Axes of a map.
        labels: Words and their places.
    """
    for label in labels:
        across, along, right, down = EDGES[label.edge]
        ax.annotate(
            label.text, (label.x, label.y), xytext=(SCALE * right, -SCALE * down), textcoords="offset points",
            ha=across, va="center" if along == "middle" else along, fontsize=SMALL - 1.5, annotation_clip=True,
            bbox={"facecolor": "white", "alpha": 0.6, "linewidth": 0, "pad": 0.4},
        )  # fmt: skip
