"""The ice run: simulated sea ice with its leads and ridges, thickness, concentration and deformation at 4 km."""

from pathlib import Path

import pandas as pd
import xarray as xr

from engine import paths
from engine.derived import deformation
from engine.grid import Grid, Region
from engine.scenes import register
from engine.scenes.shared import netcdf
from engine.scenes.shared.instruments import MERGED_ICE
from engine.scenes.shared.nature_run import NatureRun


@register("ice_run")
class IceRun(NatureRun):
    """Brittle Bingham-Maxwell sea ice under random weather (engine.simulate.ice)."""

    title = "Ice run, 4 km"
    source = "Finescale's own brittle sea-ice run (engine.simulate.ice)"
    caution = "Not realistic: no coasts, one thickness category, weak ridging, a softened ice and random weather."
    fields = ("thickness",)
    inputs = ("concentration", "divergence", "shear")
    instruments = {"thickness": MERGED_ICE}
    regions = {
        "box": Region("Whole domain", (0.0, 1024.0), (0.0, 1024.0)),
        "west": Region("Western half", (0.0, 512.0), (0.0, 1024.0)),
        "east": Region("Eastern half", (512.0, 1024.0), (0.0, 1024.0)),
    }
    splits = {
        "train": ("2001-01-01", "2016-12-31"),
        "validation": ("2017-01-01", "2018-12-31"),
        "test": ("2019-01-01", "2022-12-31"),
    }
    stored = ("thickness", "concentration", "drift_x", "drift_y")
    degradation = "box"
    width_km = 120.0
    factors = (30, 15, 8, 4)

    @staticmethod
    def shipped() -> list[Path]:
        """The test runs, shipped or made here."""
        folders = (paths.assets() / "scenes", paths.cache() / "runs")
        return next((found for folder in folders if (found := sorted(folder.glob("ice_run_test_*.nc")))), [])

    @classmethod
    def offered(cls) -> bool:
        """Once there is a test run: `finescale simulate ice --split test` makes them."""
        return bool(cls.shipped())

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`thickness` (m), `concentration` (1), `divergence` and `shear` of the day's mean drift (s-1), as asked."""
        day = self.day(time)
        fields = {name: netcdf.unpack(day[name]) for name in variables if name in self.stored}
        if {"divergence", "shear"} & {*variables}:
            grid = Grid(day["y"].values, day["x"].values, "km")
            u, v = (netcdf.unpack(day[name]) for name in ("drift_x", "drift_y"))
            fields["divergence"], fields["shear"] = deformation(u, v, grid)
        named = {name: netcdf.field(fields[name], name) for name in variables}
        return netcdf.dataset(named, day["y"].values, day["x"].values, "km")
