"""A person's own file as a data set: `engine.scenes.open("own:/data/sst.nc;variable=sst;at.depth=0", factor=4)`.

It is not in the registry: its key holds the place (a path, an address, or the sha256 of an upload) and the answers to
what the file leaves open, so that the key alone gives the same scene again.
"""

from collections import OrderedDict
from threading import Lock

import numpy as np
import pandas as pd
import torch
import xarray as xr

from engine import observation
from engine.derived import EARTH_ROTATION
from engine.errors import InputError
from engine.grid import Region, select
from engine.observation import Observation
from engine.observation.noise import Instrument, Noise
from engine.reading.content import Content, Stored, content_of, plain
from engine.reading.examine import GUIDES, Examined, plane_of
from engine.reading.places import ANYWHERE, Place, Places
from engine.reading.questions import compose, parse
from engine.resample import block_mean
from engine.scenes.base import DataSet
from engine.scenes.shared import netcdf

PREFIX = "own:"
LARGEST_SCENE = 4_000_000  # cells of one scene
LARGEST_OVERVIEW = 30_000_000  # cells that are looked through for a region map; larger ones have an empty one
COMFORTABLE = 500_000  # cells of the first picture
FACTORS = (4, 3, 2, 6, 9, 16)
KEPT = 16
ERROR = " (its standard error)"  # after a field's name: no field is called so
LARGEST_ERROR = 1e10  # in any unit; beyond it stand values for missing that the file does not declare
_opened: OrderedDict[tuple[str, Place], "OwnData"] = OrderedDict()
_turn = Lock()


def is_own(key: str) -> bool:
    """Whether a key means a person's own file.

    Args:
        key: The key of a data set.

    Returns:
        True for 'own:...'.
    """
    return key.startswith(PREFIX)


def opened(key: str, places: Places = ANYWHERE) -> "OwnData":
    """The data set of a key, made once and again when its file has changed.

    Args:
        key: 'own:', the place and the answers, as `key_of` writes them.
        places: Which places may be read.

    Returns:
        The data set.

    Raises:
        InputError: For a file that may not or cannot be read; Unanswered where it leaves something open.
    """
    text, answers = parse(key.removeprefix(PREFIX))
    place = places.find(text)
    content = content_of(place)
    with _turn:
        known = _opened.get((key, place))
    if known is None or known.content is not content:
        known = OwnData(Examined(content, answers), place)
    with _turn:
        _opened[key, place] = known
        _opened.move_to_end((key, place))
        while len(_opened) > KEPT:
            _opened.popitem(last=False)
    return known


class Unanswered(InputError):
    """A file leaves something open that has to be answered before it can be shown."""


def key_of(examined: Examined, place: Place) -> str:
    """The key of a file with the answers in force; what is taken by default is left out.

    Args:
        examined: The file and what was answered.
        place: Where it is.

    Returns:
        The key, 'own:...'.
    """
    return PREFIX + compose(place.text, examined.asking.settled())


