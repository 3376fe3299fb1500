"""Maps with one zoom and one crosshair, fed from the session: what the six and the two of a swipe have in common."""

import panel as pn
from bokeh.events import Tap

from engine.scene import Scene
from explorer.base.given import given
from explorer.base.zoom import MapZoom
from explorer.drawing.lines import dim, outline
from explorer.drawing.panes import Frame, MapPane
from explorer.pages.resolution.session import ResolutionSession


class LinkedMaps(pn.viewable.Viewer):
    """Maps with one zoom; a subclass says which, and which of them gives the size."""

    session = given(ResolutionSession)
    NAMES: tuple[str, ...] = ()
    MIDDLE = ""

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        self.frame = Frame()
        self.panes = {name: MapPane(self.frame, name) for name in self.NAMES}
        figures = [pane.figure for pane in self.panes.values()]
        self.zoom = MapZoom(session, self.frame, self.panes[self.MIDDLE].figure, figures, self._draw)
        for f in figures:
            f.on_event(Tap, lambda event: session.display.point(event.x, event.y))
        self._outlined: object = None
        shown = ["lower_a", "lower_b", "limits", "member", "threshold", "swipe", "busy"]
        session.watch(self._draw, "scene", "result", "result_b", *shown)
        session.watch(self._mark, "probe", "probe_end")
        session.watch(self._dim, "stale", "stale_b", "lower_a", "lower_b", "swipe")
        self._draw()
        self._mark()
        self._dim()

    def key(self, name: str) -> str:
        """What a map shows."""
        raise NotImplementedError

    @property
    def seen(self) -> bool:
        """Whether these maps are on the screen."""
        raise NotImplementedError

    def _draw(self, *_) -> None:
        """Bring every map up to date with scene, result and limits."""
        scene, display = self.session.outcome.scene, self.session.display
        if scene is None or not self.seen:
            return
        passing = self.session.passing
        if self._outlined is not scene:
            self._outlined = scene
            self._outline(scene)
        for name, pane in self.panes.items():
            key = self.key(name)
            if not display.belongs(key):
                continue
            picture = display.picture(key)
            if picture is not None and not display.can_fit(picture):
                continue
            nothing = "Truth: nobody knows it" if name == "truth" else "none"
            pane.show(picture, None if picture is None else display.limits_of(picture), nothing, passing)

    def _outline(self, scene: Scene) -> None:
        """Coastline of the scene, drawn from its own mask."""
        lines = outline(scene.problem.mask)
        self.frame.coast.data = {"xs": [line[:, 0] for line in lines], "ys": [line[:, 1] for line in lines]}

    def _mark(self, *_) -> None:
        display = self.session.display
        ends = [point for point in (display.probe, display.probe_end) if point is not None]
        x, y = [point[0] for point in ends], [point[1] for point in ends]
        self.frame.probe.data = {"x": x, "y": y}
        self.frame.transect.data = {"xs": [x], "ys": [y]} if len(ends) == 2 else {"xs": [], "ys": []}

    def _dim(self, *_) -> None:
        """A picture that no longer belongs to the settings is dimmed."""
        for name, pane in self.panes.items():
            dim(pane.view, self.session.display.dated(self.key(name)))
