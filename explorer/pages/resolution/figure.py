"""The explorer's screen, and its figure for print: maps, members, spectrum, histogram or transect, scores, detail."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from engine import methods, scores
from engine.grid import Grid
from explorer.drawing import noisy, palette, pictures, threefold
from explorer.drawing.lines import LINES, pretty
from explorer.drawing.pictures import Picture
from explorer.drawing.style import USUAL, Style, as_shown
from explorer.figures import cf
from explorer.figures.over import ground
from explorer.figures.screen import Screen
from explorer.figures.sheet import SMALL, Map, bar, legend, lines, marks, shape, sheet, table
from explorer.jobs.resolution_run import Result, SceneRequest, remade
from explorer.pages.resolution.balance import Balance, balances, reach
from explorer.pages.resolution.comparison import beside
from explorer.pages.resolution.overlay_figure import overlay
from explorer.pages.resolution.session import ResolutionSession
from explorer.pages.resolution.transect import path, sample

THUMBNAILS = 8  # most in a row
SHADES = {"large": 0.0, "medium": 0.05, "fine": 0.10, "finest": 0.16}
DIFFERENCES = {
    "error": "prediction minus truth",
    "consistency": "degraded prediction minus input",
    "spread": "standard deviation of the members",
    "b_error": "prediction of method B minus truth",
    "b_consistency": "degraded prediction of method B minus input",
    "difference": "prediction of method A minus that of method B",
}
MEMBER = {"standard_name": "realization", "long_name": "member", "units": "1"}


@dataclass(frozen=True)
class ResolutionScreen(Screen):
    """What the explorer shows."""

    request: SceneRequest
    result: Result | None
    keys: tuple[str, ...]  # of the six maps, row by row
    limits: Mapping[str, tuple[float, float]]
    member: int | None
    threshold: float | None
    ends: tuple[tuple[float, float], ...]  # the probe, or both ends of the transect
    other: Result | None = None  # of method B, judged
    style: Style = USUAL

    @classmethod
    def of(cls, session: ResolutionSession) -> "ResolutionScreen":
        display, scene, result = session.display, session.outcome.scene, session.outcome.current
        assert scene is not None
        result = result if result is None else result.without_glimpse()
        chosen = (session.request, methods.copy(session.chosen.configured), session.chosen.seed)
        request, method, seed = (
            chosen if result is None else (result.asked[0], remade(result.asked[1]), result.asked[2])
        )
        return cls(
            scene=scene, method=method, seed=seed, stale=session.outcome.stale, view=session.look.view,
            query=session.query(), result=result, request=request,
            keys=display.six, limits=dict(display.limits),
            member=display.member, threshold=display.threshold,
            ends=tuple(end for end in (display.probe, display.probe_end) if end is not None),
            other=session.comparison.judged if result is not None else None, style=display.style,
        )  # fmt: skip

    def picture(self, key: str) -> Picture | None:
        return pictures.picture(key, self.scene, self.result, self.other, self.member, self.threshold)

    def dressed(self, picture: Picture) -> Picture:
        """A picture as the screen shows it: in its colours and unit. Files have the unit of the data."""
        return self.style.dressed(picture, self.scene)

    def kept_limits(self, shown: Picture) -> tuple[float, float]:
        """Colour limits in the unit of the data; of what is not on the screen, fitted to what the scene has."""
        if shown.role in palette.FIXED:
            return palette.FIXED[shown.role]
        key = shown.limits_key
        return self.limits.get(key) or self.style.fitted(shown, pictures.fitted_to(key, self.scene))

    def limits_of(self, shown: Picture) -> tuple[float, float]:
        """Colour limits on the screen of a picture that is dressed."""
        return as_shown(shown, self.kept_limits(shown))

    @cached_property
    def shown(self) -> dict[str, Picture]:
        """The maps that there are as the screen shows them, by key."""
        return {key: self.dressed(picture) for key, picture in self.maps.items()}

    @cached_property
    def maps(self) -> dict[str, Picture]:
        """The maps that there are, by key."""
        found = {key: self.picture(key) for key in self.keys}
        return {key: shown for key, shown in found.items() if shown is not None}

    @property
    def made_by(self) -> Result | None:
        return self.result

    def dataset(self) -> xr.Dataset:
        """Input, prediction, truth, error, the other maps, guides, members, spectra, densities and scores."""
        keys = [key for key in dict.fromkeys((*pictures.ALWAYS, *self.keys)) if not pictures.slow(key)]
        stored = {key: self.picture(key) for key in keys}
        fields = {_named(key): _placed(key, shown.field) for key, shown in stored.items() if shown is not None}
        fields |= self._details()
        fields |= {f"guide_{name}": guide for name, guide in self.scene.problem.guides.items()}
        for name, what in DIFFERENCES.items():
            if name in fields:
                fields[name] = cf.difference(fields[name], what)
        result = self.result
        if result is not None and result.members is not None:
            count = np.arange(1, result.members.sizes["member"] + 1, dtype=np.int32)
            fields["members"] = result.members.assign_coords(member=("member", count, MEMBER))
        if result is not None:
            for name, curves in (("power", result.curves), ("density", result.densities), ("score", result.table)):
                fields |= {f"{name}_{_named(str(key))}": field for key, field in (curves or {}).items()}
        return cf.dataset(fields, self)

    def _details(self) -> dict[str, xr.DataArray]:
        """Of maps of detail the energies, band by band: their colours are for eyes alone."""
        out = {}
        for key in filter(pictures.slow, self.maps):
            result, member = (self.other, None) if key.startswith(pictures.OF_B) else (self.result, self.member)
            assert result is not None
            for band in pictures.bands_of(key, self.scene):
                for name, field in scores.detail(result.shown(member), self.scene, [band]).items():
                    about = {"long_name": f"energy of detail that is {name}, {threefold.span([band])}"}
                    side = "b_" if key.startswith(pictures.OF_B) else ""
                    out[f"{side}{name}_{band.name}"] = field.isel(band=0, drop=True).assign_attrs(about)
        return out

    def figure(self) -> Figure:
        """Maps above, members in a row where there are some, curves, scores and bars of detail below."""
        high = float(np.clip(shape(Grid.of(self.scene.problem.target)), 0.35, 1.5))
        members = self.result.members if self.result is not None else None
        small = 0 if members is None else 0.85 * high + 0.15
        heights = [2 * (1.72 * high + 0.3), *([small] if small else []), 1.95]
        fig = sheet(self.heading, self.provenance, sum(heights) + 0.6)
        rows = fig.add_gridspec(len(heights), 1, height_ratios=heights)
        self._draw_maps(fig, rows[0])
        if small:
            self._draw_members(fig, rows[1])
        below = rows[-1].subgridspec(1, 3, width_ratios=(1.1, 0.8, 1.5))
        self._draw_spectrum(fig.add_subplot(below[0]))
        self._draw_values(fig.add_subplot(below[1]))
        told = balances(self.result) if self.result is not None and self.scene.truth is not None else []
        shares = below[2].subgridspec(2, 1, height_ratios=(2.6, 1) if told else (1, 0.01))
        self._draw_scores(fig.add_subplot(shares[0]))
        if told:
            self._draw_detail(fig.add_subplot(shares[1]), told)
        return fig

    def _draw_maps(self, fig: Figure, place: SubplotSpec) -> None:
        grid = place.subgridspec(2, 3)
        for number, key in enumerate(self.keys):
            ax = fig.add_subplot(grid[number // 3, number % 3])
            if key not in self.maps:
                ax.set_axis_off()
                continue
            shown = self.shown[key]
            drawn = Map(ax, shown, self.limits_of(shown), self.view)
            ax.tick_params(labelleft=number % 3 == 0)
            ground(ax, self)
            overlay(ax, self, key)
            marks(ax, self.ends)
            if shown.role == threefold.ROLE:
                legend(ax, threefold.COLOURS)
            else:
                bar(fig, drawn, ax, shown.field.attrs["units"])

    def _draw_members(self, fig: Figure, place: SubplotSpec) -> None:
        """Thumbnails of the first members; before them their spread, if it is not among the maps."""
        assert self.result is not None
        members = self.result.members
        assert members is not None
        spread = self.picture("spread") if "spread" not in self.keys else None
        spread = spread and self.dressed(spread)
        count = min(THUMBNAILS - (spread is not None), members.sizes["member"])
        grid = place.subgridspec(1, THUMBNAILS)
        if spread is not None:
            drawn = Map(ax := fig.add_subplot(grid[0]), spread, self.limits_of(spread), named=False)
            bar(fig, drawn, ax, spread.field.attrs["units"])
        for number in range(count):
            shown = self.dressed(Picture(members.isel(member=number), str(number + 1), self.scene.variable, "field"))
            ax = fig.add_subplot(grid[number + (spread is not None)])
            Map(ax, shown, self.limits_of(shown), named=False)

    def _draw_spectrum(self, ax: Axes) -> None:
        curves = self.result.curves if self.result is not None else None
        if curves is None:
            ax.set_axis_off()
            return
        curves = beside(curves, self.other)
        axis = {name: "wavenumber_input" if name == "input" else "wavenumber" for name in curves}
        known = [name for name in LINES if name in curves]
        k, best = curves["wavenumber"].values, curves["truth" if "truth" in curves else "estimate"].values
        lines(
            ax, {name: (curves[axis[name]].values, curves[name].values) for name in known}, "wavenumber (cycles/km)",
            f"power ({curves['estimate'].attrs['units']})", xscale="log", yscale="log", xlim=(0.9 * k[0], 1.05 * k[-1]),
            ylim=(max(best.min() / 5, best.max() * 1e-12), best.max() * 4),
        )  # fmt: skip
        self._draw_bands(ax)

    def _draw_bands(self, ax: Axes) -> None:
        """Bands, the effective resolution, and wavelengths on top."""
        start, end = ax.get_xlim()
        for band in scores.bands(self.scene):
            left, right = max(1 / band.wavelength_max_km, start), min(1 / band.wavelength_min_km, end)
            if right > left * 1.02:
                ax.axvspan(left, right, color="#808080", alpha=SHADES[band.name], linewidth=0, zorder=0)
            if right > left * 1.35:
                style: dict[str, Any] = {"fontsize": SMALL - 0.5, "color": "#808080", "ha": "center", "va": "bottom"}
                ax.text(np.sqrt(left * right), 0.01, band.name, transform=ax.get_xaxis_transform(), **style)
        table = self.result.table if self.result is not None else None
        value = float(table["effective_resolution"]) if table is not None and "effective_resolution" in table else 0.0
        if value > 0 and start < 1 / value < end:
            ax.axvline(1 / value, color="#009e73", linestyle="--", linewidth=1)
            ax.set_title(
                f"Effective resolution {value:.0f} km", fontsize=SMALL, color="#009e73", pad=3, parse_math=False
            )

    def _draw_values(self, ax: Axes) -> None:
        """The transect through the probe, or how values are distributed."""
        units = pretty(self.scene.problem.low[self.scene.variable].attrs["units"])
        result = self.result
        if self.ends:
            end = self.ends[1] if len(self.ends) > 1 else None
            x, y, distance = path(self.scene.problem.target, self.ends[0], end)
            made = {key: self.picture(key) for key in ("truth", "input", "estimate", "b:estimate")}
            shown = {key: self.dressed(of) for key, of in made.items() if of is not None}
            units = pretty(shown["input"].field.attrs["units"])
            along = {key: (distance, sample(of.field, x, y)) for key, of in shown.items()}
            lines(ax, along, "distance (km)", f"({units})", xlim=(0, distance[-1]))
        elif result is not None and result.densities is not None:
            value = result.densities["value"].values
            known = [key for key in ("truth", "input", "estimate") if key in result.densities]
            curves = {key: (value, result.densities[key].values) for key in known}
            if self.other is not None and self.other.densities is not None:
                theirs = self.other.densities
                curves["b:estimate"] = theirs["value"].values, theirs["estimate"].values
            lines(ax, curves, f"value ({units})", f"density (1/{units})", ylim=(0, None))
        else:
            ax.set_axis_off()

    def _draw_scores(self, ax: Axes) -> None:
        """The scores of the prediction and, beside them, bicubic's."""
        result = self.result
        if result is None or result.table is None or result.reference is None:
            ax.set_axis_off()
            return
        tables = {"method": result.table, "bicubic": result.reference}
        if self.other is not None and self.other.table is not None:
            tables = {"A": result.table, "B": self.other.table, "bicubic": result.reference}
        rows = [("", *tables)]
        for name in noisy.told(result.table):
            score = result.table[name]
            if str(name).startswith(("precision_", "recall_")):  # drawn in bars
                continue
            units = pretty(score.attrs["units"])
            label = f"{score.attrs['long_name']} ({units})" if units else score.attrs["long_name"]
            rows.append((label, *(f"{float(of[name]):.4g}" if name in of else "" for of in tables.values())))
        table(ax, rows, (0.81, 1.0) if len(tables) == 2 else (0.68, 0.84, 1.0))

    def _draw_detail(self, ax: Axes, rows: list[Balance]) -> None:
        """By band what was invented, recovered and missed, in units of what was there; method B's bars are thinner."""
        theirs = balances(self.other) if self.other is not None else []
        left = reach(rows + theirs)
        for side, height, aside in ((rows, 0.5, 0.0), (theirs, 0.2, 0.4)):
            for place, row in enumerate(side):
                for name, start, end in row.parts(left):
                    ax.barh(place + aside, end - start, height, start, color=threefold.COLOURS[name], linewidth=0)
                if side is rows:
                    words = f"{row.name} ({row.span.removeprefix('of ')}): {row.shares}"
                    ax.text(0, place, words, transform=ax.get_yaxis_transform(), fontsize=SMALL, va="center")
        ax.plot([0, 0], [-0.4, len(rows) - 0.2], color="black", linewidth=0.6)
        ax.set(xlim=(1 - (1 + left) / 0.42, 1), ylim=(len(rows) + 1.1, -0.6))
        ax.set_axis_off()
        legend(ax, threefold.COLOURS)


def _named(key: str) -> str:
    """A map's key as the name of a variable."""
    return key.replace("estimate", "prediction").replace(":", "_")


def _placed(key: str, field: xr.DataArray) -> xr.DataArray:
    """A field on the input's grid on axes of its own."""
    coarse = key.removeprefix(pictures.OF_B).partition(":")[0] in ("input", "low", "consistency")
    return field.rename(y="y_input", x="x_input") if coarse else field
