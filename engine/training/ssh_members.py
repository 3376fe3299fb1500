"""Ours: how strong, band by band, the errors of the best estimate are, for members that are as strong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, cast

import numpy as np
import torch
from torch import nn

from engine import weights
from engine.methods.shared.background import WHOLE
from engine.methods.shared.correction import LEVELS, NUMBERS, WEIGHTS, Shown
from engine.nets.correction import Correction
from engine.nets.power import Power
from engine.physics.bands import by_band
from engine.training import any_observation
from engine.training.any_observation import Observed
from engine.training.covariance import SPACING
from engine.training.loop import Recipe

PROBLEMS, ROUNDS = 150, 32  # batches of problems that the fit knows, and how often all of them are a round
PUBLISHED = 0.5  # of the problems are block means of the published factors, noise-free or with 2 cm
RATIOS = (0.001, 30.0)  # of powers, beyond which one problem shall not decide


@dataclass  # not frozen: Lightning moves its tensors in place
class Batch(any_observation.Batch):
    """The same with a draw of each linear posterior over its error, (n, 1, y, x), and the share of the correction that
    the estimate takes, (n, 1, 1, 1)."""

    drawn: torch.Tensor
    share: torch.Tensor


class Drawn(Observed):
    """Halves and whole domains, observed as for the estimate, more of them as published, each with a draw."""

    shapes: ClassVar = {(216, 432): (0.3, 2), (432, 432): (0.7, 1)}

    def observation(self, chance: np.random.Generator) -> dict[str, Any]:
        if chance.random() > PUBLISHED:
            return super().observation(chance)
        factor, noise = chance.choice(any_observation.PUBLISHED), chance.choice((0.0, 0.02))
        return {"key": "block_mean", "factor": int(factor), "noise": float(noise)}

    def refined(self, shape: tuple[int, int], chance: np.random.Generator) -> bool:
        return min(shape) >= WHOLE  # as the method does it

    def beside(  # type: ignore[override]
        self, found: list[tuple[Shown, np.ndarray]], shape: tuple[int, ...], aside: Sequence[tuple[int, ...]] = ()
    ) -> Batch:
        seed = int(torch.randint(2**31, ())) if self.random else 0
        draws = [one.linear.draws(range(1), seed)[0].numpy() for one, _ in found]  # take the place of truths
        drawn = super().beside([(one, draw) for (one, _), draw in zip(found, draws, strict=True)], shape, aside)
        share = torch.tensor([one.share for one, _ in found])[:, None, None, None]
        return Batch(**vars(super().beside(found, shape, aside)), drawn=drawn.wrong, share=share)


@dataclass(frozen=True)
class Answered:
    """A problem with what the network for every observation says of it: fields (y, x), float64, but `where`.

    estimate: the best one, its mean taken off; lacking: truth minus estimate; size: the error that is stated; drawn: a
    draw of the linear posterior, as large as that; all in one unit. where: rows and columns in the batch.
    """

    numbers: torch.Tensor
    estimate: torch.Tensor
    lacking: torch.Tensor
    size: torch.Tensor
    drawn: torch.Tensor
    where: tuple[slice, slice]


def answered(seen: Batch) -> tuple[list[Answered], torch.Tensor]:
    """Ask the network for every observation.

    Args:
        seen: A batch.

    Returns:
        Each problem with its answer, and the logarithms of the error that is stated, in parts of that of the linear
        estimate, (n, 1, y, x).
    """
    with torch.no_grad():
        found = weights.load(WEIGHTS, Correction)(seen.fields, seen.numbers)
    level, out = found[:, 1:].clamp(*LEVELS), []
    for n, inside in enumerate(seen.spread[:, 0] > 0):
        rows, columns = (_span(inside.any(dim=axis)) for axis in (1, 0))
        estimate, spread, wrong, added, drawn, size = (
            of[n, 0, rows, columns].double()
            for of in (seen.fields, seen.spread, seen.wrong, seen.share * found[:, :1], seen.drawn, level.exp())
        )
        estimate = estimate / 10 ** seen.numbers[n, 1] + spread * added
        size = size * spread
        out.append(Answered(seen.numbers[n], estimate, spread * (wrong - added), size, size * drawn, (rows, columns)))
    return out, level


def _span(inside: torch.Tensor) -> slice:
    """From the first to the last that is inside."""
    places = inside.nonzero().flatten()
    return slice(int(places[0]), int(places[-1]) + 1)


@dataclass  # not frozen: Lightning moves its tensors in place
class Powers:
    """Numbers (n, number) about problems, and sums over each band (n, band) of the squares of what the estimate lacks,
    of its products with the estimate, and of the squares of the estimate and of a draw."""

    numbers: torch.Tensor
    lacking: torch.Tensor
    across: torch.Tensor
    estimate: torch.Tensor
    drawn: torch.Tensor


class Known(Drawn):
    """The same whole domains again and again, all at once."""

    shapes: ClassVar = {(432, 432): (1.0, 1)}

    def __len__(self) -> int:
        return ROUNDS if self.random else 1

    def __getitem__(self, index: int) -> Powers:  # type: ignore[override]
        return self.all

    @cached_property
    def all(self) -> Powers:
        """Every problem."""
        made = range(PROBLEMS if self.random else super().__len__())
        batches = [cast(Batch, super(Known, self).__getitem__(number)) for number in made]
        return powers(one for batch in batches for one in answered(batch)[0])


def powers(problems: Iterator[Answered]) -> Powers:
    """Sums over bands.

    Args:
        problems: Problems with their answers.

    Returns:
        The sums.
    """
    rows = []
    for one in problems:
        pairs = (one.lacking, one.lacking), (one.estimate, one.lacking), (one.estimate,) * 2, (one.drawn,) * 2
        rows.append((one.numbers, *(by_band(first, second, SPACING) for first, second in pairs)))
    return Powers(*(torch.stack(column) for column in zip(*rows, strict=True)))


def loss(net: nn.Module, seen: Powers) -> torch.Tensor:
    """How much of the error is left in each band, and the likelihood of that, were it as strong as the draws.

    Args:
        net: The network.
        seen: Sums of problems.

    Returns:
        The loss, a scalar without unit.
    """
    left, unlike = _both(net, seen)
    return left + unlike


def judge(net: nn.Module, seen: Powers) -> Mapping[str, torch.Tensor]:
    """The same, and each of the two.

    Args:
        net: The network.
        seen: Sums of problems.

    Returns:
        'loss_of_members', 'left' and 'unlike', scalars without unit.
    """
    left, unlike = _both(net, seen)
    return {"loss_of_members": left + unlike, "left": left, "unlike": unlike}


def _both(net: nn.Module, seen: Powers) -> tuple[torch.Tensor, torch.Tensor]:
    """Half the logarithm of the power of the error that is left over that before; minus the logarithm of the likelihood
    of that error, of a mode that has the draws' variance; means over bands and problems, less what nothing changes."""
    gains, lost = net(seen.numbers)
    before = seen.lacking.clamp(min=1e-30)
    left = (1 + (2 * lost * seen.across + lost.square() * seen.estimate) / before).clamp(min=1e-6)
    ratio = (left * before / seen.drawn.clamp(min=1e-30)).clamp(*RATIOS).detach()
    unlike = gains + 0.5 * (ratio * torch.exp(-2 * gains) - ratio.log() - 1)
    return 0.5 * left.log().mean(), unlike.mean()


RECIPES = (
    Recipe(
        "ssh_members", Power, {"numbers": NUMBERS}, loss, judge, rate=5e-3, batch=1, steps=3000, data=Known,
        collate=any_observation.collate, valid=any_observation.RECIPES[0].valid,
    ),
)  # fmt: skip
