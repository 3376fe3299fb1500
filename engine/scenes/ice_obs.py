"""Observed ice thickness of the Arctic at 25 km: input without truth. CryoSat-2, March 2021; NOAA, 2023 by month."""

import numpy as np
import pandas as pd
import xarray as xr

from engine.datafiles import DataFile, local
from engine.grid import Region
from engine.scenes import register
from engine.scenes.base import DataSet
from engine.scenes.shared import netcdf

_CRYOSAT, _NOAA = "ice_thickness_nh_ease2-250_icdr-v1p0_202103.nc", "coastwatch_sit_monthly_mean23.nc"
_CLIMATE_STORE = "https://raw.githubusercontent.com/mathworks/climatedatastore/4d3a0ba656ff38e0bae85052f82b68e5ba04f302"
_TUTORIALS = (
    "https://raw.githubusercontent.com/coastwatch-training/CoastWatch-Tutorials/"
    "1e1f5f2e2eb6e863efe6ad78963e47e92e626830"
)
EASE_1 = "+proj=laea +lat_0=90 +lon_0=0 +R=6371228 +units=km"  # NSIDC EASE-Grid North, EPSG:3408
EASE_2 = "+proj=laea +lat_0=90 +lon_0=0 +datum=WGS84 +units=km"  # EASE-Grid 2.0 North, EPSG:6931


@register("ice_obs")
class IceObservations(DataSet):
    """Monthly means on the equal-area grids of the north pole; in km from it, Greenwich downwards."""

    title = "Arctic ice thickness, 25 km"
    kind = "observed"
    source = (
        "March 2021: CryoSat-2 (C3S sea-ice thickness, AWI), as distributed with MathWorks' climatedatastore; other "
        "months: NOAA climate data record (AVHRR Polar Pathfinder), as distributed with CoastWatch-Tutorials"
    )
    licence = "CryoSat-2: Copernicus licence, free with attribution; NOAA: public domain, repository under MIT"
    caution = (
        "Only the input is observed. What methods add was learned from a simulation whose input was smooth to 120 km; "
        "this one varies from cell to cell, in part by the noise of its retrieval, has no concentration or drift, and "
        "its thickest ice lies beyond what they have seen. NOAA's year is the one in the file's name."
    )
    coarse = True
    fields = ("thickness",)
    regions = {
        "central": Region("Central Arctic", (-800.0, 200.0), (300.0, 1300.0)),
        "beaufort": Region("Beaufort Sea", (-1900.0, -900.0), (900.0, 1900.0)),
        "laptev": Region("Laptev and East Siberian Seas", (200.0, 1200.0), (900.0, 1900.0)),
        "greenland": Region("North of Greenland", (-1000.0, 0.0), (-900.0, 100.0)),
        "chukchi": Region("Chukchi Sea", (-900.0, 100.0), (1400.0, 2400.0)),
    }
    splits = {"test": ("2021-01-01", "2023-12-31")}
    factors = (6, 5, 4, 3)
    default_time = "2021-03-16"
    files = (
        DataFile(
            f"sea_ice/{_CRYOSAT}",
            sha256="27346944420cfb847a406548ea5f9c6b3e7a7d4375e4fd35cc8dbb09f3c5496b",
            bytes=2289920,
            url=f"{_CLIMATE_STORE}/tests/mockdata/satellite-sea-ice-thickness.zip",
            member=_CRYOSAT,
        ),
        DataFile(
            f"sea_ice/{_NOAA}",
            sha256="f0de08e28132e6665190c267508856cdb74bf50bc60b42a57838bc1031e50bc6",
            bytes=826554,
            url=f"{_TUTORIALS}/seaice-thickness-climatology/data/sit_monthly_mean23.nc",
        ),
    )
    _times = pd.DatetimeIndex(["2021-03-16", *(f"2023-{month:02d}-16" for month in range(1, 13))])

    @property
    def times(self) -> pd.DatetimeIndex:
        return self._times

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`thickness` (y, x) in m of one month; raises DataMissing where the file has to be fetched first."""
        if time.year == 2021:
            stored = netcdf.packed(local(self.files[0]), ("sea_ice_thickness", "yc", "xc"))
            values, y, x = netcdf.unpack(stored["sea_ice_thickness"].isel(time=0)), stored["yc"].values, stored["xc"]
            crs = EASE_2
        else:
            stored = netcdf.packed(local(self.files[1]), ("cdr_sea_ice_thickness", "rows", "columns"))
            month = netcdf.unpack(stored["cdr_sea_ice_thickness"].isel(month=time.month - 1))
            values = np.where(month > 0, month, np.nan)  # 0 is open water
            half = np.diff(stored["columns"].values).mean() / 2  # its coordinates are upper left corners
            y, x = (stored["rows"].values - half) / 1000, (stored["columns"] + half) / 1000
            crs = EASE_1
        return netcdf.dataset({"thickness": netcdf.field(values, "thickness")}, y, np.asarray(x), "km", crs)
