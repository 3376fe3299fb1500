"""What linear estimates share: the estimate or draws from its posterior, and a standard error beside them."""

import time
from collections.abc import Iterator

import numpy as np
import param
import torch
import xarray as xr

from engine.methods.base import Method
from engine.methods.shared.linear import Estimate, standard_error
from engine.scene import Problem, Step


def with_error(method: Method, problem: Problem, values: torch.Tensor, spread: torch.Tensor) -> xr.Dataset:
    """An estimate, or members of it, with the standard error beside them.

    Args:
        method: Whose they are; it finishes them.
        problem: What was estimated.
        values: Fields (y, x) or (member, y, x), in the field's unit.
        spread: Standard deviation of the estimate's error (y, x), in the field's unit.

    Returns:
        Both on the target's grid, with their unit.
    """
    leading = {"member": np.arange(len(values))} if values.ndim == 3 else {}
    found = problem.estimate(method.finish(problem, values.numpy()), **leading)
    found[f"{problem.variable}_standard_error"] = standard_error(problem, spread)
    return found


class Posterior(Method):
    """A linear estimate; subclasses say around what."""

    cheap = True
    family = "linear"

    members = param.Integer(
        default=0, bounds=(0, 64), label="Members", doc="Draws from the posterior; 0 gives the estimate itself."
    )
    own_amplitude = param.Boolean(
        default=True, label="Amplitude of the scene",
        doc="Read from the input how much livelier this field is than those of the training.",
    )  # fmt: skip
    own_structure = param.Boolean(
        default=True, label="Livelier where the field is",
        doc="Let members, and the error, differ more where the estimate has strong gradients.",
    )  # fmt: skip

    def solved(self, problem: Problem) -> Estimate:
        """The linear estimate.

        Args:
            problem: Input of one date and how it came to be.

        Returns:
            The estimate with its error.

        Raises:
            NotImplementedError: Here; subclasses give it.
        """
        raise NotImplementedError

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        started, estimate = time.perf_counter(), self.solved(problem)
        local = estimate.structure if self.own_structure else 1.0
        values = estimate.draws(range(self.members), seed, local) if self.members else estimate.field
        found = with_error(self, problem, values, estimate.spread(local))
        found.attrs["covariance"] = "of the input itself" if estimate.own else "of training runs"
        trace = {"network_calls": 0.0, "seconds": time.perf_counter() - started, "amplitude": estimate.amplitude}
        yield Step(1, 1, found, trace)
