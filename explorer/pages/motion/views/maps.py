"""The maps of the page "Motion": images with the flow, its colours, its error; forecasts beside what happened."""

from dataclasses import replace
from typing import cast

import holoviews as hv
import numpy as np
import panel as pn
import xarray as xr
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.models.tickers import ContinuousTicker

from engine.grid import Grid
from explorer.base.given import given
from explorer.base.ground import Ground
from explorer.base.zoom import MapZoom
from explorer.drawing.arrows import arrows, drawn
from explorer.drawing.coded import coded
from explorer.drawing.copies import glyphs, rendered, sources
from explorer.drawing.lines import dim, title_pane, title_text, titled
from explorer.drawing.mosaic import Mosaic
from explorer.drawing.panes import Frame, MapPane
from explorer.drawing.sampling import Window
from explorer.pages.motion.fields import Shown, colours_of, wheel
from explorer.pages.motion.session import MotionSession

hv.extension("bokeh", logo=False)

WHEEL = 0.2  # of the map's width


class MotionMaps(pn.viewable.Viewer):
    """Above: an image with the flow on it, the flow by colour, what is wrong with it. Below: a forecast, what
    happened, the difference."""

    session = given(MotionSession)
    NAMES = ("given", "error", "forecast", "happened", "difference")

    def __init__(self, session: MotionSession, **params):
        super().__init__(session=session, **params)
        self.frame = Frame()
        self.panes = {name: MapPane(self.frame, "image" if name == "given" else name) for name in self.NAMES}
        self.flow = FlowPane(self.frame)
        figures = [self.flow.figure, *(pane.figure for pane in self.panes.values())]
        self.zoom = MapZoom(session, self.frame, self.flow.figure, figures, self._draw)
        self.arrows = ColumnDataSource({"xs": [], "ys": []})
        self.panes["given"].figure.multi_line("xs", "ys", source=self.arrows, line_color="#ff3d7f", line_width=1.5)
        self.ground = Ground(session, self.frame, [pane.figure for pane in self.panes.values()])
        self._fields: dict[tuple[str, int], xr.DataArray] = {}  # what does not change from iterate to iterate
        panes = self.panes
        self.mosaic = Mosaic([[panes["given"], self.flow, panes["error"]], [panes[name] for name in self.NAMES[2:]]])
        session.watch(lambda *_: self._fields.clear(), "scene")
        session.watch(self._draw, "scene", "result", "image", "lead", "flow", "flow_of", "iterate", "geography")
        session.watch(self._dim, "stale")
        self._draw()
        self._dim()

    def _draw(self, *_) -> None:
        images, scene = self.session.images, self.session.outcome.scene
        if scene is None:
            return
        self.mosaic.frame(Grid.of(scene.problem.target), self.session.look.view)
        moving = self.session.moving
        self._show("given", self._once("given", images.image, moving.given()))
        self._show("happened", self._once("happened", images.lead, moving.happened()))
        for name in ("error", "forecast", "difference"):
            self._show(name, getattr(moving, name)())
        self.ground.draw(scene, self.session.geography.coast, self.session.geography.graticule)
        flow = moving.flow
        if flow is None:
            self.arrows.data = {"xs": [], "ys": []}
            self.flow.clear("Flow: press Run")
            return
        self.flow.show(flow, moving.scale, moving.flow_title)
        lines = drawn(arrows(flow, moving.scale)) if images.flow == "arrows" else []
        self.arrows.data = {"xs": [line[:, 0] for line in lines], "ys": [line[:, 1] for line in lines]}

    def _once(self, name: str, number: int, shown: Shown) -> Shown:
        """The same with the field that was drawn before, if it was: a field is sent again only if it is another one."""
        assert shown.picture is not None
        field = self._fields.setdefault((name, number), shown.picture.field)
        return replace(shown, picture=replace(shown.picture, field=field))

    def _show(self, name: str, shown: Shown) -> None:
        self.panes[name].show(shown.picture, shown.limits, nothing=shown.why)

    def _dim(self, *_) -> None:
        for view in (self.flow.view, *(self.panes[name].view for name in ("error", "forecast", "difference"))):
            dim(view, self.session.outcome.stale)

    def __panel__(self):
        return self.mosaic.view


