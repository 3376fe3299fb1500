"""What the diffusion models for sea ice share: what they see, members in batches, every call a visible step."""

import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import param
import torch
import torch.nn.functional as F
import xarray as xr

from engine.degrade import project
from engine.errors import InputError
from engine.methods.base import Method
from engine.nets.diffusion import Advance
from engine.resample import fill_gaps, upsample
from engine.scene import Problem, Step
from engine.weights import card, device, load

FIELDS = ("thickness", "concentration", "divergence", "shear")


def input_thickness(problem: Problem) -> torch.Tensor:
    """The input's thickness on the target's grid, (y, x) m, gaps filled.

    Raises InputError where the field is no thickness or has more than one date.
    """
    if problem.variable != "thickness":
        raise InputError(f"This method was trained for sea-ice thickness, not for {problem.variable}.")
    return _fine(problem, "thickness")


def context(problem: Problem, scales: Mapping[str, float]) -> torch.Tensor:
    """The input's `FIELDS` on the target's grid, standardised, (1, 4, y, x); one that is not there is taken as average.

    Raises InputError as `input_thickness` does.
    """
    planes = [input_thickness(problem)] + [
        _fine(problem, name) if name in problem.low else torch.full(problem.mask.shape, scales[f"{name}_mean"])
        for name in FIELDS[1:]
    ]
    standard = [
        (plane - scales[f"{name}_mean"]) / scales[f"{name}_std"] for name, plane in zip(FIELDS, planes, strict=True)
    ]
    return torch.stack(standard)[None].to(device())


def _fine(problem: Problem, name: str) -> torch.Tensor:
    values = torch.as_tensor(fill_gaps(problem.low[name].values.astype(np.float32)))
    if values.ndim != 2:
        raise InputError(f"This method takes one date at a time; the input has the shape {tuple(values.shape)}.")
    shape = problem.mask.shape
    return values if values.shape == shape else upsample(values, shape)


def drawn(shape: tuple[int, ...], seed: int, members: range) -> torch.Tensor:
    """White noise (member, 1, y, x) that depends on the seed and the member alone."""
    generators = (torch.Generator().manual_seed(1_000_003 * seed + member) for member in members)
    return torch.stack([torch.randn(1, *shape, generator=one) for one in generators]).to(device())


def by_step(values: Mapping[str, torch.Tensor], units: Mapping[str, str]) -> xr.Dataset:
    """A schedule: what holds after 0, 1, ... steps."""
    parts = {name: ("step", part.numpy(), {"units": units.get(name, "1")}) for name, part in values.items()}
    return xr.Dataset(parts)


class Generator(Method):
    """Members from noise, a batch at a time; subclasses say how noise goes down and what a clean field stands for."""

    network = True
    net: ClassVar[Any]
    target_std: ClassVar[str] = "anomaly_std"

    members = param.Integer(default=8, bounds=(1, 64), label="Members", doc="How many fields are generated.")
    n_steps = param.Integer(default=10, bounds=(2, 64), label="Steps", doc="Network calls for each member.")
    at_once = param.Integer(default=2, bounds=(1, 64), label="Members at once", doc="Members in one network call.")

    def advance(self, ask, start: torch.Tensor) -> Advance:
        """From noise of unit variance to a clean field in `n_steps` calls of ask(noisy, level)."""
        raise NotImplementedError

    def background(self, low: torch.Tensor, scales: Mapping[str, float]) -> torch.Tensor | float:
        """What the generated field, times its standard deviation, is added to, in m."""
        return low

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        """One step per network call; members that are still on their way show the field that they are heading for."""
        started, scales = time.perf_counter(), card(self.weights[0])["normalisation"]
        seen, net = context(problem, scales), load(self.weights[0], self.net)
        shape = tuple(seen.shape[-2:])
        multiple = net.net.multiple
        seen = F.pad(seen, (0, -shape[1] % multiple, 0, -shape[0] % multiple), mode="replicate")
        low = seen[0, 0, : shape[0], : shape[1]].cpu() * scales["thickness_std"] + scales["thickness_mean"]
        base, spread = self.background(low, scales), scales[self.target_std]
        done: list[torch.Tensor] = []
        first, batch, calls = 0, min(self.at_once, self.members), 0
        total = self.n_steps * -(-self.members // batch)
        while first < self.members:
            members = range(first, min(first + batch, self.members))
            asked = 0

            def ask(noisy: torch.Tensor, level: float, members: range = members) -> torch.Tensor:
                nonlocal asked
                asked += 1
                told = torch.full((len(members),), level, device=noisy.device)
                with torch.inference_mode(), torch.autocast(noisy.device.type, torch.bfloat16):
                    return net(noisy, seen.expand(len(members), -1, -1, -1), told).float()

            for clean, _ in self.advance(ask, drawn(tuple(seen.shape[-2:]), seed, members)):
                calls += 1
                ours = base + spread * clean[:, 0, : shape[0], : shape[1]].cpu()
                here = torch.cat([*done, self.agreeing(problem, ours)])
                spent = time.perf_counter() - started
                trace = {"network_calls": float(calls), "seconds": spent, "step": float(asked)}
                yield Step(calls, total, self.wrapped(problem, here), trace)
            assert asked == self.n_steps, f"{asked} calls were made, {self.n_steps} asked for"
            done.append(here[first:])
            first += len(members)

    def agreeing(self, problem: Problem, values: torch.Tensor) -> torch.Tensor:
        """Members projected onto what the input says, where that is asked for."""
        if not self.consistent or problem.degradation is None:
            return values
        low = torch.as_tensor(problem.low[problem.variable].values)
        return project(values.double(), low, problem.degradation, torch.as_tensor(problem.mask.values)).float()

    @staticmethod
    def wrapped(problem: Problem, members: torch.Tensor) -> xr.Dataset:
        return problem.estimate(members.numpy(), member=np.arange(len(members)))
