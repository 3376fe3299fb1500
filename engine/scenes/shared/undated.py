"""Data sets whose files tell no date: their scenes have names instead."""

from typing import ClassVar

import pandas as pd

from engine.errors import InputError
from engine.scenes.base import DataSet


class Undated(DataSet):
    """labels: names of the scenes, in place of dates; inside they are days from 1970-01-01 on, which mean nothing."""

    labels: ClassVar[tuple[str, ...]] = ()

    @property
    def times(self) -> pd.DatetimeIndex:
        return pd.date_range("1970-01-01", periods=len(self.labels))

    def written(self, time: pd.Timestamp) -> str:
        return self.labels[int(self.times.get_loc(time))]

    def find_time(self, time=None) -> pd.Timestamp:
        """The day that stands for a name; raises InputError if it is not on offer."""
        if time is None:
            return self.times[0]
        if isinstance(time, pd.Timestamp) and time in self.times:
            return time
        if str(time) not in self.labels:
            raise InputError(f"{self.title} has no scene {str(time)[:40]!r}; it has {', '.join(self.labels)}.")
        return self.times[self.labels.index(str(time))]
