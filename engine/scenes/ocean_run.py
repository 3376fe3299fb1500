"""The ocean run: a simulated jet with its eddies, sea surface height and temperature at 4 km."""

import logging
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xarray as xr

from engine import paths
from engine.errors import DataMissing, InputError
from engine.grid import Region
from engine.scenes import netcdf, register
from engine.scenes.base import DataSet

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """One run on disk, its split and its dates."""

    split: str
    path: Path
    times: pd.DatetimeIndex

    @classmethod
    def at(cls, split: str, path: Path) -> "Run":
        """Read the dates of a file; raises InputError if it is no whole run."""
        axes = netcdf.packed(path, ("time", "y", "x"))
        return cls(split, path, pd.DatetimeIndex(axes["time"].values))


@register("ocean_run")
class OceanRun(DataSet):
    """Two-layer quasi-geostrophic jet with a surface-trapped temperature mode (engine.simulate.ocean).

    Shipped is one run that no method was trained on; the training and validation runs, other seeds under other dates,
    are offered too once `finescale simulate` has made them. Dates are those of the model, not of a calendar.
    """

    title = "Ocean run, 4 km"
    kind = "simulated"
    source = "Finescale's own two-layer quasi-geostrophic run with surface temperature (engine.simulate.ocean)"
    licence = "Made by Finescale and shipped with it, under its own licence"
    caution = "Not realistic: no coasts, tides, seasons or ageostrophic motion, and cyclones mirror anticyclones."
    fields = ("ssh", "sst")
    guides = ("sst",)
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
    factors = (27, 9, 3, 16, 8, 4, 2)

    @staticmethod
    def shipped() -> Path:
        """The test run that comes with the project."""
        return paths.assets() / "scenes" / "ocean_run_test.nc"

    def runs(self) -> list[Run]:
        """The runs that are here, the shipped test run first; a date given twice belongs to the first.

        Raises InputError if the shipped file is damaged; a damaged run of the user's own is left out and logged.
        """
        found = [Run.at("test", self.shipped())] if self.shipped().is_file() else []
        for split in ("train", "validation"):
            path = paths.cache() / "runs" / f"ocean_run_{split}.nc"
            try:
                found += [Run.at(split, path)] if path.is_file() else []
            except InputError as error:
                _log.warning("%s", error)
        return found

    @property
    def times(self) -> pd.DatetimeIndex:
        """Every date of the runs that are here, ascending; empty where none can be read."""
        try:
            dates = [run.times for run in self.runs()]
        except InputError as error:
            _log.warning("%s", error)
            dates = []
        return dates[0].append(dates[1:]).unique().sort_values() if dates else pd.DatetimeIndex([])

    @property
    def available(self) -> bool:
        return self.shipped().is_file()

    def find_time(self, time=None) -> pd.Timestamp:
        """As in DataSet, the default being the first test date; raises DataMissing where no run is here."""
        runs = self.runs()
        if not runs:
            raise DataMissing(
                "The shipped scene assets/scenes/ocean_run_test.nc is not here; "
                "install finescale again or make it with `finescale simulate`."
            )
        return super().find_time(runs[0].times[0] if time is None else time)

    def split_of(self, time: pd.Timestamp) -> str:
        """The split of the run that holds the date."""
        return next((run.split for run in self.runs() if time in run.times), "unused")

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`ssh` (m) and `sst` (degC), each (y, x), as asked; ssh carries coriolis_parameter (s-1) for its currents.

        Raises InputError for a date that no run holds and for a damaged file.
        """
        run = next((run for run in self.runs() if time in run.times), None)
        if run is None:
            raise InputError(f"{self.title} has no field on {time:%Y-%m-%d}.")
        day = netcdf.packed(run.path, ("ssh", "sst", "y", "x"), int(run.times.get_loc(time)))
        fields = {name: netcdf.field(netcdf.unpack(day[name]), name) for name in variables}
        if "ssh" in fields and "coriolis_parameter" in day.attrs:
            fields["ssh"].attrs["coriolis_parameter"] = float(day.attrs["coriolis_parameter"])
        return netcdf.dataset(fields, day["y"].values, day["x"].values, "km")
