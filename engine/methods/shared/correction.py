"""What a network is shown of a problem and of its linear estimate, the same for every observation."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from engine.device import chosen
from engine.errors import InputError
from engine.grid import Grid
from engine.methods.shared.background import COARSE, guided_estimate
from engine.methods.shared.linear import Estimate
from engine.nets.correction import Correction
from engine.observation import Observation
from engine.physics.cosines import inverse, smoothed, transform
from engine.physics.covariance import wavenumbers
from engine.resample import fill_gaps
from engine.scene import Problem
from engine.weights import load

WEIGHTS = "any_observation"
LEVELS = (-4.0, 3.0)  # of the logarithm of an error
BANDS_KM = (400, 200, 100, 50, 25, 12)  # edges of the bands whose unresolved share a network is told
FIELDS = (
    "estimate", "whitened", "liveliness", "weights", "seen", "share seen", "error",
    "guide", "whitened guide", "guide that is lost", "guide against none", "guide's liveliness", "guided",
)  # fmt: skip
NUMBERS = 4 + len(BANDS_KM) + 1
MOVES = ((0, 0), (1, 1), (2, 2), (3, 3))  # cells (y, x) of an input beyond COARSE: the network folds four of them
# Of the correction, where a network is behind the background: it saw the same runs, and left less in them than it
# leaves elsewhere. Chosen on validation dates, where the whole of the correction costs up to 7 %.
SHARE = 0.5
LOCAL, WIDE = 12.0, 8.0  # cells over which liveliness and the share seen are averaged


@dataclass(frozen=True)
class Shown:
    """A problem as a network sees it.

    fields: (field, y, x) float32, of about unit size; numbers: (number,) float32, likewise. linear: what is corrected;
    spread: its error (y, x) in the field's unit, the unit of the correction; calls: of the network behind it.
    """

    fields: torch.Tensor
    numbers: torch.Tensor
    linear: Estimate
    spread: torch.Tensor
    calls: float = 0.0

    @property
    def estimate(self) -> torch.Tensor:
        """The linear estimate (y, x), in the field's unit."""
        return self.linear.field

    @property
    def share(self) -> float:
        """What is taken of a correction."""
        return SHARE if self.calls else 1.0


@dataclass(frozen=True)
class Corrected:
    """What the network makes of a problem: the correction, and the logarithm of the error that is left, (y, x) float64
    each, in parts of the linear estimate's error; calls: how often networks were asked."""

    seen: Shown
    added: torch.Tensor
    level: torch.Tensor
    calls: float

    @property
    def field(self) -> torch.Tensor:
        """The corrected estimate (y, x), in the field's unit."""
        return self.seen.estimate + self.seen.spread * self.added

    @property
    def spread(self) -> torch.Tensor:
        """Its error (y, x), in the field's unit."""
        return self.seen.spread * self.level.exp()

    def members(self, members: range, seed: int) -> torch.Tensor:
        """Draws of the linear estimate's posterior around the corrected one, as large as the error that is left.

        Args:
            members: Their numbers.
            seed: Of the run; a member depends on it and its number alone.

        Returns:
            Fields (member, y, x), in the field's unit.
        """
        drawn = self.seen.linear.draws(members, seed) - self.seen.estimate
        return self.field + self.level.exp() * drawn


def corrected(problem: Problem, guided: bool) -> Corrected:
    """Ask the network for every observation.

    Args:
        problem: Input of one date and how it came to be.
        guided: Whether the guide `sst` is used where the problem has it.

    Returns:
        The correction.

    Raises:
        InputError: Where the field is no height, or where the input has more than one date.
    """
    if problem.variable != "ssh":
        raise InputError(f"This method was trained for sea surface height, not for {problem.variable}.")
    seen = shown(problem, guided and "sst" in problem.guides)
    moves = MOVES if seen.linear.resolved > COARSE else MOVES[:1]
    added, level = _asked(seen, moves)
    return Corrected(seen, seen.share * added, level.clamp(*LEVELS), seen.calls + len(moves))


def _asked(seen: Shown, moves: tuple[tuple[int, int], ...]) -> torch.Tensor:
    """The mean of what the network says of a problem that is moved by some cells."""
    (rows, columns), most, where = seen.spread.shape, max(max(moves)), chosen()
    moved = [F.pad(seen.fields[None], (x, most - x, y, most - y), mode="replicate") for y, x in moves]
    with torch.inference_mode():
        numbers = seen.numbers.expand(len(moves), -1)
        found = load(WEIGHTS, Correction)(torch.cat(moved).to(where), numbers.to(where)).cpu().double()
    back = [one[:, y : y + rows, x : x + columns] for one, (y, x) in zip(found, moves, strict=True)]
    return torch.stack(back).mean(dim=0)


