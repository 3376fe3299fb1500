"""What the nature runs share: one file per run, the shipped ones first, the user's own beside them."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd
import xarray as xr

from engine import paths
from engine.errors import DataMissing, InputError
from engine.grid import Region
from engine.scenes.base import DataSet
from engine.scenes.shared import netcdf

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """One run on disk, its split and its dates."""

    split: str
    path: Path
    times: pd.DatetimeIndex

    @classmethod
    def at(cls, split: str, path: Path) -> "Run":
        """Read the dates of a file.

        Args:
            split: Name of the run's split.
            path: The run, NetCDF.

        Returns:
            The run.

        Raises:
            InputError: If it is no whole run.
        """
        axes = netcdf.packed(path, ("time", "y", "x"))
        return cls(split, path, pd.DatetimeIndex(axes["time"].values))


class NatureRun(DataSet):
    """Runs of one simulator. Shipped are those that no method was trained on; the training and validation runs, other
    seeds under other dates, are offered too once `finescale simulate` has made them. Dates are those of the model, not
    of a calendar.

    stored: variables of every file.
    """

    kind = "simulated"
    licence = "Made by Finescale and shipped with it, under its own licence"
    stored: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def shipped() -> list[Path]:
        """The test runs that come with the project."""
        raise NotImplementedError

    def own(self, split: str) -> list[Path]:
        """The user's own runs of a split.

        Args:
            split: Name of the split.

        Returns:
            Files, those that are here.
        """
        return paths.own_runs(f"{self.key}_{split}")

    def runs(self) -> list[Run]:
        """The runs that are here, the shipped test run first; a date given twice belongs to the first.

        Raises InputError if the shipped file is damaged; a damaged run of the user's own is left out and logged.
        """
        found = [Run.at("test", path) for path in self.shipped() if path.is_file()]
        for split in ("train", "validation"):
            for path in self.own(split):
                try:
                    found.append(Run.at(split, path))
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
        return any(path.is_file() for path in self.shipped())

    def find_time(self, time=None) -> pd.Timestamp:
        """As in DataSet, the default being the first test date; raises DataMissing where no run is here."""
        runs = self.runs()
        if not runs:
            raise DataMissing(
                f"The shipped scene assets/scenes/{self.shipped()[0].name} is not here; "
                "install finescale again or make it with `finescale simulate`."
            )
        return super().find_time(runs[0].times[0] if time is None else time)

    def split_of(self, time: pd.Timestamp, region: Region | None = None) -> str:
        """The split of the run that holds the date."""
        return next((run.split for run in self.runs() if time in run.times), "unused")

    def day(self, time: pd.Timestamp) -> xr.Dataset:
        """All that a run holds of a date, packed.

        Args:
            time: The date.

        Returns:
            The variables `stored` (y, x) as they are packed, on y and x; shared: never write into it.

        Raises:
            InputError: For a date that no run holds, or a damaged file.
        """
        run = self._run(time)
        return netcdf.packed(run.path, (*self.stored, "y", "x"), int(run.times.get_loc(time)))

    def version(self, time: pd.Timestamp) -> str:
        return netcdf.version(self._run(time).path)

    def _run(self, time: pd.Timestamp) -> Run:
        run = next((run for run in self.runs() if time in run.times), None)
        if run is None:
            raise InputError(f"{self.title} has no field on {time:%Y-%m-%d}.")
        return run
