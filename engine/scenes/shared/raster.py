"""GeoTIFF files of the data sets, read whole and kept, so that a date comes in milliseconds."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import rasterio
import xarray as xr
from rasterio.errors import RasterioError
from rasterio.transform import Affine
from rasterio.warp import Resampling, reproject

from engine.errors import InputError


def band(path: Path) -> xr.DataArray:
    """The first band of a file as it is stored, on its cell centres; shared: never write into it.

    Args:
        path: The file, which has to be there.

    Returns:
        Values (y, x), with attributes crs, transform and, where the file names one, _FillValue.

    Raises:
        InputError: For a file that cannot be read as GeoTIFF.
    """
    stat = path.stat()
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=24)
def _read(path: Path, changed: int, size: int) -> xr.DataArray:
    try:
        with rasterio.open(path, driver="GTiff") as file:
            values, where, crs, missing = file.read(1), file.transform, file.crs, file.nodata
    except RasterioError as error:
        raise InputError(f"The file {path.name} cannot be read as GeoTIFF; fetch it anew.") from error
    rows, columns = values.shape
    centres = {"y": where.f + where.e * (np.arange(rows) + 0.5), "x": where.c + where.a * (np.arange(columns) + 0.5)}
    attrs = {"crs": crs, "transform": where} | ({} if missing is None else {"_FillValue": missing})
    return xr.DataArray(values, dims=("y", "x"), coords=centres, attrs=attrs)


def averaged(source: xr.DataArray, transform: Affine, shape: tuple[int, int]) -> np.ndarray:
    """Means over the cells of another grid of the same projection.

    Args:
        source: Values (y, x), NaN where missing, with attributes crs and transform.
        transform: From column and row of the other grid to its coordinates.
        shape: Rows and columns of the other grid.

    Returns:
        Means of that shape, float32, in the source's unit; NaN where nothing is known.
    """
    out = np.full(shape, np.nan, np.float32)
    reproject(
        source.values.astype(np.float32), out, src_transform=source.attrs["transform"], src_crs=source.attrs["crs"],
        dst_transform=transform, dst_crs=source.attrs["crs"], src_nodata=np.nan, dst_nodata=np.nan,
        resampling=Resampling.average,
    )  # fmt: skip
    return out
