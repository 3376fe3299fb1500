"""Ours for heights: members that a learned flow makes of the linear posterior's draws."""

import math
import time
from collections.abc import Iterator

import numpy as np
import param
import torch

from engine.device import CPU, chosen
from engine.grid import Grid
from engine.methods import register
from engine.methods.base import Method
from engine.methods.shared.background import NETWORK
from engine.methods.shared.correction import WEIGHTS as ESTIMATE
from engine.methods.shared.correction import Corrected, corrected
from engine.methods.shared.members import beside
from engine.nets.power import Power
from engine.nets.velocity import Velocity
from engine.physics.bands import filtered
from engine.scene import Problem, Step
from engine.weights import load

MEMBERS = "ssh_members"


@register("ssh_generator")
class SshGenerator(Method):
    """Draws from the posterior of optimal interpolation, carried by a learned velocity to what an ocean looks like."""

    title = "Height generator"
    network = True
    family, takes = "generator", ("ssh",)
    equations = (
        r"z_0 = G\, (x_b^{(i)} - x_b) / s \text{ (a draw of the linear posterior, by band as strong as errors are)}, "
        r"\qquad z_1 = (x - W (x_b + s f)) / (s \exp(l))",
        r"z_a = \cos a\, z_0 + \sin a\, z_1, \qquad v_\theta = \alpha_\theta z_a + \beta_\theta, \qquad "
        r"\mathcal{L} = \overline{(v_\theta(z_a, a, \dots) - (\cos a\, z_1 - \sin a\, z_0))^2}",
        r"\hat{x}^{(i)} = W (x_b + s f) + s \exp(l)\, z_{\pi/2}^{(i)}, \qquad "
        r"z \leftarrow z + \delta a\, (\tfrac{3}{2} v - \tfrac{1}{2} v_\text{before}); \text{ of a Gaussian } v = 0",
    )
    source = (
        "Albergo & Vanden-Eijnden 2023, doi:10.48550/arXiv.2209.15571, eq. (4), the trigonometric interpolant; "
        "it starts from the posterior of optimal interpolation"
    )
    weights = ("ssh_generator", MEMBERS, ESTIMATE)
    tables = ("covariance_ssh", "cokriging_ssh", NETWORK, f"error_{NETWORK}")

    members = param.Integer(default=8, bounds=(1, 64), label="Members", doc="Fields that the input allows.")
    n_steps = param.Integer(
        default=4, bounds=(0, 32), label="Steps",
        doc="Network calls for each member; with none a member is a draw as strong as errors are.",
    )  # fmt: skip
    guided = param.Boolean(
        default=True, label="With the temperature", doc="Use the fine temperature where the scene has one."
    )

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        started, best = time.perf_counter(), corrected(problem, self.guided)
        drawn = best.seen.linear.draws(range(self.members), seed)
        field, z = calibrated(best, drawn, Grid.of(problem.target).spacing)
        before, length = None, math.pi / 2 / max(self.n_steps, 1)
        for number in range(self.n_steps + 1):
            if number:
                v = velocity(best, z, (number - 1) / self.n_steps)
                z = z + length * (v if before is None else 1.5 * v - 0.5 * before)  # Adams and Bashforth's
                before = v
            values = self.finish(problem, (field + best.spread * z).numpy())
            found = problem.estimate(values, member=np.arange(self.members))
            calls = best.calls + float(number * self.members)
            trace = {"network_calls": calls, "seconds": time.perf_counter() - started}
            yield Step(number + 1, self.n_steps + 1, found, trace)


def calibrated(best: Corrected, drawn: torch.Tensor, spacing: tuple[float, float]) -> tuple[torch.Tensor, torch.Tensor]:
    """Where members start.

    Args:
        best: The best estimate.
        drawn: Draws of the linear posterior (member, y, x), in the field's unit.
        spacing: (dy, dx), m.

    Returns:
        The estimate (y, x), in the field's unit, without what it has too much of in a band; and the draws' differences
        (member, y, x) over the error that is stated, with as much power in a band as errors have.
    """
    with torch.inference_mode():
        gains, lost = load(MEMBERS, Power)(best.seen.numbers.to(chosen()))
    away = best.field - best.seen.estimate.mean()
    moved = filtered(best.level.exp() * (drawn - best.seen.estimate), gains.exp(), spacing)
    return best.field - filtered(away, lost, spacing), moved / best.spread


def velocity(best: Corrected, z: torch.Tensor, time: float) -> torch.Tensor:
    """Where members are heading.

    Args:
        best: The estimate that they differ from.
        z: Their differences over its error, (member, y, x).
        time: Part of the way, from 0 (draws of the linear posterior) to 1 (heights of an ocean), angle over pi / 2.

    Returns:
        Velocity (member, y, x), per radian.
    """
    net, where = load("ssh_generator", Velocity), chosen()
    told = torch.cat([best.seen.numbers, torch.tensor([2 * time - 1])])
    same = [field.to(where) for field in (best.seen.fields, best.level.float()[None], told)]
    out = []
    with torch.inference_mode():
        for some in z.float().to(where).split(1 if where == CPU else len(z)):  # a CPU is no faster with all at once
            fields, level, numbers = (one.expand(len(some), *one.shape) for one in same)
            out.append(net(fields, some[:, None], beside(some[:, None], level), numbers)[:, 0].cpu().double())
    return torch.cat(out)
