"""A small file of one's own, and a page that has opened it."""

import numpy as np
import xarray as xr

LAT, LON = np.arange(30.0, 42.0, 0.5), np.arange(-10.0, 6.0, 0.5)


def wave(times: int = 3) -> np.ndarray:
    return np.sin(np.add.outer(LAT, LON) / 3) + np.arange(times)[:, None, None]


def write(path, units: str = "m", title: str = "a wave", extra: float = 0.0) -> None:
    coords = {
        "time": ("time", [0.0, 1.0, 2.0], {"units": "days since 2010-05-01"}),
        "lat": ("lat", LAT, {"units": "degrees_north"}), "lon": ("lon", LON, {"units": "degrees_east"}),
    }  # fmt: skip
    attrs = {"long_name": title} | ({"units": units} if units else {})
    xr.Dataset({"a": (("time", "lat", "lon"), wave() + extra, attrs)}, coords).to_netcdf(path)


def rest(page):
    return page.until(lambda: not page.session.own_file.busy).settle()
