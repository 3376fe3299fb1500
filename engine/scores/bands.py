"""The four bands of scale: large, medium, fine, finest; and scores of the spectra within them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import xarray as xr

from engine.errors import InputError
from engine.grid import Grid
from engine.scene import Scene
from engine.scores.matching import template

NAMES = ("large", "medium", "fine", "finest")


class Band(NamedTuple):
    """A range of wavelengths in km, the largest first; the large band has no upper end (infinity)."""

    name: str
    wavelength_max_km: float
    wavelength_min_km: float


def bands(scale_km: float | Scene, grid: Grid | None = None) -> list[Band]:
    """Large, medium, fine and finest for an input that resolves cells of `scale_km`, on a fine grid (or for a scene).

    large: longer than 2 scale_km, the input's Nyquist wavelength; finest: from the grid's Nyquist wavelength (2 cells)
    to 4 cells, or to a third (in the logarithm) of the way up to 2 scale_km where that is shorter; medium and fine
    halve the rest at its geometric mean. A cell is the longer of (dy, dx). All but the large one are empty (max = min)
    where the input resolves the fine grid.

    Args:
        scale_km: width that the input resolves, km; or a scene, which has it and its grid.
        grid: the fine grid; None only beside a scene.

    Returns:
        The four bands, wavelengths falling.
    """
    if isinstance(scale_km, Scene):
        return bands(scale_of(scale_km), Grid.of(template(scale_km)))
    assert grid is not None, "a grid is needed beside a scale"
    cell = float(max(grid.spacing)) / 1000
    large, nyquist = max(2 * scale_km, 2 * cell), 2 * cell
    finest = min(4 * cell, float(nyquist * (large / nyquist) ** (1 / 3)))
    middle = float(np.sqrt(large * finest))
    edges = (float("inf"), large, middle, finest, nyquist)
    return [Band(name, *pair) for name, *pair in zip(NAMES, edges[:-1], edges[1:], strict=True)]


def bands_between(edges_km: Sequence[float]) -> list[Band]:
    """Bands between neighbours of descending wavelengths, named like '120_60'.

    Args:
        edges_km: positive wavelengths, km, falling, at least two; or none at all.

    Returns:
        A band less than there are edges.

    Raises:
        InputError: any other list.
    """
    pairs = list(pairwise(float(edge) for edge in edges_km))
    if len(edges_km) == 1 or not all(first > second > 0 for first, second in pairs):
        raise InputError(f"The edges of bands are wavelengths in km, falling, at least two: not {list(edges_km)}.")
    return [Band(f"{first:g}_{second:g}", first, second) for first, second in pairs]


def scale_of(scene: Scene) -> float:
    """Width that the input resolves.

    Args:
        scene: the scene.

    Returns:
        Its degradation's scale, else the input's own (longer) cell; km.
    """
    if scene.problem.observation is not None:
        return scene.problem.observation.scale_km
    return max(Grid.of(scene.problem.low).spacing) / 1000


def band_power(curve: xr.DataArray, edges: list[Band]) -> dict[str, float]:
    """Power of a spectrum in each band.

    Args:
        curve: power spectral density (wavenumber,), units^2 km, with the attribute `ring_width` (km-1).
        edges: the bands.

    Returns:
        Band -> power (units^2); NaN for an empty band.
    """
    return {band.name: _power(curve, band) for band in edges}


def band_power_ratio(curves: xr.Dataset, edges: list[Band], of: str = "estimate") -> dict[str, float]:
    """Power of the estimate (or its members) over the truth's in each band: below 1 too smooth, above 1 too rough.

    Args:
        curves: of `spectra`, of a scene with a truth.
        edges: the bands.
        of: the curve to judge, 'estimate' or 'members'.

    Returns:
        Band -> ratio (1); NaN for an empty band.
    """
    return {band.name: _power(curves[of], band) / _power(curves["truth"], band) for band in edges}


def band_skill(curves: xr.Dataset, edges: list[Band]) -> dict[str, float]:
    """1 - error's power over the truth's in each band: 1 is perfect, 0 is what nothing at all scores.

    Args:
        curves: of `spectra`, of a scene with a truth.
        edges: the bands.

    Returns:
        Band -> skill (1); NaN for an empty band.
    """
    return {band.name: 1 - _power(curves["error"], band) / _power(curves["truth"], band) for band in edges}


def _power(curve: xr.DataArray, band: Band) -> float:
    """Power (units^2) in wavelengths [min, max); NaN where no ring's centre lies there."""
    wavelength = 1 / curve["wavenumber"].values
    inside = (wavelength >= band.wavelength_min_km * (1 - 1e-9)) & (wavelength < band.wavelength_max_km * (1 - 1e-9))
    return float(curve.values[inside].sum() * curve.attrs["ring_width"]) if inside.any() else float("nan")
