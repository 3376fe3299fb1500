"""A file examined: what is in it, what it leaves open, and, once that is answered, all that opening it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.errors import InputError
from engine.lexicon import VARIABLES
from engine.reading import clock, quantities
from engine.reading.clock import Clock
from engine.reading.content import Content, Stored, plain
from engine.reading.curved import curved, require_few
from engine.reading.detect import Axes, Described, axes_of
from engine.reading.places import shown
from engine.reading.planes import Plane, straight
from engine.reading.quantities import Quantity
from engine.reading.questions import Asking, Question
from engine.reading.uncertainty import error_of

MOST_FIELDS = 12
GUIDES = ("sst", "ndvi")  # what other instruments see: never derived from the field in question
MODES = {
    "truth": "the truth: it is degraded, and what methods make of that is compared with it",
    "input": "the coarse input: methods refine it, and nobody knows the truth",
}
KINDS = {
    "unknown": "nobody has said it",
    "simulated": "simulated",
    "observed": "observed",
    "reanalysis": "a reanalysis",
}


@dataclass(frozen=True)
class Layout:
    """All that opening takes: the axes, the dates, the fields (the one in question first), by name their errors."""

    axes: Axes
    clock: Clock
    fields: tuple[Quantity, ...]
    mode: str
    kind: str
    errors: Mapping[str, Quantity]


class Examined:
    """A file and some answers: `facts` were detected, `questions` put, `layout` is there once none is open."""

    def __init__(self, content: Content, answers: Mapping[str, str]):
        self.content, self.asking = content, Asking(answers)
        self._described = Described(content)
        self.facts: dict[str, str] = {}
        self.layout = self._examine()
        unknown = [name for name in answers if name not in self.asking.questions]
        if unknown and self.layout is not None:
            raise InputError(f"{content.title} leaves {shown(plain(unknown[0]))} not open: there is nothing to answer.")

    @property
    def questions(self) -> list[Question]:
        return list(self.asking.questions.values())

    def _examine(self) -> Layout | None:
        content, asking = self.content, self.asking
        fields = self._described.candidates()
        if not fields:
            left = [f"{name!r} {why}" for name, why in content.left_out.items()]
            why = f" ({plain('; '.join(left), 150)})" if left else ""
            raise InputError(f"{content.title} holds no field over two axes{why}.")
        self.facts["Variables"] = plain(", ".join(self._title(one) for one in fields.values()), 300)
        choices = {name: self._title(one) for name, one in fields.items()}
        chosen = asking.ask("variable", "Which variable?", choices, next(iter(fields)) if len(fields) == 1 else None)
        if chosen is None:
            return None
        one = fields[chosen]
        axes = axes_of(self._described, one, asking)
        dates = self._clock(axes) if axes is not None else None
        if axes is not None:
            self.facts["Grid"] = self._grid(one, axes)
        if dates is not None:
            self.facts["Dates"] = _span(dates)
        field = self._quantity(one)
        mode = asking.ask("mode", "What is the field?", MODES, "truth")
        kind = asking.ask("kind", "Where does it come from?", KINDS, "unknown")
        if axes is None or dates is None or field is None or mode is None or kind is None:
            return None
        known = (field, *self._others(one, field))
        return Layout(axes, dates, known, mode, kind, self._errors(known))

    @staticmethod
    def _title(one: Stored) -> str:
        unit = quantities.unit_of(one)
        return f"{plain(one.name, 60)}: {quantities.long_name(one)}{f' ({unit})' if unit else ''}"

    def _clock(self, axes: Axes) -> Clock:
        if not axes.time:
            return clock.undated()
        stored = self.content.variables[axes.time]
        values = np.atleast_1d(self.content.coordinate(axes.time))
        return clock.read(values, stored.attrs.get("units", ""), stored.attrs.get("calendar", ""), axes.time)

    def _grid(self, one: Stored, axes: Axes) -> str:
        sizes = dict(zip(one.dims, one.shape, strict=True))
        kind = (
            f"curved, by {plain(axes.lat, 40)} and {plain(axes.lon, 40)}"
            if axes.lon
            else axes.units or "no coordinates"
        )
        names = {"degrees": "longitude and latitude", "crs": "a projection's own axes", "rotated": "a turned pole",
                 "km": "km", "m": "m"}  # fmt: skip
        return f"{sizes[axes.y_dim]} × {sizes[axes.x_dim]} cells, {names.get(kind, kind)}"

    def _quantity(self, one: Stored) -> Quantity | None:
        """The unit and the quantity, asked where the file says no unit; what it is can be said otherwise."""
        unit = self._unit(one)
        if unit is None:
            return None
        own = {"own": f"{quantities.own_name(one)}, as it is"}
        choices = own | {
            name: f"{VARIABLES[name].long_name} ({VARIABLES[name].units})" for name in quantities.possible(unit)
        }
        said = quantities.recognised(one)
        named = self.asking.ask("quantity", "Which quantity is it? Trained methods take only the one they know.",
                                choices, said if said in choices else "own")  # fmt: skip
        return None if named is None else quantities.quantity(one, unit, None if named == "own" else named)

    def _unit(self, one: Stored) -> str | None:
        unit = quantities.unit_of(one)
        if unit:
            self.facts["Unit"] = unit
            return unit
        sentence = f"In which unit is {shown(plain(one.name, 60))}? The file does not say."
        said = quantities.recognised(one)
        likely = [VARIABLES[said].units] if said else []
        choices = {unit: unit if unit != "1" else "none (1)" for unit in dict.fromkeys([*likely, *quantities.COMMON])}
        answer = self.asking.ask("unit", sentence, choices, free=True)
        return None if answer is None else quantities.spelled(answer)

    def _others(self, one: Stored, field: Quantity) -> list[Quantity]:
        """Further fields of the same shape whose unit is known, by their standard name or their own."""
        found: list[Quantity] = []
        taken = {field.name}
        for name, other in self._described.candidates().items():
            unit, said = quantities.unit_of(other), quantities.recognised(other)
            if name == one.name or (other.dims, other.shape) != (one.dims, one.shape) or not unit:
                continue
            named = said if said in quantities.possible(unit) and said not in taken else None
            more = quantities.quantity(other, unit, named)
            if more.name not in taken and len(found) < MOST_FIELDS:
                taken.add(more.name)
                found.append(more)
        return found

    def _errors(self, fields: tuple[Quantity, ...]) -> dict[str, Quantity]:
        """Field -> what the file says of its errors, where it does."""
        stored = self.content.variables
        found = {field.name: error_of(stored[field.stored], field, stored) for field in fields}
        known = {name: error for name, error in found.items() if error is not None}
        if fields[0].name in known:
            self.facts["Errors"] = f"{plain(known[fields[0].name].stored, 60)}, at every place"
        return known


def _span(dates: Clock) -> str:
    labels = dates.labels
    return labels[0] if len(labels) == 1 else f"{len(labels)}, {labels[0]} to {labels[-1]}"


def plane_of(content: Content, one: Stored, axes: Axes) -> tuple[Plane, float | None]:
    """The plane that fields are shown on, and the latitude of its middle where only the projection knows it.

    Args:
        content: the file.
        one: the variable.
        axes: its axes.

    Returns:
        (plane, latitude in degrees, north positive); None for the latitude of all but a projection in km.

    Raises:
        InputError: the coordinates cannot be used.
    """
    try:
        return _plane(content, one, axes)
    except InputError as error:
        told = str(error)
        raise InputError(f"{content.title} cannot be used: i{told[1:]}" if told.startswith("It") else told) from None


def _plane(content: Content, one: Stored, axes: Axes) -> tuple[Plane, float | None]:
    crs = _mapping(content, axes.mapping)
    if axes.lon:
        return _curved(content, axes), None
    if axes.units == "rotated":
        if crs is None:
            raise InputError(f"{content.title} has a turned pole and does not say where.")
        y, x = (content.coordinate(name) for name in (axes.y, axes.x))
        require_few(y.size * x.size)
        place = content.asked.ask("lonlat", attrs=crs, x=x.tolist(), y=y.tolist())
        return curved(place[0], place[1], _lonlat(content)), None
    if axes.spacing:
        sizes = dict(zip(one.dims, one.shape, strict=True))
        y, x = (axes.spacing * (np.arange(sizes[dim]) + 0.5) for dim in (axes.y_dim, axes.x_dim))
        return straight(y[::-1] if axes.first_row == "north" else y, x, "km"), None
    y, x = (content.coordinate(name) for name in (axes.y, axes.x))
    return _projected(content, y, x, axes.units, crs)


def _projected(
    content: Content, y: np.ndarray, x: np.ndarray, units: str, crs: dict | None
) -> tuple[Plane, float | None]:
    """Axes in degrees as they are, those of a projection in km."""
    if units == "degrees":
        return straight(y, x, units), None
    per, told = {"km": 1000.0, "m": 1.0}.get(units), None
    if crs is not None:
        middle = {"x": float(np.mean(x)) * (per or 1.0), "y": float(np.mean(y)) * (per or 1.0)}
        told = content.asked.ask("crs", attrs=crs, **middle, in_metres=per is not None)
    if told is None or told["kind"] != "projected":
        return straight(y * (per or 1.0) / 1000, x * (per or 1.0) / 1000, "km"), None
    metres = per or told["metres"]
    plane = straight(y * metres / 1000, x * metres / 1000, "km")
    stretched = (
        f", in its middle {told['scale']:.3g} times those on the ground" if abs(told["scale"] - 1) > 0.02 else ""
    )
    note = f"Its axes are the kilometres of its projection ({plain(told['name'], 60)}){stretched}."
    return replace(plane, note=f"{note} {plane.note}".strip(), crs=told["proj"]), told["latitude"]


def _curved(content: Content, axes: Axes) -> Plane:
    """Two-dimensional longitudes and latitudes, turned to (y, x)."""
    lon, lat = (
        content.coordinate(name)
        if content.variables[name].dims == (axes.y_dim, axes.x_dim)
        else content.coordinate(name).T
        for name in (axes.lon, axes.lat)
    )
    return curved(lon, lat, _lonlat(content))


def _lonlat(content: Content):
    return lambda projection, x, y: content.asked.ask(
        "lonlat", attrs={"crs_wkt": projection}, x=x.tolist(), y=y.tolist()
    )


def _mapping(content: Content, name: str) -> dict | None:
    if not name:
        return None
    one = content.variables[name]
    numbers = {key: value.tolist() if value.size > 1 else value[0].item() for key, value in one.numbers.items()}
    texts = dict(one.attrs)
    if "spatial_ref" in texts:
        texts.setdefault("crs_wkt", texts["spatial_ref"])
    return {**texts, **numbers}
