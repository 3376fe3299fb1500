"""Ours: one network that corrects optimal interpolation, for every kernel, noise and gap, with or without a guide."""

import time
from collections.abc import Iterator

import param

from engine.methods import register
from engine.methods.base import Method
from engine.methods.shared.background import NETWORK
from engine.methods.shared.correction import WEIGHTS, corrected
from engine.methods.shared.posterior import with_error
from engine.scene import Problem, Step


@register("any_observation")
class AnyObservation(Method):
    """Optimal interpolation, with a temperature co-kriging or a network through it, and what a network adds to each."""

    title = "Any observation"
    cheap = True
    network = True
    family, takes = "network", ("ssh",)
    equations = (
        r"x_b = \text{optimal interpolation of } y \text{ (around what } T \text{ says, or a network of } T "
        r"\text{ and } y \text{)}, \quad s = \text{its error}",
        r"\hat{x} = x_b + s\, f_\theta(x_b, B^{-1/2} x, H^\top v, H^\top M, s, T, \dots), \qquad "
        r"v = (H B H^\top + R)^{-1} (y - H \bar{x})",
        r"f = \text{the mean over four places of the grid, where the input is coarser than the network's own cells}",
        r"\mathcal{L} = \frac{\overline{(0.3 + 0.7 s^2 / \overline{s^2})\, (e - f)^2}}{(1 + \overline{e^2}) / 2} + "
        r"0.003\, "
        r"\frac{\overline{(\Delta s (e - f))^2}}{\overline{(\Delta s e)^2}} - 0.05 \ln \mathcal{N}(e - f; 0, e^{2 l}), "
        r"\qquad e = (x - x_b) / s",
    )
    source = "Finescale: a U-Net on the innovations of optimal interpolation, trained on all observations at once"
    weights = (WEIGHTS,)
    tables = ("covariance_ssh", "cokriging_ssh", NETWORK, f"error_{NETWORK}")

    guided = param.Boolean(
        default=True, label="With the temperature",
        doc="Use the fine temperature where the scene has one.",
    )  # fmt: skip

    members = param.Integer(
        default=0, bounds=(0, 64), label="Members",
        doc="Draws from the linear posterior, as large as the network's error; 0 gives the estimate itself.",
    )  # fmt: skip

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        started, best = time.perf_counter(), corrected(problem, self.guided)
        values = best.members(range(self.members), seed) if self.members else best.field
        found = with_error(self, problem, values, best.spread)
        amplitude = best.seen.linear.amplitude
        trace = {"network_calls": float(best.calls), "seconds": time.perf_counter() - started, "amplitude": amplitude}
        yield Step(1, 1, found, trace)
