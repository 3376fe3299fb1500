"""Hostile files that would fill the memory, most of them of a few kB."""

import gzip
import json
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import rasterio
import xarray as xr
from hostile_files import hostile, zarr_2
from own_files import curved, on_grid, tiff


@hostile
def hdf5_chunk_of_gigabytes(folder: Path) -> Path:
    with h5py.File(folder / "bomb.nc", "w") as out:
        out.create_dataset("a", (1 << 20, 1 << 10), "f4", chunks=(1 << 20, 1 << 9), compression="gzip")
    return folder / "bomb.nc"


@hostile
def zarr_chunk_of_an_exabyte(folder: Path) -> Path:
    return zarr_2(folder, shape=[1 << 29, 1 << 28], chunks=[1 << 29, 1 << 28])


@hostile
def zarr_shard_of_billions_of_parts(folder: Path) -> Path:
    path = folder / "shards.zarr"
    xr.Dataset({"a": (("lat", "lon"), on_grid())}).to_zarr(path, zarr_format=3, consolidated=False)
    document = json.loads((path / "a" / "zarr.json").read_text())
    document["shape"] = [1 << 30, 1 << 30]
    document["chunk_grid"]["configuration"]["chunk_shape"] = [1 << 30, 1 << 30]
    inner = {"chunk_shape": [1, 1], "codecs": document["codecs"], "index_codecs": [{"name": "bytes"}]}
    document["codecs"] = [{"name": "sharding_indexed", "configuration": inner}]
    (path / "a" / "zarr.json").write_text(json.dumps(document))
    return path


@hostile
def zarr_chunk_that_unpacks_to_gigabytes(folder: Path) -> Path:
    path = zarr_2(folder, compressor={"id": "gzip", "level": 9})
    inner = gzip.compress(bytes(1 << 24), 9) * 128  # members of 16 MB of zeros, one after the other: 2 GB
    (path / "a" / "0.0").write_bytes(inner)
    return path


@hostile
def tiff_tile_of_gigabytes(folder: Path) -> Path:
    profile = {"crs": "EPSG:4326", "transform": rasterio.Affine(1e-4, 0, 0, 0, -1e-4, 10)}
    path = tiff(folder / "tile.tif", np.ones((16, 16), "f8"), **profile, tiled=True, blockxsize=16, blockysize=16)
    raw = bytearray(path.read_bytes())
    count = int.from_bytes(raw[8:10], "little")
    for at in range(10, 10 + 12 * count, 12):  # width, height, width and length of a tile, made a million
        if int.from_bytes(raw[at : at + 2], "little") in (256, 257, 322, 323):
            raw[at + 2 : at + 12] = (
                (4).to_bytes(2, "little") + (1).to_bytes(4, "little") + (1 << 20).to_bytes(4, "little")
            )
    path.write_bytes(raw)
    return path


def sparse(path: Path, shape: tuple[int, int], axes: dict[str, np.ndarray | int], **attrs: str) -> Path:
    """A NetCDF file of few kB: a variable (p, q) of which nothing was written, and axes, by values or by length."""
    with netCDF4.Dataset(path, "w") as out:
        for name, size in zip("pq", shape, strict=True):
            out.createDimension(name, size)
        for name, values in axes.items():
            size = values if isinstance(values, int) else values.size
            if name not in out.dimensions:
                out.createDimension(name, size)
            axis = out.createVariable(name, "f8", (name,), chunksizes=(min(size, 1_000_000),), zlib=True)
            axis.setncatts({"units": "m", "axis": {"p": "Y", "q": "X"}.get(name, "")})
            if not isinstance(values, int):
                axis[:] = values
        a = out.createVariable("a", "i1", ("p", "q"), chunksizes=(1, min(shape[1], 1_000_000)), zlib=True)
        a.setncatts({"units": "m", **attrs})
    return path


@hostile
def netcdf_rows_of_400_million_cells(folder: Path) -> Path:
    return sparse(folder / "rows.nc", (8, 400_000_000), {})


@hostile
def netcdf_axis_of_300_million_values(folder: Path) -> Path:
    return sparse(folder / "axis.nc", (8, 300_000_000), {"q": 300_000_000})


@hostile
def netcdf_long_axes_by_the_dozen(folder: Path) -> Path:
    return sparse(folder / "axes.nc", (8, 4), {f"x{i}": 4_000_000 for i in range(60)})


@hostile
def tiff_of_60_million_columns(folder: Path) -> Path:
    profile = {"crs": "EPSG:4326", "transform": rasterio.Affine(1e-6, 0, 0, 0, -1e-6, 10), "dtype": "uint8"}
    tiles = {"tiled": True, "blockxsize": 65_536, "blockysize": 16, "compress": "deflate", "SPARSE_OK": True}
    size = {"count": 1, "height": 16, "width": 60_000_000}
    with rasterio.open(folder / "long.tif", "w", driver="GTiff", **size, **profile, **tiles):
        return folder / "long.tif"


@hostile
def turned_pole_of_millions_of_cells(folder: Path) -> Path:
    axes = {"p": np.linspace(-1, 1, 8), "q": np.linspace(-10, 10, 4_000_000)}
    path = sparse(folder / "turned.nc", (8, 4_000_000), axes, grid_mapping="pole")
    with netCDF4.Dataset(path, "a") as out:
        out["p"].standard_name, out["q"].standard_name = "grid_latitude", "grid_longitude"
        out.createVariable("pole", "i4").setncatts(
            {
                "grid_mapping_name": "rotated_latitude_longitude",
                "grid_north_pole_latitude": 39.25,
                "grid_north_pole_longitude": -162.0,
            }
        )
    return path


@hostile
def axes_crowded_in_their_middle(folder: Path) -> Path:
    """Evenly spaced, any box around the middle would need all of its 120 million cells."""
    far = np.arange(1.0, 5.0)
    p, q = (np.concatenate([-far[::-1], np.linspace(-0.5, 0.5, n - 8) / n, far]) for n in (4000, 30_000))
    return sparse(folder / "crowded.nc", (4000, 30_000), {"p": p, "q": q})


@hostile
def curved_grid_with_far_edges(folder: Path) -> Path:
    """Its cells are small, and its edges far away: a plane over all of it would have hundreds of millions of cells."""
    lat, lon = np.meshgrid(0.004 * np.arange(24.0), 0.004 * np.arange(24.0), indexing="ij")
    lon[:, -1], lat[-1], lat[0] = 79, 70, -9
    return curved(folder / "far.nc", lon, lat)
