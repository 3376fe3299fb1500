"""Conditional simulation: many temperature fields that all agree with the input, to see what it leaves open."""

import time
from collections.abc import Iterator

import numpy as np
import param
import torch

from engine.methods import register
from engine.methods.base import input_values
from engine.methods.sharpening import Detailing, applied, detail_kernel, one_scale_up, smooth
from engine.physics.variogram import deconvolved, empirical, gaussian_field
from engine.resample import block_mean
from engine.scene import Problem, Step


@register("conditional_simulation")
class ConditionalSimulation(Detailing):
    """Detail regression plus random details without a mean over any coarse cell; without an index, details alone.

    How large and how wide the random details are is read off one scale up, where the scene knows what its regression
    leaves, and carried down by the ratio by which neighbours' differences fall from that scale to this one.
    """

    title = "Conditional simulation (ours)"
    cheap = False
    equations = (
        r"\hat{T}_i = \mu + \sigma\, (1 - U H)\, S_i, \qquad \mathrm{cov}\, S_i = e^{-3h/a}",
        r"\sigma\, \mathrm{rms}\,(1 - U H) S_i = \mathrm{rms}(T_c - \mu_c)\,"
        r" \frac{\delta(T_c)}{\delta(H T_c)}, \quad \delta \text{: rms difference of neighbours}",
    )
    source = (
        "after Kyriakidis and Yoo 2005, doi:10.1111/j.1538-4632.2005.00633.x (points simulated from areas); the mean "
        "by regression of details, and interpolation of cell means in place of kriging, are ours"
    )

    members = param.Integer(default=8, bounds=(1, 64), label="Members", doc="How many fields are drawn.")

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        """One step per member."""
        started = time.perf_counter()
        mean, left, factor = self._regression(problem)
        reach, size = self._texture(left, input_values(problem), factor)
        found: list[np.ndarray] = []
        for member in range(self.members):
            noise = gaussian_field((mean.shape[0], mean.shape[1]), reach, seed=1_000_003 * seed + member).to(mean.dtype)
            details = noise - smooth(block_mean(noise, factor), factor)
            made = mean + details * (size / float(details.square().mean().sqrt()))
            found.append(self.finish(problem, made.numpy()))
            trace = {"network_calls": 0.0, "seconds": time.perf_counter() - started}
            estimate = problem.estimate(np.stack(found), member=np.arange(len(found)))
            yield Step(member + 1, self.members, estimate, trace)

    def _regression(self, problem: Problem) -> tuple[torch.Tensor, torch.Tensor, int]:
        """The mean of the members (Y, X), what the same regression leaves one scale up (y, x), and the factor."""
        if problem.variable == "lst" and "ndvi" not in problem.guides:
            low, factor = input_values(problem), problem.mask.shape[-1] // problem.low.sizes["x"]
            known, above = one_scale_up(low, factor)
            return smooth(low, factor), known - above, factor
        index, coarse, low, used, factor = self.prepared(problem)
        kernel = detail_kernel(coarse, low, used, factor, self.pull)
        (known, above), (index_known, index_above) = one_scale_up(low, factor), one_scale_up(coarse, factor)
        mean = smooth(low, factor) + applied(index - smooth(coarse, factor), kernel)
        return mean, known - above - applied(index_known - index_above, kernel), factor

    @staticmethod
    def _texture(left: torch.Tensor, low: torch.Tensor, factor: int) -> tuple[float, float]:
        """Reach (cells) and rms (K) of the random details of this scale."""
        _, reach = deconvolved(*empirical(left, torch.ones_like(left, dtype=torch.bool)), 1)
        steps = [_steps(field) for field in (low, block_mean(low[: left.shape[0], : left.shape[1]], factor))]
        ratio = steps[0] / steps[1] if steps[1] else 0.0
        return reach, float(left.square().mean().sqrt()) * min(ratio, 1.0)


def _steps(field: torch.Tensor) -> float:
    """Root mean square difference of neighbours."""
    return float(torch.cat([field.diff(dim=dim).flatten() for dim in (-2, -1)]).square().mean().sqrt())
