"""The file of a run: CF coordinates, variables and attributes, NetCDF or Zarr."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import dask
import dask.array as da
import numpy as np
import xarray as xr
from safetensors.numpy import load_file

from engine import __version__
from engine.lexicon import variable

INTEGER_STEPS = 65000  # of the 65536 values of 16 bits: packed data keep clear of the missing value
MISSING = np.int16(-32768)


def write_dataset(path: Path, dataset: xr.Dataset, *, packed: bool) -> None:
    """Write a run's dates into one file, which appears under its name once complete.

    Args:
        path: `.nc` gives NetCDF, `.zarr` gives Zarr.
        dataset: Variables (time, y, x), with the attribute `seed`.
        packed: Whether to write 16-bit integers with scale and offset instead of float32.
    """
    encoding = {str(name): _encoding(values, packed, path.suffix) for name, values in dataset.data_vars.items()}
    encoding["time"] = {"units": f"days since {start_date(dataset.attrs['seed'])}", "dtype": "int32"}
    beside = path.with_name(f"{path.stem}.unfinished{path.suffix}")
    if path.suffix == ".nc":
        dataset.to_netcdf(beside, encoding=encoding, engine="netcdf4", unlimited_dims=())
    else:
        shutil.rmtree(beside, ignore_errors=True)
        dataset.to_zarr(beside, encoding=encoding, mode="w", zarr_format=2, consolidated=True)
    os.replace(beside, path)


def dated(parts: Path, days: np.ndarray, names: tuple[str, ...], centres: np.ndarray, seed: int) -> xr.Dataset:
    """The saved days of a run, lazily, on square cells.

    Args:
        parts: Folder of the run's parts.
        days: Days that were saved, from 0 at the first saved date.
        names: Variables of the lexicon that each part holds.
        centres: Cell centres along either side, m.
        seed: Of the run; sets the first model date.

    Returns:
        Variables (time, y, x) in the lexicon's units, y and x in km.
    """
    time = np.datetime64(start_date(seed), "ns") + days.astype("timedelta64[D]")
    return xr.Dataset(
        {name: (("time", "y", "x"), _lazy(parts, days, name, len(centres)), variable(name).attrs) for name in names},
        {
            "time": ("time", time, {"standard_name": "time", "long_name": "model date", "axis": "T"}),
            "y": ("y", centres / 1000, _axis_attributes("y")),
            "x": ("x", centres / 1000, _axis_attributes("x")),
        },
    )


def start_date(seed: int) -> str:
    """First model date of a seed: 2001-01-01 for 0, 2003-01-01 for 1, and so on for a century of runs.

    Args:
        seed: Of the run; after 99 the dates begin again.

    Returns:
        The date, year-month-day.
    """
    return f"{2001 + 2 * (seed % 100)}-01-01"


def provenance(module: str, version: int, seed: int, command: str) -> dict[str, str | int | float]:
    """Global attributes that say where a run comes from.

    Args:
        module: Module that holds the equations.
        version: Of the model.
        seed: Of the run.
        command: What made the run.

    Returns:
        Name -> attribute.
    """
    return {
        "Conventions": "CF-1.11",
        "kind": "simulated",
        "institution": "Finescale",
        "source": f"{module}, model version {version}, finescale {__version__}",
        "history": command,
        "command": command,
        "code_version": __version__,
        "seed": seed,
    }


def _lazy(parts: Path, days: np.ndarray, name: str, size: int) -> da.Array:
    def read(day: int) -> np.ndarray:
        return load_file(parts / f"day_{day:06d}.safetensors")[name][None]

    blocks = [da.from_delayed(dask.delayed(read)(int(day)), (1, size, size), np.float32) for day in days]
    return da.concatenate(blocks)


def _axis_attributes(axis: str) -> dict[str, str]:
    return {
        "standard_name": f"projection_{axis}_coordinate",
        "long_name": f"distance {'eastward' if axis == 'x' else 'northward'}, cell centres",
        "units": "km",
        "axis": axis.upper(),
    }


def _encoding(values: xr.DataArray, packed: bool, suffix: str) -> dict:
    """One date per chunk; deflated with shuffle in NetCDF; 16-bit integers over the range of the data if packed."""
    encoding: dict = {"dtype": "float32"}
    encoding["chunksizes" if suffix == ".nc" else "chunks"] = (1, *values.shape[1:])
    if suffix == ".nc":
        encoding |= {"zlib": True, "shuffle": True, "complevel": 6 if packed else 4}
    if packed:
        low, high = float(values.min()), float(values.max())
        encoding |= {
            "dtype": "int16",
            "scale_factor": np.float32(max(high - low, 1e-6) / INTEGER_STEPS),
            "add_offset": np.float32((low + high) / 2),
            "_FillValue": MISSING,
        }
    return encoding
