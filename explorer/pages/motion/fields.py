"""What the maps of the page "Motion" show: images, flow, error, forecast; arrows and colours of a flow."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from engine import scores
from engine.scene import Scene
from explorer.drawing.palette import limits, nice
from explorer.drawing.pictures import Picture
from explorer.pages.motion.run import Motion, speed


@dataclass(frozen=True)
class Shown:
    """A picture with its colour limits; without a picture the reason why there is none."""

    picture: Picture | None
    limits: tuple[float, float] | None = None
    why: str = ""


@dataclass(frozen=True)
class Moving:
    """What is chosen to be seen: an image and a forecast, counted from 1, and an iterate (None: the last one).

    of_truth: whether the flow is the true one, where somebody knows it.
    """

    scene: Scene
    found: Motion | None
    image: int
    lead: int
    iterate: int | None = None
    of_truth: bool = False

    @property
    def known(self) -> xr.Dataset | None:
        """The true `u` and `v` (time, y, x)."""
        truth = self.scene.truth
        return truth[["u", "v"]] if truth is not None and "u" in truth else None

    @property
    def true(self) -> bool:
        """Whether the flow that is shown is the true one."""
        return self.of_truth and self.known is not None

    @property
    def flow(self) -> xr.Dataset | None:
        """`u` and `v` (y, x) at the time of the image, of the iterate or the true ones."""
        found = None if self.found is None else self.found.at(self.iterate)[["u", "v"]]
        flow = self.known if self.true else found
        return None if flow is None else flow.isel(time=self.image - 1)

    @property
    def flow_title(self) -> str:
        which = "True flow" if self.true else "Flow" if self.iterate is None else f"Flow at iterate {self.iterate}"
        return f"{which} by colour, full at {self.scale:g} m/s"

    @cached_property
    def scale(self) -> float:
        """The speed (m s-1) of the longest arrow and the fullest colour: the run's, whatever the iterate."""
        flow = self.known if self.found is None else self.found.estimate
        assert flow is not None
        return nice(float(np.nanquantile(speed(flow).values, 0.99)) or 1e-3)

    @cached_property
    def field_limits(self) -> tuple[float, float]:
        """Colour limits of images and forecasts."""
        low, high = limits(self.scene.problem.low[self.scene.variable].values, self.scene.variable)
        return 0.0 if self.scene.variable.startswith("rain") else low, high

    def _field(self, field: xr.DataArray, title: str) -> Shown:
        return Shown(Picture(field, title, self.scene.variable, "field"), self.field_limits)

    def given(self) -> Shown:
        field = self.scene.problem.low[self.scene.variable].isel(time=self.image - 1)
        return self._field(field, f"Image {moments(self.scene)[self.image - 1]}")

    def error(self) -> Shown:
        """The end-point error or, where nobody knows the flow, its speed."""
        if self.found is None:
            return Shown(None, why=" ")
        flow, truth = self.found.at(self.iterate), self.known
        if truth is not None:
            field, title = scores.endpoint_error(flow, truth), "End-point error"
            if self.found.errors is not None:
                title += f", {self._relative_error(flow):.2f} of the motion"
            scale = float(np.nanquantile(speed(truth).values, 0.9))
        else:
            field, title = speed(flow), "Speed (nobody knows the true flow)"
            scale = float(np.nanquantile(self.found.speed.values, 0.995))
        field = field.isel(time=self.image - 1)
        return Shown(Picture(field, title, "endpoint_error", "error"), (0.0, nice(max(scale, 1e-3))))

    def _relative_error(self, flow: xr.Dataset) -> float:
        """The mean end-point error over the mean motion; of the run's end it is known."""
        assert self.found is not None
        assert self.found.errors is not None
        if flow is self.found.estimate:
            return self.found.errors["estimate"][0]
        return scores.relative_endpoint_error(flow, self.scene)

    def happened(self) -> Shown:
        assert self.scene.truth is not None
        field = self.scene.truth[self.scene.variable].isel(lead=self.lead - 1)
        return self._field(field, f"What happened {ahead(self.scene)[self.lead - 1]}")

    def forecast(self) -> Shown:
        if self.found is None:
            return Shown(None, why="Forecast: press Run")
        if "forecast" not in self.found.at(self.iterate):
            return Shown(None, why="Forecast: at the end of the descent")
        field = self.found.estimate["forecast"].isel(lead=self.lead - 1)
        pace = field.attrs.get("pace", 1)
        further = "" if pace == 1 else f", carried {'twice' if pace == 2 else f'{pace:g} times'} as far"
        return self._field(field, f"Forecast {ahead(self.scene)[self.lead - 1]}{further}")

    def difference(self) -> Shown:
        """Forecast - what happened."""
        made, came = self.forecast().picture, self.happened().picture
        if made is None or came is None:
            return Shown(None, why=" ")
        field = came.field.copy(data=made.field.values - came.field.values)
        rmse = float(np.sqrt(np.nanmean(field.values**2)))
        title = f"Forecast - what happened, RMSE {rmse:.3g}"
        return Shown(Picture(field, title, "error", "difference"), limits(field.values, "error", percent=1.0))


