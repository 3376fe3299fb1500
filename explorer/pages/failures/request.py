"""What the page "Failure cases" is to evaluate: data set, input, dates, regions, methods. No widget, no figure."""

from typing import Any

import pandas as pd
import param

from engine import scenes
from engine.errors import InputError
from engine.evaluation.evaluate import dates_between, dates_of
from engine.lexicon import VARIABLES
from engine.methods import METHODS, Method, create
from engine.scenes.own import is_own
from engine.evaluation.scoring import label
from explorer.base import link as state
from explorer.base.selection import Choosing
from explorer.jobs.limits import tighten

MONTH = 31  # dates
MOST = {"methods": 12, "regions": 24}


class Asking(Choosing):
    """One person's choice of what is evaluated."""

    SELECTION = ("field", "factor", "degradation", "width_km", "noise")
    ASKED = ("source", *SELECTION, "seed", "split", "dates", "regions", "methods")

    split = param.Selector(objects=["test"], doc="The dates that are scored, unless some are named below.")
    dates = param.String(doc="Dates instead of a whole split: 2005-01-03 or 2005-01-03/2005-02-11, commas between.")
    regions = param.List(
        default=[], item_type=str, doc="The regions that are scored: named ones, or boxes x0,x1,y0,y1."
    )
    methods = param.List(default=[], item_type=str, doc="What is scored: KEY or KEY:name=value,name=value.")

    _known: tuple = ()
    _dates: tuple[list[pd.Timestamp], int] = ([], 0)

    @property
    def configurations(self) -> dict[str, Method]:
        return {}  # the settings of every method are in its text

    @property
    def ran(self) -> bool:
        return False  # what is on the disk is shown at once, and more waits for Run

    @property
    def units(self) -> str:
        """Unit of the field in question."""
        return VARIABLES[self.field].units if self.field in VARIABLES else super().units

    @property
    def chosen_dates(self) -> list[pd.Timestamp]:
        """The dates that are scored; none where the data set has none yet."""
        return self._chosen()[0]

    @property
    def training(self) -> int:
        """How many of the dates methods may have been trained on."""
        return self._chosen()[1]

    def _chosen(self) -> tuple[list[pd.Timestamp], int]:
        """Both, found once for a choice: a data set of many dates is not to be asked with every row that comes."""
        choice = (self.data, self.split, self.dates)
        if self._known != choice:
            try:
                dates = dates_between(self.data, [self.dates]) if self.dates else dates_of(self.data, self.split)
            except InputError:
                dates = []
            self._known = choice
            self._dates = dates, sum(self.data.split_of(date) == "train" for date in dates)
        return self._dates

    @property
    def asked(self) -> dict[str, Any]:
        """What `engine.evaluate` is asked for."""
        selection = {name: getattr(self, name) for name in self.SELECTION if getattr(self, name) is not None}
        chosen = [parsed(text) for text in self.methods]
        return {
            "dataset_key": self.source, "methods": [choice if choice[1] else choice[0] for choice in chosen],
            "times": self.chosen_dates, "regions": list(self.regions), "seed": self.seed, **selection,
        }  # fmt: skip

    def check(self, name: str, given: Any, value: Any) -> None:
        what = state.describe(self.param[name])
        if name in MOST and not 1 <= len(value) <= MOST[name]:
            raise InputError(f"{what} have to be from 1 to {MOST[name]}, not {len(value)}.")
        if name == "regions":
            for region in value:
                super().check("region", region, region)
        elif name == "methods":
            for text in value:
                self._check_method(text)
            if len({label(*parsed(text)) for text in value}) < len(value):
                raise InputError(f"{what} name one of them twice.")
        elif name == "dates" and value and not dates_between(self.data, [value]):
            raise InputError(f"No date of {self.data.title} lies in {state.quote(value)}.")

    def _check_method(self, text: str) -> None:
        key = text.partition(":")[0]
        if key not in METHODS:
            raise InputError(f"There is no method {state.quote(key)}; the list on this page shows those there are.")
        parsed(text)
        if METHODS[key].task != self.TASK:
            raise InputError(f"{METHODS[key].title} is no method for this page: it finds motion.")

    def _adopt_source(self, key: str) -> None:
        """Take a data set's own fields, regions, splits; regions and dates that no method was trained on."""
        data = self._catalogue[key]
        splits = {data.split_of(date) for date in data.times}
        self.param.split.objects = [name for name in data.splits if name in splits] or list(data.splits)
        self.param.time.objects = ["", *(data.written(date) for date in data.times)]
        untrained = [
            name for name in ("test", "validation", *self.param.split.objects) if name in self.param.split.objects
        ]
        of_its_own = is_own(key)  # such a file may hold much more than anybody wants scored at once
        self.param.update(
            source=key, field=self._adopt_field(data), factor=data.factors[0],
            degradation=data.degradation, width_km=data.width_km, noise=0.0, split=untrained[0],
            dates=first_dates(data) if of_its_own else "",
            regions=data.held_out[:1] if of_its_own else data.held_out, methods=first_methods(data, data.fields[0]),
        )  # fmt: skip

    @property
    def offered(self) -> dict[str, str]:
        """Title -> key of the methods there are for this page."""
        return {kind.title: key for key, kind in METHODS.items() if kind.task == self.TASK}

    @staticmethod
    def title_of(text: str) -> str:
        """A method as people read it: its title, with the settings that were set."""
        key, chosen = parsed(text)
        return label(METHODS[key].title, chosen)


def parsed(text: str) -> tuple[str, dict[str, Any]]:
    """(key, parameters) of a method's text, with the most members allowed here where its own number is more.

    Raises InputError for what is no method, and where more members are asked for.
    """
    key, chosen = state.parse_method(text)
    if "members" not in METHODS[key].param:
        return key, chosen
    asked, allowed = create(key, **chosen).members, tighten(create(key, **chosen)).members
    if asked > allowed and "members" in chosen:
        raise InputError(f"{METHODS[key].title} may draw at most {allowed} members here, not {asked}.")
    return key, chosen if asked == allowed else {**chosen, "members": allowed}


def first_dates(data: scenes.DataSet) -> str:
    """A month of a data set with many dates, as a person would write it; nothing where it has no more."""
    return f"{data.written(data.times[0])}/{data.written(data.times[MONTH - 1])}" if len(data.times) > MONTH else ""


def first_methods(data: scenes.DataSet, field: str) -> list[str]:
    """What is scored unless something else is chosen: bicubic, and networks for the field, as far as they are here."""
    if field == "lst":
        first = ["bicubic", *(["atprk", "disr", "detail_regression"] if "ndvi" in data.guides else ["mrunet"])]
    elif field == "ssh":
        first = ["bicubic", "resac", "resac_sst", "spectral_liif"] if "sst" in data.guides else ["bicubic", "liif"]
    elif field == "thickness":
        first = ["bicubic", "ice_climatology", "ice_generator"]
    else:
        first = ["bicubic", "bilinear", "nearest"]
    return [key for key in first if key in METHODS]
