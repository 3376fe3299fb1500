"""NetCDF files of the data sets, kept in memory as they are packed, so that a date comes in milliseconds."""

from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import xarray as xr

from engine.errors import InputError
from engine.grid import LONGITUDE_LATITUDE
from engine.lexicon import variable

_LOCK = Lock()  # the netCDF library is not thread-safe
_AXES = {
    "degrees": {
        "y": {"standard_name": "latitude", "long_name": "latitude", "units": "degrees_north", "axis": "Y"},
        "x": {"standard_name": "longitude", "long_name": "longitude", "units": "degrees_east", "axis": "X"},
    },
    "km": {
        "y": {"standard_name": "projection_y_coordinate", "long_name": "y", "units": "km", "axis": "Y"},
        "x": {"standard_name": "projection_x_coordinate", "long_name": "x", "units": "km", "axis": "X"},
    },
}


def packed(path: Path, names: tuple[str, ...], date: int | None = None) -> xr.Dataset:
    """The named variables of a file in memory, still as the packed integers they are stored as; times decoded.

    Read again only when the file has changed. Shared: never write into it.

    Args:
        path: The file, which has to be there.
        names: Variables to read, coordinates among them.
        date: Position along `time` of the only date to read; None: all.

    Returns:
        The variables, in memory.

    Raises:
        InputError: For a file that cannot be read as NetCDF or lacks a variable.
    """
    stat = path.stat()
    with _LOCK:
        return _read(path, names, date, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _read(path: Path, names: tuple[str, ...], date: int | None, changed: int, size: int) -> xr.Dataset:
    try:
        with xr.open_dataset(path, engine="netcdf4", mask_and_scale=False) as stored:
            absent = [name for name in names if name not in stored.variables]
            if absent:
                raise InputError(f"The file {path.name} lacks the variable {', '.join(absent)}; fetch or make it anew.")
            wanted = stored[list(names)]
            return (wanted if date is None else wanted.isel(time=date)).load()
    except InputError:
        raise
    except (OSError, RuntimeError, ValueError, AttributeError) as error:
        raise InputError(f"The file {path.name} cannot be read as NetCDF; fetch or make it anew.") from error


def version(path: Path) -> str:
    """What tells a file from another one that takes its place.

    Args:
        path: The file, which has to be there.

    Returns:
        Its name, size and time of change.
    """
    stat = path.stat()
    return f"{path.name} {stat.st_size} {stat.st_mtime_ns}"


def unpack(stored: xr.DataArray) -> np.ndarray:
    """Physical values of a packed variable.

    Args:
        stored: Packed values of any shape, `scale_factor`, `add_offset` and missing values in their attributes.

    Returns:
        A new array of the same shape, float32, NaN where missing, in the variable's unit.
    """
    raw = stored.values
    values = raw * np.float64(stored.attrs.get("scale_factor", 1.0)) + np.float64(stored.attrs.get("add_offset", 0.0))
    values = values.astype(np.float32)
    for name in ("_FillValue", "missing_value"):
        if name in stored.attrs:
            values[raw == stored.attrs[name]] = np.nan
    return values


def field(values: np.ndarray, name: str, **attrs) -> xr.DataArray:
    """A variable with the lexicon's attributes.

    Args:
        values: Values (y, x), in the lexicon's unit.
        name: Its name in the lexicon.
        attrs: Attributes that add to the lexicon's or replace them.

    Returns:
        The variable (y, x).
    """
    return xr.DataArray(values, dims=("y", "x"), name=name, attrs={**variable(name).attrs, **attrs})


def dataset(fields: dict[str, xr.DataArray], y: np.ndarray, x: np.ndarray, units: str, crs: str = "") -> xr.Dataset:
    """Fields on cell centres, both axes turned to ascend.

    Args:
        fields: Name -> variable (y, x).
        y: Centres (y,), ascending or descending.
        x: Centres (x,), ascending or descending.
        units: Of the centres, 'degrees' or 'km'.
        crs: Of centres in km that lie on the earth: their projection as PROJ reads it, in km.

    Returns:
        The fields on `y` and `x`, with CF attributes.
    """
    axes = _AXES[units]
    crs = LONGITUDE_LATITUDE if units == "degrees" else crs
    coords = {
        "y": ("y", np.asarray(y, dtype=np.float64), axes["y"]),
        "x": ("x", np.asarray(x, dtype=np.float64), axes["x"] | ({"crs": crs} if crs else {})),
    }
    data = xr.Dataset(fields, coords=coords)
    turned = {axis: slice(None, None, -1) for axis, values in (("y", y), ("x", x)) if values[0] > values[-1]}
    return data.isel(turned).map(lambda field: field.copy(data=np.ascontiguousarray(field.values)), keep_attrs=True)
