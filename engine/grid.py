"""Regular grids of cell centres, in degrees or kilometres: spacing in metres, edges, regions, crops."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr

from engine.errors import InputError

EARTH_RADIUS = 6_371_000.0  # m, mean radius
LONGITUDE_LATITUDE = "OGC:CRS84"  # the crs of a grid in degrees
_METRES = {"m": 1.0, "km": 1000.0}


@dataclass(frozen=True)
class Grid:
    """A regular grid: centres `y`, `x` (1-D, uniform) in `units` ('degrees', 'km' or 'm').

    crs: what the coordinates are on the earth, as PROJ reads it, in the coordinates' own unit; empty: nowhere, as those
    of a simulated box.
    """

    y: np.ndarray
    x: np.ndarray
    units: str
    crs: str = ""

    @classmethod
    def of(cls, data: xr.Dataset | xr.DataArray) -> "Grid":
        """Read the grid from the coordinates `y` and `x`.

        Args:
            data: fields with 1-D coordinates y, x; the attribute `units` of x says degrees, km or m for both, its `crs`
                where on the earth they are.

        Returns:
            The grid, centres in float64.

        Raises:
            InputError: a coordinate is absent, has a single cell or is not uniform, or its units are not understood.
        """
        for name in ("y", "x"):
            if name not in data.coords:
                raise InputError(f"The field has no coordinate {name!r}; found {list(map(str, data.coords))}.")
            centres = data[name].values
            if centres.size < 2:
                raise InputError(f"The grid has {centres.size} cell along {name}; at least 2 are needed.")
            steps = np.diff(centres)
            if not np.allclose(steps, steps.mean(), rtol=1e-3):
                raise InputError(f"The coordinate {name!r} is not uniform: steps {steps.min():g} to {steps.max():g}.")
        units = str(data["x"].attrs.get("units", ""))
        units = "degrees" if units.startswith("degree") else units
        if units not in ("degrees", *_METRES):
            raise InputError(f"The coordinate units {units!r} are not understood; use degrees, km or m.")
        crs = str(data["x"].attrs.get("crs", ""))
        return cls(data["y"].values.astype(float), data["x"].values.astype(float), units, crs)

    @property
    def geographic(self) -> bool:
        return self.units == "degrees"

    @property
    def shape(self) -> tuple[int, int]:
        return self.y.size, self.x.size

    @property
    def step(self) -> tuple[float, float]:
        """Spacing (dy, dx) in the coordinates' own unit; negative where the axis descends."""
        return float(np.diff(self.y).mean()), float(np.diff(self.x).mean())

    @property
    def dy(self) -> float:
        """Meridional spacing in metres, with its sign."""
        return self.step[0] * (np.deg2rad(EARTH_RADIUS) if self.geographic else _METRES[self.units])

    @property
    def dx(self) -> np.ndarray:
        """Zonal spacing in metres of every row, shape (y, 1)."""
        if self.geographic:
            return self.step[1] * np.deg2rad(EARTH_RADIUS) * np.cos(np.deg2rad(self.y))[:, None]
        return np.full((self.y.size, 1), self.step[1] * _METRES[self.units])

    @property
    def spacing(self) -> tuple[float, float]:
        """Mean absolute spacing (dy, dx) in metres."""
        return abs(self.dy), float(np.abs(self.dx).mean())

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Outer edges (x0, x1, y0, y1) in the coordinates' unit, ascending."""
        dy, dx = (abs(step) for step in self.step)
        return self.x.min() - dx / 2, self.x.max() + dx / 2, self.y.min() - dy / 2, self.y.max() + dy / 2

    @property
    def aspect(self) -> float:
        """Length of one x unit over one y unit on the ground (cos latitude for degrees)."""
        return float(np.cos(np.deg2rad(self.y.mean()))) if self.geographic else 1.0


@dataclass(frozen=True)
class Region:
    """A named box, bounds in the coordinates' unit (degrees east / north, or km)."""

    title: str
    x: tuple[float, float]
    y: tuple[float, float]

    @property
    def text(self) -> str:
        return ",".join(f"{bound:g}" for bound in (*self.x, *self.y))

    def touches(self, other: "Region") -> bool:
        """Whether the two have more than an edge in common.

        Args:
            other: a box in the same unit.

        Returns:
            True where their interiors overlap.
        """
        pairs = ((self.x, other.x), (self.y, other.y))
        return all(max(mine[0], its[0]) < min(mine[1], its[1]) for mine, its in pairs)


