"""Which scene a page shows: the data set, its region and date; and how its input is made. Parts of a page's state."""

from collections.abc import Mapping
from typing import Any

import param

from engine import observation, scenes
from engine.errors import InputError
from engine.observation.noise import INSTRUMENT
from engine.scene import Task
from engine.scenes import DataSet
from explorer.base import held, link
from explorer.base.held import Turn
from explorer.base.part import Part

FIRST = ("ocean_run", "rain_run")  # what a page opens on, where it is among the data sets of its task


class Source(Part):
    """The data set, among those of a task and a person's own."""

    source = held.Selector(objects=[""], turn=Turn.SOURCE, doc="The data set the scene comes from.")

    def __init__(self, task: Task):
        super().__init__()
        self._catalogue = {key: data for key, data in scenes.catalogue().items() if data.task == task}
        self.param.source.objects = labelled(self._catalogue)
        with param.discard_events(self):
            self.source = next((key for key in FIRST if key in self._catalogue), next(iter(self._catalogue)))

    @property
    def data(self) -> DataSet:
        return self._catalogue[self.source]

    @property
    def catalogue(self) -> Mapping[str, DataSet]:
        """Key -> data set, of those that can be chosen."""
        return self._catalogue

    def knows(self, key: str) -> bool:
        """Whether a data set is among those that can be chosen."""
        return key in self._catalogue

    def offer(self, data: DataSet) -> None:
        """Add a data set to those of this page alone, or take it anew."""
        self._catalogue[data.key] = data
        self.param.source.objects = labelled(self._catalogue)

    def drop_former(self, data: DataSet) -> None:
        """Forget the same file with other answers."""
        place = getattr(data, "place", None)
        former = [key for key, one in self._catalogue.items() if place and getattr(one, "place", None) == place]
        for key in former:
            if key != data.key:
                del self._catalogue[key]
        self.param.source.objects = labelled(self._catalogue)

    def check_region(self, region: str) -> None:
        """Raise InputError for what is no region of the data set."""
        if len(repr(region)) > 100:
            raise InputError(f"The region {link.quote(region)} is not known; take a named one or a box 'x0,x1,y0,y1'.")
        self.data.find_region(region)


class Selection(Source):
    """The data set with its region and date."""

    region = held.String(turn=Turn.SCENE, doc="A named region, or a box 'x0,x1,y0,y1' in the axes' units.")
    time = held.Selector(objects=[""], turn=Turn.SCENE, doc="The date shown.")

    def adopt(self) -> None:
        """Take the data set's dates and first region; keep the date where it has it too and nothing learned from it."""
        data = self.data
        dates = [data.written(time) for time in data.times]
        kept = self.time in dates and data.split_of(data.find_time(self.time)) != "train"
        self.param.time.objects = dates
        self.param.update(
            time=self.time if kept else data.written(data.find_time()), region=next(iter(data.regions))
        )  # fmt: skip

    def step_date(self, by: int) -> None:
        """Go `by` dates on, as far as there are any."""
        dates = list(self.param.time.objects)
        self.time = dates[min(max(dates.index(self.time) + by, 0), len(dates) - 1)]

    def check(self, name: str, given: Any, value: Any) -> None:
        if name == "region":
            self.check_region(value)


SAMPLINGS = {
    "Seen everywhere": "",
    "Half hidden by clouds": "clouds:0.5",
    "Four fifths hidden by clouds": "clouds:0.8",
    "Tracks 100 km apart": "nadir:100",
    "Tracks 200 km apart": "nadir:200",
    "Wide swaths, 300 km apart": "swath",
}  # what a menu calls it -> as `scenes.open` takes it


class Input(Part):
    """How a low-resolution input is made of a field."""

    field = held.Selector(objects=["ssh"], turn=Turn.SCENE, doc="The variable to super-resolve.")
    factor = held.Integer(
        default=27, bounds=(1, 64), turn=Turn.SCENE, doc="How many fine cells make one coarse cell, along each axis."
    )
    degradation = held.Selector(
        objects=observation.labelled(observation.KERNELS), default="block_mean", turn=Turn.SCENE,
        doc="How the low-resolution input is made from the truth.",
    )  # fmt: skip
    width_km = held.Number(
        default=None, allow_None=True, bounds=(0.1, 5000), label="Width (km)", turn=Turn.SCENE, optional=True,
        doc="Width of the low-pass kernels; empty means factor times the grid spacing.",
    )  # fmt: skip
    noise = held.NumberOrWord(
        default=0.0, bounds=(0, 10), words=(INSTRUMENT,), turn=Turn.SCENE,
        doc="Standard deviation of noise added to the input, in its unit; 'instrument': what a real one would have.",
    )  # fmt: skip
    sampling = held.Selector(
        default="", objects=SAMPLINGS, turn=Turn.SCENE, optional=True,
        doc="Where the instrument sees: everywhere, through clouds, along an altimeter's tracks, in a wide swath.",
    )  # fmt: skip

    def adopt(self, data: DataSet) -> None:
        """Take a data set's fields and ways to degrade them; keep the field where it has it too.

        An input is free of noise, as published; of one that is itself observed the file may say how wrong it is.
        """
        field = self.field if self.field in data.fields else data.fields[0]
        self.param.field.objects = list(data.fields)
        self.param.degradation.objects = observation.labelled(data.degradations(field))
        self.param.update(
            field=field, factor=data.factors[0], degradation=data.degradation, width_km=data.width_km,
            noise=INSTRUMENT if data.coarse and data.instrument(field) is not None else 0.0,
        )  # fmt: skip

    def follow_field(self, data: DataSet) -> None:
        """Drop a noise that is stated for another field alone."""
        if self.noise == INSTRUMENT and data.instrument(self.field) is None:
            self.noise = 0.0

    @property
    def low_pass(self) -> bool:
        """Whether the degradation stays on the fine grid and has a width of its own."""
        return observation.on_fine_grid(self.degradation)

    @property
    def values(self) -> dict[str, Any]:
        """All of it, by name."""
        return {name: getattr(self, name) for name in self.held}


def labelled(kinds: Mapping[str, Any]) -> dict[str, str]:
    """Label -> key; two of one title have their keys in their labels."""
    titles = [kind.title for kind in kinds.values()]
    return {
        kind.title if kind.title and titles.count(kind.title) == 1 else f"{kind.title} ({key})": key
        for key, kind in kinds.items()
    }
