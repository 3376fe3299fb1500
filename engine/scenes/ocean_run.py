"""The ocean run: a simulated jet with its eddies, sea surface height and temperature at 4 km."""

from pathlib import Path

import pandas as pd
import xarray as xr

from engine import paths
from engine.grid import Region
from engine.scenes import register
from engine.scenes.shared import netcdf
from engine.scenes.shared.instruments import ALTIMETER, MICROWAVE
from engine.scenes.shared.nature_run import NatureRun


@register("ocean_run")
class OceanRun(NatureRun):
    """Two-layer quasi-geostrophic jet with a surface-trapped temperature mode (engine.simulate.ocean)."""

    title = "Ocean run, 4 km"
    source = "Finescale's own two-layer quasi-geostrophic run with surface temperature (engine.simulate.ocean)"
    caution = "Not realistic: no coasts, tides, seasons or ageostrophic motion, and cyclones mirror anticyclones."
    fields = ("ssh", "sst")
    guides = ("sst",)
    instruments = {"ssh": ALTIMETER, "sst": MICROWAVE}
    regions = {
        "box": Region("Whole domain", (0.0, 1728.0), (0.0, 1728.0)),
        "jet": Region("Jet", (0.0, 1728.0), (432.0, 1296.0)),
        "south": Region("Southern half", (0.0, 1728.0), (0.0, 864.0)),
        "north": Region("Northern half", (0.0, 1728.0), (864.0, 1728.0)),
    }
    splits = {
        "train": ("2001-01-01", "2002-12-31"),
        "validation": ("2003-01-01", "2004-12-31"),
        "test": ("2005-01-01", "2006-12-31"),
    }
    stored = ("ssh", "sst")
    factors = (27, 9, 3, 16, 8, 4, 2)

    @staticmethod
    def shipped() -> list[Path]:
        return [paths.assets() / "scenes" / "ocean_run_test.nc"]

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`ssh` (m) and `sst` (degC), each (y, x), as asked; ssh carries coriolis_parameter (s-1) for its currents."""
        day = self.day(time)
        fields = {name: netcdf.field(netcdf.unpack(day[name]), name) for name in variables}
        if "ssh" in fields and "coriolis_parameter" in day.attrs:
            fields["ssh"].attrs["coriolis_parameter"] = float(day.attrs["coriolis_parameter"])
        return netcdf.dataset(fields, day["y"].values, day["x"].values, "km")
