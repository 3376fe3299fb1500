"""Maps with one zoom and one crosshair, fed from the session: what six maps and a few large ones have in common."""

import time
from collections.abc import Sequence
from typing import Any

import panel as pn
from bokeh.events import DoubleTap, Reset, Tap
from bokeh.models import ColumnDataSource

from engine.grid import Grid
from explorer.base.given import given
from explorer.base.zoom import MapZoom
from explorer.drawing.coded import decimals
from explorer.drawing.lines import dim
from explorer.drawing.mosaic import Mosaic
from explorer.drawing.panes import Frame, MapPane, sent
from explorer.drawing.pictures import Picture
from explorer.drawing.told import NOTHING, WHO, Told
from explorer.pages.resolution.overlay import Overlay
from explorer.pages.resolution.session import ResolutionSession

TWICE = 1.0  # s within which two clicks are one double click
DECISIVE = (
    "scene", "result", "result_b", "lower_a", "lower_b", "limits", "style", "member", "threshold", "busy", "stage",
    "shown", "quantity", "developed",
)  # fmt: skip


class LinkedMaps(pn.viewable.Viewer):
    """Maps with one zoom; a subclass says which."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, names: Sequence[str], **params):
        super().__init__(session=session, **params)
        self.frame = Frame()
        self.told = self.frame.told = Told()
        self.panes: dict[str, MapPane] = {}
        self.overlay = Overlay(session, self.frame, lambda: {name: self.key(name) for name in self.names})
        self._shaped: object = None
        self._kept: dict[str, tuple] = {}  # what was sent that no map shows: the field and its cells
        self._before: tuple[float, dict] = (0.0, {})  # when a map was clicked, and what was marked then
        panes = [self._pane(name) for name in names]
        self.mosaic = Mosaic([panes])
        self.zoom = MapZoom(session, self.frame, panes[0].figure, [], self._draw)

    def _follow(self) -> None:
        """Show what there is, and what comes."""
        session = self.session
        session.watch(self._draw, *DECISIVE, "geography", "contours", "arrows")
        session.watch(self._mark, "probe", "probe_end")
        session.watch(self._dim, "stale", "stale_b", "lower_a", "lower_b", "stage", "shown")
        self._draw()
        self._mark()
        self._dim()

    def _pane(self, name: str) -> MapPane:
        """A map, made when it is needed first."""
        if name not in self.panes:
            pane = self.panes[name] = MapPane(self.frame, name)
            self.overlay.add(pane)
            pane.figure.on_event(Tap, self._tapped)  # type: ignore[arg-type]
            pane.figure.on_event(DoubleTap, lambda event: self._twice(name))
            pane.figure.on_event(Reset, lambda event: setattr(self.session.look, "view", None))
        return self.panes[name]

    @property
    def names(self) -> Sequence[str]:
        """The maps that are on the screen; none where others are."""
        raise NotImplementedError

    def key(self, name: str) -> str:
        """What a map shows."""
        raise NotImplementedError

    # ---- drawing ---------------------------------------------------------------------------------------------------

    def _draw(self, *_) -> None:
        """Bring every map up to date with scene, result and limits."""
        scene = self.session.outcome.scene
        if scene is None or not self.names:
            return
        if self._shaped is not scene:
            self._shaped = scene
            self.mosaic.frame(Grid.of(scene.problem.target), self.session.look.view)
        shown = {name: self.session.display.picture(self.key(name)) for name in self.names}
        last = {picture.limits_key: name for name, picture in shown.items() if picture is not None}
        for name, picture in shown.items():
            self._show(name, picture, picture is not None and last[picture.limits_key] == name)
        self.overlay.draw()
        self._tell(shown)

    def _tell(self, shown: dict[str, Picture | None]) -> None:
        """Have a pointer told of input, prediction and truth, whether or not a map shows them."""
        stage, display, sources = self.session.stage, self.session.display, {}
        places = None
        for who, source in self.told.own.items():
            key = stage.drawn(who)
            name = next((name for name, of in shown.items() if of is not None and self.key(name) == key), None)
            if name is not None:
                sources[who], places = self.panes[name].source, self.panes[name].places
            elif key.partition(":")[0] == who and display.belongs(key) and not self.session.passing:
                self._keep(source, display.picture(key))
        self.told.follow(sources, places)

    def _keep(self, source: ColumnDataSource, picture: Picture | None) -> None:
        """Send a field that no map shows, unless it is there."""
        field = None if picture is None else picture.field
        cells = None if field is None else self.frame.window(Grid.of(field))
        before, there = self._kept.get(source.id, (None, None))
        if before is not field or there != cells:
            self._kept[source.id] = field, cells
            if field is None or cells is None:
                source.data = dict(NOTHING)
            else:
                source.data = sent(field, cells, decimals(field.values))

    def _show(self, name: str, picture: Picture | None, last: bool) -> None:
        """Show a picture in a map, or what it waits for; the last one with its colours may have their bar."""
        display, key = self.session.display, self.key(name)
        if not display.belongs(key) or not display.ready(key) or (picture is not None and not display.can_fit(picture)):
            return
        nothing = "Truth: nobody knows it" if name == "truth" else "none"
        limits = None if picture is None else display.limits_of(picture)
        stage = self.session.stage
        judged = display.judgeable if key in map(stage.drawn, (*WHO, "error")) else None
        self.panes[name].show(picture, limits, nothing, self.session.passing, last and self.barred, judged)

    barred = True

    def _mark(self, *_) -> None:
        display = self.session.display
        ends = [point for point in (display.probe, display.probe_end) if point is not None]
        x, y = [point[0] for point in ends], [point[1] for point in ends]
        self.frame.probe.data = {"x": x, "y": y}
        self.frame.transect.data = {"xs": [x], "ys": [y]} if len(ends) == 2 else {"xs": [], "ys": []}

    def _dim(self, *_) -> None:
        """A picture that no longer belongs to the settings is dimmed."""
        for name in self.names:
            dim(self.panes[name].view, self.session.display.dated(self.key(name)))

    # ---- pointing --------------------------------------------------------------------------------------------------

    def _tapped(self, event: Tap) -> None:
        display, now = self.session.display, time.monotonic()
        if now - self._before[0] > TWICE:
            self._before = now, {"probe": display.probe, "probe_end": display.probe_end}
        if event.x is not None and event.y is not None:
            display.point(event.x, event.y)

    def _twice(self, name: str) -> None:
        """A double click brings a map onto the stage, and marks nothing."""
        self.session.display.param.update(**self._before[1])
        stage: Any = self.session.stage
        stage.param.update(stage="1", shown=base(self.key(name), stage.quantity))

    def __panel__(self):
        return self.mosaic.view


def base(key: str, quantity: str) -> str:
    """A map's key without the quantity that all of them show."""
    return key.removesuffix(f":{quantity}")
