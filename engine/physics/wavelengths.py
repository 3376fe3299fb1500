"""Flows by wavelength: a prior that is steep in the spectrum, images blurred by ever less, and what is left of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F

from engine.physics.advection import carried, cells, departed

FEWEST = 8  # cells a side of a coarse level


@dataclass(frozen=True)
class Spectral:
    """Flow (2, y, x) in m s-1 from white coefficients of cosines: standard deviation ~ (1 + lambda length^2)^(-p/2).

    lambda: eigenvalues of the negative Laplacian; typical: standard deviation of a component in all. Without divergence
    there is one coefficient for each wave, that of a streamfunction; else one for each component.
    """

    rows: torch.Tensor
    columns: torch.Tensor
    scale: torch.Tensor
    spacing: tuple[float, float]
    typical: float
    turning: bool

    @classmethod
    def of(
        cls, shape: tuple[int, int], spacing, length: float, steepness: float, typical: float, turning: bool, like
    ) -> "Spectral":
        """The prior of a flow on a grid.

        Args:
            shape: Cells (y, x).
            spacing: (dy, dx), m.
            length: Length l beyond which the spectrum is flat, m.
            steepness: Power p.
            typical: Standard deviation of a component of the flow, m s-1.
            turning: Whether the flow has no divergence.
            like: Tensor whose dtype and device are taken.

        Returns:
            The map from white coefficients to flows.
        """
        (rows, down), (columns, along) = (_cosines(n, step) for n, step in zip(shape, spacing, strict=True))
        waves = down[:, None] + along
        amplitude = (1 + waves * length**2) ** (-steepness / 2)
        power = amplitude**2 / 2 if turning else amplitude**2
        if turning:  # of the streamfunction; a constant one does not move anything
            power[0, 0] = 0
            amplitude = np.where(waves > 0, amplitude / np.sqrt(np.maximum(waves, waves[0, 1] / 4)), 0)
        scale = typical * amplitude / np.sqrt(power.sum() / power.size)
        of_rows, of_columns, of_scale = (
            torch.as_tensor(part, dtype=like.dtype, device=like.device) for part in (rows, columns, scale)
        )
        return cls(of_rows, of_columns, of_scale, spacing, typical, turning)

    def __call__(self, z: torch.Tensor) -> torch.Tensor:
        waves = self.rows.T @ (self.scale * z) @ self.columns
        if not self.turning:
            return waves
        down, along = (torch.gradient(waves[0], dim=n)[0] / self.spacing[n] for n in (0, 1))
        return torch.stack([-down, along])


@lru_cache(maxsize=16)
def _cosines(n: int, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Orthonormal cosines (wave, cell) and their eigenvalues in m-2."""
    wave, cell = np.arange(n)[:, None], np.arange(n)[None]
    matrix = np.sqrt(np.where(wave == 0, 1, 2) / n) * np.cos(np.pi * wave * (cell + 0.5) / n)
    return matrix, (2 - 2 * np.cos(np.pi * np.arange(n) / n)) / step**2


