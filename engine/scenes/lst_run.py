"""Simulated land: temperature and vegetation index of a made-up country."""

from functools import lru_cache

import numpy as np
import pandas as pd
import xarray as xr

from engine.grid import Region
from engine.scenes import register
from engine.scenes.shared import netcdf
from engine.scenes.shared.instruments import THERMAL
from engine.scenes.shared.undated import Undated
from engine.simulate.land import LandParameters
from engine.simulate.land import land as simulated

LAND = LandParameters()
_SIDE = LAND.size * LAND.spacing / 1000


@register("lst_run")
class LandRun(Undated):
    """Ten countries, made when they are opened; nothing is trained on them."""

    title = "Land run, 100 m"
    kind = "simulated"
    source = "Finescale's own fractal land: covers with a line of temperature over NDVI each (engine.simulate.land)"
    licence = "Made by Finescale, under its own licence"
    caution = "Not realistic: for tests, and for a first look while no observed scene is downloaded."
    fields = ("lst",)
    guides = ("ndvi",)
    instruments = {"lst": THERMAL}
    labels = tuple(f"country {number}" for number in range(1, 11))
    regions = {"box": Region("Whole country", (0.0, _SIDE), (0.0, _SIDE))}
    splits = {"test": ("1970-01-01", "1970-12-31")}
    degradation = "radiance_mean"
    factors = (4, 2, 8)

    def version(self, time: pd.Timestamp) -> str:
        return "made by the code"

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`lst` (K) and `ndvi` (1), each (y, x), as asked."""
        made = _country(int(self.times.get_loc(time)))
        centres = (np.arange(LAND.size) + 0.5) * LAND.spacing / 1000
        return netcdf.dataset(
            {name: netcdf.field(made[name].copy(), name) for name in variables}, centres, centres, "km"
        )


@lru_cache(maxsize=4)
def _country(number: int) -> dict[str, np.ndarray]:
    return simulated(1000 + number, LAND)
