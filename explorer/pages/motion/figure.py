"""Motion's screen, and its figure for print: images, flow, forecasts beside what happened, cost, errors."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from engine import methods, scores
from engine.grid import Grid
from explorer.drawing.arrows import arrows
from explorer.drawing.lines import LINES, pretty
from explorer.figures import cf
from explorer.figures.over import ground
from explorer.figures.screen import Screen
from explorer.figures.sheet import MARK, SMALL, Map, Painted, bar, entitle, lines, shape, sheet, table
from explorer.jobs.resolution_run import remade
from explorer.pages.motion.fields import Moving, Shown, colours_of, lead_axis, wheel
from explorer.pages.motion.run import Motion
from explorer.pages.motion.session import MotionSession

ITERATE = {"units": "1", "long_name": "iterate"}


@dataclass(frozen=True, kw_only=True)
class MotionScreen(Screen):
    """What the page of motion shows. arrowed: whether the image has the flow on it."""

    moving: Moving
    arrowed: bool

    @classmethod
    def of(cls, session: MotionSession) -> "MotionScreen":
        found, chosen, scene = session.outcome.current, session.chosen, session.outcome.scene
        assert scene is not None
        method = methods.copy(chosen.configured) if found is None else remade(found.asked[-2])
        return cls(
            scene=scene, method=method, seed=chosen.seed if found is None else found.asked[-1],
            stale=session.outcome.stale, view=session.look.view, query=session.query(), moving=session.moving,
            arrowed=session.images.flow == "arrows",
        )  # fmt: skip

    @property
    def made_by(self) -> Motion | None:
        return self.moving.found

    @property
    def provenance(self) -> str:
        which = f" · iterate {self.moving.iterate}" if self.moving.iterate is not None else ""
        return super().provenance + which

    def dataset(self) -> xr.Dataset:
        """Images, flow, its error, forecasts, what happened, the difference; cost by iterate, RMSE by lead time."""
        scene, found = self.scene, self.moving.found
        fields = {"images": scene.problem.low[scene.variable]}
        if scene.truth is not None:
            fields["happened"] = scene.truth[scene.variable]
            fields |= {f"true_{name}": scene.truth[name] for name in ("u", "v") if name in scene.truth}
        if found is not None:
            fields |= self._found(found)
        data = cf.dataset(fields, self)
        if "lead" not in data.coords:
            return data
        start = scene.problem.low["time"].values[-1]
        valid = start + data["lead"].values.astype("timedelta64[s]")
        data["lead"].attrs = {"standard_name": "forecast_period", "long_name": "lead time", "units": "s"}
        about = {**cf.TIME, "standard_name": "forecast_reference_time", "long_name": "time of the last image"}
        return data.assign_coords(
            forecast_reference_time=((), start, about),
            valid_time=("lead", valid, {"long_name": "time that a forecast is for", **cf.TIME}),
        )

    def _found(self, found: Motion) -> dict[str, xr.DataArray]:
        flow, truth = found.at(self.moving.iterate), self.scene.truth
        out = {name: flow[name] for name in ("u", "v")}
        if truth is not None and "u" in truth:
            out["endpoint_error"] = scores.endpoint_error(flow, truth)
        if "forecast" in flow and truth is not None:
            out["forecast"] = flow["forecast"]
            made, came = flow["forecast"], truth[self.scene.variable]
            out["difference"] = cf.difference(made.copy(data=made.values - came.values), "forecast minus what happened")
        along = {"iterate": ("iterate", np.arange(1, found.index + 1, dtype=np.int32), ITERATE)}
        for name, values in found.costs.items():
            about = {"units": "1", "long_name": name.replace("_", ": ", 1)}
            out[name] = xr.DataArray(values, along, "iterate", attrs=about)
        if found.blurs.size:
            about = {"units": "1", "long_name": "blur of the images, in cells"}
            out["blur"] = xr.DataArray(found.blurs, along, "iterate", attrs=about)
        for name, (_, rmse) in (found.errors or {}).items():
            units = self.scene.problem.low[self.scene.variable].attrs["units"]
            about = {"units": units, "long_name": f"RMSE of the forecast, {LINES[name][0]}"}
            out[f"rmse_{name}"] = xr.DataArray(rmse, {"lead": self.scene.problem.target["lead"]}, "lead", attrs=about)
        return out

    def figure(self) -> Figure:
        """Maps above, cost, errors by lead time and scores below."""
        high = float(np.clip(shape(Grid.of(self.scene.problem.target)), 0.35, 1.5))
        heights = [2 * (1.72 * high + 0.3), 1.7]
        fig = sheet(self.heading, self.provenance, sum(heights) + 0.6)
        rows = fig.add_gridspec(2, 1, height_ratios=heights)
        places = rows[0].subgridspec(2, 3)
        self._draw_flow(fig, [fig.add_subplot(places[0, number]) for number in range(3)])
        moving = self.moving
        for number, shown in enumerate((moving.forecast(), moving.happened(), moving.difference())):
            self._draw_map(fig, fig.add_subplot(places[1, number]), shown, number == 0)
        below = rows[1].subgridspec(1, 3, width_ratios=(1.15, 1.0, 1.15))
        draw_cost(fig.add_subplot(below[0]), moving.found, moving.iterate)
        self._draw_errors(fig.add_subplot(below[1]))
        self._draw_scores(fig.add_subplot(below[2]))
        return fig

    def _draw_flow(self, fig: Figure, axes: list[Axes]) -> None:
        """The image with arrows, the flow by colour, what is wrong with it."""
        self._draw_map(fig, axes[0], self.moving.given(), True)
        if self.moving.flow is None:
            axes[1].set_axis_off()
        else:
            draw_colours(axes[1], self.moving, self.view)
            axes[1].tick_params(labelleft=False)
            if self.arrowed:
                draw_arrows(axes[0], self.moving)
        self._draw_map(fig, axes[2], self.moving.error(), False)

    def _draw_map(self, fig: Figure, ax: Axes, shown: Shown, first: bool) -> None:
        if shown.picture is None or shown.limits is None:
            ax.set_axis_off()
            return
        drawn = Map(ax, shown.picture, shown.limits, self.view)
        ax.tick_params(labelleft=first)
        ground(ax, self)
        bar(fig, drawn, ax, shown.picture.field.attrs["units"])

    def _draw_errors(self, ax: Axes) -> None:
        """RMSE of the forecast by lead time, beside others'."""
        found = self.moving.found
        if found is None or found.errors is None:
            ax.set_axis_off()
            return
        lead, unit = lead_axis(self.scene)
        units = pretty(self.scene.problem.low[self.scene.variable].attrs["units"])
        errors = {name: (lead, rmse) for name, (_, rmse) in found.errors.items()}
        lines(ax, errors, f"lead time ({unit})", f"RMSE of the forecast ({units})", ylim=(0, None))

    def _draw_scores(self, ax: Axes) -> None:
        """End-point error and RMSE of all that is compared."""
        found = self.moving.found
        if found is None or found.errors is None:
            ax.set_axis_off()
            return
        units = pretty(self.scene.problem.low[self.scene.variable].attrs["units"])
        rows = [("means, flow error over the motion:", f"RMSE ({units})", "of the flow")]
        for name, (endpoint, rmse) in found.errors.items():
            known = f"{endpoint:.3f}" if np.isfinite(endpoint) else "–"
            rows.append((LINES[name][0], f"{float(np.mean(rmse)):.4g}", known))
        rows += [("cost", f"{found.trace['cost']:.5g}", "")] if "cost" in found.trace else []
        rows += [("evaluations", f"{found.trace.get('evaluations', 0):.0f}", "")]
        table(ax, rows, (0.75, 1.0))


