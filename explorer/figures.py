"""What leaves the page: a NetCDF of what is on screen, and one figure of publication quality."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from engine import __version__
from engine.grid import Grid
from engine.methods import METHODS
from explorer.drawing import LINES, pretty
from explorer.palette import LAND, colours
from explorer.pictures import Picture
from explorer.session import Session

KEYS = ("input", "estimate", "truth", "error")


def provenance(session: Session) -> str:
    """One line that says what is seen and where it comes from."""
    scene, result = session.scene, session.current
    parts = [scene.kind.upper(), scene.title, scene.region, scene.time, f"{scene.split} split"]
    if scene.problem.degradation is not None:
        parts.append(f"input: {scene.problem.degradation.describe()}")
    if result is not None:
        how = "of earlier settings" if session.stale else f"seed {session.seed}"
        parts.append(f"method: {result.title}, {how}")
        data = METHODS[result.method].trained_on()
        parts += [f"trained on {data.partition(':')[0]}"] if data else []
    return " · ".join((*parts, f"Finescale {__version__}"))


def dataset(session: Session) -> xr.Dataset:
    """Input (on y_input, x_input), prediction, truth, error and guides with CF attributes and provenance."""
    scene = session.scene
    low = scene.problem.low[scene.variable].rename(y="y_input", x="x_input")
    out = {"input": low, **{f"guide_{name}": guide for name, guide in scene.problem.guides.items()}}
    for key, name in (("estimate", "prediction"), ("truth", "truth"), ("error", "error")):
        shown = session.picture(key)
        if shown is not None:
            out[name] = shown.field
    cleaned = {name: field.reset_coords(drop=True).rename(name) for name, field in out.items()}
    attrs = {
        "Conventions": "CF-1.11", "title": f"Finescale: {scene.title}", "kind": scene.kind, "split": scene.split,
        "source": scene.source, "license": scene.licence, "history": provenance(session),
        "time_shown": scene.time, "region": scene.region,
    }  # fmt: skip
    return xr.Dataset(cleaned, attrs=attrs)


def netcdf(session: Session) -> io.BytesIO:
    """The dataset as a NetCDF-4 file, compressed, in memory."""
    data = dataset(session)
    encoding = {name: {"zlib": True, "complevel": 4} for name in data.data_vars}
    with TemporaryDirectory(prefix="finescale-") as folder:
        path = Path(folder) / "shown.nc"
        data.to_netcdf(path, engine="netcdf4", encoding=encoding)
        return io.BytesIO(path.read_bytes())


def png(session: Session, dpi: int = 160) -> io.BytesIO:
    """Maps, spectrum and scores as one PNG with colour bars, units and a line of provenance."""
    fig = Figure(figsize=(13, 8.4), layout="constrained")
    FigureCanvasAgg(fig)
    axes = fig.subplots(3, 3, height_ratios=(1, 1, 0.85))
    for ax, key in zip(axes.flat[:6], (*KEYS, session.lower_a, session.lower_b), strict=True):
        shown = session.picture(key)
        if shown is None:
            ax.set_axis_off()
        else:
            _map(fig, ax, shown, session)
    _spectrum(axes[2, 0], session)
    _scores(axes[2, 1], session)
    axes[2, 2].set_axis_off()
    fig.text(0.005, 0.004, provenance(session), fontsize=7, color="#555555", parse_math=False)
    out = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "finescale"}):
        fig.savefig(out, format="png", dpi=dpi)
    out.seek(0)
    return out


def _map(fig: Figure, ax, shown: Picture, session: Session) -> None:
    grid, (low, high) = Grid.of(shown.field), session.limits_of(shown)
    colour_map = ListedColormap(colours(shown.role)).with_extremes(bad=LAND)
    values = np.ma.masked_invalid(shown.field.sortby(["y", "x"]).values)
    drawn = ax.imshow(
        values, origin="lower", extent=grid.extent, vmin=low, vmax=high, cmap=colour_map, interpolation="nearest",
        aspect=1 / grid.aspect,
    )  # fmt: skip
    if session.view is not None:
        ax.set_xlim(session.view[:2])
        ax.set_ylim(session.view[2:])
    units = shown.field.attrs["units"]
    fig.colorbar(drawn, ax=ax, shrink=0.85, label="" if units == "1" else units)
    ax.set_title(shown.title, fontsize=9, parse_math=False)
    ax.set_xlabel("°E" if grid.geographic else grid.units, fontsize=8)
    ax.set_ylabel("°N" if grid.geographic else grid.units, fontsize=8)
    ax.tick_params(labelsize=7)


def _spectrum(ax, session: Session) -> None:
    curves = session.current.curves if session.current is not None else None
    if curves is None:
        ax.set_axis_off()
        return
    for name, (label, colour, dash) in LINES.items():
        if name in curves:
            axis = curves["wavenumber_input" if name == "input" else "wavenumber"]
            ax.loglog(axis, curves[name], label=label, color=colour, linestyle="--" if dash == "dashed" else "-")
    ax.set_xlabel("wavenumber (cycles/km)", fontsize=8)
    ax.set_ylabel(f"power ({curves['estimate'].attrs['units']})", fontsize=8)
    ax.tick_params(labelsize=7)
    ax.legend(fontsize=7)


def _scores(ax, session: Session) -> None:
    ax.set_axis_off()
    table = session.current.table if session.current is not None else None
    if table is None:
        return
    lines = [f"{s.attrs['long_name']:34s} {float(s):10.4g} {pretty(s.attrs['units'])}" for s in table.values()]
    ax.text(0, 1, "\n".join(lines), family="monospace", fontsize=8, va="top", transform=ax.transAxes)