def moments(scene: Scene) -> list[str]:
    """The images' times."""
    return [time.replace("T", " ") for time in scene.problem.low["time"].values.astype("datetime64[m]").astype(str)]


def ahead(scene: Scene) -> list[str]:
    """The lead times in words."""
    leads = scene.problem.target["lead"].values
    return [f"after {lead / 86400:g} d" if lead >= 86400 else f"after {lead / 60:g} min" for lead in leads]


def lead_axis(scene: Scene) -> tuple[np.ndarray, str]:
    """The lead times in a unit that suits them."""
    lead = scene.problem.target["lead"].values
    return (lead / 86400, "days") if lead[0] >= 86400 else (lead / 60, "min")


def _hues() -> np.ndarray:
    """The colours around the wheel, (55, 3) from 0 to 1: red to yellow to green ... to magenta to red.

    Source: Baker et al. 2011, doi:10.1007/s11263-010-0390-2, and the code beside it.
    """
    corners = np.array([(1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1), (1, 0, 0)], float)
    counts = (15, 6, 4, 11, 13, 6)  # the eye tells more hues between red and yellow than between green and cyan
    ways = zip(corners, corners[1:], counts, strict=False)
    return np.concatenate([start + (end - start) * (np.arange(n) / n)[:, None] for start, end, n in ways])


HUES = _hues()


def colours_of(u: np.ndarray, v: np.ndarray, top: float) -> np.ndarray:
    """RGBA (y, x, 4) of 8 bits: the direction's hue, white at rest and full at `top`; transparent where there is none.

    East is red, south yellow, west cyan and north violet; what is faster than `top` is three quarters as bright.
    Source: Baker et al. 2011, doi:10.1007/s11263-010-0390-2.
    """
    radius = np.hypot(u, v) / top
    known = np.isfinite(radius)
    across, down = np.where(known, u, 0.0), 0.0 - np.where(known, v, 0.0)  # their rows run down
    turn = (np.arctan2(-down, -across) / np.pi + 1) / 2 * (len(HUES) - 1)
    at = np.floor(turn).astype(int)
    part = (turn - at)[..., None]
    hue = (1 - part) * HUES[at] + part * HUES[(at + 1) % len(HUES)]
    radius = np.where(known, radius, 0)[..., None]
    rgb = np.where(radius <= 1, 1 - radius * (1 - hue), 0.75 * hue)
    return np.dstack([(255 * rgb).astype(np.uint8), np.where(known, 255, 0).astype(np.uint8)])


def wheel() -> np.ndarray:
    """The colours of all directions and speeds: a disc that is full at its rim, in a ring of what is faster."""
    across, up = np.meshgrid(side := np.linspace(-1.15, 1.15, 81), side)
    gone = np.hypot(across, up) > 1.15
    return colours_of(np.where(gone, np.nan, across), up, 1.0)
