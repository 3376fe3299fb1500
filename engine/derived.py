"""Quantities derived from a field: gradient magnitude, and for sea surface height geostrophic speed and vorticity."""

import numpy as np
import xarray as xr

from engine.errors import InputError
from engine.grid import EARTH_RADIUS, Grid, difference, gradient

GRAVITY = 9.81  # m s-2
EARTH_ROTATION = 7.2921e-5  # rad s-1
CORIOLIS = 0.9e-4  # s-1, about 38 degrees north: for projected grids that do not say
EQUATOR = 3.0  # degrees; geostrophy is not used closer than this


def names(variable: str) -> tuple[str, ...]:
    """Derived quantities on offer for a variable of the lexicon.

    Args:
        variable: its short name.

    Returns:
        Names that `derive` takes; the first, 'field', is the field itself.
    """
    return ("field", "gradient", "speed", "vorticity") if variable == "ssh" else ("field", "gradient")


def derive(field: xr.DataArray, name: str, coriolis: float | None = None) -> xr.DataArray:
    """The quantity `name` of a field on its own grid.

    gradient: |grad h| per km; speed: g/|f| |grad h| (m s-1); vorticity: zeta/f (dimensionless) of the geostrophic
    velocity. NaN spreads from land by one cell per derivative.
    Source: Vallis 2017, doi:10.1017/9781107588417, section 2.8 (geostrophic balance).

    Args:
        field: (..., y, x), named as in the lexicon, with units and coordinates y, x.
        name: one of `names`.
        coriolis: f in s-1; None: 2 Omega sin(latitude) on a grid in degrees (NaN within 3 degrees of the equator), else
            the field's attribute `coriolis_parameter`, else 0.9e-4.

    Returns:
        The quantity (..., y, x), float32, with units; of 'field' the field as it is.

    Raises:
        InputError: the variable does not have that quantity, or its grid is not regular.
    """
    if name not in names(str(field.name)):
        raise InputError(f"{field.name} has no derived quantity {name!r}; it has {', '.join(names(str(field.name)))}.")
    if name == "field":
        return field
    grid, values = Grid.of(field), np.asarray(field.values, dtype=float)
    if name == "gradient":
        long_name = f"gradient of {field.attrs.get('long_name', field.name)}"
        return _like(field, 1000 * np.hypot(*gradient(values, grid)), "gradient", per_km(field), long_name)
    f = _coriolis(field, grid, coriolis)
    u, v = geostrophic(values, grid, f)
    if name == "speed":
        return _like(field, np.hypot(u, v), "speed", "m s-1", "geostrophic speed")
    return _like(field, _curl(u, v, grid) / f, "vorticity", "1", "relative vorticity over f")


def velocity(height: xr.DataArray, coriolis: float | None = None) -> xr.Dataset:
    """The geostrophic velocity of a sea surface height, as `derive` has its speed.

    Args:
        height: (y, x), m, with coordinates y, x.
        coriolis: f in s-1, as `derive` takes it.

    Returns:
        `u` and `v` (y, x) along ascending x and y, m s-1.
    """
    grid = Grid.of(height)
    u, v = geostrophic(np.asarray(height.values, dtype=float), grid, _coriolis(height, grid, coriolis))
    return xr.Dataset(
        {name: _like(height, part, name, "m s-1", f"geostrophic {name}") for name, part in (("u", u), ("v", v))}
    )


def geostrophic(height: np.ndarray, grid: Grid, f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Velocity in balance with a height: u = -g/f dh/dy, v = g/f dh/dx.

    Args:
        height: sea surface height (..., y, x), m.
        grid: its grid.
        f: Coriolis parameter (y, 1), s-1.

    Returns:
        (u, v), each (..., y, x), m s-1.
    """
    d_x, d_y = gradient(height, grid)
    return -GRAVITY / f * d_y, GRAVITY / f * d_x


def deformation(u: np.ndarray, v: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Divergence u_x + v_y and largest shear |(u_x - v_y, u_y + v_x)| of a velocity on a plane.

    Args:
        u: eastward velocity (..., y, x), m s-1.
        v: northward velocity (..., y, x), m s-1.
        grid: their grid.

    Returns:
        (divergence, shear), each (..., y, x), s-1.
    """
    u_x, u_y, v_x, v_y = (difference(w, grid, axis) for w in (u, v) for axis in ("x", "y"))
    return u_x + v_y, np.hypot(u_x - v_y, u_y + v_x)


def _curl(u: np.ndarray, v: np.ndarray, grid: Grid) -> np.ndarray:
    """dv/dx - du/dy, with the metric term u tan(latitude)/R on the sphere; s-1."""
    zeta = difference(v, grid, "x") - difference(u, grid, "y")
    return zeta + u * np.tan(np.deg2rad(grid.y))[:, None] / EARTH_RADIUS if grid.geographic else zeta


def _coriolis(field: xr.DataArray, grid: Grid, coriolis: float | None) -> np.ndarray:
    """Coriolis parameter of every row, shape (y, 1); NaN within 3 degrees of the equator."""
    if coriolis is None and grid.geographic:
        f = 2 * EARTH_ROTATION * np.sin(np.deg2rad(grid.y))
        return np.where(np.abs(grid.y) < EQUATOR, np.nan, f)[:, None]
    f0 = field.attrs.get("coriolis_parameter", CORIOLIS) if coriolis is None else coriolis
    return np.full((grid.y.size, 1), float(f0))


def per_km(field: xr.DataArray) -> str:
    """Units of a field's gradient.

    Args:
        field: with its units.

    Returns:
        E.g. 'm km-1'; 'km-1' without a unit.
    """
    units = str(field.attrs.get("units", ""))
    return "km-1" if units in ("", "1") else f"{units} km-1"


def _like(field: xr.DataArray, values: np.ndarray, name: str, units: str, long_name: str) -> xr.DataArray:
    attrs = {"units": units, "long_name": long_name}
    return xr.DataArray(values.astype(np.float32), dims=field.dims, coords=field.coords, attrs=attrs, name=name)
