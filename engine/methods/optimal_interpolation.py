"""Optimal interpolation: the linear estimate of least error for any observation, its error, and draws from it."""

import time
from collections.abc import Iterator

import numpy as np
import param
import xarray as xr

from engine.methods import register
from engine.methods.base import Method
from engine.methods.shared.linear import Estimate
from engine.scene import Problem, Step


@register("optimal_interpolation")
class OptimalInterpolation(Method):
    """What a covariance alone can tell: the reference that any network has to beat, with its own error."""

    title = "Optimal interpolation"
    cheap = True
    family = "interpolation"
    equations = (
        r"y = M H x + e, \quad x \sim \mathcal{N}(\bar{x}, \eta B), \quad e \sim \mathcal{N}(0, R)",
        r"\hat{x} = \bar{x} + \eta B H^\top M^\top (M H \eta B H^\top M^\top + R)^{-1} (y - M H \bar{x})",
        r"B = C^\top \mathrm{diag}(P(k))\, C \quad \text{in the cosine basis, one table of } P \text{ per field}",
        r"x_i = \hat{x} + x_b - K (M H x_b + e), \qquad x_b \sim \mathcal{N}(0, \lambda \eta B \lambda)",
    )
    source = (
        "Bretherton, Davis & Fandry 1976, doi:10.1016/0011-7471(76)90001-2, eq. (2.6); draws: Hoffman & Ribak 1991, "
        "doi:10.1086/186160, eq. (4); amplitude: empirical Bayes, Robbins 1956"
    )

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

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        started = time.perf_counter()
        estimate = Estimate.of(problem, adapt=self.own_amplitude)
        local = estimate.structure if self.own_structure else 1.0
        values = estimate.draws(range(self.members), seed, local) if self.members else estimate.field
        leading = {"member": np.arange(self.members)} if self.members else {}
        found = problem.estimate(self.finish(problem, values.numpy()), **leading)
        found[f"{problem.variable}_standard_error"] = self._error(problem, estimate.spread(local).numpy())
        trace = {"network_calls": 0.0, "seconds": time.perf_counter() - started, "amplitude": estimate.amplitude}
        yield Step(1, 1, found, trace)

    @staticmethod
    def _error(problem: Problem, spread: np.ndarray) -> xr.DataArray:
        error = problem.estimate(spread)[problem.variable]
        error.attrs = {"units": error.attrs["units"], "long_name": "standard error of the estimate"}
        return error