class FlowPane:
    """The flow as colours: direction by hue, speed by fullness, with the wheel that says which is which."""

    def __init__(self, frame: Frame):
        self.frame = frame
        self._shown: tuple[xr.Dataset | None, float, Window | None]  # the flow, its top speed and the cells shown
        self.figure = rendered("flow", _painted)
        self.figure.update(name="flow", x_range=frame.x_range, y_range=frame.y_range, title=None)
        self.figure.outline_line_color = None
        self.figure.grid.grid_line_color = None
        self.figure.toolbar.autohide, self.figure.toolbar.logo, self.figure.toolbar_inner = True, None, True
        for axis in (self.figure.xaxis, self.figure.yaxis):
            axis.axis_label, cast(ContinuousTicker, axis.ticker).desired_num_ticks = None, 4
        self.image, self.wheel = sources(self.figure)
        self.hover = HoverTool(renderers=[glyphs(self.figure)[0]])
        self.figure.add_tools(self.hover)
        self.title = title_pane()
        self.view = titled(self.title, self.figure)
        self.clear(" ")

    def clear(self, why: str) -> None:
        self.title.object, self._shown = title_text(why), (None, 0.0, None)
        for source in (self.image, self.wheel):
            source.data = {name: [] for name in source.data}

    def show(self, flow: xr.Dataset, top: float, title: str) -> None:
        """Draw a flow `u`, `v` (y, x), full at the speed `top`."""
        self.title.object = title_text(title)
        grid, window = Grid.of(flow), self.frame.window(Grid.of(flow))
        if not self._serves(flow, top, window):
            self._shown = flow, top, window
            self._paint(flow.sortby(["y", "x"]), top, window)
        names = {name: flow[name].attrs.get("long_name", name) for name in ("u", "v")} | {"speed": "speed"}
        tips = [(str(words), f"@{name}{{0.00}} m/s") for name, words in names.items()]
        tips += [(f"{axis} ({grid.units})", f"${axis}{{0.0}}") for axis in ("x", "y")]
        if self.hover.tooltips != tips:
            self.hover.tooltips = tips

    def _serves(self, flow: xr.Dataset, top: float, window: Window) -> bool:
        """Whether the same is shown, with all the cells that are asked for."""
        before, full, cells = self._shown
        return before is flow and full == top and cells == window

    def _paint(self, flow: xr.Dataset, top: float, window: Window) -> None:
        x0, x1, y0, y1 = window.extent(Grid.of(flow))
        u, v = (window.sample(flow[name].values.astype(np.float32)) for name in ("u", "v"))
        box = {"x": [x0], "y": [y0], "dw": [x1 - x0], "dh": [y1 - y0]}
        told = {"u": u, "v": v, "speed": np.hypot(u, v)}
        self.image.data = box | _rgba(colours_of(u, v, top)) | {name: [coded(of, 2)] for name, of in told.items()}
        if not self.wheel.data["x"]:
            left, right, low, _ = Grid.of(flow).extent
            size = WHEEL * (right - left)
            self.wheel.data = {"x": [left], "y": [low], "dw": [size], "dh": [size]} | _rgba(wheel())


def _rgba(colours: np.ndarray) -> dict[str, list]:
    """The column of an image in colours."""
    return {"image": [np.ascontiguousarray(colours).view(np.uint32)[..., 0]]}


def _painted() -> hv.Overlay:
    """The declaration: the flow by colour, and the wheel."""
    blank = np.zeros((2, 2, 4), np.uint8)
    field = hv.RGB(blank, bounds=(0, 0, 1, 1), kdims=["x", "y"], vdims=list("RGBA")).opts(responsive=True, tools=[])
    wheel = hv.RGB(blank, bounds=(0, 0, 1, 1), kdims=["x", "y"], vdims=list("RGBA"))
    return (field * wheel).opts(title="", xlabel="", ylabel="", responsive=True)
