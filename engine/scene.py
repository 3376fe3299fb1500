"""What every part passes to the next: a Problem (all a method may see), a Scene (with its truth), a Step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import xarray as xr

from engine.errors import InputError
from engine.observation import Observation

Kind = Literal["simulated", "observed", "reanalysis", "unknown"]  # unknown: of a person's own file alone
Task = Literal["resolution", "motion"]  # a finer field of one date; what moves from image to image, and the next ones


@dataclass(frozen=True)
class Problem:
    """All that a method may see. The truth is not in it.

    low: fields on the coarse grid, (y, x) or (time, y, x), each with units.
    guides: fine covariates on the target's grid (SST, NDVI); may be empty.
    target: fine coordinates `y`, `x` and the mask `mask` (True where a value is wanted); of images in a row also the
    times `lead` (s after the last one) at which a forecast is wanted.
    observation: how `low` came to be, y = M H x + e, if known.
    """

    low: xr.Dataset
    guides: xr.Dataset
    target: xr.Dataset
    observation: Observation | None = None

    def __post_init__(self):
        for what, dataset in (("input", self.low), ("guide", self.guides)):
            for name, values in dataset.data_vars.items():
                if "units" not in values.attrs:
                    raise InputError(f"The {what} variable {name!r} has no units attribute.")
        if "mask" not in self.target or self.target["mask"].dims[-2:] != ("y", "x"):
            raise InputError("A problem's target needs a boolean variable 'mask' over (y, x).")
        for name, guide in self.guides.data_vars.items():
            if guide.shape[-2:] != self.mask.shape[-2:]:
                raise InputError(f"The guide {name!r} has shape {guide.shape}, the target {self.mask.shape}.")

    @property
    def variable(self) -> str:
        """Name of the field in question: the first of the input."""
        return str(next(iter(self.low.data_vars)))

    @property
    def mask(self) -> xr.DataArray:
        return self.target["mask"]

    def estimate(self, values: np.ndarray, **coords) -> xr.Dataset:
        """Wrap values as this problem's estimate: target coordinates, units, NaN outside the mask.

        Args:
            values: fine field (..., y, x) in the input's unit.
            **coords: coordinates of the leading dimensions, in their order (member, time); name -> values (n,).

        Returns:
            A dataset of the one variable in question, (..., y, x), float32, in the input's unit.
        """
        low = self.low[self.variable]
        dims = (*coords, "y", "x")
        mask = self.mask.values
        data = np.where(mask, np.asarray(values, dtype=np.float32), np.float32(np.nan))
        target = {name: self.target[name] for name in ("y", "x")}
        return xr.Dataset({self.variable: (dims, data, dict(low.attrs))}, coords={**coords, **target})


@dataclass(frozen=True)
class Outline:
    """What is known of a problem before it is opened: enough to say which methods can work on it.

    variable: the field in question; guides: names of the fine covariates; factor: fine per coarse cell along each axis;
    low_pass: whether the input stays on the fine grid; size: width and height of the region, in the coordinates' unit.
    """

    task: Task
    variable: str
    guides: tuple[str, ...] = ()
    factor: int = 1
    low_pass: bool = False
    size: tuple[float, float] | None = None


@dataclass(frozen=True)
class Scene:
    """A problem with where it comes from and, unless only observed coarsely, the truth to judge by."""

    key: str
    problem: Problem
    truth: xr.Dataset | None
    kind: Kind
    split: str
    source: str
    licence: str
    title: str = ""
    time: str = ""
    region: str = ""

    @property
    def variable(self) -> str:
        return self.problem.variable


@dataclass(frozen=True)
class Step:
    """One visible advance of a running method; `trace` holds cost, sigma, network calls, seconds.

    film: of a method that starts from noise, what the network saw of the first member at each call so far (`noisy`,
    to unit variance) and the field that it took it for (`clean`), (call, y, x) each.
    """

    index: int
    total: int
    estimate: xr.Dataset
    trace: Mapping[str, float] = field(default_factory=dict)
    film: xr.Dataset | None = None
