"""Simulated rain that a known flow carries."""

from functools import lru_cache

import numpy as np
import pandas as pd
import xarray as xr

from engine.grid import Region
from engine.scenes import register
from engine.scenes.shared import netcdf
from engine.scenes.shared.sequence import Sequence
from engine.simulate.rain import RainParameters, rain_sequence

RAIN = RainParameters()
STARTS = pd.date_range("2021-06-01", periods=20, freq="D")  # one run each


@register("rain_run")
class RainRun(Sequence):
    """Twenty runs of seven images, made when they are opened."""

    title = "Rain run, 1 km"
    kind = "simulated"
    source = "Finescale's own stochastic cascade after STEPS, carried by a steady flow (engine.simulate.rain)"
    licence = "Made by Finescale, under its own licence"
    caution = "Not realistic: the flow does not change in half an hour, and knows nothing of the rain that it carries."
    fields = ("rain_rate",)
    regions = {"box": Region("Whole domain", (0.0, RAIN.size * RAIN.spacing), (0.0, RAIN.size * RAIN.spacing))}

    @property
    def frames(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex([time for start in STARTS for time in self.row(start)])

    @property
    def times(self) -> pd.DatetimeIndex:
        return STARTS

    def row(self, start: pd.Timestamp) -> pd.DatetimeIndex:
        return pd.date_range(start, periods=RAIN.images, freq=pd.Timedelta(minutes=RAIN.minutes))

    def version(self, time: pd.Timestamp) -> str:
        return "made by the code"

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`rain_rate` (y, x) in mm h-1 of one time."""
        rates, _ = _run(int(STARTS.get_loc(time.normalize())))
        number = round((time - time.normalize()) / pd.Timedelta(minutes=RAIN.minutes))
        return _dataset({"rain_rate": netcdf.field(rates[number], "rain_rate")})

    def motion(self, time: pd.Timestamp) -> xr.Dataset:
        _, flow = _run(int(STARTS.get_loc(time.normalize())))
        return _dataset({"u": netcdf.field(flow[0], "eastward"), "v": netcdf.field(flow[1], "northward")})


@lru_cache(maxsize=8)
def _run(number: int) -> tuple[np.ndarray, np.ndarray]:
    return rain_sequence(1000 + number, RAIN)


def _dataset(fields: dict[str, xr.DataArray]) -> xr.Dataset:
    centres = (np.arange(RAIN.size) + 0.5) * RAIN.spacing
    return netcdf.dataset({name: field.copy() for name, field in fields.items()}, centres, centres, "km")
