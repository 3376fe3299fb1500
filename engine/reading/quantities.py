"""What a variable is: which quantity of the lexicon, in which unit, and how to bring it to the lexicon's."""

import re
from dataclasses import dataclass

from engine.lexicon import VARIABLES
from engine.reading.content import Stored, plain

# Standard names beyond the lexicon's own that methods may take for one of its quantities.
_ALSO = {
    "sea_surface_height_above_sea_level": "ssh",
    "sea_surface_height_above_reference_ellipsoid": "ssh",
    "sea_surface_height": "ssh",
    "sea_surface_elevation": "ssh",
    "sea_surface_foundation_temperature": "sst",
    "sea_surface_skin_temperature": "sst",
    "sea_surface_subskin_temperature": "sst",
    "eastward_sea_water_velocity": "u",
    "northward_sea_water_velocity": "v",
    "surface_eastward_sea_water_velocity": "u",
    "surface_northward_sea_water_velocity": "v",
    "lwe_precipitation_rate": "rain_rate",
    "land_surface_temperature": "lst",
}
STANDARD = {one.standard_name: name for name, one in VARIABLES.items() if one.standard_name} | _ALSO

_SPELLINGS = {
    "m": ("meter", "meters", "metre", "metres"),
    "km": ("kilometer", "kilometers", "kilometre", "kilometres"),
    "cm": ("centimeter", "centimeters", "centimetre", "centimetres"),
    "mm": ("millimeter", "millimeters", "millimetre", "millimetres"),
    "K": ("kelvin", "degk", "deg_k", "degrees_kelvin", "degree_kelvin"),
    "degC": ("celsius", "degrees_celsius", "degree_celsius", "degree celsius", "degrees celsius", "degree_c",
             "degrees_c", "deg_c", "°c", "c", "celcius"),
    "m s-1": ("m/s", "m.s-1", "ms-1", "m s^-1", "m s**-1", "meter second-1", "meters per second", "m/sec"),
    "cm s-1": ("cm/s", "cm.s-1", "cm s^-1", "cm s**-1"),
    "mm h-1": ("mm/h", "mm/hr", "mm hr-1", "mm/hour", "mm h^-1"),
    "s-1": ("1/s", "s^-1", "s**-1"),
    "1": ("none", "unitless", "dimensionless", "-", "fraction", "1.0"),
    "%": ("percent", "pct"),
    "degrees": ("degree", "degrees_north", "degrees_east", "degree_north", "degree_east", "degrees_n", "degrees_e",
                "degreen", "degreee", "degree_n", "degree_e", "deg", "°", "°n", "°e"),
}  # fmt: skip
SPELLINGS = {other: unit for unit, others in _SPELLINGS.items() for other in others}
# unit -> unit: factor, offset
_CONVERSIONS = {
    ("cm", "m"): (0.01, 0.0),
    ("mm", "m"): (0.001, 0.0),
    ("km", "m"): (1000.0, 0.0),
    ("K", "degC"): (1.0, -273.15),
    ("degC", "K"): (1.0, 273.15),
    ("cm s-1", "m s-1"): (0.01, 0.0),
    ("%", "1"): (0.01, 0.0),
    ("m s-1", "mm h-1"): (3.6e6, 0.0),
}
COMMON = ("m", "degC", "K", "m s-1", "mm h-1", "kg m-3", "mg m-3", "Pa", "%", "1")


@dataclass(frozen=True)
class Quantity:
    """A variable as the engine takes it: value = factor * stored + offset."""

    stored: str
    name: str
    attrs: dict[str, str]
    factor: float = 1.0
    offset: float = 0.0


def unit_of(stored: Stored) -> str:
    """The unit of a variable.

    Args:
        stored: the variable.

    Returns:
        As the lexicon writes it, or as the file does; empty where the file says none.
    """
    return spelled(plain(stored.attrs.get("units", ""), 40))


def spelled(unit: str) -> str:
    """A unit as the lexicon writes it.

    Args:
        unit: in any spelling.

    Returns:
        The lexicon's spelling, else the unit as it is.
    """
    return SPELLINGS.get(unit.lower(), unit)


def conversion(unit: str, wanted: str) -> tuple[float, float] | None:
    """How to bring a value from one unit to another: wanted = factor * value + offset.

    Args:
        unit: its unit, as the lexicon writes it.
        wanted: the other one.

    Returns:
        (factor, offset); None where there are none known.
    """
    return (1.0, 0.0) if unit == wanted else _CONVERSIONS.get((unit, wanted))


def recognised(stored: Stored) -> str | None:
    """The lexicon's name for what a variable's standard name says it is.

    Args:
        stored: the variable.

    Returns:
        A short name; None where the standard name is missing or unknown.
    """
    return STANDARD.get(stored.attrs.get("standard_name", "").strip())


def possible(unit: str) -> list[str]:
    """The lexicon's quantities that a field can be.

    Args:
        unit: of the field, as the lexicon writes it.

    Returns:
        Short names, in the lexicon's order.
    """
    return [name for name, one in VARIABLES.items() if conversion(unit, one.units) is not None]


def own_name(stored: Stored) -> str:
    """The variable's own name, never one that the lexicon gives a meaning.

    Args:
        stored: the variable.

    Returns:
        Letters, digits and underscores, at most 41.
    """
    name = re.sub(r"[^A-Za-z0-9_]+", "_", stored.name.rpartition("/")[2]).strip("_")[:40] or "field"
    return f"{name}_" if name in VARIABLES else name


def long_name(stored: Stored) -> str:
    """What a variable is called.

    Args:
        stored: the variable.

    Returns:
        Its long name, else its standard name, else its own; at most 80 characters.
    """
    said = stored.attrs.get("long_name") or stored.attrs.get("standard_name", "").replace("_", " ") or stored.name
    return plain(said, 80)


def quantity(stored: Stored, unit: str, named: str | None) -> Quantity:
    """A variable as the lexicon's quantity or as itself.

    Args:
        stored: the variable.
        unit: its unit, which has to be convertible to the quantity's.
        named: short name of the quantity; None: itself.

    Returns:
        The quantity, with factor and offset to the lexicon's unit.
    """
    title = long_name(stored)
    if named is None:
        return Quantity(stored.name, own_name(stored), {"units": unit, "long_name": title})
    found = conversion(unit, VARIABLES[named].units)
    assert found is not None
    return Quantity(stored.name, named, {**VARIABLES[named].attrs, "long_name": title}, *found)
