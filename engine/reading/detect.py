"""What a file's metadata say of its axes, by CF as cf-xarray reads it; what they leave open is asked."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.errors import InputError
from engine.reading import quantities
from engine.reading.content import Content, Stored, plain
from engine.reading.conventions import AXES, COORDINATES, guessed, kinds_of
from engine.reading.places import shown
from engine.reading.planes import FEWEST
from engine.reading.questions import Asking

MOST_CHOICES = 500
LINKS = ("coordinates", "bounds", "climatology", "grid_mapping", "cell_measures", "ancillary_variables")
ROWS = {"north": "in the north, as in an image", "south": "in the south"}
AXIS_UNITS = {"degrees": "degrees of longitude and latitude", "km": "kilometres", "m": "metres"}


@dataclass(frozen=True)
class Axes:
    """How a variable lies in space and time: names of its dimensions and coordinates, empty where there are none.

    units: of the coordinates `x` and `y`, 'rotated' for those of a turned pole, 'crs' for the projection's own;
    lon, lat: two-dimensional ones; mapping: the variable that holds the projection; spacing: km between cells where
    nothing else says it, rows from `first_row`; at: which place along every further dimension.
    """

    y_dim: str
    x_dim: str
    y: str = ""
    x: str = ""
    units: str = ""
    lon: str = ""
    lat: str = ""
    mapping: str = ""
    time: str = ""
    time_dim: str = ""
    spacing: float = 0.0
    first_row: str = "south"
    at: tuple[tuple[str, int], ...] = ()


class Described:
    """A file's variables with what the conventions say of them; no value is read.

    attrs: of every variable, those of a coordinate completed by what its name says; axes, coordinates: kind -> names.
    """

    def __init__(self, content: Content):
        self.content = content
        sizes: dict[str, int] = {}
        known = {name: one for name, one in content.variables.items() if _fits(one, sizes)}
        linked = {
            word for one in content.variables.values() for key in LINKS for word in one.attrs.get(key, "").split()
        }
        self.attrs = {name: _words(one) for name, one in known.items()}
        told = {n for n, attrs in self.attrs.items() if attrs.get("standard_name") in ("latitude", "longitude", "time")}
        helping = {name for name, one in known.items() if one.dims == (name,) or name in linked | told}
        self.attrs |= {name: guessed(name, self.attrs[name]) for name in helping}
        found = {name: kinds_of(self.attrs[name]) for name in sorted(helping)}
        self.axes, self.coordinates = (
            {kind: [name for name, said in found.items() if kind in said] for kind in family}
            for family in (AXES, COORDINATES)
        )
        self.fields = known.keys() - helping

    def candidates(self) -> dict[str, Stored]:
        """Variables that can be a field: two dimensions of some length, no coordinate of another, no flags."""
        return {
            name: one
            for name, one in self.content.variables.items()
            if name in self.fields
            and sum(size >= FEWEST for size in one.shape) >= 2
            and not {"flag_meanings", "flag_masks", "flag_values"} & {*one.attrs, *one.numbers}
        }

    def along(self, kinds: tuple[str, ...], one: Stored) -> dict[str, str]:
        """Dimension of a variable -> its one-dimensional coordinate of one of these kinds, the first kind first."""
        found: dict[str, str] = {}
        for kind in kinds:
            for name in self.axes.get(kind, []) + self.coordinates.get(kind, []):
                dims = self.content.variables[name].dims
                if len(dims) == 1 and dims[0] in one.dims:
                    found.setdefault(dims[0], name)
        return found

    def flat(self, kind: str, one: Stored) -> dict[tuple[str, ...], str]:
        """Dimensions -> two-dimensional longitudes or latitudes over dimensions of a variable."""
        named = one.attrs.get("coordinates", "").split()
        names = sorted(self.coordinates[kind], key=lambda name: name not in named)
        found: dict[tuple[str, ...], str] = {}
        for name in names:
            dims = self.content.variables[name].dims
            if len(dims) == 2 and set(dims) <= set(one.dims):
                found.setdefault(dims, name)
        return found

    def moment(self) -> str:
        """The one date of a file without an axis for dates, empty where there is none or more than one."""
        names = [name for name in self.axes["T"] if self.content.variables[name].dims == ()]
        return names[0] if len(names) == 1 else ""

    def mapping(self, one: Stored) -> str:
        """The variable that holds the projection, as CF names it or where there is but one."""
        named = one.attrs.get("grid_mapping", "").partition(":")[0].strip()
        said = ("grid_mapping_name", "crs_wkt", "spatial_ref")
        known = [n for n, v in self.content.variables.items() if any(key in v.attrs for key in said)]
        return named if named in known else known[0] if len(known) == 1 else ""


def _fits(one: Stored, sizes: dict[str, int]) -> bool:
    """Whether a variable has its dimensions once each, in the sizes that they have in the file."""
    same = all(sizes.setdefault(dim, size) == size for dim, size in zip(one.dims, one.shape, strict=True))
    return same and len(set(one.dims)) == len(one.dims)


def _words(one: Stored) -> dict[str, str]:
    """The attributes that cf-xarray looks at."""
    wanted = ("standard_name", "units", "axis", "positive", "long_name", "_CoordinateAxisType", "cartesian_axis")
    words = {name: one.attrs[name] for name in wanted if name in one.attrs}
    return words | ({"axis": words["axis"].upper()} if "axis" in words else {})


def axes_of(described: Described, one: Stored, asking: Asking) -> Axes | None:
    """The axes of a variable.

    Args:
        described: the file.
        one: its variable.
        asking: takes the questions that the metadata leave open, and has the answers.

    Returns:
        The axes; None while something is to be answered first.

    Raises:
        InputError: the variable has no two dimensions of some length, or an answer is none.
    """
    time = described.along(("T", "time"), one)
    time_dim = next((dim for dim in one.dims if dim in time), "")
    x, y = described.along(("longitude", "X"), one), described.along(("latitude", "Y"), one)
    lons, lats = described.flat("longitude", one), described.flat("latitude", one)
    curved = next((dims for dims in lons if dims in lats), None)
    dims = _horizontal(one, asking, x, y, curved, time_dim)
    if dims is None:
        return None
    y_dim, x_dim = dims
    names: dict[str, Any] = {"y": y.get(y_dim, ""), "x": x.get(x_dim, "")}
    at = _places(described.content, one, asking, {y_dim, x_dim, time_dim})
    moment = time[time_dim] if time_dim else described.moment()
    axes = Axes(y_dim, x_dim, mapping=described.mapping(one), time_dim=time_dim, time=moment)
    units = _units(described, names["y"], names["x"])
    if units in ("", "rotated") and curved is not None and set(curved) == {y_dim, x_dim}:
        return None if at is None else replace(axes, lon=lons[curved], lat=lats[curved], at=at)
    more = _spaced(asking, units, bool(names["x"] and names["y"]))
    if more is None or at is None:
        return None
    return replace(axes, **(names if "units" in more else {}), **more, at=at)


def _horizontal(one: Stored, asking: Asking, x: dict, y: dict, curved, time_dim: str) -> tuple[str, str] | None:
    """The dimensions (y, x) of a variable; asked where the conventions do not tell."""
    long = {dim: size for dim, size in zip(one.dims, one.shape, strict=True) if size >= FEWEST and dim != time_dim}
    if len(long) < 2:
        raise InputError(f"The variable {shown(plain(one.name))} has no two dimensions of at least {FEWEST} cells.")
    across = [dim for dim in one.dims if dim in x and dim in long and dim not in y]
    down = [dim for dim in one.dims if dim in y and dim in long and dim not in x]
    if (len(across) != 1 or len(down) != 1) and curved is not None and set(curved) <= set(long):
        down, across = [curved[0]], [curved[1]]  # longitudes and latitudes tell the directions themselves
    if len(across) == 1 and len(down) == 1:
        return down[0], across[0]
    choices = {dim: f"{plain(dim, 60)} ({size} cells)" for dim, size in long.items()}
    x_dim = asking.ask(
        "x", "Which dimension runs along x, to the east?", choices, across[0] if len(across) == 1 else None
    )
    rest = {dim: words for dim, words in choices.items() if dim != x_dim}
    known = down[0] if len(down) == 1 and down[0] != x_dim else next(iter(rest)) if x_dim and len(rest) == 1 else None
    y_dim = asking.ask("y", "Which dimension runs along y, to the north?", rest, known)
    return (y_dim, x_dim) if x_dim and y_dim else None


def _units(described: Described, y: str, x: str) -> str:
    """Unit that both coordinates share, by their attributes; empty where these do not say."""
    if not (y and x):
        return ""
    found = set()
    for name in (y, x):
        attrs, stored = described.attrs[name], described.content.variables[name]
        if attrs.get("standard_name") in ("grid_latitude", "grid_longitude"):
            return "rotated"
        unit = "crs" if stored.attrs.get("units") == "crs" else quantities.unit_of(stored)
        geographic = attrs.get("standard_name") in ("latitude", "longitude") or unit == "degrees"
        plausible = geographic and bool((np.abs(described.content.coordinate(name)) <= 720).all())
        found.add("degrees" if plausible else unit)
    unit = found.pop() if len(found) == 1 else ""
    return unit if unit in ("degrees", "km", "m", "crs") else ""


def _spaced(asking: Asking, units: str, there: bool) -> dict[str, Any] | None:
    """Unit of the coordinates that are there, or the spacing where there are none; None while it is not answered."""
    if units:
        return {"units": units}
    if there:
        chosen = asking.ask("axes", "In which unit are the coordinates x and y?", AXIS_UNITS)
        return {"units": chosen} if chosen else None
    sizes = {size: f"{size} km" for size in ("1", "4", "10", "25")}
    spacing = asking.ask(
        "spacing", "How far are the cells apart, in km? The file has no coordinates.", sizes, number=True
    )
    first = asking.ask("rows", "Where does the first row lie?", ROWS)
    return {"spacing": float(spacing), "first_row": first} if spacing and first else None


def _places(content: Content, one: Stored, asking: Asking, known: set[str]) -> tuple[tuple[str, int], ...] | None:
    """Place along every dimension that is neither in `known` nor of size one; None while one is not answered."""
    found: list[tuple[str, int]] = []
    for dim, size in zip(one.dims, one.shape, strict=True):
        if dim in known:
            continue
        words = _labels(content, dim, size)
        sentence = f"The field has a further dimension, {shown(plain(dim, 60))}: at which of its {size} places?"
        said = asking.ask(f"at.{dim}", sentence, words) if size > 1 else "0"
        if said is not None:
            found.append((dim, int(said)))
    return tuple(found) if len(found) + len(known & set(one.dims)) == len(one.dims) else None


def _labels(content: Content, dim: str, size: int) -> dict[str, str]:
    """Place -> what lies there, by the dimension's own coordinate if it has one."""
    stored = content.variables.get(dim)
    count = min(size, MOST_CHOICES)
    if stored is None or stored.shape != (size,):
        return {str(i): f"{i + 1} of {size}" for i in range(count)}
    unit = quantities.unit_of(stored)
    return {str(i): f"{value:g} {unit}".strip() for i, value in enumerate(content.coordinate(dim, count))}
