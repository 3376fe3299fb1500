"""Files that are damaged or mean harm, made by hand: each is to be refused."""

import base64
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import xarray as xr
import zarr
from own_files import CASES, LAT, LON, degrees, on_grid, write

FILES: dict[str, Callable[[Path], Path]] = {}


def hostile(build: Callable[[Path], Path]) -> Callable[[Path], Path]:
    FILES[build.__name__] = build
    return build


def good(folder: Path, name: str = "good.nc", **how) -> Path:
    return write(folder / name, on_grid(), "lat lon", degrees(), **how)


def cut(path: Path, share: float) -> Path:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path


def zarr_2(folder: Path, **document) -> Path:
    """A Zarr whose one array is described by hand."""
    array = folder / "bad.zarr" / "a"
    array.mkdir(parents=True)
    (folder / "bad.zarr" / ".zgroup").write_text('{"zarr_format": 2}')
    usual = {"zarr_format": 2, "shape": [16, 16], "chunks": [16, 16], "dtype": "<f8", "compressor": None,
             "filters": None, "fill_value": None, "order": "C"}  # fmt: skip
    (array / ".zarray").write_text(json.dumps(usual | document))
    (array / ".zattrs").write_text('{"units": "m", "_ARRAY_DIMENSIONS": ["lat", "lon"]}')
    for name, values in (("lat", np.arange(16.0)), ("lon", np.arange(16.0))):
        axis = zarr.create_array(str(folder / "bad.zarr" / name), data=values, zarr_format=2, compressors=None)
        axis.attrs.update({"_ARRAY_DIMENSIONS": [name], "units": {"lat": "degrees_north", "lon": "degrees_east"}[name]})
    return folder / "bad.zarr"


class Bomb:
    """Unpickled, it leaves a file behind."""

    def __init__(self, canary: Path):
        self.canary = canary

    def __reduce__(self):
        return os.mkdir, (str(self.canary),)


# ---- truncated and malformed ----------------------------------------------------------------------------------------


@hostile
def truncated_netcdf4(folder: Path) -> Path:
    return cut(good(folder), 0.6)


@hostile
def truncated_netcdf3(folder: Path) -> Path:
    return cut(good(folder, format="NETCDF3_CLASSIC"), 0.5)


@hostile
def truncated_header(folder: Path) -> Path:
    return cut(good(folder, format="NETCDF3_CLASSIC"), 0.02)


@hostile
def truncated_geotiff(folder: Path) -> Path:
    return cut(CASES["geotiff_in_metres"](folder).path, 0.5)


@hostile
def random_bytes(folder: Path) -> Path:
    (folder / "noise.nc").write_bytes(np.random.default_rng(0).bytes(10_000))
    return folder / "noise.nc"


