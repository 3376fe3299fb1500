"""The sandwich: a network that was trained on means over blocks answers to any observation.

Optimal interpolation makes of the input what the network knows, means over blocks of a noise-free field; the network
refines them; optimal interpolation corrects its answer by the input itself, trusting it as far as it was right on
training dates: x = OI(y; background q, prior P E), q = net(means of OI(y)), E(k) its error's share of the power.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import ClassVar

import numpy as np
import param
import torch
import xarray as xr

from engine import weights
from engine.errors import InputError
from engine.grid import Grid
from engine.methods.base import Method
from engine.methods.shared.cokriging import told_by_temperature
from engine.methods.shared.linear import Estimate
from engine.nets.table import Table
from engine.observation import Observation
from engine.observation.kernels import BlockMean
from engine.physics.optimal_interpolation import MOST as EQUATIONS
from engine.resample import fill_gaps
from engine.scene import Problem, Step

WAYS = {"Where it was not trained for the input": "automatic", "Always": "always", "Never": "never"}
WIDER = 0.8  # least width of blocks over the scale that an input resolves; chosen on validation dates
WIDEST = 1.4  # the same, beyond which the network has nothing to add; so was this
LEAST, MOST = 0.005, 4.0  # shares of a network's error: more than 1 where it invents


class Sandwich(Method):
    """A network for noise-free means over blocks, with a switch that lets it answer to any observation.

    smallest: cells a side of a region from which the switch lets it; in less of what it saw a network may do harm.
    """

    smallest: ClassVar[int] = 0

    through: param.Selector = param.Selector(
        default="automatic", objects=WAYS, label="Through optimal interpolation",
        doc="Interpolate the input optimally, refine means of that, and correct the answer by the input.",
    )  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Raise InputError for a problem that the network cannot work on, whatever it is shown of the input.

        Args:
            problem: All that a method may see.

        Raises:
            InputError: Where the field is another one.
        """
        if problem.variable not in self.takes:
            raise InputError(f"This method was trained for sea surface height, not for {problem.variable}.")

    def unlike(self, problem: Problem) -> bool:
        """Whether a problem's kernel, noise or gaps are not those of the training; its factor is no matter of that."""
        return any(list(valid.unlike(problem)) for valid in self.validities())

    def answers(self, problem: Problem, seed: int) -> Iterator[Step]:
        """The network's own answer, as it was trained.

        Args:
            problem: All that a method may see.
            seed: Of every random number.

        Yields:
            As `steps` does.

        Raises:
            InputError: The network declines the problem.
            NotImplementedError: Here; subclasses give it.
        """
        raise NotImplementedError

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        self.require(problem)
        wanted = self.through == "always" or (self.through == "automatic" and self.unlike(problem))
        if not (wanted and weights.trained(f"error_{self.weights[0]}")):
            yield from self.answers(problem, seed)
            return
        started, first = time.perf_counter(), self._first(problem)
        found = self.around(problem, first, seed)
        if found is None:
            alone = problem.estimate(self.finish(problem, first.field.numpy()))
            alone.attrs["through"] = "optimal interpolation alone"
            yield Step(1, 1, alone, {"network_calls": 0.0, "seconds": time.perf_counter() - started})
            return
        best, trace = found
        values = problem.estimate(self.finish(problem, best.field.numpy()))
        values.attrs["through"] = "optimal interpolation"
        yield Step(1, 1, values, {**trace, "seconds": time.perf_counter() - started})

    def around(
        self, problem: Problem, first: Estimate, seed: int = 0, most: int = EQUATIONS
    ) -> tuple[Estimate, Mapping[str, float]] | None:
        """Optimal interpolation around what the network makes of a linear estimate.

        Args:
            problem: All that a method may see.
            first: The linear estimate of it.
            seed: Of every random number.
            most: Equations that are solved at once where there are gaps.

        Returns:
            The estimate, and the trace of the network; None where the network has nothing to add.
        """
        inner = self._inner(problem, first)
        if inner is None:
            return None
        *_, refined = self.answers(inner, seed)
        rows, columns = problem.mask.shape[-2:]
        answer = refined.estimate[problem.variable].values[:rows, :columns]
        guess = torch.as_tensor(fill_gaps(answer)).double()  # over land too
        left = self._left(inner)  # no amplitude is read from departures: the guess has seen the input
        return Estimate.of(problem, background=guess, unexplained=left, adapt=False, most=most), refined.trace

    def _left(self, inner: Problem) -> Callable[[np.ndarray], np.ndarray]:
        """What the network's answer leaves open, of wavenumbers in cycles per m: it was measured on cells of the
        training's width, and a network knows cells, no metres."""
        share = error_share(f"error_{self.weights[0]}", inner.observation.factor if inner.observation else 1)
        dy, dx = Grid.of(inner.target).spacing
        trained = 1000 * weights.card(self.weights[0])["valid"]["spacing_km"][0]
        return lambda length: share(length * (float(np.sqrt(dy * dx)) / trained))

    def _first(self, problem: Problem) -> Estimate:
        """The linear estimate of the input, with the temperature where the network has it too."""
        if "sst" not in problem.guides or not ("sst" in self.needs or getattr(self, "guided", False)):
            return Estimate.of(problem)
        background, left = told_by_temperature(problem)
        return Estimate.of(problem, background=background, unexplained=left)

    def _inner(self, problem: Problem, first: Estimate) -> Problem | None:
        """Means over blocks of the linear estimate, as wide as the network knows and the input resolves; None where
        there are none, or in a small region. One that is no multiple of them is continued by its mirror image."""
        width = self._width(
            first, sorted(map(int, weights.card(f"error_{self.weights[0]}")["arguments"]["columns"][1:]))
        )
        if not width or min(problem.mask.shape[-2:]) < self.smallest:
            return None
        dy, dx = (step / 1000 for step in Grid.of(problem.target).spacing)
        seen = Observation(BlockMean(width, width * float(np.sqrt(dy * dx))), spacing_km=(width * dy, width * dx))
        more = {name: -size % width for name, size in zip("yx", problem.mask.shape[-2:], strict=True)}
        field, guides, target = (
            continued(one, more) for one in (problem.estimate(first.field.numpy()), problem.guides, problem.target)
        )
        return Problem(seen(field), guides, target, seen)

    @staticmethod
    def _width(first: Estimate, known: list[int]) -> int:
        """Cells of a block, one of those known; 0 where none is about as wide as what the input resolves."""
        seen = first.observation
        if seen.key == "block_mean" and not seen.noise and not seen.sampling and seen.factor in known:
            return seen.factor
        wide = [width for width in known if width >= WIDER * first.resolved]
        width = wide[0] if wide else max(known, default=0)
        return width if width <= WIDEST * first.resolved else 0


