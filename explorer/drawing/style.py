"""How pictures are coloured: which colour map, a logarithmic scale, the unit, how much lies beyond the limits."""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from engine.lexicon import Conversion, conversion
from engine.scene import Scene
from explorer.drawing import palette, pictures
from explorer.drawing.pictures import Picture

Limits = tuple[float, float]
DIFFERENCES = ("error", "spread")  # roles of what has no zero of its own
DECADES = 1e3  # upper over lower limit, where a logarithm has no use for the lower one


@dataclass(frozen=True)
class Style:
    """What a person wants instead of the usual.

    colours: map of the field in question; signed: of what lies around zero; log: whether equal colours are equal
    ratios, where nothing is negative; units: where values can be read in it; percent: of the cells beyond either limit.
    """

    colours: str = ""
    signed: str = ""
    log: bool = False
    units: str = ""
    percent: float = palette.PERCENT

    def change(self, units: str, role: str) -> Conversion | None:
        """How values are to be read.

        Args:
            units: The unit that they have.
            role: What they are of; errors and spreads are differences.

        Returns:
            The conversion; None where they stay as they are.
        """
        found = conversion(units, self.units)
        return found.of_differences if found is not None and role in DIFFERENCES else found

    def dressed(self, picture: Picture, scene: Scene | None) -> Picture:
        """A picture in this style.

        Args:
            picture: As it was made, in the unit of its data.
            scene: Where it comes from.

        Returns:
            The picture with colours, scale and unit; the one that was given where nothing is asked for.
        """
        if picture.role in palette.FIXED:
            return picture
        chosen = self.signed if picture.role in palette.SIGNED else self.colours * (picture.limits_key == "field")
        change = self.change(str(picture.field.attrs["units"]), picture.role)
        if change is not None:
            picture = replace(picture, field=_read(picture.field, change), change=change)
        log = self.log and _positive(picture, scene)
        return replace(picture, colours=chosen, log=log) if chosen or log else picture

    def fitted(self, picture: Picture, to: xr.DataArray | None) -> Limits:
        """Limits of a picture in this style.

        Args:
            picture: As `dressed` gives it.
            to: What they are fitted to, in the unit of the data, see `pictures.fitted_to`; None: to the picture itself.

        Returns:
            Lowest and highest value, in the unit of the data.
        """
        if to is not None and picture.change is not None:
            to = _read(to, picture.change)
        values = (picture.field if to is None else to).values
        return in_data(picture, palette.limits(values, picture.role, self.percent, picture.log))


USUAL = Style()


def as_shown(picture: Picture, limits: Limits) -> Limits:
    """Limits as a picture shows them.

    Args:
        picture: As `Style.dressed` gives it.
        limits: In the unit of the data.

    Returns:
        In the unit that is shown; above zero on a logarithmic scale.
    """
    low, high = limits if picture.change is None else _each(picture.change, limits)
    return (high / DECADES if picture.log and high > 0 and low <= 0 else low), high


def in_data(picture: Picture, limits: Limits) -> Limits:
    """Limits that a picture shows in the unit of its data, for what is not converted: thumbnails.

    Args:
        picture: As `Style.dressed` gives it.
        limits: In the unit that is shown.

    Returns:
        In the unit of the data.
    """
    return limits if picture.change is None else _each(picture.change.back, limits)


def _each(convert, limits: Limits) -> Limits:
    """Both, without the binary dust of a product."""
    low, high = (float(f"{convert(value):.12g}") for value in limits)
    return low, high


def _read(field: xr.DataArray, change: Conversion) -> xr.DataArray:
    values = change(field.values.astype(np.float64)).astype(np.float32)  # 0.5 m are 50 cm to the last digit
    return field.copy(data=values).assign_attrs(units=change.units)


def _positive(picture: Picture, scene: Scene | None) -> bool:
    """Whether a logarithm can tell the values of a picture's role apart: none is below zero, and not all are zero."""
    if picture.role in palette.SIGNED or picture.role == "probability":
        return False
    of_scene = pictures.fitted_to(picture.limits_key, scene) if scene is not None else None
    if of_scene is not None and picture.change is not None:
        of_scene = _read(of_scene, picture.change)
    values = (picture.field if of_scene is None else of_scene).values
    finite = values[np.isfinite(values)]
    return finite.size > 0 and float(finite.min()) >= 0 < float(finite.max())
