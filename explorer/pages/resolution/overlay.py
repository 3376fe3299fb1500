"""Geography, contours and arrows over the maps of the page "Explorer"."""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr
from bokeh.plotting import figure as Figure

from engine.scene import Scene
from explorer.base.ground import Ground
from explorer.drawing.arrows import arrows, top_speed
from explorer.drawing.contours import contours, levels
from explorer.drawing.geography import Label
from explorer.drawing.layers import keyed
from explorer.drawing.lines import pretty
from explorer.drawing.panes import Frame, MapPane
from explorer.drawing.paths import NOTHING
from explorer.drawing.pictures import Picture
from explorer.pages.resolution.overlays import OWN, Contoured, contoured, flow
from explorer.pages.resolution.session import ResolutionSession

MOST, APART, LENGTH = 22, 25, 1.4  # arrows along a side, pixels between two, and the longest in this distance


class Overlay:
    """Follows the choices of `Overlays`; what is there is drawn again only if it is another one."""

    def __init__(self, session: ResolutionSession, frame: Frame, keys: Callable[[], Mapping[str, str]]):
        """keys: what the maps on the screen show, by the names of their figures."""
        self.session, self.frame, self.keys = session, frame, keys
        self.ground = Ground(session, frame)
        self._figures: dict[str, Figure] = {}
        self._contoured: dict[str, tuple] = {}  # what is drawn, by map; "" is over all of them
        self._flowing: tuple = ()
        self._words: dict[str, Label] = {}

    def add(self, pane: MapPane) -> None:
        """Another map, which has what all have."""
        self._figures[str(pane.figure.name)] = pane.figure
        self.ground.layers.add(pane.figure)

    def draw(self) -> None:
        """Bring all that lies over the maps up to date; what is on its way to something else is not followed."""
        scene, chosen = self.session.outcome.scene, self.session.overlays
        if scene is None:
            return
        if not self.session.passing:
            self._draw_contours(scene, chosen.contours)
            self._draw_arrows(scene, chosen.arrows)
        self.ground.draw(scene, chosen.coast, chosen.graticule, [*self._words.values()])

    def _draw_contours(self, scene: Scene, which: str) -> None:
        wanted = self.keys() if which == OWN else {"": which} if which else {}
        for name in ("", *self._figures):
            self._contour(name, self._field(scene, wanted[name]) if name in wanted else None, scene)

    def _field(self, scene: Scene, key: str) -> Contoured | None:
        display = self.session.display

        def fitted(name: str) -> Picture | None:
            shown = display.picture(name)
            return shown if shown is not None and display.can_fit(shown) else None

        return contoured(key, scene, fitted, display.limits_of)

    def _contour(self, name: str, found: Contoured | None, scene: Scene) -> None:
        """Draw the contours of one map, or those over all of them, unless they are there."""
        box = self.ground.box(scene)
        shown = () if found is None else (found.field, found.limits, box)
        if not _other(self._contoured.get(name, ()), shown):
            return
        self._contoured[name] = shown
        at = np.empty(0) if found is None else levels(*found.limits)
        path = NOTHING if found is None else contours(found.field, at, box)
        self.ground.layers.line("contours", path, self._figures[name] if name else None)
        if not name:
            self._words.pop("contours", None)
            if found is not None and at.size > 1:
                self._words["contours"] = Label(box[0], box[3], "top left", every(at, found.field))

    @property
    def _count(self) -> int:
        """As many arrows along a side as there is room for."""
        return min(MOST, max(self.frame.pixels) // APART)

    def _draw_arrows(self, scene: Scene, which: str) -> None:
        display, box = self.session.display, self.ground.box(scene)
        source = display.picture("estimate") if which == "estimate" else scene
        shown = (source, which, box, self._count) if which and source is not None else ()
        if not _other(self._flowing, shown):
            return
        self._flowing = shown
        found = flow(which, scene, display.picture) if shown else None
        top = 0.0 if found is None else top_speed(found)
        self._words.pop("arrows", None)
        if found is None or top <= 0:
            self.ground.layers.arrows(NOTHING)
            return
        path, self._words["arrows"] = keyed(arrows(found, top, box, self._count, LENGTH), top, box)
        self.ground.layers.arrows(path)


def every(at: np.ndarray, field: xr.DataArray) -> str:
    """How far apart contours are.

    Args:
        at: Their values, evenly spaced.
        field: With its units.

    Returns:
        E.g. 'every 0.1 m'.
    """
    return f"contours every {float(f'{np.diff(at).mean():.3g}'):g} {pretty(field.attrs['units'])}".rstrip()


def _other(before: tuple, now: tuple) -> bool:
    """Whether what is to be drawn, its first the object that it is drawn from, is not what is there."""
    return [*map(id, before[:1])] != [*map(id, now[:1])] or before[1:] != now[1:]