@hostile
def random_bytes_after_a_good_start(folder: Path) -> Path:
    (folder / "noise.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + np.random.default_rng(1).bytes(10_000))
    return folder / "noise.nc"


@hostile
def nothing_at_all(folder: Path) -> Path:
    (folder / "empty.nc").touch()
    return folder / "empty.nc"


@hostile
def a_folder_of_something_else(folder: Path) -> Path:
    return folder


@hostile
def metadata_nested_without_end(folder: Path) -> Path:
    path = zarr_2(folder)
    (path / "a" / ".zattrs").write_text('{"a":' * 200_000 + "1" + "}" * 200_000)
    return path


@hostile
def latitudes_beyond_the_poles(folder: Path) -> Path:
    return write(folder / "lat.nc", on_grid(), "lat lon", degrees(LAT + 80, LON))


@hostile
def an_infinite_scale(folder: Path) -> Path:
    packing = {"dtype": "i2", "scale_factor": 1.0, "_FillValue": -1}
    path = write(folder / "scale.nc", on_grid(), "lat lon", degrees(), encoding=packing)
    with netCDF4.Dataset(path, "a") as out:
        out["a"].scale_factor = np.inf
    return path


@hostile
def chunks_that_do_not_fit(folder: Path) -> Path:
    return zarr_2(folder, chunks=[0, -5])


@hostile
def a_type_that_is_none(folder: Path) -> Path:
    return zarr_2(folder, dtype=[["a", "<f8"], ["b", [["c", "|O"]]]])


@hostile
def axes_that_turn_back(folder: Path) -> Path:
    lat = LAT.copy()
    lat[5] = lat[4]
    return write(folder / "back.nc", on_grid(), "lat lon", degrees(lat))


# ---- escapes --------------------------------------------------------------------------------------------------------


@hostile
def hdf5_link_to_another_file(folder: Path) -> Path:
    good(folder, "secret.nc")
    with h5py.File(folder / "link.nc", "w") as out:
        out["a"] = h5py.ExternalLink("secret.nc", "/a")
    return folder / "link.nc"


@hostile
def hdf5_values_in_another_file(folder: Path) -> Path:
    (folder / "secret.bin").write_bytes(bytes(8 * 256))
    with h5py.File(folder / "external.nc", "w") as out:
        out.create_dataset("a", (16, 16), "f8", external=[(str(folder / "secret.bin"), 0, 8 * 256)])
    return folder / "external.nc"


@hostile
def hdf5_virtual_values(folder: Path) -> Path:
    good(folder, "secret.nc")
    layout = h5py.VirtualLayout((LAT.size, LON.size), "f8")
    layout[:] = h5py.VirtualSource(str(folder / "secret.nc"), "a", (LAT.size, LON.size))
    with h5py.File(folder / "virtual.nc", "w") as out:
        out.create_virtual_dataset("a", layout)
    return folder / "virtual.nc"


@hostile
def hdf5_groups_in_a_circle(folder: Path) -> Path:
    with h5py.File(folder / "circle.nc", "w") as out:
        out["a"] = on_grid()
        out.create_group("one")["two"] = out["/"]
    return folder / "circle.nc"


@hostile
def netcdf_groups_without_end(folder: Path) -> Path:
    with netCDF4.Dataset(folder / "deep.nc", "w") as out:
        group = out
        for _ in range(40):
            group = group.createGroup("g")
    return folder / "deep.nc"


@hostile
def vrt_by_another_name(folder: Path) -> Path:
    source = f"<SimpleSource><SourceFilename>{folder / 'secret.tif'}</SourceFilename></SimpleSource>"
    text = f"<VRTDataset rasterXSize='9' rasterYSize='9'><VRTRasterBand band='1'>{source}</VRTRasterBand></VRTDataset>"
    (folder / "vrt.tif").write_text(text)
    return folder / "vrt.tif"


@hostile
def zarr_chunk_that_is_a_link(folder: Path) -> Path:
    (folder / "secret").write_bytes(bytes(8 * 256))
    path = zarr_2(folder)
    (path / "a" / "0.0").symlink_to(folder / "secret")
    return path


@hostile
def zarr_array_that_is_a_link(folder: Path) -> Path:
    (folder / "outside").mkdir()
    path = zarr_2(folder)
    (path / "a").rename(folder / "outside" / "a")
    (path / "a").symlink_to(folder / "outside" / "a")
    return path


# ---- things that run ------------------------------------------------------------------------------------------------


def pickled(folder: Path, **document) -> Path:
    path = zarr_2(folder, **document)
    (path / "a" / "0.0").write_bytes(pickle.dumps(Bomb(folder / "canary")))
    return path


@hostile
def zarr_pickle_codec(folder: Path) -> Path:
    return pickled(folder, compressor={"id": "pickle", "protocol": 5})


@hostile
def zarr_pickle_filter(folder: Path) -> Path:
    return pickled(folder, filters=[{"id": "delta", "dtype": "<f8"}, {"id": "pickle"}])


@hostile
def zarr_objects(folder: Path) -> Path:
    return pickled(folder, dtype="|O", filters=[{"id": "pickle"}])


@hostile
def zarr_pickled_fill_value(folder: Path) -> Path:
    fill = base64.b64encode(pickle.dumps(Bomb(folder / "canary"))).decode()
    return pickled(folder, dtype="|O", filters=[{"id": "pickle"}], fill_value=fill)


@hostile
def zarr_3_pickle_in_a_shard(folder: Path) -> Path:
    path = folder / "p.zarr"
    xr.Dataset({"a": (("lat", "lon"), on_grid())}).to_zarr(path, zarr_format=3, consolidated=False)
    document = json.loads((path / "a" / "zarr.json").read_text())
    inner = {"chunk_shape": list(on_grid().shape), "codecs": [{"name": "numcodecs.pickle"}], "index_codecs": []}
    document["codecs"] = [{"name": "sharding_indexed", "configuration": inner}]
    (path / "a" / "zarr.json").write_text(json.dumps(document))
    (path / "a" / "c" / "0" / "0").write_bytes(pickle.dumps(Bomb(folder / "canary")))
    return path