def shown(
    problem: Problem, guided: bool, plain: Estimate | None = None, known: tuple[Estimate, float] | None = None
) -> Shown:
    """Make the channels and numbers of a problem.

    Args:
        problem: Input of one date and how it came to be; with the guide `sst` where it is to be used.
        guided: Whether the guide is used.
        plain: The linear estimate without it, where it is known.
        known: What `guided_estimate` gives, where it is known.

    Returns:
        What a network is shown.

    Raises:
        InputError: Where the guide is wanted and there is none, or where the input has more than one date.
    """
    plain = plain or Estimate.of(problem)
    best, calls = (known or guided_estimate(problem)) if guided else (plain, 0.0)
    spread = best.spread()
    fields = [*_of_estimate(plain, best, spread), *_of_guide(problem, plain, best, spread, guided)]
    return Shown(torch.stack(fields).float(), _numbers(problem, plain, best, spread, guided), best, spread, calls)


def _of_estimate(plain: Estimate, best: Estimate, spread: torch.Tensor) -> list[torch.Tensor]:
    """The estimate, what is unlikely in it, and where and how well the input tells it."""
    size = plain.prior.mean().sqrt()
    away, power = transform(plain.field - plain.field.mean()), plain.prior.clamp(min=1e-30)
    whitened = _unit(inverse(away / power.sqrt()))
    weights = _unit(inverse(transform(plain.field - plain.background) / power))
    seen = _seen(plain)
    return [
        (best.field - best.field.mean()) / size, whitened, _liveliness(whitened), weights, seen, smoothed(seen, WIDE),
        (spread / spread.square().mean().sqrt()).clamp(min=1e-3).log(),
    ]  # fmt: skip


def _of_guide(
    problem: Problem, plain: Estimate, best: Estimate, spread: torch.Tensor, guided: bool
) -> list[torch.Tensor]:
    """The guide, what is unlikely in it, what of it an input like this one would lose, and what it has changed."""
    if not guided:
        return [torch.zeros_like(spread)] * 6
    guide = torch.as_tensor(fill_gaps(problem.guides["sst"].values.astype(np.float64)))
    z = (guide - guide.mean()) / guide.std().clamp(min=1e-6)  # of a uniform one nothing is told
    whitened = _unit(inverse(transform(z) / plain.prior.clamp(min=1e-30).sqrt()))
    sampling = plain.observation.kernel.sampling((int(z.shape[0]), int(z.shape[1])))
    lost = z - plain.equations.update(inverse(sampling.forward(transform(z))))
    return [
        z, whitened, _unit(lost), (plain.field - best.field) / spread, _liveliness(whitened), torch.ones_like(z),
    ]  # fmt: skip


def _numbers(problem: Problem, plain: Estimate, best: Estimate, spread: torch.Tensor, guided: bool) -> torch.Tensor:
    """Noise and error in parts of the field, share seen, and the share of the power that stays open, by band."""
    size = plain.prior.mean().sqrt()
    seen: Observation = plain.observation
    share = 1.0 if seen.seen is None else float(seen.seen.mean())
    told = [
        np.log10(plain.noise.total / float(size)), np.log10(float(spread.square().mean().sqrt() / size)),
        np.log10(share), float(guided),
    ]  # fmt: skip
    length = wavenumbers(tuple(problem.mask.shape[-2:]), Grid.of(problem.target).spacing)
    band = torch.as_tensor(np.digitize(length * 1000, [1 / edge for edge in BANDS_KM]).ravel())
    left = (best.equations.remaining_share * best.prior).flatten()
    total = torch.zeros(2, len(BANDS_KM) + 1, dtype=left.dtype)
    total[0].index_add_(0, band, left.clamp(min=0))
    total[1].index_add_(0, band, plain.prior.flatten())
    shares = (total[0] / total[1].clamp(min=1e-30)).clamp(1e-4, 1.0).log10()
    return torch.tensor([*told, *shares.tolist()], dtype=torch.float32)


def _seen(plain: Estimate) -> torch.Tensor:
    """Where the values of the input come from: H^T M 1, largest 1; 1 without gaps. Land counts as seen."""
    shape, seen = plain.prior.shape, plain.observation
    if seen.seen is None:
        return torch.ones(shape, dtype=torch.float64)
    found = seen.adjoint(torch.ones(seen.seen.shape), (int(shape[0]), int(shape[1])))
    return found / found.abs().max().clamp(min=1e-30)


def _unit(field: torch.Tensor) -> torch.Tensor:
    return field / field.square().mean().sqrt().clamp(min=1e-30)


def _liveliness(field: torch.Tensor) -> torch.Tensor:
    """Logarithm of the local power."""
    return smoothed(field.square(), LOCAL).clamp(min=1e-3).log()
