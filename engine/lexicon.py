"""The project's vocabulary of variables: short name -> CF standard name, unit, long name, valid range."""

from collections.abc import Mapping
from dataclasses import dataclass

import xarray as xr

from engine.errors import InputError


@dataclass(frozen=True)
class Variable:
    """One physical quantity; `valid` bounds what a credible value can be, in `units`; `signed` is centred on zero."""

    name: str
    standard_name: str
    units: str
    long_name: str
    valid: tuple[float, float]
    signed: bool = False

    @property
    def attrs(self) -> dict[str, str]:
        named = (
            {"standard_name": self.standard_name} if self.standard_name else {}
        )  # CF has none for a pattern's motion and for the geostrophic speed
        return {**named, "units": self.units, "long_name": self.long_name}


_ALL = (
    Variable("ssh", "sea_surface_height_above_geoid", "m", "sea surface height", (-4.0, 4.0)),
    Variable("sst", "sea_surface_temperature", "degC", "sea surface temperature", (-3.0, 45.0)),
    Variable("u", "surface_geostrophic_eastward_sea_water_velocity", "m s-1", "eastward velocity", (-5, 5), True),
    Variable("v", "surface_geostrophic_northward_sea_water_velocity", "m s-1", "northward velocity", (-5, 5), True),
    Variable("speed", "", "m s-1", "geostrophic speed", (0, 5)),
    Variable("vorticity", "ocean_relative_vorticity", "s-1", "relative vorticity", (-1e-3, 1e-3), True),
    Variable("thickness", "sea_ice_thickness", "m", "sea-ice thickness", (0, 30)),
    Variable("concentration", "sea_ice_area_fraction", "1", "sea-ice concentration", (0, 1)),
    Variable("divergence", "divergence_of_sea_ice_velocity", "s-1", "ice divergence", (-1e-3, 1e-3), True),
    Variable(
        "shear",
        "maximum_over_coordinate_rotation_of_sea_ice_horizontal_shear_strain_rate",
        "s-1",
        "ice shear",
        (0, 1e-3),
    ),
    Variable("drift_x", "sea_ice_x_velocity", "m s-1", "ice drift eastward", (-3, 3), True),
    Variable("drift_y", "sea_ice_y_velocity", "m s-1", "ice drift northward", (-3, 3), True),
    Variable("rain_rate", "rainfall_rate", "mm h-1", "rain rate", (0, 500)),
    Variable("rain", "lwe_thickness_of_precipitation_amount", "0.01 mm", "rain in 5 minutes", (0, 5000)),
    Variable("eastward", "", "m s-1", "motion eastward", (-100, 100), True),
    Variable("northward", "", "m s-1", "motion northward", (-100, 100), True),
    Variable("lst", "surface_temperature", "K", "land surface temperature", (180, 360)),
    Variable("ndvi", "normalized_difference_vegetation_index", "1", "vegetation index", (-1, 1)),
)
VARIABLES: Mapping[str, Variable] = {variable.name: variable for variable in _ALL}


def variable(name: str) -> Variable:
    """The lexicon's entry for a short name.

    Args:
        name: e.g. 'ssh'.

    Returns:
        The entry, with standard name, unit and valid range.

    Raises:
        InputError: the lexicon does not know the name.
    """
    if name not in VARIABLES:
        raise InputError(f"The variable {name!r} is not in the lexicon; it knows {', '.join(VARIABLES)}.")
    return VARIABLES[name]


def label(field: xr.DataArray) -> str:
    """Title of a field with its unit.

    Args:
        field: with the attributes long_name (else its name is taken) and units.

    Returns:
        E.g. 'sea surface height (m)'; no unit where it is '1' or missing.
    """
    name = field.attrs.get("long_name", str(field.name))
    return f"{name} ({field.attrs['units']})" if field.attrs.get("units") not in (None, "", "1") else str(name)


# ---- units that people may want to read instead ----------------------------------------------------------------------


@dataclass(frozen=True)
class Conversion:
    """From one unit to another: x * scale + offset."""

    units: str
    scale: float
    offset: float = 0.0

    def __call__(self, values):
        """Values in the other unit; numbers, arrays or fields."""
        return values * self.scale + self.offset

    def back(self, values):
        """The other way."""
        return (values - self.offset) / self.scale

    @property
    def of_differences(self) -> "Conversion":
        """The same for differences of two values, errors and spreads: a kelvin is a degree Celsius."""
        return Conversion(self.units, self.scale)


CONVERSIONS: Mapping[str, tuple[Conversion, ...]] = {
    "m": (Conversion("cm", 100.0), Conversion("mm", 1000.0)),
    "m s-1": (Conversion("cm s-1", 100.0), Conversion("km d-1", 86.4), Conversion("km h-1", 3.6)),
    "s-1": (Conversion("d-1", 86400.0),),
    "degC": (Conversion("K", 1.0, 273.15),),
    "K": (Conversion("degC", 1.0, -273.15),),
    "mm h-1": (Conversion("mm d-1", 24.0),),
    "0.01 mm": (Conversion("mm", 0.01), Conversion("mm h-1", 0.12)),  # of rain in five minutes
}


def conversion(units: str, to: str) -> Conversion | None:
    """How values of one unit are read in another.

    Args:
        units: the unit that they have, as CF has it.
        to: the unit that is asked for.

    Returns:
        The conversion; None where there is none, or none is needed.
    """
    return next((known for known in CONVERSIONS.get(units, ()) if known.units == to), None)


def others(units: str) -> list[str]:
    """Units that values of one can be read in as well.

    Args:
        units: the unit that they have.

    Returns:
        The other units.
    """
    return [known.units for known in CONVERSIONS.get(units, ())]
