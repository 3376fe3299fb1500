"""Altimetry of the Copernicus Marine Service, 1/8 degree, any day and region: read lazily by its own package and login.

Offered where `finescale[copernicus]` is installed and `copernicusmarine login` has been run.
"""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from engine.errors import InputError
from engine.grid import Region, select
from engine.scenes import register
from engine.scenes.base import DataSet
from engine.scenes.shared import netcdf

DATASET, VERSION = "cmems_obs-sl_glo_phy-ssh_my_allsat-l4-duacs-0.125deg_P1D", "202411"
LARGEST_SCENE = 4_000_000  # cells
TEST_DAYS = ("1996-11-22", "2003-05-24", "2010-08-22", "2016-01-15", "2019-02-23")
_STORED = {"ssh": "adt", "u": "ugos", "v": "vgos"}


@register("copernicus")
class CopernicusAltimetry(DataSet):
    """Gridded altimetry of the whole ocean from 1993 to 2023; only the day and the box asked for are downloaded.

    Nothing is trained on it. The test days are a few of different seasons: every one of an evaluation is downloaded.
    """

    title = "Copernicus Marine altimetry, 1/8°"
    kind = "observed"
    source = f"DUACS delayed-time L4 maps, all satellites, global ocean (CMEMS, {DATASET}, version {VERSION})"
    licence = (
        "Generated using E.U. Copernicus Marine Service Information: free with attribution "
        "(marine.copernicus.eu, service commitments and licence)"
    )
    caution = (
        "What is finer than 200 km in this truth (at the equator: 800 km; Ballarotta et al. 2019, "
        "doi:10.5194/os-15-1091-2019) is the smoothness of the mapping, not the sea."
    )
    fields = ("ssh", "u", "v")
    regions = {
        "gulf_stream": Region("Gulf Stream", (-80.0, -40.0), (28.0, 48.0)),
        "kuroshio": Region("Kuroshio", (130.0, 170.0), (25.0, 45.0)),
        "agulhas": Region("Agulhas Current", (5.0, 45.0), (-48.0, -28.0)),
        "brazil_malvinas": Region("Brazil-Malvinas confluence", (-65.0, -35.0), (-55.0, -30.0)),
    }  # the globe is more than `LARGEST_SCENE`
    splits = {"test": (TEST_DAYS[0], TEST_DAYS[-1])}
    factors = (4, 2, 3, 8, 6)
    slow = True
    default_time = "2019-02-23"
    _times = pd.date_range("1993-01-01", "2023-12-31", freq="D")

    @classmethod
    def offered(cls) -> bool:
        """Whether the package is installed and has a login; without one it would ask for it on the server's console."""
        if importlib.util.find_spec("copernicusmarine") is None:
            return False
        folder = os.environ.get("COPERNICUSMARINE_CREDENTIALS_DIRECTORY") or Path.home()
        login = Path(folder) / ".copernicusmarine" / ".copernicusmarine-credentials"
        return "COPERNICUSMARINE_SERVICE_USERNAME" in os.environ or login.is_file()

    @property
    def times(self) -> pd.DatetimeIndex:
        return self._times

    def split_of(self, time: pd.Timestamp, region: Region | None = None) -> str:
        return "test" if f"{time:%Y-%m-%d}" in TEST_DAYS else "unused"

    def version(self, time: pd.Timestamp) -> str:
        return f"{DATASET} {VERSION} {time:%Y-%m-%d}"

    @cached_property
    def _stored(self) -> xr.Dataset:
        """The whole of it, lazily."""
        import copernicusmarine

        return copernicusmarine.open_dataset(
            dataset_id=DATASET, dataset_version=VERSION, variables=list(_STORED.values())
        )

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`ssh` (m), `u`, `v` (m s-1) of the globe, all of it downloaded; rather take `cut`."""
        with _told(time):
            return _fields(self._day(time, variables).load(), variables)

    def cut(self, time: pd.Timestamp, variables: tuple[str, ...], region: Region, multiple: int = 1) -> xr.Dataset:
        """As in DataSet: the day and the box alone are downloaded. Raises InputError where there is no answer."""
        with _told(time):
            box = select(self._day(time, variables), region, multiple)
            if box.sizes["y"] * box.sizes["x"] > LARGEST_SCENE:
                raise InputError(f"The region {region.title!r} is too large to be downloaded: draw a smaller box.")
            return _fields(box.load(), variables)

    def _day(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """The globe on one day, lazily."""
        stored = self._stored[[_STORED[name] for name in variables]]
        day = stored.sel(time=time, method="nearest", tolerance=pd.Timedelta("12h"))
        return day.rename(latitude="y", longitude="x")

    def overview(self, time=None, cells: int = 220) -> xr.DataArray:
        """An empty map of the globe: a full one would be a large download for a small picture."""
        y, x = np.linspace(-90, 90, cells // 2, endpoint=False), np.linspace(-180, 180, cells, endpoint=False)
        blank = netcdf.field(np.full((y.size, x.size), np.nan, np.float32), "ssh")
        return netcdf.dataset({"ssh": blank}, y + 90 / y.size, x + 180 / x.size, "degrees")["ssh"]


@contextmanager
def _told(time: pd.Timestamp) -> Iterator[None]:
    """Whatever the service or the way to it does wrong is one sentence."""
    try:
        yield
    except InputError:
        raise
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        raise InputError(f"Copernicus Marine gives nothing for {time:%Y-%m-%d} ({type(error).__name__}).") from error


def _fields(box: xr.Dataset, variables: tuple[str, ...]) -> xr.Dataset:
    """What was downloaded, with the lexicon's attributes."""
    attrs = {"long_name": "absolute dynamic topography"}
    fields = {
        name: netcdf.field(box[_STORED[name]].values.astype(np.float32), name, **(attrs if name == "ssh" else {}))
        for name in variables
    }
    return netcdf.dataset(fields, box["y"].values, box["x"].values, "degrees")
