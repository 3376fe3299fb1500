"""Contours and arrows over the maps of the explorer's figure for print."""

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from engine.grid import Grid
from explorer.drawing.arrows import arrows, top_speed
from explorer.drawing.contours import contours, levels
from explorer.drawing.geography import Label
from explorer.drawing.layers import keyed
from explorer.figures.over import line, words
from explorer.pages.resolution.overlay import LENGTH, MOST, every
from explorer.pages.resolution.overlays import OWN, contoured, flow

if TYPE_CHECKING:
    from explorer.pages.resolution.figure import ResolutionScreen


def overlay(ax: Axes, screen: "ResolutionScreen", key: str) -> None:
    """Draw what the screen has over a map.

    Args:
        ax: Axes of the map.
        screen: What is shown; its link says which contours and arrows.
        key: What the map shows.
    """
    box = screen.view or Grid.of(screen.scene.problem.target).extent
    which = screen.query.get("contours", "")
    found = contoured(key if which == OWN else which, screen.scene, screen.picture, screen.limits_of) if which else None
    if found is not None:
        at = levels(*found.limits)
        line(ax, "contours", contours(found.field, at, box))
        if at.size > 1:
            words(ax, [Label(box[0], box[3], "top left", every(at, found.field))])
    which = screen.query.get("arrows", "")
    moving = flow(which, screen.scene, screen.picture) if which else None
    top = 0.0 if moving is None else top_speed(moving)
    if moving is not None and top > 0:
        path, label = keyed(arrows(moving, top, box, MOST, LENGTH), top, box)
        for name in ("halo", "arrows"):
            line(ax, name, path)
        words(ax, [label])
