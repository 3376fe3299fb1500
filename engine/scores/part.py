"""A part of a scene, to be judged by itself: what is in view."""

from dataclasses import replace

import numpy as np
import xarray as xr

from engine.errors import InputError
from engine.scene import Problem, Scene

FEWEST, FEWEST_COARSE = 16, 2  # cells along a side, of the field and of its input


def part(scene: Scene, box: tuple[float, float, float, float]) -> Scene:
    """The cells of a scene whose middles lie in a box, in whole cells of the input.

    How its input was made is not known any more: cells beyond the box had their share in it.

    Args:
        scene: the scene.
        box: x0, x1, y0, y1, in the axes' unit.

    Returns:
        A scene with that part of input, guides, mask and truth.

    Raises:
        InputError: the box holds too few cells to be judged.
    """
    problem, bounds = scene.problem, {"x": box[:2], "y": box[2:]}
    coarse = {name: _inside(problem.low[name], *ends) for name, ends in bounds.items()}
    if min(of.stop - of.start for of in coarse.values()) < FEWEST_COARSE:
        raise InputError("What is in view holds less than two cells of the input along a side: zoom out to judge it.")
    fine = {name: _inside(problem.target[name], *_edges(problem.low[name][of])) for name, of in coarse.items()}
    if min(of.stop - of.start for of in fine.values()) < FEWEST:
        raise InputError(f"What is in view holds less than {FEWEST} cells along a side: zoom out to judge it.")
    seen = Problem(problem.low.isel(coarse), problem.guides.isel(fine), problem.target.isel(fine))
    return replace(scene, problem=seen, truth=None if scene.truth is None else scene.truth.isel(fine))


def _inside(axis: xr.DataArray, low: float, high: float) -> slice:
    """The cells of an axis, rising or falling, whose middles lie between two positions."""
    found = np.flatnonzero((axis.values >= low) & (axis.values <= high))
    return slice(int(found[0]), int(found[-1]) + 1) if found.size else slice(0, 0)


def _edges(axis: xr.DataArray) -> tuple[float, float]:
    """The outer edges of cells in a row."""
    half = abs(float(axis[1] - axis[0])) / 2
    return float(axis.min()) - half, float(axis.max()) + half
