"""Files as people have them, made by hand: every builder writes one and says what has to come out of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import make_archive

import h5py
import netCDF4
import numpy as np
import pyproj
import rasterio
import xarray as xr
import zarr

LAT, LON = np.arange(30.0, 42.0, 0.5), np.arange(-10.0, 6.0, 0.5)


@dataclass
class Case:
    """A file, the answers it needs, and what has to be shown at `date`: `values` (y, x) on ascending axes."""

    path: Path
    values: np.ndarray
    y: np.ndarray
    x: np.ndarray
    answers: dict[str, str] = field(default_factory=dict)
    asked: tuple[str, ...] = ()  # questions that have no default
    name: str = "a"
    units: str = "m"
    axes: str = "degrees"
    dates: tuple[str, ...] = ("undated",)
    date: str | None = None
    tolerance: float = 1e-5
    note: str = ""


Builder = Callable[[Path], Case]
CASES: dict[str, Builder] = {}


def case(build: Builder) -> Builder:
    CASES[build.__name__] = build
    return build


def wave(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """A smooth field on the sphere, continuous everywhere."""
    lat, lon = np.deg2rad(lat), np.deg2rad(lon)
    return 2 * np.sin(3 * lon) * np.cos(lat) ** 3 + np.sin(2 * lat)


def on_grid(lat: np.ndarray = LAT, lon: np.ndarray = LON) -> np.ndarray:
    return wave(lat[:, None], lon[None, :])


def write(path: Path, values: np.ndarray, dims: str, coords: dict, attrs: dict | None = None, **how) -> Path:
    """A NetCDF-4 file with one variable `a`; dims like 'time lat lon'."""
    attrs = {"units": "m", "long_name": "a wave"} if attrs is None else attrs
    encoding = how.pop("encoding", {})
    xr.Dataset({"a": (dims.split(), values, attrs)}, coords).to_netcdf(path, encoding={"a": encoding}, **how)
    return path


def degrees(lat: np.ndarray = LAT, lon: np.ndarray = LON) -> dict:
    return {"lat": ("lat", lat, {"units": "degrees_north"}), "lon": ("lon", lon, {"units": "degrees_east"})}


@case
def plain_netcdf4(folder: Path) -> Case:
    return Case(write(folder / "plain.nc", on_grid(), "lat lon", degrees()), on_grid(), LAT, LON)


@case
def netcdf3(folder: Path) -> Case:
    path = write(folder / "classic.nc", on_grid(), "lat lon", degrees(), format="NETCDF3_CLASSIC")
    return Case(path, on_grid(), LAT, LON)


@case
def packed_global_descending(folder: Path) -> Case:
    """16-bit integers, a fill value, longitudes from 0 to 360, north first."""
    lat, lon = np.arange(88.0, -89.0, -4.0), np.arange(0.0, 360.0, 4.0)
    values = on_grid(lat, lon)
    values[10, 3] = np.nan
    packing = {"dtype": "i2", "scale_factor": 1e-3, "add_offset": 0.5, "_FillValue": -32768, "zlib": True}
    path = write(folder / "packed.nc", values, "lat lon", degrees(lat, lon), encoding=packing)
    turned = np.roll(values[::-1], 45, axis=1)
    return Case(path, turned, lat[::-1], np.arange(-180.0, 180.0, 4.0), tolerance=6e-4)


@case
def meridian_given_twice(folder: Path) -> Case:
    lat, lon = np.arange(-60.0, 61.0, 5.0), np.arange(0.0, 361.0, 5.0)
    path = write(folder / "twice.nc", on_grid(lat, lon), "lat lon", degrees(lat, lon))
    x = np.arange(-180.0, 180.0, 5.0)
    return Case(path, on_grid(lat, x), lat, x)


@case
def across_the_date_line(folder: Path) -> Case:
    """The Pacific stays in one piece."""
    lon = np.arange(120.0, 290.0, 5.0)
    return Case(
        write(folder / "pacific.nc", on_grid(LAT, lon), "lat lon", degrees(LAT, lon)), on_grid(LAT, lon), LAT, lon
    )


@case
def calendar_of_360_days(folder: Path) -> Case:
    times = np.arange(55.0, 62.0)  # 26 to 30 February, then March
    values = on_grid() + times[:, None, None]
    coords = degrees() | {"time": ("time", times, {"units": "days since 2001-01-01", "calendar": "360_day"})}
    dates = ("2001-02-26", "2001-02-27", "2001-02-28", "2001-02-29", "2001-02-30", "2001-03-01", "2001-03-02")
    path = write(folder / "days360.nc", values, "time lat lon", coords)
    return Case(path, values[4], LAT, LON, dates=dates, date="2001-02-30", note="calendar 360_day")


@case
def hours_without_leap_days(folder: Path) -> Case:
    times = 24.0 * 58 + np.arange(0.0, 48.0, 6.0)  # across the end of February 2004
    values = on_grid() + times[:, None, None]
    coords = degrees() | {"time": ("time", times, {"units": "hours since 2004-01-01 00:00:00", "calendar": "noleap"})}
    days = [f"2004-{day}T{hour:02d}:00" for day in ("02-28", "03-01") for hour in (0, 6, 12, 18)]
    path = write(folder / "noleap.nc", values, "time lat lon", coords)
    return Case(path, values[4], LAT, LON, dates=tuple(days), date="2004-03-01T00:00", note="calendar noleap")


@case
def dates_before_the_usual_calendar(folder: Path) -> Case:
    values = on_grid() + np.arange(3.0)[:, None, None]
    coords = degrees() | {
        "time": ("time", [0.0, 365.0, 730.0], {"units": "days since 0850-01-01", "calendar": "noleap"})
    }
    path = write(folder / "paleo.nc", values, "time lat lon", coords)
    return Case(
        path, values[2], LAT, LON, dates=("0850-01-01", "0851-01-01", "0852-01-01"), date="0852-01-01", note="noleap"
    )


@case
def absurd_dates(folder: Path) -> Case:
    """Dates beyond all sense are shown as the numbers they are."""
    times = np.array([1e30, 2e30])
    values = on_grid() + np.arange(2.0)[:, None, None]
    coords = degrees() | {"time": ("time", times, {"units": "days since 9999-99-99", "calendar": "martian"})}
    path = write(folder / "absurd.nc", values, "time lat lon", coords, engine="netcdf4")
    labels = tuple(f"time {value:g} days since 9999-99-99" for value in times)
    return Case(path, values[1], LAT, LON, dates=labels, date=labels[1], note="not understood")


@case
def months_by_number(folder: Path) -> Case:
    values = on_grid() + np.arange(1.0, 13.0)[:, None, None]
    coords = degrees() | {"month": ("month", np.arange(1, 13))}
    path = write(folder / "climatology.nc", values, "month lat lon", coords)
    labels = tuple(f"month {i}" for i in range(1, 13))
    return Case(path, values[6], LAT, LON, dates=labels, date="month 7", note="not understood")


@case
def no_units(folder: Path) -> Case:
    path = write(folder / "nounits.nc", on_grid(), "lat lon", degrees(), attrs={})
    return Case(path, on_grid(), LAT, LON, {"unit": "kg m-3"}, ("unit",), units="kg m-3")


@case
def no_coordinates(folder: Path) -> Case:
    """Nothing but numbers: which way the dimensions run, how far apart, where the first row lies."""
    values = on_grid()
    path = write(folder / "bare.nc", values, "p q", {})
    y, x = (2.5 * (np.arange(n) + 0.5) for n in values.shape)
    answers = {"x": "q", "spacing": "2.5", "rows": "north"}
    return Case(path, values[::-1], y, x, answers, ("x", "spacing", "rows"), axes="km")


@case
def coordinates_without_units(folder: Path) -> Case:
    x, y = np.arange(20.0) * 3000, np.arange(16.0) * 3000
    values = np.add.outer(y, 2 * x) / 1e4
    path = write(folder / "metres.nc", values, "y x", {"y": y, "x": x})
    return Case(path, values, y / 1000, x / 1000, {"axes": "m"}, ("axes",), axes="km")


@case
def four_dimensions(folder: Path) -> Case:
    depth = np.array([0.5, 10.0, 50.0])
    values = on_grid() + 10 * np.arange(2.0)[:, None, None, None] + depth[None, :, None, None]
    coords = degrees() | {
        "time": ("time", [0.0, 1.0], {"units": "days since 2010-05-01"}),
        "depth": ("depth", depth, {"units": "m", "positive": "down"}),
    }
    path = write(folder / "levels.nc", values, "time depth lat lon", coords)
    days = ("2010-05-01", "2010-05-02")
    return Case(path, values[1, 2], LAT, LON, {"at.depth": "2"}, ("at.depth",), dates=days, date="2010-05-02")


@case
def ensemble_in_another_order(folder: Path) -> Case:
    """Longitude first, members last, one level."""
    values = (on_grid().T[:, None, :, None] + np.arange(4.0)).astype("f4")
    path = write(folder / "order.nc", values, "lon level lat member", degrees())
    return Case(path, values[:, 0, :, 3].T, LAT, LON, {"at.member": "3"}, ("at.member",))


@case
def gaps_and_valid_range(folder: Path) -> Case:
    """A fill value, a missing value and a valid range, all in stored numbers."""
    raw = np.arange(LAT.size * LON.size, dtype="i2").reshape(LAT.size, LON.size)
    with netCDF4.Dataset(folder / "gaps.nc", "w") as out:
        for name, values in (("lat", LAT), ("lon", LON)):
            out.createDimension(name, values.size)
            out.createVariable(name, "f8", (name,))[:] = values
        a = out.createVariable("a", "i2", ("lat", "lon"), fill_value=np.int16(7))
        a.set_auto_maskandscale(False)
        a[:] = raw
        a.setncatts({"units": "m", "scale_factor": 0.1, "missing_value": np.int16(11)})
        a.setncatts({"valid_min": np.int16(3), "valid_max": np.int16(700)})
    values = np.where(np.isin(raw, (7, 11)) | (raw < 3) | (raw > 700), np.nan, raw * 0.1)
    return Case(folder / "gaps.nc", values, LAT, LON)


@case
def unsigned_bytes(folder: Path) -> Case:
    """Classic NetCDF has no unsigned numbers; an attribute says that they are."""
    wanted = np.linspace(0, 250, LAT.size * LON.size).round().reshape(LAT.size, LON.size)
    with netCDF4.Dataset(folder / "unsigned.nc", "w", format="NETCDF3_CLASSIC") as out:
        for name, values in (("lat", LAT), ("lon", LON)):
            out.createDimension(name, values.size)
            out.createVariable(name, "f8", (name,))[:] = values
        a = out.createVariable("a", "i1", ("lat", "lon"))
        a.set_auto_maskandscale(False)
        a[:] = wanted.astype("u1").view("i1")
        a.setncatts({"units": "m", "_Unsigned": "true", "scale_factor": 0.5})
    return Case(folder / "unsigned.nc", wanted * 0.5, LAT, LON)


@case
def centimetres(folder: Path) -> Case:
    """A quantity of the lexicon, in another unit than the lexicon's."""
    attrs = {"units": "cm", "standard_name": "sea_surface_height_above_sea_level"}
    path = write(folder / "cm.nc", 100 * on_grid(), "lat lon", degrees(), attrs=attrs)
    return Case(path, on_grid(), LAT, LON, name="ssh")


