"""RESAC: residual subpixel cascade for sea surface height."""

import math
import time
from collections.abc import Iterator
from typing import ClassVar

import param
import torch

from engine.errors import InputError
from engine.grid import Grid
from engine.methods import register
from engine.methods.base import Published
from engine.methods.shared.heights import PROTOCOL, anomaly, temperature
from engine.methods.shared.sandwich import Sandwich
from engine.nets.cascade import Cascade
from engine.resample import upsample
from engine.scene import Outline, Problem, Step
from engine.weights import card, load

COARSEST_KM = 108.0  # cells of the first stage's input in training
FACTORS = (3, 9, 27)


@register("resac")
class Resac(Sandwich):
    """Cascade of x3 stages, each correcting the upsampled height with residual convolutions."""

    title = "RESAC"
    cheap = True
    network = True
    family, takes, cells = "network", ("ssh",), True
    equations = (
        r"x_{k+1} = U_3 x_k + R_k(U_3 x_k,\, S_k x_k), \qquad k = 0, 1, 2",
        r"\mathcal{L} = \sum_k \overline{(x_k - \bar{y}^{(k)})^2}",
    )
    source = "Archambault et al. 2022 (RESACsub), after RESAC of Mejia, Thiria et al.; own weights per stage"
    published = (Published("ocean_run", 27, {"rmse": 0.0611}, PROTOCOL),)
    weights = ("resac",)
    tables: ClassVar[tuple[str, ...]] = ("error_resac", "covariance_ssh")

    @classmethod
    def unfit(cls, outline: Outline) -> str:
        words = "multiplies by 3 in every stage: the factor has to be 3, 9 or 27"
        return super().unfit(outline) or ("" if outline.factor in FACTORS else words)

    stage = param.Integer(default=3, bounds=(1, 3), label="Stages", doc="Stop after so many x3 stages and look.")

    def require(self, problem: Problem) -> None:
        super().require(problem)
        stages(problem)

    def answers(self, problem: Problem, seed: int) -> Iterator[Step]:
        """One step per stage: its height interpolated to the target's grid; the last stage is there already."""
        started, shape = time.perf_counter(), problem.mask.shape
        net, scales = load(self.weights[0], Cascade), card(self.weights[0])["normalisation"]
        height, offset = anomaly(problem, scales["ssh_scale_m"])
        first, last = stages(problem)
        last = min(last, first + self.stage)
        guide = self.guide(problem, scales["sst_scale_K"])
        for index in range(first, last):
            with torch.inference_mode():
                height = net(height, guide, index, index + 1)[-1]
            fine = upsample(height[0, 0].float().cpu(), shape).numpy() * scales["ssh_scale_m"] + offset
            trace = {"network_calls": index - first + 1.0, "seconds": time.perf_counter() - started}
            yield Step(index - first + 1, last - first, problem.estimate(self.finish(problem, fine)), trace)

    def guide(self, problem: Problem, scale: float) -> torch.Tensor | None:
        """The fine covariate, none in the variant without.

        Args:
            problem: Where it comes from.
            scale: What temperatures are divided by, K.

        Returns:
            Guide (1, 1, Y, X), over its scale; None for the variant without.
        """
        return None


@register("resac_sst")
class ResacSst(Resac):
    """The same cascade, every stage seeing the surface temperature averaged to its own grid."""

    title = "RESAC with SST"
    equations = (
        r"x_{k+1} = U_3 x_k + R_k(U_3 x_k,\, S_k x_k,\, \bar{T}^{(k+1)}), \qquad k = 0, 1, 2",
        r"\mathcal{L} = \sum_k \overline{(x_k - \bar{y}^{(k)})^2}",
    )
    needs = ("sst",)
    published = (Published("ocean_run", 27, {"rmse": 0.0418}, PROTOCOL),)
    weights = ("resac_sst",)
    tables = ("error_resac_sst", "cokriging_ssh", "covariance_ssh")

    def guide(self, problem: Problem, scale: float) -> torch.Tensor:
        return temperature(problem, scale)


def stages(problem: Problem) -> tuple[int, int]:
    """The stages for a problem: as many as its factor needs, from the nearest cell size on.

    Args:
        problem: Input and target.

    Returns:
        Number of the first stage and of the one before which to stop, from 0.

    Raises:
        InputError: Where the factor is not 3, 9 or 27.
    """
    low, fine = problem.low.sizes["y"], problem.mask.sizes["y"]
    count = round(math.log(fine / low, 3))
    if not 1 <= count <= 3 or low * 3**count != fine:
        raise InputError(f"RESAC multiplies by 3 in every stage: the factor has to be 3, 9 or 27, not {fine / low:g}.")
    cell = math.sqrt(math.prod(Grid.of(problem.low).spacing)) / 1000
    nearest = round(math.log(COARSEST_KM / cell, 3))
    first = min(max(nearest, 0), 3 - count)
    return first, first + count
