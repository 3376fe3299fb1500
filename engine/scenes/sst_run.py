"""Daily sea surface temperature of an ocean run, with the velocity that carried it."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from engine import paths
from engine.derived import geostrophic
from engine.grid import Grid, Region
from engine.scenes import register
from engine.scenes.shared import netcdf
from engine.scenes.shared.sequence import Sequence


@register("sst_run")
class SstRun(Sequence):
    """The ocean run of another seed, every day, averaged to 8 km."""

    title = "SST images of the ocean run, 8 km"
    kind = "simulated"
    source = (
        "Finescale's own two-layer quasi-geostrophic run: finescale simulate ocean --seed 4 --days 16 "
        "--size 432 --spacing-km 4 --packed --out assets/scenes/sst_run_test.nc"
    )
    licence = "Made by Finescale and shipped with it, under its own licence"
    caution = "Not realistic: no clouds, no ageostrophic motion; temperature is carried and relaxes to a slope."
    fields = ("sst",)
    coarsen = 2
    regions = {
        "jet": Region("Jet", (352.0, 1376.0), (352.0, 1376.0)),
        "north": Region("North", (352.0, 1376.0), (704.0, 1728.0)),
        "south": Region("South", (352.0, 1376.0), (0.0, 1024.0)),
        "box": Region("Whole domain", (0.0, 1728.0), (0.0, 1728.0)),
    }

    @staticmethod
    def _path() -> Path:
        return paths.assets() / "scenes" / "sst_run_test.nc"

    @property
    def _stored(self) -> xr.Dataset:
        return netcdf.packed(self._path(), ("sst", "ssh", "time", "y", "x"))

    @property
    def available(self) -> bool:
        return self._path().is_file()

    def version(self, time: pd.Timestamp) -> str:
        return netcdf.version(self._path())

    @property
    def frames(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(self._stored["time"].values)

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`sst` (y, x) in degC of one day."""
        day = self._stored.sel(time=time)
        return netcdf.dataset(
            {"sst": netcdf.field(netcdf.unpack(day["sst"]), "sst")}, day["y"].values, day["x"].values, "km"
        )

    def motion(self, time: pd.Timestamp) -> xr.Dataset:
        day = self._stored.sel(time=time)
        axes = day["y"].values, day["x"].values
        height = netcdf.dataset({"ssh": netcdf.field(netcdf.unpack(day["ssh"]), "ssh")}, *axes, "km")
        u, v = geostrophic(
            height["ssh"].values, Grid.of(height), np.array(self._stored["ssh"].attrs["coriolis_parameter"])
        )
        fields = {name: netcdf.field(w.astype("f4"), name) for name, w in (("u", u), ("v", v))}
        return netcdf.dataset(fields, *axes, "km")