def continued(fields: xr.Dataset, more: Mapping[str, int]) -> xr.Dataset:
    """Fields that go on beyond their end as their mirror image.

    Args:
        fields: On a regular grid, (..., y, x).
        more: Dimension -> cells that are added at its end.

    Returns:
        The fields, their coordinates going on in the same steps.
    """
    if not any(more.values()) or not fields.sizes:  # no guide has no end
        return fields
    wide = fields.pad({name: (0, count) for name, count in more.items()}, mode="symmetric", keep_attrs=True)
    axes = {}
    for name in more:
        axis = fields[name]
        step = float(axis[1] - axis[0])
        axes[name] = (name, float(axis[0]) + step * np.arange(wide.sizes[name]), axis.attrs)
    return wide.assign_coords(axes)


@lru_cache(maxsize=32)
def error_share(key: str, width: int) -> Callable[[np.ndarray], np.ndarray]:
    """The share of the power that a network's error has, of means over blocks, on its training dates.

    Args:
        key: Of the table.
        width: Cells of a block.

    Returns:
        A function from wavenumbers in cycles per m to shares.
    """
    table, unit = weights.load(key, Table), weights.card(key)["normalisation"]["wavenumber_unit"]
    waves, shares = np.log(unit * table.column("wavenumber").numpy()), table.column(str(width)).numpy()
    return lambda length: np.clip(np.exp(np.interp(np.log(length), waves, shares)), LEAST, MOST)