class OwnData(DataSet):
    """One file with every question answered; raises Unanswered, naming what is open, otherwise."""

    slow = True

    def __init__(self, examined: Examined, place: Place):
        layout = examined.layout
        if layout is None:
            asked = examined.asking.open[0]
            raise Unanswered(f"{examined.content.title} leaves something open: {asked.sentence} ({_choices(asked)}).")
        self.content, self._axes, self._clock, self.place = examined.content, layout.axes, layout.clock, place
        self._stored = {field.name: field for field in layout.fields}
        self._errors = {field + ERROR: error for field, error in layout.errors.items()}
        main = layout.fields[0]
        self._plane, latitude = plane_of(self.content, self.content.variables[main.stored], layout.axes)
        self._extra = {"coriolis_parameter": 2 * EARTH_ROTATION * np.sin(np.deg2rad(latitude))} if latitude else {}
        self._overview: xr.DataArray | None = None
        vars(self).update(
            key=key_of(examined, place),
            title=f"{plain(place.name, 40)}: {plain(main.attrs['long_name'], 40)}",
            kind=layout.kind,
            source=_source(self.content),
            licence=_licence(self.content),
            caution=" ".join(filter(None, (self._plane.note, layout.clock.note))),
            fields=tuple(self._stored),
            guides=tuple(name for name in GUIDES if name in self._stored),
            coarse=layout.mode == "input",
            stamp=self.content.stamp,
        )  # the base class states these once for all; here they are each file's own
        vars(self).update(splits={"own": (str(self.times.min()), str(self.times.max()))}, regions=self._regions())
        vars(self).update(factors=self._factors())

    @property
    def times(self) -> pd.DatetimeIndex:
        return self._clock.times

    def version(self, time: pd.Timestamp) -> str:
        return self.stamp

    def degradations(self, field: str) -> list[str]:
        return observation.fitting(str(self._stored[field].attrs["units"]))

    def instrument(self, field: str) -> Instrument | None:
        error = self._errors.get(field + ERROR)
        return None if error is None else Instrument(None, f"the file's variable {plain(error.stored, 60)} says")

    def _stated(self, field: str, when: pd.Timestamp, where: Region, operator: Observation) -> Noise:
        """The errors that the file holds. Those of a cell's parts are taken for one error: nobody knows otherwise."""
        if self.instrument(field) is None:
            raise InputError(f"The file does not say how wrong its values of {field} are: give a number.")
        error = self.cut(when, (field + ERROR,), where, 1 if self.coarse else operator.factor)[field + ERROR].values
        squared = torch.as_tensor(np.where((error > 0) & (error < LARGEST_ERROR), error, np.nan)).double().square()
        if not self.coarse:
            factor = operator.factor
            squared = block_mean(squared, factor, 0.0) if factor > 1 else operator.kernel.apply(squared)
        known = squared[torch.isfinite(squared)]
        if not len(known):
            raise InputError(f"The file says of no value of {field} here how wrong it is: give a number.")
        return Noise(places=squared.nan_to_num(float(known.mean())).clamp(min=0).sqrt().numpy())

    def split_of(self, time: pd.Timestamp, region: Region | None = None) -> str:
        return "own"

    def written(self, time: pd.Timestamp) -> str:
        return self._clock.labels[self._position(time)]

    def find_time(self, time=None) -> pd.Timestamp:
        """As in DataSet; a text is looked for among the dates as the file writes them."""
        labels = self._clock.labels
        if time is None:
            return self.times[0]
        if str(time) in labels:
            return self.times[labels.index(str(time))]
        if isinstance(time, pd.Timestamp) and time in self.times:
            return time
        dates = labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"
        raise InputError(f"{self.title} has no field on {plain(str(time), 40)}; its dates are {dates}.")

    def _position(self, time: pd.Timestamp) -> int:
        return int(np.flatnonzero(self.times == time)[0])

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """Fields (y, x) of one date over the whole domain; of a large file rather take `cut`."""
        return self.cut(time, variables, self._whole())

    def cut(self, time: pd.Timestamp, variables: tuple[str, ...], region: Region, multiple: int = 1) -> xr.Dataset:
        """As in DataSet: nothing beyond the region is read. Raises InputError for more than `LARGEST_SCENE` cells."""
        rows, columns = self._box(region, multiple)
        cells = (rows.stop - rows.start) * (columns.stop - columns.start)
        if cells > LARGEST_SCENE:
            raise InputError(
                f"The region {region.title!r} holds {cells / 1e6:.1f} million cells; at most "
                f"{LARGEST_SCENE // 10**6} million are opened at once: draw a smaller box."
            )
        at = self._position(time)
        fields = {name: self._field(name, at, rows, columns) for name in variables}
        return netcdf.dataset(fields, self._plane.y[rows], self._plane.x[columns], self._plane.units, self._plane.crs)

    def _box(self, region: Region, multiple: int) -> tuple[slice, slice]:
        """Rows and columns of the plane in a region."""
        y, x = self._plane.y, self._plane.x
        counted = xr.Dataset({"row": ("y", np.arange(y.size)), "column": ("x", np.arange(x.size))}, {"y": y, "x": x})
        inside = select(counted, region, multiple)
        ends = ((int(inside[name][0]), int(inside[name][-1]) + 1) for name in ("row", "column"))
        rows, columns = (slice(*pair) for pair in ends)
        return rows, columns

    def _field(self, name: str, at: int, rows: slice, columns: slice) -> xr.DataArray:
        quantity = self._errors[name] if name in self._errors else self._stored[name]
        stored = self.content.variables[quantity.stored]
        values = self._plane.read(lambda i, j: self._fetch(stored, at, i, j), rows, columns)
        with np.errstate(over="ignore"):
            values = (values * quantity.factor + quantity.offset).astype(np.float32)
        values[np.isinf(values)] = np.nan  # no single can hold it
        return xr.DataArray(values, dims=("y", "x"), name=name, attrs={**quantity.attrs, **self._extra})

    def _fetch(self, stored: Stored, at: int, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Values (i, j) of one date, from as few pieces as the places allow."""
        return np.concatenate(
            [np.concatenate([self._piece(stored, at, a, b) for b in steady(j)], axis=1) for a in steady(i)], axis=0
        )

    def _piece(self, stored: Stored, at: int, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        axes, ends = self._axes, {}
        for dim, places in ((axes.y_dim, i), (axes.x_dim, j)):
            step = abs(int(places[1] - places[0])) if places.size > 1 else 1
            ends[dim] = slice(int(places.min()), int(places.max()) + 1, step)
        single = {axes.time_dim: at, **dict(axes.at)}
        key = tuple(ends[dim] if dim in ends else slice(single[dim], single[dim] + 1) for dim in stored.dims)
        values = self.content.values(stored.name, key)
        across = stored.dims.index(axes.x_dim) < stored.dims.index(axes.y_dim)
        values = values.reshape(tuple(n for n, d in zip(values.shape, stored.dims, strict=True) if d in ends))
        values = values.T if across else values
        return values[:: -1 if i[0] > i[-1] else 1, :: -1 if j[0] > j[-1] else 1]

    def _whole(self) -> Region:
        y, x = self._plane.y, self._plane.x
        half_y, half_x = (y[1] - y[0]) / 2, (x[1] - x[0]) / 2
        return Region("Whole domain", (x[0] - half_x, x[-1] + half_x), (y[0] - half_y, y[-1] + half_y))

    def _regions(self) -> dict[str, Region]:
        """The whole domain and, of a large one, first a part of it that opens at once: where most values are valid."""
        whole, shape = self._whole(), (self._plane.y.size, self._plane.x.size)
        if shape[0] * shape[1] <= COMFORTABLE:
            return {"whole": whole}
        y, x = (np.sort(axis)[self._part(name)] for name, axis in (("y", self._plane.y), ("x", self._plane.x)))
        return {"part": Region("A part", (x[0], x[-1]), (y[0], y[-1])), "whole": whole}

    def _part(self, axis: str) -> slice:
        """About `COMFORTABLE` cells around the middle of what is valid in the overview."""
        valid = self.overview().notnull()
        n = {"y": self._plane.y.size, "x": self._plane.x.size}[axis]
        seen = valid.any("x" if axis == "y" else "y").values
        share = np.flatnonzero(seen).mean() / max(seen.size - 1, 1) if seen.any() else 0.5
        half = min(int(COMFORTABLE**0.5), n) // 2
        middle = int(np.clip(share * n, half, n - half))
        return slice(middle - half, middle + half)

    def _factors(self) -> tuple[int, ...]:
        """Factors that leave eight coarse cells or, of an input, keep the target small enough."""
        first = next(iter(self.regions.values()))
        rows, columns = self._box(first, 1)
        sides = (rows.stop - rows.start, columns.stop - columns.start)
        if self.coarse:
            return tuple(f for f in FACTORS if f**2 * sides[0] * sides[1] <= LARGEST_SCENE) or (2,)
        return tuple(f for f in FACTORS if min(sides) // f >= 8) or (2,)

    def overview(self, time=None, cells: int = 220) -> xr.DataArray:
        """As in DataSet, read once for the first date; of a very large or a remote file without values."""
        if self._overview is None:
            plane, name = self._plane, self.fields[0]
            rows, columns = (slice(None, None, max(1, -(-axis.size // cells))) for axis in (plane.y, plane.x))
            limit = LARGEST_OVERVIEW if self.place.path is not None else LARGEST_SCENE
            y, x = plane.y[rows], plane.x[columns]
            if plane.y.size * plane.x.size <= limit:
                field = self._field(name, 0, rows, columns)
            else:
                field = xr.DataArray(np.full((y.size, x.size), np.nan, np.float32), dims=("y", "x"), name=name)
            self._overview = netcdf.dataset({name: field}, y, x, plane.units)[name]
        return self._overview


def steady(places: np.ndarray) -> list[np.ndarray]:
    """Places split where their step changes; each part can be read at once.

    Args:
        places: Positions (n,) along an axis.

    Returns:
        Parts of them, in order.
    """
    steps = np.diff(places)
    return np.split(places, np.flatnonzero(np.diff(steps)) + 2)


def _choices(question) -> str:
    said = ", ".join(f"{question.name}={answer}" for answer in list(question.choices)[:6])
    return f"{said}, ..." if len(question.choices) > 6 else said


def _source(content: Content) -> str:
    """The file's name, and what it says of itself."""
    said = (content.attrs.get(name, "") for name in ("title", "source", "institution"))
    return f"the user's own file {content.name}: {'; '.join(dict.fromkeys(filter(None, said)))}".rstrip(": ")


def _licence(content: Content) -> str:
    said = next((content.attrs[name] for name in ("license", "licence", "rights") if content.attrs.get(name)), "")
    return said or "not stated in the file"
