"""Figures follow the zoom and the hidden curves that a page's `look` holds, and tell it what a reader does to them."""

from collections.abc import Callable
from typing import Any, cast

from bokeh.events import RangesUpdate, Reset
from bokeh.plotting import figure as Figure

from engine.grid import Grid
from explorer.base.look import Look
from explorer.base.session import Session
from explorer.drawing.lines import keep_aspect, tell_zoom
from explorer.drawing.panes import Frame

Pair = tuple[float, float]


class LineZoom:
    """The zoom of a line figure and the curves that a click on the legend took away."""

    def __init__(self, look: Look, f: Figure, curves: tuple[str, ...] = ()):
        self.look, self.figure = look, f
        self.fitted: dict[str, Pair] = {}
        self._from_user = False
        self._curves = dict(zip((f"{f.name}.{curve}" for curve in curves), f.renderers, strict=False))
        f.on_event(RangesUpdate, self._zoomed)  # type: ignore[arg-type]
        f.on_event(Reset, lambda event: self._keep({}))
        for renderer in self._curves.values():
            renderer.on_change("visible", self._hid)
        look.param.watch(lambda *_: self._place(), "zooms")
        look.param.watch(lambda *_: self._hide(), "hidden")
        self._hide()

    def fit(self, x: Pair, y: Pair) -> None:
        """Show these ranges, unless there is a zoom; Reset leads back to them."""
        self.fitted = {"x": x, "y": y}
        self._place()

    def _place(self) -> None:
        if self._from_user:
            return
        for axis, (low, high) in self.fitted.items():
            start, end = self.look.zooms.get(self._named(axis), (low, high))
            shown = self.figure.x_range if axis == "x" else self.figure.y_range
            shown.update(start=start, end=end, reset_start=low, reset_end=high)

    def _zoomed(self, event: RangesUpdate) -> None:
        self._keep({"x": cast(Pair, (event.x0, event.x1)), "y": cast(Pair, (event.y0, event.y1))})

    def _keep(self, zoom: dict[str, Pair]) -> None:
        """Tell the page what the browser shows already."""
        others = {name: pair for name, pair in self.look.zooms.items() if name not in map(self._named, "xy")}
        self._from_user = True
        try:
            self.look.zooms = others | {self._named(axis): pair for axis, pair in zoom.items()}
        finally:
            self._from_user = False

    def _named(self, axis: str) -> str:
        return f"{self.figure.name}.{axis}"

    def _hid(self, attr, old, new) -> None:
        others = [name for name in self._hidden() if name not in self._curves]
        gone = [name for name, renderer in self._curves.items() if not renderer.visible]
        self.look.hidden = ",".join(sorted({*others, *gone}))

    def _hide(self) -> None:
        hidden = self._hidden()
        for name, renderer in self._curves.items():
            if renderer.visible == (name in hidden):
                renderer.visible = name not in hidden

    def _hidden(self) -> list[str]:
        return list(filter(None, self.look.hidden.split(",")))


class MapZoom:
    """The one zoom of several maps: the `view` of a page, or all of its scene, with true aspect."""

    def __init__(self, session: Session, frame: Frame, sizing: Figure, figures: list[Figure], draw: Callable[[], None]):
        """frame: what the maps share; sizing: the figure whose size the aspect is fitted to; figures: all of them;
        draw: called where another size or zoom may ask for other cells."""
        self.look, self.outcome, self.box = session.look, session.outcome, keep_aspect(sizing)
        self.frame, self.sizing, self._draw = frame, sizing, session.guarded(draw)
        self._shown: list[float] = []  # the box that the browser shows or is going to, and its aspect
        self._turn = 0
        tell_zoom(sizing, self.box)
        self.box.on_change("data", self._moved)
        for f in figures:
            f.on_event(Reset, lambda event: setattr(self.look, "view", None))
        session.watch(lambda *_: self.place(), "scene", "view")
        self.look.param.watch(self._resolve, ["view", "density"])
        for size in ("inner_width", "inner_height"):
            sizing.on_change(size, lambda attr, old, new: self._resolve())
        self.place()

    def _resolve(self, *_: Any) -> None:
        """Have those cells sent that can be seen."""
        self.frame.view = self.look.view
        self.frame.measure(self.sizing, self.look.density)
        self._draw()

    def place(self) -> None:
        """Have the browser show the view, unless it does."""
        if self.outcome.scene is None:
            return
        grid = Grid.of(self.outcome.scene.problem.target)
        wanted = [*(self.look.view or grid.extent), grid.aspect]
        if wanted != self._shown:
            self._shown, self._turn = wanted, self._turn + 1
            self.box.data = {"box": [*wanted, self._turn]}

    def _moved(self, attr: str, old: dict, new: dict) -> None:
        """Follow a reader's zoom, but for one of before the browser had what was placed last, which undoes it."""
        *moved, turn = new["box"]
        if turn == self._turn and moved != self._shown:
            self._shown = moved
            self.look.view = tuple(moved[:4])
