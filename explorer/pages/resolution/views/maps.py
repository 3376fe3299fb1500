"""The six maps, and two over each other: panes with one zoom and one crosshair, fed from the session."""

import panel as pn
import panel_material_ui as pmui
import param
from bokeh.events import Tap

from explorer.drawing.lines import adjust, dim, outline
from explorer.base.looks import Zoom
from explorer.drawing.panes import RASTER_ABOVE, Frame, MapPane
from explorer.pages.resolution.session import Session

LINE = "#ff3d7f"  # of what a person has put on the maps
FILLED = ".swipe-container {height: 100%; grid-template-rows: minmax(0, 1fr)} .outer {height: 100%; min-height: 0}"


class Linked(pn.viewable.Viewer):
    """Maps with one zoom; a subclass says which, and which of them gives the size."""

    session = param.ClassSelector(class_=Session)
    NAMES: tuple[str, ...] = ()
    MIDDLE = ""

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        self.frame = Frame()
        self.panes = {name: MapPane(self.frame, name) for name in self.NAMES}
        figures = [pane.figure for pane in self.panes.values()]
        self.zoom = Zoom(session, self.panes[self.MIDDLE].figure, figures)
        for f in figures:
            f.on_event(Tap, lambda event: session.point(event.x, event.y))
        self._outlined = None
        shown = ["lower_a", "lower_b", "limits", "member", "threshold", "swipe"]
        session.param.watch(self._draw, ["scene", "result", "result_b", *shown])
        session.param.watch(self._mark, ["probe", "probe_end"])
        session.param.watch(self._resolve, ["view"])
        session.param.watch(self._dim, ["stale", "stale_b", "lower_a", "lower_b", "swipe"])

    def key(self, name: str) -> str:
        """What a map shows."""
        raise NotImplementedError

    @property
    def seen(self) -> bool:
        """Whether these maps are on the screen."""
        raise NotImplementedError

    def _draw(self, *_) -> None:
        """Bring every map up to date with scene, result and limits."""
        session = self.session
        if session.scene is None or not self.seen:
            return
        if self._outlined is not session.scene:
            self._outlined = session.scene
            self._outline()
        for name, pane in self.panes.items():
            key = self.key(name)
            if not session.belongs(key):
                continue
            picture = session.picture(key)
            if picture is not None and not session.can_fit(picture):
                continue
            nothing = "Truth: nobody knows it" if name == "truth" else "none"
            pane.show(picture, None if picture is None else session.limits_of(picture), session.view, nothing)

    def _resolve(self, *_) -> None:
        """A large field is drawn anew at the pixels of its zoom."""
        if self.session.scene is not None and self.session.scene.problem.mask.size > RASTER_ABOVE:
            self._draw()

    def _outline(self) -> None:
        """Coastline of the scene, drawn from its own mask."""
        lines = outline(self.session.scene.problem.mask)
        self.frame.coast.data = {"xs": [line[:, 0] for line in lines], "ys": [line[:, 1] for line in lines]}

    def _mark(self, *_) -> None:
        ends = [point for point in (self.session.probe, self.session.probe_end) if point is not None]
        x, y = [point[0] for point in ends], [point[1] for point in ends]
        self.frame.probe.data = {"x": x, "y": y}
        self.frame.transect.data = {"xs": [x], "ys": [y]} if len(ends) == 2 else {"xs": [], "ys": []}

    def _dim(self, *_) -> None:
        """A picture that no longer belongs to the settings is dimmed."""
        for name, pane in self.panes.items():
            dim(pane.view, self.session.dated(self.key(name)))


class Maps(Linked):
    """Input, prediction, truth above; error and two chosen fields below.

    Where nobody knows the truth, the members' spread takes its place and the distance to the input that of the error.
    """

    NAMES = ("input", "estimate", "truth", "error", "lower_a", "lower_b")
    MIDDLE = "estimate"
    UNSEEN = {"truth": "spread", "error": "consistency"}

    def key(self, name: str) -> str:
        if name.startswith("lower"):
            return getattr(self.session, name)
        unseen = self.session.scene is not None and self.session.scene.truth is None
        return self.UNSEEN.get(name, name) if unseen else name

    @property
    def seen(self) -> bool:
        return self.session.swiped is None

    def __panel__(self):
        panes = list(self.panes.values())
        rows = [
            pn.Row(*(p.view for p in row), sizing_mode="stretch_both", min_height=0) for row in (panes[:3], panes[3:])
        ]
        view = pn.Column(*rows, sizing_mode="stretch_both", min_height=0)
        self.session.param.watch(lambda *_: adjust(view, visible=self.seen), "swipe")
        return view


class Swipe(Linked):
    """Two maps over each other; a slider between them, which arrow keys move as well."""

    NAMES = ("left", "right")
    MIDDLE = "left"

    def key(self, name: str) -> str:
        left, right = self.session.swiped or ("input", "estimate")
        return left if name == "left" else right

    @property
    def seen(self) -> bool:
        return self.session.swiped is not None

    def __panel__(self):
        session = self.session
        swipe = pn.Swipe(
            *(pane.view for pane in self.panes.values()), slider_color=LINE, stylesheets=[FILLED],
            sizing_mode="stretch_both", min_height=0,
        )  # fmt: skip
        self.panes["right"].title.param.update(align="end", margin=(3, 44, 0, 0), sizing_mode=None)
        slider = pmui.IntSlider(
            label=session.param.swipe_at.label, value=50, start=0, end=100, sizing_mode="stretch_width", margin=(0, 60)
        )
        view = pn.Column(swipe, slider, sizing_mode="stretch_both", min_height=0, visible=False)

        def follow(*_) -> None:
            for widget in (slider, swipe):
                adjust(widget, value=50 if session.swipe_at is None else session.swipe_at)
            adjust(view, visible=self.seen)

        for widget in (slider, swipe):
            widget.param.watch(lambda event: setattr(session, "swipe_at", event.new), "value")
        session.param.watch(follow, ["swipe", "swipe_at"])
        return view
