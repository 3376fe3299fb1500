"""Ours: the velocity that carries draws of the linear posterior to what the best estimate leaves of an ocean."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from engine import weights
from engine.methods.shared.correction import FIELDS, NUMBERS, WEIGHTS
from engine.methods.shared.members import beside
from engine.nets.correction import Correction
from engine.nets.power import Power
from engine.nets.spectral_liif import curvature
from engine.nets.velocity import Velocity
from engine.physics.bands import filtered
from engine.training import any_observation
from engine.training.any_observation import by_problem
from engine.training.covariance import SPACING
from engine.training.loop import Recipe
from engine.training.ssh_members import Batch, Drawn, answered

CURVATURE_WEIGHT = 0.1  # of the vorticity's velocity, or the finest waves stay those of the draw
FARTHEST = 10.0  # of what is to be found, in parts of the error that is stated
TIMES = {"start": 0.0, "quarter": 0.25, "half": 0.5, "three_quarters": 0.75}  # of the way, where members are asked for


def started(**arguments) -> nn.Module:
    """The network, as the one of the estimate knows its fields; its answer starts at no velocity.

    Args:
        arguments: Of `Velocity`.

    Returns:
        The network.
    """
    net = Velocity(**arguments)
    own = net.state_dict()
    for name, values in weights.load(WEIGHTS, Correction).state_dict().items():
        if name.startswith("net.tail"):
            continue
        own[name].copy_(values) if values.dim() == 1 else own[name][:, : values.shape[1]].copy_(values)
    return net


def loss(net: nn.Module, seen: Batch) -> torch.Tensor:
    """Squared error of the velocity, and of its curvature, over their mean squares, at times drawn at random.

    Args:
        net: The network.
        seen: A batch.

    Returns:
        The loss, a scalar without unit.
    """
    return Way.of(seen).errors(net, torch.rand(len(seen.fields), 1)).mean()


def judge(net: nn.Module, seen: Batch) -> Mapping[str, torch.Tensor]:
    """The same at the times of four steps, one problem after the other.

    Args:
        net: The network.
        seen: A batch.

    Returns:
        'velocity_error' (mean), 'start', 'quarter', 'half' and 'three_quarters', scalars without unit.
    """
    rows = []
    for n in range(len(seen.fields)):
        way = Way.of(Batch(**{name: value[n : n + 1] for name, value in vars(seen).items()}))
        rows.append([way.errors(net, torch.full((1, 1), time)).mean() for time in TIMES.values()])
    means = torch.tensor(rows).mean(dim=0)
    return {"velocity_error": means.mean()} | dict(zip(TIMES, means, strict=True))


@dataclass(frozen=True)
class Way:
    """From draws to what is to be found, (n, 1, y, x) each, in parts of the error that is stated; level: its logarithm,
    in parts of that of the linear estimate."""

    seen: Batch
    drawn: torch.Tensor
    target: torch.Tensor
    level: torch.Tensor

    @classmethod
    def of(cls, seen: Batch) -> "Way":
        """Ask for the best estimate, and give it and draws the power that they should have.

        Args:
            seen: A batch.

        Returns:
            The way.
        """
        problems, level = answered(seen)
        drawn, target, power = torch.zeros_like(level), torch.zeros_like(level), weights.load("ssh_members", Power)
        for n, one in enumerate(problems):
            with torch.no_grad():
                gains, lost = power(one.numbers)
            rest = one.lacking + filtered(one.estimate, lost, SPACING)
            drawn[n, 0][one.where] = (filtered(one.drawn, gains.exp(), SPACING) / one.size).float()
            target[n, 0][one.where] = (rest / one.size).clamp(-FARTHEST, FARTHEST).float()
        return cls(seen, drawn, target, level)

    def errors(self, net: nn.Module, time: torch.Tensor) -> torch.Tensor:
        """Of the velocity at a part of the way.

        Args:
            net: The network.
            time: Part of the way (n, 1), from 0 to 1.

        Returns:
            Squared error over the mean square, by problem, (n,).
        """
        inside, angle = self.seen.spread > 0, math.pi / 2 * time[..., None, None]
        cosine, sine = torch.cos(angle), torch.sin(angle)
        moving, way = cosine * self.drawn + sine * self.target, cosine * self.target - sine * self.drawn
        numbers = torch.cat([self.seen.numbers, 2 * time - 1], dim=1)
        rest = (way - net(self.seen.fields, moving, beside(moving, self.level), numbers)) * inside
        size = torch.exp(self.level) * self.seen.spread
        weight = (0.3 + 0.7 * size.square() / by_problem(size.square())[:, None, None, None]).sqrt()
        within = -F.max_pool2d(-inside.float(), 3, 1, 1)  # not next to where a field ends
        error, bent = (
            by_problem(of(rest).square()) / by_problem(of(way).square()).clamp(min=1e-9)
            for of in (lambda field: weight * field, lambda field: within * curvature(size * field))
        )
        return (error + CURVATURE_WEIGHT * bent) / (1 + CURVATURE_WEIGHT)


RECIPES = (
    Recipe(
        "ssh_generator", started, {"fields": len(FIELDS), "numbers": NUMBERS + 1}, loss, judge, rate=8e-4, batch=1,
        steps=1200, data=Drawn, collate=any_observation.collate, workers=1, valid=any_observation.RECIPES[0].valid,
    ),
)  # fmt: skip
