"""What the page "Failure cases" is to evaluate: dates, regions and methods. A part of its state."""

from typing import Any

import pandas as pd

from engine import scenes
from engine.errors import InputError
from engine.evaluate import dates_between, dates_of
from engine.evaluation.scoring import label
from engine.methods import METHODS, create
from engine.scenes.own import is_own
from explorer.base import held, link
from explorer.base.held import Turn
from explorer.base.part import Part
from explorer.base.selection import Input, Source
from explorer.jobs.limits import members, tighten

MONTH = 31  # dates
MOST = {"methods": 12, "regions": 24}
TASK = "resolution"  # of the methods that are scored


class Request(Part):
    """One person's choice of what is evaluated."""

    seed = held.Integer(
        default=0, bounds=(0, 2**31 - 1), turn=Turn.METHOD,
        doc="Random seed: the same seed gives the same picture.",
    )  # fmt: skip
    split = held.Selector(
        objects=["test"], turn=Turn.SCORED, doc="The dates that are scored, unless some are named below."
    )
    dates = held.String(
        turn=Turn.SCORED, optional=True,
        doc="Dates instead of a whole split: 2005-01-03 or 2005-01-03/2005-02-11, commas between.",
    )  # fmt: skip
    regions = held.List(
        default=[], item_type=str, turn=Turn.SCORED,
        doc="The regions that are scored: named ones, or boxes x0,x1,y0,y1.",
    )  # fmt: skip
    methods = held.List(
        default=[], item_type=str, turn=Turn.SCORED, doc="What is scored: KEY or KEY:name=value,name=value."
    )

    def __init__(self, selection: Source, chosen: Input):
        """chosen: how the inputs are made."""
        super().__init__()
        self._selection, self._input = selection, chosen
        self._known: tuple = ()
        self._dates: tuple[list[pd.Timestamp], int] = ([], 0)

    def adopt(self) -> None:
        """Take the data set's regions and splits; regions and dates that no method was trained on."""
        data = self._selection.data
        there = {data.split_of(date) for date in data.times}
        splits = [name for name in data.splits if name in there] or list(data.splits)
        self.param.split.objects = splits
        of_its_own = is_own(data.key)  # such a file may hold much more than anybody wants scored at once
        self.param.update(
            split=next(name for name in ("test", "validation", *splits) if name in splits),
            dates=first_dates(data) if of_its_own else "",
            regions=data.held_out[:1] if of_its_own else data.held_out, methods=first_methods(data, data.fields[0]),
        )  # fmt: skip

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
        data = self._selection.data
        choice = (data, self.split, self.dates)
        if self._known != choice:
            try:
                dates = dates_between(data, [self.dates]) if self.dates else dates_of(data, self.split)
            except InputError:
                dates = []
            self._known = choice
            self._dates = dates, sum(data.split_of(date) == "train" for date in dates)
        return self._dates

    def scored(self, when: str) -> bool:
        """Whether a date, as it is written, is among those that are scored."""
        try:
            return bool(when) and self._selection.data.find_time(when) in self.chosen_dates
        except InputError:
            return False

    @property
    def asked(self) -> dict[str, Any]:
        """What `engine.evaluate` is asked for."""
        chosen = [parsed(text) for text in self.methods]
        made = {name: value for name, value in self._input.values.items() if value is not None}
        return {
            "dataset_key": self._selection.source, "methods": [each if each[1] else each[0] for each in chosen],
            "times": self.chosen_dates, "regions": list(self.regions), "seed": self.seed, **made,
        }  # fmt: skip

    @property
    def texts(self) -> dict[str, str]:
        """The engine's name of a method -> its text."""
        return {label(*parsed(text)): text for text in self.methods}

    @property
    def titles(self) -> dict[str, str]:
        """A method's text -> its title."""
        return {text: title_of(text) for text in self.methods}

    @property
    def ours(self) -> str:
        """The text of the last network that answers at once; without one, of the first method."""
        quick = [text for text in self.methods if (kind := METHODS[parsed(text)[0]]).cheap and kind.network]
        return (quick or self.methods)[-1 if quick else 0]

    @property
    def offered(self) -> dict[str, str]:
        """Title -> key of the methods there are for this page."""
        return {kind.title: key for key, kind in METHODS.items() if kind.task == TASK}

    def check(self, name: str, given: Any, value: Any) -> None:
        what = link.describe(self.param[name])
        if name in MOST and not 1 <= len(value) <= MOST[name]:
            raise InputError(f"{what} have to be from 1 to {MOST[name]}, not {len(value)}.")
        if name == "regions":
            for region in value:
                self._selection.check_region(region)
        elif name == "methods":
            for text in value:
                _check_method(text)
            if len({label(*parsed(text)) for text in value}) < len(value):
                raise InputError(f"{what} name one of them twice.")
        elif name == "dates" and value and not dates_between(self._selection.data, [value]):
            raise InputError(f"No date of {self._selection.data.title} lies in {link.quote(value)}.")


def _check_method(text: str) -> None:
    key = text.partition(":")[0]
    if key not in METHODS:
        raise InputError(f"There is no method {link.quote(key)}; the list on this page shows those there are.")
    parsed(text)
    if METHODS[key].task != TASK:
        raise InputError(f"{METHODS[key].title} is no method for this page: it finds motion.")


def parsed(text: str) -> tuple[str, dict[str, Any]]:
    """(key, parameters) of a method's text, with the most members allowed here where its own number is more.

    Raises InputError for what is no method, and where more members are asked for.
    """
    key, chosen = link.parse_method(text)
    if "members" not in METHODS[key].param:
        return key, chosen
    asked, allowed = (members(method) for method in (create(key, **chosen), tighten(create(key, **chosen))))
    if asked > allowed and "members" in chosen:
        raise InputError(f"{METHODS[key].title} may draw at most {allowed} members here, not {asked}.")
    return key, chosen if asked == allowed else {**chosen, "members": allowed}


def title_of(text: str) -> str:
    """A method as people read it: its title, with the settings that were set."""
    key, chosen = parsed(text)
    return label(METHODS[key].title, chosen)


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