@case
def uneven_rows(folder: Path) -> Case:
    """Rows of a Mercator grid."""
    lat = np.rad2deg(np.arctan(np.sinh(np.linspace(0.2, 1.2, 60))))
    path = write(folder / "mercator.nc", on_grid(lat), "lat lon", degrees(lat))
    even = np.linspace(lat[0], lat[-1], 60)
    return Case(path, on_grid(even), even, LON, tolerance=1e-3, note="not evenly spaced")


def curved(path: Path, lon: np.ndarray, lat: np.ndarray) -> Path:
    """A NetCDF-4 file with two-dimensional coordinates."""
    coords = {"nav_lat": (("j", "i"), lat), "nav_lon": (("j", "i"), lon)}
    attrs = {"units": "m", "coordinates": "nav_lat nav_lon"}
    named = {"nav_lat": {"standard_name": "latitude"}, "nav_lon": {"standard_name": "longitude"}}
    data = xr.Dataset({"a": (("j", "i"), wave(lat, lon), attrs)})
    for name, values in coords.items():
        data[name] = (*values, named[name])
    data.to_netcdf(path)
    return path


@case
def curvilinear(folder: Path) -> Case:
    """A turned and bent grid over the Bay of Biscay."""
    j, i = np.meshgrid(np.linspace(-6, 6, 80), np.linspace(-8, 8, 100), indexing="ij")
    lon, lat = -5 + 0.9 * i + 0.35 * j + 0.02 * i * j, 45 + 0.8 * j - 0.3 * i + 0.015 * i**2
    path = curved(folder / "curved.nc", lon, lat)
    return Case(path, np.empty(0), np.empty(0), np.empty(0), tolerance=2e-3, note="curved")