def parse_region(text: str, named: Mapping[str, Region]) -> Region:
    """A region from its name or from 'x0,x1,y0,y1'.

    Args:
        text: a name, or bounds in the coordinates' unit.
        named: name -> region, those that exist.

    Returns:
        The named region, or a box of that text.

    Raises:
        InputError: no such name (the message has those that exist), or an empty or infinite box.
    """
    if text in named:
        return named[text]
    try:
        x0, x1, y0, y1 = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"The region {text!r} is not known; take one of {', '.join(named)} or a box 'x0,x1,y0,y1'."
        ) from None
    if not np.isfinite([x0, x1, y0, y1]).all() or x0 >= x1 or y0 >= y1:
        raise InputError(f"The box {text!r} is empty: it needs x0 < x1 and y0 < y1.")
    return Region(f"box {text}", (x0, x1), (y0, y1))


def select(data: xr.Dataset, region: Region, multiple: int = 1, smallest: int = 4) -> xr.Dataset:
    """Cells whose centres lie in the region, trimmed at the end to a multiple of `multiple` cells along y and x.

    Args:
        data: fields (..., y, x) with 1-D coordinates y, x.
        region: bounds, inclusive, in the coordinates' unit.
        multiple: cells per coarse cell (the factor).
        smallest: coarse cells needed along each axis.

    Returns:
        The part of the data, lazy where the data are.

    Raises:
        InputError: fewer than `smallest` coarse cells remain along an axis.
    """
    inside = {
        name: np.flatnonzero((data[name].values >= low) & (data[name].values <= high))
        for name, (low, high) in (("y", region.y), ("x", region.x))
    }
    for name, index in inside.items():
        count = index.size // multiple
        if count < smallest:
            raise InputError(
                f"The region {region.title!r} holds {index.size} cells along {name}; a factor of {multiple} "
                f"needs at least {smallest * multiple}: take a larger region or a smaller factor."
            )
        inside[name] = index[: count * multiple]
    return data.isel({name: slice(index[0], index[-1] + 1) for name, index in inside.items()})


def require_water(mask: xr.DataArray, region: Region) -> None:
    """Raise where a mask holds no valid cell at all.

    Args:
        mask: True on valid cells, (..., y, x).
        region: where it lies, for the message.

    Raises:
        InputError: no cell is valid.
    """
    if not bool(mask.any()):
        raise InputError(f"The region {region.title!r} holds no valid cell (all land or missing): choose another.")


def require_size(shape: tuple[int, ...], most: int) -> None:
    """Raise for a field of too many cells.

    Args:
        shape: (..., y, x); leading dimensions do not count.
        most: cells of a layer (y, x) that are allowed.

    Raises:
        InputError: there are more.
    """
    rows, columns = shape[-2:]
    if rows * columns > most:
        raise InputError(
            f"This field has {rows} x {columns} cells, more than the {most} that are taken here: "
            "choose a smaller region."
        )


def gradient(values: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Centred differences of a field (one-sided at the edges); NaN on land and one cell around it.

    Args:
        values: field (..., y, x), NaN on land.
        grid: its grid.

    Returns:
        (d/dx, d/dy), each (..., y, x), in the field's unit per metre.
    """
    return difference(values, grid, "x"), difference(values, grid, "y")


def difference(values: np.ndarray, grid: Grid, axis: str) -> np.ndarray:
    """The one of `gradient`'s two along one axis.

    Args:
        values: field (..., y, x), NaN on land.
        grid: its grid.
        axis: 'x', else y.

    Returns:
        The derivative (..., y, x), in the field's unit per metre, along ascending coordinates.
    """
    dim, spacing = (-1, grid.dx) if axis == "x" else (-2, grid.dy)
    out = torch.gradient(torch.as_tensor(np.ascontiguousarray(values)), dim=dim)[0].numpy()
    out /= spacing
    valid = np.isfinite(values)
    return out if valid.all() else np.where(valid, out, np.nan)  # a centred difference does not see its own cell


def coarsen_coordinate(coordinate: xr.DataArray, factor: int) -> xr.DataArray:
    """Centres of blocks of `factor` cells.

    Args:
        coordinate: uniform centres (n,), n a multiple of the factor.
        factor: cells per block.

    Returns:
        The blocks' centres (n / factor,), with the coordinate's name and attributes.
    """
    values = coordinate.values.reshape(-1, factor).mean(axis=1)
    return xr.DataArray(values, dims=coordinate.dims, attrs=coordinate.attrs, name=coordinate.name)


def refine_coordinate(coordinate: xr.DataArray, factor: int) -> xr.DataArray:
    """Centres of `factor` equal parts of every cell: what `coarsen_coordinate` makes the coordinate of again.

    Args:
        coordinate: uniform centres (n,), at least 2.
        factor: parts per cell.

    Returns:
        The parts' centres (n * factor,), float64, with the coordinate's name and attributes.
    """
    values = np.asarray(coordinate.values, dtype=np.float64)
    parts = (np.arange(factor) + 0.5) / factor - 0.5
    step = (values[-1] - values[0]) / (values.size - 1)
    fine = (values[:, None] + step * parts).ravel()
    return xr.DataArray(fine, dims=coordinate.dims, attrs=coordinate.attrs, name=coordinate.name)
