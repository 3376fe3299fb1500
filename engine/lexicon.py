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
