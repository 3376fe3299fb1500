"""At which scale and where an estimate invents most detail, and misses most; with one plain sentence."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from engine.grid import Grid
from engine.scene import Scene
from engine.scores.bands import Band, bands
from engine.scores.boxes import WorstBox, worst_box
from engine.scores.detail import detail, shares

NOTHING = 1e-6  # of the energy that is there: less than that was not added, but rounded


@dataclass(frozen=True)
class Lost:
    """The band and the box with the most energy that is invented, or missed; real: the share of the band's detail that
    is recovered, of what was added or of what was there."""

    band: Band
    real: float
    box: WorstBox

    @property
    def scale(self) -> str:
        """The band in words."""
        _, longest, shortest = self.band
        digits = ".0f" if shortest >= 5 else ".2g"
        return f"{shortest:{digits}} to {longest:{digits}} km"


@dataclass(frozen=True)
class WorstDetail:
    """Where an estimate invents most and where it misses most (`engine.scores.detail`); None where it does not."""

    invented: Lost | None
    missed: Lost | None

    @property
    def sentence(self) -> str:
        return " ".join(filter(None, (self._of_added(), self._of_there())))

    def _of_added(self) -> str:
        if self.invented is None:
            return "It invents no detail."
        one = self.invented
        return (
            f"Of the detail of {one.scale} that it adds here {one.real:.0%} is real; it invents most around "
            f"{one.box.place}."
        )

    def _of_there(self) -> str:
        if self.missed is None:
            return ""
        one = self.missed
        same = self.invented is not None and self.invented.band == one.band
        scale = "at these scales" if same else f"of {one.scale}"
        return f"Of what is there {scale} it finds {one.real:.0%}, and misses most around {one.box.place}."


def worst_detail(estimate: xr.Dataset | xr.DataArray, scene: Scene) -> WorstDetail | None:
    """Where an estimate invents and misses most, in the bands that the input does not resolve; members averaged.

    Args:
        estimate: the field, or a dataset with it, (member?, time?, y, x) on the scene's grid.
        scene: the scene, with a truth.

    Returns:
        Band and box of either; None where the input resolves the fine grid, or nothing was there to be added.

    Raises:
        InputError: the scene has no truth, or the estimate is not on its grid.
    """
    fine = [band for band in bands(scene)[1:] if band.wavelength_max_km > band.wavelength_min_km]
    if not fine:
        return None
    maps = detail(estimate, scene, fine)
    least = NOTHING * float((maps["recovered"] + maps["missed"]).sum())
    if not least:
        return None
    real = shares(maps)
    return WorstDetail(
        _most(maps["invented"], real["precision"], fine, least), _most(maps["missed"], real["recall"], fine, least)
    )


def _most(energy: xr.DataArray, real: xr.DataArray, fine: list[Band], least: float) -> Lost | None:
    """The band with the most energy (band, time?, y, x), and the box with the most of that."""
    sums = energy.sum([name for name in energy.dims if name != "band"]).values
    number = int(np.argmax(sums))
    over = [name for name in energy.dims if name not in ("band", "y", "x")]
    units = energy.attrs["units"].removeprefix("(").removesuffix(")2")
    box = worst_box(energy[number].mean(over).values, Grid.of(energy), units) if sums[number] > least else None
    return None if box is None else Lost(fine[number], float(real[number]), box)