def blurred(images: torch.Tensor, sigma: float) -> torch.Tensor:
    """Images after a Gaussian; the edge goes on beyond it.

    Args:
        images: Images (n, y, x).
        sigma: Standard deviation of the Gaussian, cells; 0 leaves them as they are.

    Returns:
        Images (n, y, x).
    """
    if not sigma:
        return images
    reach = min(int(3 * sigma), min(images.shape[1:]) - 1)
    half = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=images.device, dtype=images.dtype) / sigma) ** 2)
    kernel = half / half.sum()
    wide = F.pad(images[:, None], (reach,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(wide, kernel[None, None, :, None]), kernel[None, None, None])[:, 0]


@dataclass(frozen=True)
class Level:
    """Patterns (n, y, x) blurred by so many cells, on cells about as wide; usable: what a motion can be read from."""

    blur: float
    patterns: torch.Tensor
    usable: torch.Tensor
    spacing: tuple[float, float]

    @classmethod
    def of(cls, patterns: torch.Tensor, usable: torch.Tensor, spacing: tuple[float, float], blur: float) -> "Level":
        """Patterns blurred and averaged to cells about as wide as the blur.

        The grid is the finest for a blur of 1 or less; coarser ones have at least `FEWEST` cells a side.

        Args:
            patterns: Patterns (n, y, x).
            usable: What a motion can be read from, (n, y, x).
            spacing: (dy, dx) of the patterns, m.
            blur: Standard deviation of the Gaussian, cells of the patterns.

        Returns:
            The level.
        """
        fine = patterns.shape[1:]
        ny, nx = (max(min(n, FEWEST), round(n / max(blur, 1))) for n in fine)
        smooth = blurred(patterns, blur)
        if (ny, nx) == tuple(fine):
            return cls(blur, smooth, usable, spacing)
        coarse, share = (
            F.interpolate(part[:, None], size=(ny, nx), mode="area")[:, 0] for part in (smooth, usable.to(smooth.dtype))
        )
        return cls(blur, coarse, share > 0.99, (spacing[0] * fine[0] / ny, spacing[1] * fine[1] / nx))

    @property
    def shape(self) -> tuple[int, int]:
        return self.patterns.shape[1], self.patterns.shape[2]


def leftovers(
    flows: Sequence[torch.Tensor], level: Level, gaps: Sequence[float], steps: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """What is left when each image is carried to the next by the mean of the flows at both times, a pair at a time.

    Its growth is to first order and as if only the pattern differed from cell to cell. Both are 0 in cells that are not
    usable, here or where they come from.

    Args:
        flows: Flow (2, y, x) at every image, m s-1.
        level: Patterns and where they are usable.
        gaps: Times from one image to the next, s.
        steps: Model steps from one image to the next.

    Yields:
        The difference (y, x) in the patterns' unit, and how it grows with a flow that is added to that mean, (2, y, x),
        per m s-1.
    """
    here, whole = cells(level.shape, level.patterns), bool(level.usable.all())
    for number, gap in enumerate(gaps):
        flow = (flows[number] + flows[number + 1]) / 2
        tracer, valid = level.patterns[number][None], level.usable[number][None].to(level.patterns.dtype)
        for _ in range(steps):
            where = departed(here, flow, gap / steps, level.spacing, 1)
            tracer = carried(tracer, where)
            valid = valid if whole else carried(valid, where.detach())
        counts = (valid[0] > 0.99) & level.usable[number + 1]
        down, along = (torch.gradient(tracer[0].detach(), dim=n)[0] / level.spacing[n] for n in (0, 1))
        yield (tracer[0] - level.patterns[number + 1]) * counts, -gap * torch.stack([along, down]) * counts


@dataclass(frozen=True)
class Cost:
    """What flows of a prior cost at a level, as `GaussNewton` asks for it.

    gaps: s between images; steps: model steps there; noise: of patterns; change: strength of the changes from image to
    image; even: of the mean flow; both in typical flows of the prior.
    """

    level: Level
    prior: Spectral
    gaps: tuple[float, ...]
    steps: int
    noise: float
    change: float
    even: float

    def flows(self, waves: torch.Tensor, mean: torch.Tensor, changes: torch.Tensor | None = None) -> list[torch.Tensor]:
        """Flow at the time of every image, from white controls.

        Args:
            waves: Coefficients of the first flow's waves (c, y, x), c being 1 of a turning flow and 2 of another.
            mean: Its mean (2,), u and v, in units of `even` typical flows.
            changes: Coefficients of the changes from image to image (n - 1, c, y, x); None: the flow is steady.

        Returns:
            A flow (2, y, x) in m s-1 for each image.
        """
        flows = [self.prior(waves) + self.even * self.prior.typical * mean[:, None, None]]
        for number in range(len(self.gaps)):
            flows.append(flows[-1] if changes is None else flows[-1] + self.change * self.prior(changes[number]))
        return flows

    def __call__(self, *controls: torch.Tensor) -> tuple[dict[str, torch.Tensor], Callable[..., torch.Tensor]]:
        """The terms at some controls, and the quadratic part of their expansion there for a step of the controls."""
        pairs = list(leftovers(self.flows(*controls), self.level, self.gaps, self.steps))
        terms = {
            "observation": self._mismatch(left for left, _ in pairs),
            "prior": 0.5 * (controls[0].square().sum() + controls[1].square().sum()),
        }
        if len(controls) > 2:
            terms["change"] = 0.5 * controls[2].square().sum()

        def quadratic(*step: torch.Tensor) -> torch.Tensor:
            added = self.flows(*step)
            means = [(first + second) / 2 for first, second in pairwise(added)]
            grown = self._mismatch((slope * mean).sum(0) for (_, slope), mean in zip(pairs, means, strict=True))
            return grown + 0.5 * torch.stack([part.square().sum() for part in step]).sum()

        return terms, quadratic

    def _mismatch(self, lefts: Iterable[torch.Tensor]) -> torch.Tensor:
        return torch.stack([left.square().sum() for left in lefts]).sum() / (2 * self.noise**2)


def filled_by_motion(
    images: torch.Tensor, seen: torch.Tensor, flows: Sequence[torch.Tensor], gaps: Sequence[float], spacing, steps: int
) -> torch.Tensor:
    """Images with, where nothing was seen, what the flow carries in from the images before and after.

    Where it comes from both, their mean; where from neither, what `images` has there.

    Args:
        images: Images (n, y, x).
        seen: Where something was seen, (n, y, x).
        flows: Flow (2, y, x) at every image, m s-1.
        gaps: Times from one image to the next, s.
        spacing: (dy, dx), m.
        steps: Model steps from one image to the next.

    Returns:
        Images (n, y, x).
    """
    if bool(seen.all()):
        return images
    onward = [(first + second) / 2 for first, second in pairwise(flows)]
    back = _swept(images.flip(0), seen.flip(0), [-flow for flow in onward[::-1]], gaps[::-1], spacing, steps)
    both = [_swept(images, seen, onward, gaps, spacing, steps), tuple(part.flip(0) for part in back)]
    (before, known), (after, known_after) = both
    weight = known + known_after
    mean = (before * known + after * known_after) / weight.clamp(min=1)
    return torch.where(seen | (weight == 0), images, mean)


def _swept(
    images: torch.Tensor, seen: torch.Tensor, flows: Sequence[torch.Tensor], gaps: Sequence[float], spacing, steps: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Every image with what is carried into its gaps from the one before, itself so filled; 1 where that is known."""
    here = cells((images.shape[1], images.shape[2]), images)
    filled = [torch.stack([images[0], seen[0].to(images.dtype)])]
    for image, known, flow, gap in zip(images[1:], seen[1:], flows, gaps, strict=True):
        both = filled[-1]
        for _ in range(steps):
            both = carried(both, departed(here, flow, gap / steps, spacing, 1))
        values = torch.where(known | (both[1] < 0.99), image, both[0])
        filled.append(torch.stack([values, (known | (both[1] >= 0.99)).to(images.dtype)]))
    values, known = torch.stack(filled, dim=1)
    return values, known
