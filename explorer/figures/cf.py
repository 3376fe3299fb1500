"""NetCDF by the CF conventions: axes, units, time, grid mapping, where the data are from, and the method's card."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import xarray as xr

from engine.errors import InputError
from engine.grid import EARTH_RADIUS, Grid
from engine.methods import METHODS, Method, settings
from engine.weights import card
from explorer.figures.screen import Screen
from explorer.jobs import uploads

CONVENTIONS = "CF-1.11"
TEMPERATURES = ("K", "degC", "degree_Celsius", "celsius")
MINUTES = {"units": "minutes since 1970-01-01", "dtype": "int32"}
DATED = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?")
CRS, FILL = "crs", np.float32(9.96921e36)
STORED = ("_FillValue", "missing_value", "scale_factor", "add_offset", "coordinates", "grid_mapping")  # how, not what
TIME = {"standard_name": "time", "units_metadata": "leap_seconds: unknown"}
NAMED = {
    "y": ("latitude", "degrees_north", "projection_y_coordinate", "Y"),
    "x": ("longitude", "degrees_east", "projection_x_coordinate", "X"),
}


def dataset(fields: Mapping[str, xr.DataArray], screen: Screen) -> xr.Dataset:
    """Fields of a screen with all that says what they are; axes are `y`, `x`, and of the input `y_input`, `x_input`.

    Args:
        fields: Name -> field with units.
        screen: What is shown.

    Returns:
        The fields, with attributes by CF.
    """
    out = xr.Dataset({name: _described(field, name) for name, field in fields.items()})
    for name in ("y", "x", "y_input", "x_input"):
        if name in out.coords:
            out[name].attrs = _axis(name, Grid.of(screen.scene.problem.target))
    if Grid.of(screen.scene.problem.target).geographic:
        mapping = {"grid_mapping_name": "latitude_longitude", "earth_radius": EARTH_RADIUS}
        for field in out.data_vars.values():
            if {"y", "y_input"} & set(field.dims):
                field.attrs["grid_mapping"] = CRS
        out[CRS] = xr.DataArray(np.int32(0), attrs=mapping)
    if "time" not in out.coords and (shown := _date(screen.scene.time)) is not None:
        out = out.assign_coords(time=shown)
    if "time" in out.coords:
        out["time"].attrs = {"long_name": "time", "axis": "T", **TIME}
    return out.assign_attrs(_about(screen))


def written(data: xr.Dataset) -> bytes:
    """A NetCDF-4 file, compressed, in memory.

    Args:
        data: What is in it.

    Returns:
        The file's bytes.
    """
    encoding: dict[str, dict[str, Any]] = {
        str(name): {"zlib": True, "complevel": 4} | ({"_FillValue": FILL} if field.dtype == np.float32 else {})
        for name, field in data.data_vars.items()
        if field.ndim
    }
    for name, coordinate in data.coords.items():
        times = np.issubdtype(coordinate.dtype, np.datetime64)
        encoding[str(name)] = {"_FillValue": None} | (MINUTES if times else {})
    with TemporaryDirectory(prefix="finescale-") as folder:
        path = Path(folder) / "shown.nc"
        data.to_netcdf(path, engine="netcdf4", encoding=encoding)
        return path.read_bytes()


def difference(field: xr.DataArray, what: str) -> xr.DataArray:
    """The same named as what it is: no longer the quantity of its standard name.

    Args:
        field: A difference, with units.
        what: Its long name.

    Returns:
        A copy with other attributes.
    """
    units = str(field.attrs["units"])
    kind = {"units_metadata": "temperature: difference"} if units in TEMPERATURES else {}
    return field.copy().assign_attrs({"long_name": what, "units": units, **kind}).pipe(_without, "standard_name")


def method_card(method: Method, seed: int) -> str:
    """What a method is, how it was set and, of a trained one, the cards of its weights.

    Args:
        method: The method.
        seed: Of its run.

    Returns:
        JSON.
    """
    about = {
        "method": method.key, "title": method.title, "source": method.source, "equations": method.equations,
        "settings": {name: getattr(method, name) for name in settings(method)}, "seed": seed,
        "weights": {key: card(key) for key in METHODS[method.key].weights},
    }  # fmt: skip
    return json.dumps(about, ensure_ascii=False)


def _without(field: xr.DataArray, attribute: str) -> xr.DataArray:
    field.attrs = {name: value for name, value in field.attrs.items() if name != attribute}
    return field


def _described(field: xr.DataArray, name: str) -> xr.DataArray:
    """A field with the axes it has and no other coordinates."""
    extra = [other for other in field.coords if other not in field.dims]
    out = field.drop_vars(extra).rename(name)
    texts = {key: value for key, value in out.attrs.items() if isinstance(value, (str, int, float)) and value != ""}
    out.attrs = {key: value for key, value in texts.items() if key not in STORED}
    if out.attrs.get("units") in TEMPERATURES:
        out.attrs.setdefault("units_metadata", "temperature: on_scale")
    return out


def _axis(name: str, grid: Grid) -> dict[str, str]:
    """Attributes of a horizontal axis. The input's degrees are known by their units: a grid mapping takes one pair."""
    north, degrees, projected, axis = NAMED[name[0]]
    called, units = (north, degrees) if grid.geographic else (projected, grid.units)
    about = {"long_name": called.replace("_", " "), "units": units, "axis": axis}
    if not name.endswith("_input"):
        return {"standard_name": called, **about}
    about["long_name"] += " of the input"
    return about if grid.geographic else {"standard_name": called, **about}


def _date(text: str) -> pd.Timestamp | None:
    """A date of the usual calendar; a person's own file may have none, or one of another calendar."""
    try:
        return pd.Timestamp(text) if DATED.fullmatch(text) else None
    except ValueError:
        return None


def _caution(key: str) -> str:
    """What is not real or not resolved in a data set, as far as it is still there."""
    try:
        return uploads.data_set(key).caution
    except InputError:
        return ""


def _about(screen: Screen) -> dict[str, Any]:
    """Global attributes."""
    scene = screen.scene
    about = {
        "Conventions": CONVENTIONS, "title": f"Finescale: {screen.heading}", "source": scene.source,
        "license": scene.licence, "history": screen.provenance, "comment": _caution(scene.key),
        "kind": scene.kind, "split": scene.split, "region": scene.region, "time_shown": scene.time,
        "link": "?" + urlencode(screen.query, safe=",:;"),
    }  # fmt: skip
    if screen.made_by is not None:
        about |= {"references": screen.method.source, "method_card": method_card(screen.method, screen.seed)}
    return {name: value for name, value in about.items() if value}