@case
def curvilinear_over_the_pole(folder: Path) -> Case:
    """Two-dimensional coordinates around the north pole, some missing as over land."""
    x, y = np.meshgrid(np.linspace(-2e6, 2e6, 90), np.linspace(-1.8e6, 2.2e6, 90))
    to_degrees = pyproj.Transformer.from_crs("+proj=laea +lat_0=90 +lon_0=20 +R=6371000", "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(x, y)
    lon[:10, :10] = lat[:10, :10] = np.nan
    path = curved(folder / "polar.nc", lon, lat)
    return Case(path, np.empty(0), np.empty(0), np.empty(0), axes="km", tolerance=2e-3, note="equal-area")


@case
def closed_around_the_globe(folder: Path) -> Case:
    """A curved grid whose last column is the first one's neighbour, with a seam at 73 E."""
    j, i = np.meshgrid(np.linspace(-60, 65, 120), np.arange(180) * 2.0, indexing="ij")
    lon, lat = 73 + i + 2 * np.sin(np.deg2rad(3 * j)), j + 1.5 * np.cos(np.deg2rad(2 * i))
    path = curved(folder / "globe.nc", (lon + 180) % 360 - 180, lat)
    return Case(path, np.empty(0), np.empty(0), np.empty(0), tolerance=1e-2, note="curved")


@case
def turned_pole(folder: Path) -> Case:
    """A regional model's grid, regular in degrees of a turned pole, without two-dimensional coordinates."""
    rlat, rlon = np.linspace(-8, 8, 81), np.linspace(-10, 10, 101)
    mapping = {
        "grid_mapping_name": "rotated_latitude_longitude", "grid_north_pole_latitude": 39.25,
        "grid_north_pole_longitude": -162.0,
    }  # fmt: skip
    crs = pyproj.CRS.from_cf(mapping)
    place = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(*np.meshgrid(rlon, rlat))
    coords = {
        "rlat": ("rlat", rlat, {"standard_name": "grid_latitude", "units": "degrees"}),
        "rlon": ("rlon", rlon, {"standard_name": "grid_longitude", "units": "degrees"}),
        "rotated_pole": ((), 0, mapping),
    }
    attrs = {"units": "m", "grid_mapping": "rotated_pole"}
    path = write(folder / "rotated.nc", wave(place[1], place[0]), "rlat rlon", coords, attrs=attrs)
    return Case(path, np.empty(0), np.empty(0), np.empty(0), tolerance=2e-3, note="curved")


@case
def projected(folder: Path) -> Case:
    """Lambert's equal-area projection, in metres, by the grid mapping's own parameters."""
    x, y = np.arange(-300e3, 300e3, 20e3), np.arange(200e3, -200e3, -20e3)
    mapping = {
        "grid_mapping_name": "lambert_azimuthal_equal_area", "latitude_of_projection_origin": 52.0,
        "longitude_of_projection_origin": 10.0, "false_easting": 0.0, "false_northing": 0.0,
    }  # fmt: skip
    values = np.add.outer(np.sin(y / 1e5), np.cos(x / 1e5))
    coords = {
        "y": ("y", y, {"standard_name": "projection_y_coordinate", "units": "m"}),
        "x": ("x", x, {"standard_name": "projection_x_coordinate", "units": "m"}),
        "crs": ((), 0, mapping),
    }
    path = write(folder / "laea.nc", values, "y x", coords, attrs={"units": "m", "grid_mapping": "crs"})
    return Case(path, values[::-1], y[::-1] / 1000, x / 1000, axes="km", note="kilometres of its projection")


@case
def groups(folder: Path) -> Case:
    with netCDF4.Dataset(folder / "groups.nc", "w") as out:
        for name, values, units in (("lat", LAT, "degrees_north"), ("lon", LON, "degrees_east")):
            out.createDimension(name, values.size)
            axis = out.createVariable(name, "f8", (name,))
            axis.units = units
            axis[:] = values
        inner = out.createGroup("level1").createGroup("data")
        a = inner.createVariable("a", "f8", ("lat", "lon"), zlib=True)
        a.units = "m"
        a[:] = on_grid()
    return Case(folder / "groups.nc", on_grid(), LAT, LON)


@case
def plain_hdf5(folder: Path) -> Case:
    """HDF5 without names for its dimensions."""
    values = np.add.outer(np.arange(12.0), np.arange(20.0))
    with h5py.File(folder / "plain.h5", "w") as out:
        out["a"] = values
        out["a"].attrs["units"] = "m"
    y, x = (4 * (np.arange(n) + 0.5) for n in values.shape)
    answers = {"x": "phony_dim_1", "spacing": "4", "rows": "south"}
    return Case(folder / "plain.h5", values, y, x, answers, ("x", "spacing", "rows"), axes="km")


@case
def zarr_2(folder: Path) -> Case:
    coords = degrees() | {"time": ("time", np.array(["2020-01-01", "2020-01-02"], "M8[ns]"))}
    values = on_grid() + np.arange(2.0)[:, None, None]
    values[1, 2, 3] = np.nan
    data = xr.Dataset({"a": (("time", "lat", "lon"), values, {"units": "m"})}, coords)
    data.to_zarr(folder / "v2.zarr", zarr_format=2, encoding={"a": {"chunks": (1, 7, 9)}}, consolidated=True)
    return Case(folder / "v2.zarr", values[1], LAT, LON, dates=("2020-01-01", "2020-01-02"), date="2020-01-02")


@case
def zarr_3_in_shards(folder: Path) -> Case:
    packing = {"dtype": "i2", "scale_factor": 1e-3, "_FillValue": -1, "chunks": (6, 8), "shards": (12, 16)}
    values = on_grid()
    values[3, 4] = np.nan
    data = xr.Dataset({"a": (("lat", "lon"), values, {"units": "m"})}, degrees())
    data.to_zarr(folder / "v3.zarr", zarr_format=3, encoding={"a": packing}, consolidated=False)
    return Case(folder / "v3.zarr", values, LAT, LON, tolerance=6e-4)


@case
def zipped_zarr_2(folder: Path) -> Case:
    """In a folder of the archive, as people zip it."""
    one = zarr_2(folder)
    return replace(one, path=Path(make_archive(str(folder / "v2.zarr"), "zip", folder, "v2.zarr")))


@case
def zipped_zarr_3(folder: Path) -> Case:
    """At the archive's root, as zarr's own store writes it."""
    one = zarr_3_in_shards(folder)
    return replace(one, path=Path(make_archive(str(folder / "v3.zarr"), "zip", one.path)))


@case
def zarr_without_xarray(folder: Path) -> Case:
    """A bare array: a zero in it is a zero, whatever the array's fill value."""
    values = np.add.outer(np.arange(16.0), np.arange(24.0))
    array = zarr.create_array(str(folder / "bare.zarr"), shape=values.shape, dtype="f8", zarr_format=2, chunks=(5, 7))
    array[:] = values
    array.attrs["units"] = "m"
    y, x = (np.arange(n) + 0.5 for n in values.shape)
    answers = {"x": "array_dim_1", "spacing": "1", "rows": "south"}
    return Case(folder / "bare.zarr", values, y, x, answers, ("x", "spacing", "rows"), name="array", axes="km")


def tiff(path: Path, values: np.ndarray, **profile) -> Path:
    count = 1 if values.ndim == 2 else len(values)
    height, width = values.shape[-2:]
    shape = {"count": count, "height": height, "width": width, "dtype": values.dtype}
    with rasterio.open(path, "w", driver="GTiff", **shape, **profile) as out:
        out.write(values.reshape(count, height, width))
    return path


@case
def geotiff_in_degrees(folder: Path) -> Case:
    """Two described bands, packed, with a value for nothing."""
    raw = np.arange(2 * 20 * 30, dtype="i2").reshape(2, 20, 30)
    path = tiff(
        folder / "bands.tif", raw, crs="EPSG:4326", transform=rasterio.Affine(0.25, 0, -12, 0, -0.25, 52), nodata=605
    )
    with rasterio.open(path, "r+") as out:
        out.scales, out.offsets, out.units = (0.1, 0.5), (0.0, 2.0), ("m", "m")
        out.set_band_description(2, "second")
    values = np.where(raw[1] == 605, np.nan, raw[1] * 0.5 + 2)[::-1]
    y, x = 52 - 0.125 - 0.25 * np.arange(19, -1, -1), -12 + 0.125 + 0.25 * np.arange(30)
    return Case(path, values, y, x, {"variable": "band_2"}, ("variable",), name="band_2")


@case
def geotiff_in_metres(folder: Path) -> Case:
    values = np.random.default_rng(0).normal(size=(40, 32)).astype("f4")
    transform = rasterio.Affine(30, 0, 4e5, 0, -30, 5e6)
    path = tiff(folder / "utm.tif", values, crs="EPSG:32631", transform=transform, tiled=True, blockxsize=16,
                blockysize=16, compress="deflate")  # fmt: skip
    y, x = (5e6 - 15 - 30.0 * np.arange(39, -1, -1)) / 1000, (4e5 + 15 + 30.0 * np.arange(32)) / 1000
    return Case(path, values[::-1], y, x, {"unit": "K"}, ("unit",), name="band_1", units="K", axes="km", note="UTM")


@case
def geotiff_with_a_mask(folder: Path) -> Case:
    values = np.arange(20 * 24, dtype="u1").reshape(20, 24)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        path = tiff(folder / "mask.tif", values, crs="EPSG:4326", transform=rasterio.Affine(1, 0, 0, 0, -1, 10))
        with rasterio.open(path, "r+") as out:
            out.write_mask(values % 5 > 0)
    wanted = np.where(values % 5 > 0, values, np.nan)[::-1]
    return Case(
        path, wanted, np.arange(-9.5, 10), np.arange(0.5, 24), {"unit": "1"}, ("unit",), name="band_1", units="1"
    )


@case
def html_in_attributes(folder: Path) -> Case:
    bad = "<img src=x onerror=alert(1)>"
    attrs = {"units": f"m{bad}", "long_name": f"wave\n{bad}\x1b[31m", "standard_name": bad}
    path = write(folder / "html.nc", on_grid(), "lat lon", degrees(), attrs=attrs)
    return Case(path, on_grid(), LAT, LON, units=f"m{bad}")


@case
def huge(folder: Path) -> Case:
    """Forty billion cells of which a few were written; the file itself is small."""
    n = 200_000
    values = np.add.outer(np.arange(300.0), np.arange(300.0)).astype("f4")
    with netCDF4.Dataset(folder / "huge.nc", "w") as out:
        for name, span in (("lat", (-60.0, 60.0)), ("lon", (-150.0, 150.0))):
            out.createDimension(name, n)
            axis = out.createVariable(name, "f8", (name,), zlib=True)
            axis.units = {"lat": "degrees_north", "lon": "degrees_east"}[name]
            axis[:] = np.linspace(*span, n)
        a = out.createVariable("a", "f4", ("lat", "lon"), chunksizes=(500, 500), zlib=True)
        a.units = "m"
        a[100_000:100_300, 100_000:100_300] = values
    lat, lon = np.linspace(-60, 60, n)[100_000:100_300], np.linspace(-150, 150, n)[100_000:100_300]
    return Case(folder / "huge.nc", values, lat, lon)
