"""What the diffusion models for sea ice share: what they see, members in batches, every call a visible step."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import param
import torch
import torch.nn.functional as F
import xarray as xr

from engine import device
from engine.errors import InputError
from engine.grid import Grid
from engine.methods.base import Method
from engine.nets.diffusion import Advance
from engine.observation import project
from engine.observation.kernels import BoxLowPass
from engine.resample import fill_gaps, upsample
from engine.scene import Problem, Step
from engine.weights import card, load

FIELDS = ("thickness", "concentration", "divergence", "shear")
WIDTH_KM = 120.0  # what was trained on is smooth to here
SWEEPS = 3


def input_thickness(problem: Problem) -> torch.Tensor:
    """The input's thickness on the target's grid, gaps filled, smooth to `WIDTH_KM`.

    Args:
        problem: Input of one date, `thickness` in m.

    Returns:
        Thickness (y, x), m.

    Raises:
        InputError: Where the field is no thickness or has more than one date.
    """
    if problem.variable != "thickness":
        raise InputError(f"This method was trained for sea-ice thickness, not for {problem.variable}.")
    return _fine(problem, "thickness")


def knows_more(problem: Problem) -> bool:
    """Whether the input resolves scales below `WIDTH_KM`, which are then not to be invented.

    Args:
        problem: Input and how it was made.

    Returns:
        False too where nobody knows how the input was made.
    """
    return problem.observation is not None and problem.observation.scale_km < 0.9 * WIDTH_KM


def informed(problem: Problem, members: torch.Tensor) -> torch.Tensor:
    """Members with what the input says down to its own scale: x <- x + up(y - H x), a few times.

    Source: Van Cittert 1931, Z. Phys. 69; at every call of a sampler: Wang et al. 2023, doi:10.48550/arXiv.2212.00490.

    Args:
        problem: Input and how it was made, which has to be known.
        members: Thickness (member, y, x), m.

    Returns:
        Thickness (member, y, x), m.
    """
    assert problem.observation is not None
    low, mask = torch.as_tensor(problem.low["thickness"].values), torch.as_tensor(problem.mask.values)
    for _ in range(SWEEPS):
        unsaid = low - problem.observation.apply(torch.where(mask, members, torch.nan))
        members = members + upsample(unsaid.nan_to_num(0.0), mask.shape)
    return members


def context(problem: Problem, scales: Mapping[str, float]) -> torch.Tensor:
    """The input's `FIELDS` on the target's grid, standardised; one that is not there is taken as average.

    Args:
        problem: Input of one date, `thickness` in m.
        scales: `{name}_mean` and `{name}_std` of every field, in its unit.

    Returns:
        Fields (1, 4, y, x).

    Raises:
        InputError: As `input_thickness` does.
    """
    planes = [input_thickness(problem)] + [
        _fine(problem, name) if name in problem.low else torch.full(problem.mask.shape, scales[f"{name}_mean"])
        for name in FIELDS[1:]
    ]
    standard = [
        (plane - scales[f"{name}_mean"]) / scales[f"{name}_std"] for name, plane in zip(FIELDS, planes, strict=True)
    ]
    return torch.stack(standard)[None].to(device.chosen())


def _fine(problem: Problem, name: str) -> torch.Tensor:
    values = torch.as_tensor(fill_gaps(problem.low[name].values.astype(np.float32)))
    if values.ndim != 2:
        raise InputError(f"This method takes one date at a time; the input has the shape {tuple(values.shape)}.")
    values = upsample(values, problem.mask.shape)
    if not knows_more(problem):
        return values
    dy, dx = (step / 1000 for step in Grid.of(problem.target).spacing)
    return BoxLowPass(1, WIDTH_KM, spacing_km=(dy, dx)).apply(values)


def drawn(shape: tuple[int, ...], seed: int, members: range, step: int = 0) -> torch.Tensor:
    """White noise that depends on the seed, the member and the step alone.

    Args:
        shape: Cells (y, x).
        seed: Of the run.
        members: Their numbers.
        step: Number of the step; 0 is the noise that members start from.

    Returns:
        Noise of unit variance (member, 1, y, x).
    """
    generators = (torch.Generator().manual_seed(1_000_003 * seed + 1009 * step + member) for member in members)
    return torch.stack([torch.randn(1, *shape, generator=one) for one in generators]).to(device.chosen())


def by_step(values: Mapping[str, torch.Tensor], units: Mapping[str, str]) -> xr.Dataset:
    """A schedule: what holds after 0, 1, ... steps.

    Args:
        values: Name -> values (step,).
        units: Name -> unit; 1 where a name is not in it.

    Returns:
        Variables over `step`, with units.
    """
    parts = {name: ("step", part.numpy(), {"units": units.get(name, "1")}) for name, part in values.items()}
    return xr.Dataset(parts)


class _Work:
    """One run of a generator: what its network sees, the calls it has made, the film of its first member."""

    def __init__(self, method: "Generator", problem: Problem, seed: int):
        self.method, self.seed, self.calls = method, seed, 0
        self.scales, self.net = card(method.weights[0])["normalisation"], load(method.weights[0], method.net)
        seen = context(problem, self.scales)
        self.shape, multiple = (int(seen.shape[-2]), int(seen.shape[-1])), self.net.net.multiple
        self.seen = F.pad(seen, (0, -self.shape[1] % multiple, 0, -self.shape[0] % multiple), mode="replicate")
        low = self.cut(self.seen)[0, 0] * self.scales["thickness_std"] + self.scales["thickness_mean"]
        self.base, self.spread = method.background(low, self.scales), self.scales[method.target_std]
        self.problem, self.guided = problem, knows_more(problem) or method.consistent
        self.noisy: list[torch.Tensor] = []
        self.clean: list[torch.Tensor] = []
        self.target = {name: problem.target[name] for name in ("y", "x")}

    def cut(self, values: torch.Tensor) -> torch.Tensor:
        return values[..., : self.shape[0], : self.shape[1]].cpu()

    def members(self, members: range) -> Iterator[torch.Tensor]:
        """Thickness (member, y, x) in m that the members are heading for, after every call."""
        filmed = members.start == 0
        if filmed:
            self.noisy, self.clean = [], []

        def ask(noisy: torch.Tensor, level: float) -> torch.Tensor:
            self.calls += 1
            if filmed:
                first = self.cut(noisy[0, 0])
                self.noisy.append(first / first.std())
            told = torch.full((len(members),), level, device=noisy.device)
            with torch.inference_mode(), torch.autocast(noisy.device.type, torch.bfloat16):
                found = self.net(noisy, self.seen.expand(len(members), -1, -1, -1), told).float()
            return self.method.corrected(noisy, found, level, self.told) if self.guided else found

        shape = (int(self.seen.shape[-2]), int(self.seen.shape[-1]))

        def fresh(step: int) -> torch.Tensor:
            return drawn(shape, self.seed, members, step + 1)

        for clean, _ in self.method.advance(ask, drawn(shape, self.seed, members), fresh):
            found = self.base + self.spread * self.cut(clean[:, 0])
            if filmed:
                self.clean.append(found[0])
            yield found

    def told(self, clean: torch.Tensor) -> torch.Tensor:
        """Clean fields (member, 1, y, x), standardised, with what the input says: all of it where they are to agree."""
        fields = self.base + self.spread * self.cut(clean[:, 0])
        better = self.method.agreeing if self.method.consistent else informed
        change = (better(self.problem, fields) - fields) / self.spread
        rest = (0, clean.shape[-1] - self.shape[1], 0, clean.shape[-2] - self.shape[0])
        return clean + F.pad(change, rest)[:, None].to(clean)

    def film(self) -> xr.Dataset:
        """As `Step.film`."""
        kinds = {"noisy": (self.noisy, "1"), "clean": (self.clean, "m")}
        fields = {
            name: (("call", "y", "x"), torch.stack(frames).numpy(), {"units": units})
            for name, (frames, units) in kinds.items()
        }
        return xr.Dataset(fields, {"call": np.arange(1, len(self.clean) + 1), **self.target})


Correct = Callable[[torch.Tensor], torch.Tensor]


class Generator(Method):
    """Members from noise, a batch at a time; subclasses say how noise goes down and what a clean field stands for."""

    network = True
    family, takes = "generator", ("thickness",)
    net: ClassVar[Any]
    target_std: ClassVar[str] = "anomaly_std"

    members = param.Integer(default=8, bounds=(1, 64), label="Members", doc="How many fields are generated.")
    n_steps = param.Integer(default=10, bounds=(2, 64), label="Steps", doc="Network calls for each member.")
    at_once = param.Integer(
        default=0, bounds=(0, 64), label="Members at once",
        doc="Members in one network call; 0 takes two on a processor and all on a GPU.",
    )  # fmt: skip

    def advance(self, ask, start: torch.Tensor, fresh: Callable[[int], torch.Tensor]) -> Advance:
        """From noise of unit variance to a clean field by `n_steps` calls of the network.

        Args:
            ask: ask(noisy, level) is the network's answer to noisy fields (member, 1, y, x).
            start: White noise of unit variance (member, 1, y, x).
            fresh: fresh(k) is new noise, like `start`, for step k from 0.

        Returns:
            An iterator over the clean field so far and the next noisy one, (member, 1, y, x) each.

        Raises:
            NotImplementedError: Here; subclasses give it.
        """
        raise NotImplementedError

    def corrected(self, noisy: torch.Tensor, found: torch.Tensor, level: float, correct: Correct) -> torch.Tensor:
        """The network's answer to noisy fields after its clean field went through `correct`; here it is that field.

        Args:
            noisy: What the network was asked about, (member, 1, y, x).
            found: Its answer (member, 1, y, x).
            level: The noise level it was told.
            correct: What makes another clean field of one, (member, 1, y, x) each, standardised.

        Returns:
            The answer that the sampler goes on with, (member, 1, y, x).
        """
        return correct(found)

    def background(self, low: torch.Tensor, scales: Mapping[str, float]) -> torch.Tensor | float:
        """What the generated field, times its standard deviation, is added to.

        Args:
            low: The input's thickness (y, x), smooth to `WIDTH_KM`, m.
            scales: Means and standard deviations of the training, see `context`.

        Returns:
            Thickness in m, (y, x) or one for all cells.
        """
        return low

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        """One step per network call; members that are still on their way show the field that they are heading for.

        Where the memory does not suffice, the members of the call begin again, half as many at once.
        """
        started, work = time.perf_counter(), _Work(self, problem, seed)
        done, calls, batch, halved = torch.empty(0, *work.shape), 0, self._batch(), 0
        while len(done) < self.members:
            members = range(len(done), min(len(done) + batch, self.members))
            asked = work.calls
            try:
                for clean in work.members(members):
                    calls += 1
                    here = torch.cat([done, self.agreeing(problem, clean)])
                    spent, own = time.perf_counter() - started, work.calls - asked
                    finished = members.stop if own == self.n_steps else members.start
                    trace = {
                        "network_calls": calls, "seconds": spent, "step": own, "halved": halved, "finished": finished,
                    }  # fmt: skip
                    left = self.n_steps - own + self.n_steps * -(-(self.members - members.stop) // batch)
                    yield Step(calls, calls + left, self.wrapped(problem, here), trace, work.film())
            except RuntimeError as error:
                on_cpu = device.chosen() == device.CPU
                if not device.short_of_memory(error) or (batch == 1 and not on_cpu):
                    raise
                if batch == 1:
                    raise InputError("Not even one member fits into the memory; take a smaller region.") from error
                batch, halved = max(len(members) // 2, 1), halved + 1
                continue
            assert own == self.n_steps, f"{own} calls were made, {self.n_steps} asked for"
            done = here

    def _batch(self) -> int:
        automatic = 2 if device.chosen() == device.CPU else self.members
        return min(self.at_once or automatic, self.members)

    def agreeing(self, problem: Problem, values: torch.Tensor) -> torch.Tensor:
        """Members projected onto what the input says, where that is asked for; else none has less than no ice.

        Args:
            problem: Input and how it was made.
            values: Thickness (member, y, x), m.

        Returns:
            Thickness (member, y, x), m, float32.
        """
        if not self.consistent or problem.observation is None:
            return values.clamp(min=0.0)
        low = torch.as_tensor(problem.low[problem.variable].values)
        return project(values.double(), low, problem.observation, torch.as_tensor(problem.mask.values)).float()

    @staticmethod
    def wrapped(problem: Problem, members: torch.Tensor) -> xr.Dataset:
        """Members as the problem's estimate.

        Args:
            problem: Target and units.
            members: Thickness (member, y, x), m.

        Returns:
            `thickness` (member, y, x) in m.
        """
        return problem.estimate(members.numpy(), member=np.arange(len(members)))
