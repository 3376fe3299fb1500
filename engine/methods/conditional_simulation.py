"""Conditional simulation: many temperature fields that all agree with the input, to see what it leaves open."""

import time
from collections.abc import Iterator

import numpy as np
import param
import torch

from engine.methods import register
from engine.methods.base import input_values
from engine.methods.shared.sharpening import Detailing, applied, detail_kernel, details, smooth
from engine.methods.shared.shores import Land, land_of
from engine.physics.variogram import deconvolved, empirical, gaussian_field
from engine.resample import block_mean
from engine.scene import Problem, Step


@register("conditional_simulation")
class ConditionalSimulation(Detailing):
    """Detail regression plus random details without a mean over any coarse cell; without an index, details alone.

    How large and how wide the random details are is read off one scale up, where the scene knows what its regression
    leaves, and carried down by the ratio by which neighbours' differences fall from that scale to this one. No sensor
    has blurred them there: their finest waves are damped as one would.
    """

    title = "Conditional simulation (ours)"
    cheap = False
    family, needs = "generator", ()
    equations = (
        r"\hat{T}_i = \mu + \sigma\, (1 - U H)\, G S_i, \qquad \mathrm{cov}\, S_i = e^{-3h/a}, \; G \text{: footprint}",
        r"\sigma\, \mathrm{rms}\,(1 - U H)\, G S_i = \mathrm{rms}(T_c - \mu_c)\,"
        r" \frac{\delta(T_c)}{\delta(H T_c)}, \quad \delta \text{: rms difference of neighbours}",
    )
    source = (
        "after Kyriakidis and Yoo 2005, doi:10.1111/j.1538-4632.2005.00633.x (points simulated from areas); the mean "
        "by regression of details, and interpolation of cell means in place of kriging, are ours"
    )

    members = param.Integer(default=8, bounds=(1, 64), label="Members", doc="How many fields are drawn.")
    footprint = param.Number(
        default=1.25, bounds=(0.0, 4.0), label="Footprint of the sensor (cells)",
        doc="Width at half maximum of what a pixel of the fine image sees; sensors see more than one cell of their "
        "grid, so that the finest waves are weak. 0: a made-up field, which nobody has seen.",
    )  # fmt: skip

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        """One step per member."""
        started = time.perf_counter()
        land = self._land(problem)
        mean, left, told = self._regression(land)
        reach, size = texture(left, told, land)
        shape, found = (mean.shape[0], mean.shape[1]), []
        for member in range(self.members):
            noise = gaussian_field(shape, reach, 1_000_003 * seed + member, self.footprint).to(mean.dtype)
            drawn = noise - smooth(block_mean(noise, land.factor), land.factor)
            made = mean + drawn * (size / float(drawn.square().mean().sqrt()))
            found.append(self.finish(problem, made.numpy()))
            trace = {"network_calls": 0.0, "seconds": time.perf_counter() - started}
            estimate = problem.estimate(np.stack(found), member=np.arange(len(found)))
            yield Step(member + 1, self.members, estimate, trace)

    def _land(self, problem: Problem) -> Land:
        """The problem's land; without an index, one that has no details."""
        if problem.variable != "lst" or "ndvi" in problem.guides:
            return land_of(problem, apart=self.dry_only)
        low, shape = input_values(problem), problem.mask.shape[-2:]
        known = torch.as_tensor(np.isfinite(problem.low["lst"].values))
        nowhere = torch.full(shape, torch.nan)
        return Land(torch.zeros(shape), torch.zeros_like(low), low, known, nowhere, shape[-1] // low.shape[-1])

    def _regression(self, land: Land) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The mean of the members (Y, X), what the same regression leaves one scale up (y, x), and where it is told."""
        kernel = detail_kernel(land.coarse, land.low, land.used, land.factor, self.pull)
        (temperature, told), (index, _) = (details(of, land.used, land.factor) for of in (land.low, land.coarse))
        mean = smooth(land.low, land.factor) + applied(land.index - smooth(land.coarse, land.factor), kernel)
        return land.with_water(mean), temperature - applied(index, kernel), told


def texture(left: torch.Tensor, told: torch.Tensor, land: Land) -> tuple[float, float]:
    """Reach and size of the random details of this scale, from what the regression leaves one scale up.

    Args:
        left: What is left in the input's cells (y, x), K.
        told: Where it is told, (y, x).
        land: The land it is left of.

    Returns:
        Reach, in cells of the target, and root mean square, K.
    """
    _, reach = deconvolved(*empirical(left, told), 1)
    known = torch.where(land.used, land.low, torch.nan)
    ny, nx = (n // land.factor * land.factor for n in known.shape)
    here, above = (_steps(field) for field in (known, block_mean(known[:ny, :nx], land.factor)))
    ratio = here / above if above else 0.0
    return reach, float(left[told].square().mean().sqrt()) * min(ratio, 1.0)


def _steps(field: torch.Tensor) -> float:
    """Root mean square difference of neighbours, NaN left out."""
    return float(torch.cat([field.diff(dim=dim).flatten() for dim in (-2, -1)]).square().nanmean().sqrt())