def draw_colours(ax: Axes, moving: Moving, view=None) -> Painted:
    """The flow by colour, and the wheel that says which is which."""
    flow = moving.flow
    assert flow is not None
    colours = colours_of(flow["u"].values, flow["v"].values, moving.scale)
    painted = Painted(ax, colours, Grid.of(flow), moving.flow_title, view)
    inset = ax.inset_axes((1.05, 0.78, 0.2, 0.2))
    inset.imshow(wheel(), origin="lower")
    inset.set_axis_off()
    return painted


def draw_arrows(ax: Axes, moving: Moving) -> list[Artist]:
    """The flow as arrows, and one for scale below the map's right end."""
    flow = moving.flow
    assert flow is not None
    drawn = arrows(flow, moving.scale)
    quiver = ax.quiver(
        drawn.x, drawn.y, drawn.dx, drawn.dy, angles="xy", scale_units="xy", scale=1, pivot="mid", color=MARK,
        width=0.006,
    )  # fmt: skip
    words, style = f"{moving.scale:g} m/s", {"labelpos": "E", "fontproperties": {"size": SMALL}, "labelsep": 0.03}
    return [quiver, ax.quiverkey(quiver, 0.78, -0.13, drawn.longest, words, **style)]


def draw_cost(ax: Axes, found: Motion | None, iterate: int | None = None) -> None:
    """The cost and its terms after every iterate."""
    costs = {} if found is None else {name: values for name, values in found.costs.items() if (values > 0).any()}
    if not costs:
        ax.set_axis_off()
        return
    assert found is not None
    curves = {name: found.curve(name)[:2] for name in costs}
    ax.margins(y=0.15)
    lines(ax, curves, "iterate", "cost", yscale="log")
    for first, words in found.stages.items():
        ax.annotate(words, (first, costs["cost"][first - 1]), (2, 2), textcoords="offset points", fontsize=SMALL)
    if iterate is not None:
        ax.axvline(iterate, color="#d55e00", linewidth=1)
    entitle(ax, f"Cost {found.trace['cost']:.5g} at the end")
