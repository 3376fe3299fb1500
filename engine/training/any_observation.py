"""Ours: one network for every observation of heights: other kernels, noise and gaps in every batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
import xarray as xr
from torch import nn

from engine import device
from engine.grid import Grid
from engine.methods.shared.background import guided_estimate
from engine.methods.shared.correction import FIELDS, LEVELS, NUMBERS, Shown, shown
from engine.methods.shared.linear import Estimate
from engine.nets.correction import Correction
from engine.nets.spectral_liif import curvature
from engine.observation import create
from engine.scene import Problem
from engine.training.covariance import SPACING
from engine.training.data import VALID, OceanCuts
from engine.training.loop import Recipe

MEAN = 16.0  # degC at mid-domain: the model's symmetry turns temperatures around it
SHAPES = {(243, 243): (0.6, 3), (216, 432): (0.2, 2), (432, 432): (0.2, 1)}  # cells: how often, cuts of one batch
ASIDE = 4  # cells by less than which a cut is moved: the network folds so many, and shall not know where
PUBLISHED, CLOUDY = (27, 9, 3), (1, 3, 6, 9, 9, 12, 18)
FEW = 900  # equations where there are gaps: training shall not wait for them
CURVATURE_WEIGHT = 0.003  # of the vorticity's error: more of it, and nothing is learned for long
REFINED = 0.7  # of the problems with a guide have a network behind their background, where the input is coarse
LIKELIHOOD_WEIGHT = 0.05  # of the error that is stated
JUDGED = (
    ("block_mean", 27, 0.0, "", None), ("block_mean", 9, 0.02, "", None), ("block_mean", 3, 0.0, "", None),
    ("bicubic_resize", 27, 0.0, "", None), ("gaussian", 1, 0.01, "", 120.0),
    ("block_mean", 9, 0.02, "clouds:0.5", None),
)  # fmt: skip
JUDGED_DATES = 2


@dataclass  # not frozen: Lightning moves its tensors in place
class Batch:
    """Problems as a network sees them, with what is to be found.

    fields (n, field, y, x), numbers (n, number); wrong: what the linear estimate lacks, over its error, (n, 1, y, x);
    spread: that error over its mean, (n, 1, y, x); 0 where a problem ends before others do.
    """

    fields: torch.Tensor
    numbers: torch.Tensor
    wrong: torch.Tensor
    spread: torch.Tensor


class Observed(OceanCuts):
    """Cuts of the ocean's dates, each observed in another way; validation: JUDGED cases of JUDGED_DATES dates."""

    shapes: ClassVar = SHAPES

    def __init__(self, split: str, size: int = 432, names: tuple[str, ...] = ()):
        super().__init__(split, size, names)
        self.made: dict[int, Batch] = {}

    @staticmethod
    def normalisation(names: tuple[str, ...] = ()) -> dict[str, float | str]:
        """What fields are divided by, as the card says it.

        Args:
            names: Names of the training runs, which make no difference here.

        Returns:
            In words: all is told in parts of the linear estimate's own size and error.
        """
        return {"scale": "of the linear estimate's covariance", "mean": "of the linear estimate"}

    def __len__(self) -> int:
        return super().__len__() if self.random else JUDGED_DATES

    def __getitem__(self, index: int) -> Batch:  # type: ignore[override]
        with device.using(device.CPU):  # a process that only prepares must not touch a GPU
            return self._item(index)

    def _item(self, index: int) -> Batch:
        if not self.random:
            return self._judged(index * (len(self.ssh) // JUDGED_DATES))
        chance = np.random.default_rng(int(torch.randint(2**31, ())))
        shapes, (odds, counts) = list(self.shapes), zip(*self.shapes.values(), strict=True)
        kind = int(chance.choice(len(shapes), p=odds))
        found = []
        for _ in range(counts[kind]):
            kernel = self.observation(chance)
            height, temperature = self._cut([n - n % kernel["factor"] for n in shapes[kind]], chance)
            problem = problem_of(height, temperature, kernel, int(chance.integers(2**31)))
            found += both(problem, height, refined=self.refined(shapes[kind], chance))
        aside = [tuple(int(n) for n in chance.integers(ASIDE, size=2)) for _ in found]
        return self.beside(found, tuple(n + ASIDE for n in shapes[kind]), aside)

    def observation(self, chance: np.random.Generator) -> dict[str, Any]:
        """An observation of any kind.

        Args:
            chance: Where it comes from.

        Returns:
            What `engine.observation.create` takes.
        """
        return drawn(chance)

    def refined(self, shape: tuple[int, int], chance: np.random.Generator) -> bool:
        """Whether a problem has a network behind its background, where it has a guide and the input is coarse.

        Args:
            shape: Cells (y, x).
            chance: Where the answer comes from.

        Returns:
            The answer.
        """
        return bool(chance.random() < REFINED)

    def _cut(self, shape: list[int], chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A cut of a random date, rolled along x; half of them turned around."""
        date, shift = int(chance.integers(len(self.ssh))), int(chance.integers(self.ssh.shape[2]))
        top = int(chance.integers(self.ssh.shape[1] - shape[0] + 1))
        rows = slice(top, top + shape[0])
        height, temperature = (np.roll(field[date], shift, -1)[rows, : shape[1]] for field in (self.ssh, self.sst))
        if chance.random() < 0.5:
            return -height[::-1], 2 * MEAN - temperature[::-1]
        return height, temperature

    def _judged(self, date: int) -> Batch:
        """The cases of a date, made once."""
        if date not in self.made:
            self.made[date] = self._cases(date)
        return self.made[date]

    def _cases(self, date: int) -> Batch:
        found: list = []
        for kernel, factor, noise, sampling, width in JUDGED:
            told = {"key": kernel, "factor": factor, "width_km": width, "noise": noise, "sampling": sampling}
            problem = problem_of(self.ssh[date], self.sst[date], told, date)
            found += both(problem, self.ssh[date])
        return self.beside(found, self.ssh.shape[1:])

    def beside(
        self, found: list[tuple[Shown, np.ndarray]], shape: tuple[int, ...], aside: Sequence[tuple[int, ...]] = ()
    ) -> Batch:
        """As `batch` does; for other batches of the same problems."""
        return batch(found, shape, aside)


def drawn(chance: np.random.Generator) -> dict[str, Any]:
    """An observation of any kind.

    Args:
        chance: Where it comes from.

    Returns:
        What `engine.observation.create` takes. Block means (43 %), gaps (27 %), points (15 %) or a low-pass (15 %);
        noise-free in 40 % of the cases, else 1 mm to 6 cm; a factor of 2 to 36, the published ones more often, or with
        gaps 1 to 18.
    """
    kind = chance.choice(4, p=(0.43, 0.27, 0.15, 0.15))
    often = chance.random() < 0.5
    factor = int(chance.choice(PUBLISHED)) if often else round(float(np.exp(chance.uniform(np.log(2), np.log(36)))))
    seen: dict[str, Any] = {"key": "block_mean", "factor": factor}
    if kind == 1:
        seen |= _gaps(chance)
    elif kind == 2:
        seen["key"] = "bicubic_resize" if chance.random() < 0.7 else "point"
    elif kind == 3:
        seen |= {"key": "gaussian" if chance.random() < 0.5 else "box", "factor": 1,
                 "width_km": float(chance.uniform(30.0, 200.0))}  # fmt: skip
    noise = 0.0 if chance.random() < 0.4 else float(np.exp(chance.uniform(np.log(0.001), np.log(0.06))))
    return seen | {"noise": noise}


def _gaps(chance: np.random.Generator) -> dict[str, Any]:
    """Clouds, tracks or swaths, and a factor that they are seen with."""
    if chance.random() < 0.5:
        return {"sampling": f"clouds:{chance.uniform(0.15, 0.85):.2f}", "factor": int(chance.choice(CLOUDY))}
    kind = "nadir" if chance.random() < 0.75 else "swath"
    return {"sampling": f"{kind}:{chance.uniform(80, 300):.0f}", "factor": int(chance.choice((1, 1, 2, 3)))}


def problem_of(height: np.ndarray, temperature: np.ndarray, seen: dict[str, Any], seed: int) -> Problem:
    """An observation of a cut, with the temperature as a guide.

    Args:
        height: Truth (y, x), m.
        temperature: Guide (y, x), degC.
        seen: What `engine.observation.create` takes.
        seed: Of noise and of where gaps lie.

    Returns:
        The problem.
    """
    axes = {name: (name, step * (np.arange(n) + 0.5) / 1000, {"units": "km"})
            for name, n, step in zip("yx", height.shape, SPACING, strict=True)}  # fmt: skip
    target = xr.Dataset({"mask": (("y", "x"), np.ones(height.shape, dtype=bool))}, axes)
    fields = {"ssh": (("y", "x"), height.astype(np.float64), {"units": "m"}),
              "sst": (("y", "x"), temperature.astype(np.float64), {"units": "degC"})}  # fmt: skip
    fine = xr.Dataset(fields, axes)
    how = create(grid=Grid.of(target), seed=seed, **seen)
    return Problem(how(fine[["ssh"]], seed), fine[["sst"]], target, how)


def both(problem: Problem, truth: np.ndarray, refined: bool = True) -> list[tuple[Shown, np.ndarray]]:
    """A problem without and with its guide.

    Args:
        problem: The problem.
        truth: Of it, (y, x), m.
        refined: Whether a network is asked for the background.

    Returns:
        What a network is shown of either, and the truth.
    """
    plain = Estimate.of(problem, most=FEW)
    known = guided_estimate(problem, FEW, refined, mirrored=False, least=0)
    return [(shown(problem, False, plain), truth), (shown(problem, True, plain, known), truth)]


def batch(
    found: list[tuple[Shown, np.ndarray]], shape: tuple[int, ...], aside: Sequence[tuple[int, ...]] = ()
) -> Batch:
    """Problems side by side; each is continued all around, and there is nothing to be found beyond it.

    Args:
        found: What a network is shown of each, and its truth (y, x), m.
        shape: Of what they are continued to, (y, x).
        aside: Cells (y, x) that are put before each; none: no cell.

    Returns:
        The batch.
    """
    parts: list[tuple[torch.Tensor, ...]] = []
    for (seen, truth), (top, left) in zip(found, aside or [(0, 0)] * len(found), strict=True):
        wrong = (torch.as_tensor(truth.copy()) - seen.estimate) / seen.spread
        spread = seen.spread / seen.spread.square().mean().sqrt()
        pad = (left, shape[1] - truth.shape[1] - left, top, shape[0] - truth.shape[0] - top)
        fields = F.pad(seen.fields[None], pad, mode="replicate")[0]
        parts.append((fields, seen.numbers, F.pad(wrong.float(), pad)[None], F.pad(spread.float(), pad)[None]))
    return Batch(*(torch.stack(part) for part in zip(*parts, strict=True)))


def collate(batches: list[Batch]) -> Batch:
    """The one batch of a list.

    Args:
        batches: One.

    Returns:
        The batch.
    """
    return batches[0]


def loss(net: nn.Module, seen: Batch) -> torch.Tensor:
    """Squared errors of height and vorticity over those of the linear estimate, and the likelihood of the error.

    Args:
        net: The network.
        seen: A batch.

    Returns:
        The loss, a scalar without unit.
    """
    found, spread = net(seen.fields, seen.numbers), seen.spread
    rest = (seen.wrong - found[:, :1]) * (spread > 0)
    weight = 0.3 + 0.7 * spread.square()
    height = by_problem(weight * rest.square()) / (0.5 + 0.5 * by_problem(seen.wrong.square()))
    within = -F.max_pool2d(-(spread > 0).float(), 3, 1, 1)  # not next to where a field ends
    bent, before = (by_problem(within * curvature(spread * field).square()) for field in (rest, seen.wrong))
    level = found[:, 1:].clamp(*LEVELS)
    likelihood = by_problem((level + 0.5 * rest.detach().square() * torch.exp(-2 * level)) * (spread > 0))
    bent = (bent / before.clamp(min=1e-12)).clamp(max=20)
    return (height + CURVATURE_WEIGHT * bent + LIKELIHOOD_WEIGHT * likelihood).mean()


def judge(net: nn.Module, seen: Batch) -> Mapping[str, torch.Tensor]:
    """RMSE over that of the linear estimate: all JUDGED cases, and each without and with the guide.

    Args:
        net: The network.
        seen: A batch of the JUDGED cases.

    Returns:
        'rmse_over_linear' (mean), then one for each case, scalars without unit.
    """
    ratios = []
    for fields, numbers, wrong, spread in zip(seen.fields, seen.numbers, seen.wrong, seen.spread, strict=True):
        rest = wrong - net(fields[None], numbers[None])[0, :1]
        ratios.append(((spread * rest).square().mean() / (spread * wrong).square().mean()).sqrt())
    names = [f"{kernel}_{factor}_{noise:g}{sampling[:6]}{guide}" for kernel, factor, noise, sampling, _ in JUDGED
             for guide in ("", "_sst")]  # fmt: skip
    return {"rmse_over_linear": torch.stack(ratios).mean()} | dict(zip(names, ratios, strict=True))


def by_problem(field: torch.Tensor) -> torch.Tensor:
    """The mean of each field of a batch.

    Args:
        field: Fields (n, 1, y, x).

    Returns:
        Means (n,).
    """
    return field.mean(dim=(-3, -2, -1))


RECIPES = (
    Recipe(
        "any_observation", Correction, {"fields": len(FIELDS), "numbers": NUMBERS}, loss, judge, rate=1.2e-3, batch=1,
        steps=2000, data=Observed, collate=collate, workers=1,
        valid={"noise": 0.06, "gaps": True, "spacing_km": VALID["spacing_km"]},
    ),
)  # fmt: skip
