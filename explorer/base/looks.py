"""How a page is looked at, kept in its session and so in its link: zoom of maps and lines, hidden curves, open tab."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import panel as pn
import panel_material_ui as pmui
from bokeh.events import RangesUpdate, Reset
from bokeh.plotting import figure as Figure

from engine.grid import Grid
from explorer.drawing.lines import keep_aspect, tell_zoom

if TYPE_CHECKING:
    from explorer.base.session import Working

Pair = tuple[float, float]

TABS = {
    "& .MuiTab-root": {
        "minHeight": "32px", "minWidth": "0", "padding": "4px 6px", "fontSize": "12.5px", "letterSpacing": "0",
        "textTransform": "none",
    },
    "& .MuiTabs-root": {"minHeight": "32px"},
}  # fmt: skip

PLAYER = {"& .MuiIconButton-root:not(.MuiIconButton-colorPrimary)": {"color": "text.primary"}}  # dark on dark else


class Look:
    """The zoom of a line figure and the curves that a click on the legend took away."""

    def __init__(self, session: "Working", f: Figure, curves: tuple[str, ...] = ()):
        self.session, self.figure = session, f
        self.fitted: dict[str, Pair] = {}
        self._from_user = False
        self._curves = dict(zip((f"{f.name}.{curve}" for curve in curves), f.renderers, strict=False))
        f.on_event(RangesUpdate, self._zoomed)
        f.on_event(Reset, lambda event: self._keep({}))
        for renderer in self._curves.values():
            renderer.on_change("visible", self._hid)
        session.param.watch(lambda *_: self._place(), "zooms")
        session.param.watch(lambda *_: self._hide(), "hidden")

    def fit(self, x: Pair, y: Pair) -> None:
        """Show these ranges, unless there is a zoom; Reset leads back to them."""
        self.fitted = {"x": x, "y": y}
        self._place()

    def _place(self) -> None:
        if self._from_user:
            return
        for axis, (low, high) in self.fitted.items():
            start, end = self.session.zooms.get(self._named(axis), (low, high))
            shown = self.figure.x_range if axis == "x" else self.figure.y_range
            shown.update(start=start, end=end, reset_start=low, reset_end=high)

    def _zoomed(self, event: RangesUpdate) -> None:
        self._keep({"x": (event.x0, event.x1), "y": (event.y0, event.y1)})

    def _keep(self, zoom: dict[str, Pair]) -> None:
        """Tell the session what the browser shows already."""
        others = {name: pair for name, pair in self.session.zooms.items() if name not in map(self._named, "xy")}
        self._from_user = True
        try:
            self.session.zooms = others | {self._named(axis): pair for axis, pair in zoom.items()}
        finally:
            self._from_user = False

    def _named(self, axis: str) -> str:
        return f"{self.figure.name}.{axis}"

    def _hid(self, attr, old, new) -> None:
        others = [name for name in self._hidden() if name not in self._curves]
        gone = [name for name, renderer in self._curves.items() if not renderer.visible]
        self.session.hidden = ",".join(sorted({*others, *gone}))

    def _hide(self) -> None:
        for name, renderer in self._curves.items():
            renderer.visible = name not in self._hidden()

    def _hidden(self) -> list[str]:
        return list(filter(None, self.session.hidden.split(",")))


class Zoom:
    """The one zoom of several maps: `view` of the session, or all of its scene, with true aspect."""

    def __init__(self, session: "Working", sizing: Figure, figures: list[Figure]):
        """sizing: the figure whose size the aspect is fitted to; all of them share its ranges."""
        self.session, self.box = session, keep_aspect(sizing)
        self._shown: list[float] = []  # the box that the browser shows or is going to, and its aspect
        self._turn = 0
        tell_zoom(sizing, self.box)
        self.box.on_change("data", self._moved)
        for f in figures:
            f.on_event(Reset, lambda event: setattr(session, "view", None))
        session.param.watch(lambda *_: self.place(), ["scene", "view"])

    def place(self) -> None:
        if self.session.scene is None:
            return
        grid = Grid.of(self.session.scene.problem.target)
        wanted = [*(self.session.view or grid.extent), grid.aspect]
        if wanted != self._shown:
            self._shown, self._turn = wanted, self._turn + 1
            self.box.data = {"box": [*wanted, self._turn]}

    def _moved(self, attr: str, old: dict, new: dict) -> None:
        """Follow a reader's zoom, but for one of before the browser had what was placed last, which undoes it."""
        *moved, turn = new["box"]
        if turn == self._turn and moved != self._shown:
            self._shown = moved
            self.session.view = tuple(moved[:4])


def tabbed(session: "Working", parts: Mapping[str, pn.viewable.Viewer]) -> pmui.Tabs:
    """Views behind tabs; all are made at once, browsers stumble over figures in tabs added later."""
    tabs = pmui.Tabs(*parts.items(), sizing_mode="stretch_both", min_height=0, margin=0, sx=TABS)
    follow_tab(session, tabs, list(parts))
    return tabs


def follow_tab(session: "Working", tabs: pmui.Tabs, titles: list[str], front: Callable[[], int] = lambda: 0) -> None:
    """Keep which tab is open in the session: its title in small letters, nothing for the one in front."""
    names = [title.lower() for title in titles]
    session.param.tab.objects = ["", *names]

    def opened(event) -> None:
        session.tab = "" if event.new == front() else names[event.new]

    def follow(*_) -> None:
        tabs.active = names.index(session.tab) if session.tab else front()

    tabs.param.watch(opened, "active")
    session.param.watch(follow, "tab")
    follow()
