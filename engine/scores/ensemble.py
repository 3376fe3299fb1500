"""Scores of an ensemble (member, y, x): fair CRPS, spread against skill, rank histogram, probabilities and their
reliability. Cells without a truth are left out; where a member lacks a cell that is judged, every score is NaN."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scores.probability import crps_for_ensemble

from engine.errors import InputError
from engine.scores.matching import finite


@dataclass(frozen=True)
class Judged:
    """Members (member, cells) and truth (cells,) at the cells that are judged."""

    members: np.ndarray
    truth: np.ndarray

    @classmethod
    def of(cls, members: xr.DataArray, truth: xr.DataArray) -> "Judged":
        """Raises InputError where there is one member only, or the grids differ."""
        if "member" not in members.dims or members.sizes["member"] < 2:
            raise InputError("An ensemble needs at least two members, along the dimension 'member'.")
        members = members.transpose("member", ...)
        if members.shape[1:] != truth.shape:
            raise InputError(f"The members have the shape {members.shape[1:]}, the truth {truth.shape}.")
        where = finite(truth).values
        return cls(members.values.astype(float)[:, where], truth.values.astype(float)[where])


def crps(members: xr.DataArray, truth: xr.DataArray) -> float:
    """Fair continuous ranked probability score: mean |x_i - y| - sum |x_i - x_j| / (2 M (M - 1)).

    Source: Ferro 2014, doi:10.1002/qj.2270, eq. (4), from the package `scores`.

    Args:
        members: (member, ..., y, x), at least two.
        truth: (..., y, x) in the same unit.

    Returns:
        The score in the field's unit; NaN where a member lacks a cell that is judged.

    Raises:
        InputError: there is one member only, or the shapes differ.
    """
    cells = Judged.of(members, truth)
    if not np.isfinite(cells.members).all():
        return float("nan")
    arrays = xr.DataArray(cells.members, dims=("member", "cell")), xr.DataArray(cells.truth, dims="cell")
    return float(crps_for_ensemble(*arrays, "member", method="fair"))


def spread_and_skill(members: xr.DataArray, truth: xr.DataArray) -> tuple[float, float]:
    """Spread sqrt(mean var) and skill sqrt(mean (mean - y)^2 - var / M); equal where reliable.

    var with ddof 1; var / M is what the mean of M members errs by chance, so that few and many members compare.
    Source: Fortin et al. 2014, doi:10.1175/JHM-D-14-0008.1, eq. (15), with that term on the side of the skill.

    Args:
        members: (member, ..., y, x), at least two.
        truth: (..., y, x) in the same unit.

    Returns:
        (spread, skill) in the field's unit; NaN where a member lacks a cell that is judged.

    Raises:
        InputError: there is one member only, or the shapes differ.
    """
    cells = Judged.of(members, truth)
    variance = cells.members.var(axis=0, ddof=1)
    error = (cells.members.mean(axis=0) - cells.truth) ** 2
    skill = error.mean() - variance.mean() / len(cells.members)
    return float(np.sqrt(variance.mean())), float(np.sqrt(max(skill, 0.0))) if np.isfinite(skill) else float("nan")


def rank_histogram(members: xr.DataArray, truth: xr.DataArray, seed: int = 0) -> xr.DataArray:
    """Share of cells in which so many members lie below the truth; ties are broken at random.

    A reliable ensemble is flat at 1 / (M + 1). The attribute `reliability_index` is sum |share - 1 / (M + 1)|.
    Source: Hamill 2001, doi:10.1175/1520-0493(2001)129<0550:IORHFV>2.0.CO;2; Delle Monache et al. 2006 for the index.

    Args:
        members: (member, ..., y, x), at least two.
        truth: (..., y, x) in the same unit.
        seed: of the ties.

    Returns:
        Shares (1) by `rank` from 0 to M, (M + 1,); NaN where a member lacks a cell that is judged.

    Raises:
        InputError: there is one member only, or the shapes differ.
    """
    cells = Judged.of(members, truth)
    below = (cells.members < cells.truth).sum(axis=0)
    tied = (cells.members == cells.truth).sum(axis=0)
    rank = below + np.random.default_rng(seed).integers(0, tied + 1)
    count = len(cells.members) + 1
    share = np.bincount(rank, minlength=count) / max(rank.size, 1)
    if not np.isfinite(cells.members).all():
        share = np.full(count, np.nan)
    index = float(np.abs(share - 1 / count).sum())
    attrs = {"units": "1", "long_name": "share of cells", "reliability_index": index}
    return xr.DataArray(share, dims="rank", coords={"rank": np.arange(count)}, attrs=attrs)


def probability(members: xr.DataArray, threshold: float, below: bool = False) -> xr.DataArray:
    """Share of members above (or below) a threshold.

    Args:
        members: (member, ..., y, x).
        threshold: in the field's unit.
        below: count those below it.

    Returns:
        Probability (..., y, x), 1; NaN where a member is.
    """
    found = (members < threshold) if below else (members > threshold)
    return found.mean("member").where(finite(members).all("member")).assign_attrs(units="1", long_name="probability")


def reliability(members: xr.DataArray, truth: xr.DataArray, threshold: float, below: bool = False) -> xr.Dataset:
    """How often it happened where the ensemble gave it a probability.

    Source: Wilks 2011, Statistical Methods in the Atmospheric Sciences, section 8.4.4.

    Args:
        members: (member, ..., y, x), at least two.
        truth: (..., y, x) in the same unit.
        threshold: in the field's unit.
        below: ask for values below it, else above.

    Returns:
        `observed` frequency (1; NaN where no cell is) and `cells` (count) by `forecast` probability k / M, (M + 1,);
        the attribute `base_rate` is how often it happened at all.

    Raises:
        InputError: there is one member only, or the shapes differ.
    """
    cells = Judged.of(members, truth)
    said = (cells.members < threshold) if below else (cells.members > threshold)
    happened = (cells.truth < threshold) if below else (cells.truth > threshold)
    number = said.sum(axis=0)
    count = np.bincount(number, minlength=len(cells.members) + 1)
    hits = np.bincount(number, weights=happened, minlength=len(cells.members) + 1)
    with np.errstate(invalid="ignore"):
        observed = hits / np.where(count > 0, count, np.nan)
    axis = np.arange(len(count)) / len(cells.members)
    return xr.Dataset(
        {"observed": ("forecast", observed, {"units": "1"}), "cells": ("forecast", count, {"units": "1"})},
        {"forecast": ("forecast", axis, {"units": "1", "long_name": "forecast probability"})},
        {"base_rate": float(happened.mean()) if happened.size else float("nan")},
    )
