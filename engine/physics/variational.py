"""Variational assimilation of images: the cost of a motion, term by term, and a minimiser that shows every iterate."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch

from engine.errors import InputError
from engine.physics.advection import Interpolation, carried, cells, departed, upstream


@dataclass(frozen=True)
class Weights:
    """Inverse variances of what the cost penalises; 0 leaves a term out.

    gradient, divergence, error: of the first flow's gradient and divergence and of the gradient of its jumps.
    """

    background: float = 0.0
    gradient: float = 0.0
    divergence: float = 0.0
    error: float = 0.0


@dataclass(frozen=True)
class Window:
    """Images (n, y, x), the inverse variance of every pixel (0 where nothing was seen), and the steps between them.

    steps: model steps from one image to the next; dt: their lengths in s; spacing: (dy, dx) in m.
    """

    images: torch.Tensor
    precision: torch.Tensor
    steps: tuple[int, ...]
    dt: tuple[float, ...]
    spacing: tuple[float, float]

    @classmethod
    def of(cls, images: torch.Tensor, precision: torch.Tensor, gaps: Sequence[float], dt: float, spacing) -> "Window":
        """Cut every gap between two images into steps of about dt.

        Args:
            images: Images (n, y, x).
            precision: Inverse variance (n, y, x) of every pixel, 0 where nothing was seen.
            gaps: Times between the images (n - 1), s.
            dt: Length of a step, s.
            spacing: (dy, dx), m.

        Returns:
            The window, its steps filling the gaps exactly.
        """
        steps = tuple(max(1, round(gap / dt)) for gap in gaps)
        return cls(images, precision, steps, tuple(g / n for g, n in zip(gaps, steps, strict=True)), tuple(spacing))


@dataclass(frozen=True)
class Model:
    """How state moves: the flow carried along by itself or frozen, the tracer replaced by what was seen or not."""

    carries_flow: bool = True
    overwrite: bool = False


def trajectory(
    flow: torch.Tensor, tracer: torch.Tensor, window: Window, model: Model, jumps: torch.Tensor | None = None
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Flow and tracer at the time of every image, before any overwriting.

    Args:
        flow: u and v (2, y, x) at the first image, m s-1.
        tracer: Tracer (y, x) at the first image, in the images' unit.
        window: Images and the steps between them.
        model: How flow and tracer move.
        jumps: (n - 1, 2, y, x) m s-1, added to the flow at every image but the first (weak constraint); None: no jumps.

    Yields:
        Flow (2, y, x) in m s-1 and tracer (y, x), for each image.
    """
    yield flow, tracer
    here = cells((tracer.shape[0], tracer.shape[1]), tracer)
    for number, (steps, dt) in enumerate(zip(window.steps, window.dt, strict=True)):
        for _ in range(steps):
            where = upstream(here, flow, dt, window.spacing)
            tracer = carried(tracer[None], where)[0]
            flow = carried(flow, where, "zero") if model.carries_flow else flow
        if jumps is not None:
            flow = flow + jumps[number]
        yield flow, tracer
        if model.overwrite:
            seen = window.precision[number + 1] > 0
            tracer = torch.where(seen, window.images[number + 1], tracer)


def differences(field: torch.Tensor, spacing: tuple[float, float]) -> tuple[torch.Tensor, torch.Tensor]:
    """Forward differences (d/dy, d/dx), the field being 0 beyond its last row and column.

    Args:
        field: Field (..., y, x).
        spacing: (dy, dx), m.

    Returns:
        d/dy and d/dx (..., y, x), in the field's unit per m.
    """
    down = torch.diff(field, dim=-2, append=torch.zeros_like(field[..., :1, :])) / spacing[0]
    along = torch.diff(field, dim=-1, append=torch.zeros_like(field[..., :1])) / spacing[1]
    return down, along


def smoothness(flow: torch.Tensor, spacing: tuple[float, float]) -> torch.Tensor:
    """Sum over all cells of |grad u|^2 + |grad v|^2.

    Args:
        flow: Flow (..., 2, y, x), m s-1.
        spacing: (dy, dx), m.

    Returns:
        The sum, a scalar in s-2.
    """
    down, along = differences(flow, spacing)
    return down.square().sum() + along.square().sum()


def spreading(flow: torch.Tensor, spacing: tuple[float, float]) -> torch.Tensor:
    """Sum over all cells of the squared divergence.

    Args:
        flow: u and v (2, y, x), m s-1.
        spacing: (dy, dx), m.

    Returns:
        The sum, a scalar in s-2.
    """
    return (differences(flow[0], spacing)[1] + differences(flow[1], spacing)[0]).square().sum()


def cost(
    path: Sequence[tuple[torch.Tensor, torch.Tensor]],
    window: Window,
    weights: Weights,
    jumps: torch.Tensor | None = None,
) -> dict[str, torch.Tensor]:
    """The terms of J for a `trajectory`; J is their sum.

    Source: Filoche, Bereziat, Brajard and Charantonis 2021 (ORASIS), the cost function of section 2.

    Args:
        path: Flow (2, y, x) and tracer (y, x) at every image.
        window: Images and the precision of their pixels.
        weights: What the terms count.
        jumps: Jumps (n - 1, 2, y, x) of the flow, m s-1; None: no term for them.

    Returns:
        Scalars 'background', 'observation', 'gradient', 'divergence' and, with jumps, 'error'.
    """
    (flow, tracer), *later = path
    seen = window.precision[0] > 0
    off = torch.stack([found for _, found in later]) - window.images[1:]
    terms = {
        "background": weights.background * torch.where(seen, tracer - window.images[0], 0.0).square().sum(),
        "observation": (window.precision[1:] * off.square()).sum(),
        "gradient": weights.gradient * smoothness(flow, window.spacing),
        "divergence": weights.divergence * spreading(flow, window.spacing),
    }
    if jumps is not None:
        terms["error"] = weights.error * smoothness(jumps, window.spacing)
    return {name: 0.5 * term for name, term in terms.items()}


def forecast(
    flow: torch.Tensor,
    tracer: torch.Tensor,
    leads: Sequence[float],
    dt: float,
    spacing: tuple[float, float],
    *,
    carries_flow: bool = True,
    iterations: int = 5,
    interpolation: Interpolation = "bilinear",
) -> Iterator[torch.Tensor]:
    """The tracer at every lead time, in steps of about dt with iterated departure points.

    Args:
        flow: u and v (2, y, x) at time 0, m s-1.
        tracer: Tracer (y, x) at time 0.
        leads: Lead times, ascending, s.
        dt: Length of a step, s; at least one is made to each lead time.
        spacing: (dy, dx), m.
        carries_flow: Whether the flow is carried along by itself; else it stays.
        iterations: Of the departure points, see `departed`.
        interpolation: Of the tracer, 'bilinear' or 'bicubic'.

    Yields:
        Tracer (y, x), for each lead time.
    """
    now, here = 0.0, cells((tracer.shape[0], tracer.shape[1]), tracer)
    for lead in leads:
        steps = max(1, round((lead - now) / dt))
        for _ in range(steps):
            where = departed(here, flow, (lead - now) / steps, spacing, iterations)
            tracer = carried(tracer[None], where, interpolation=interpolation)[0]
            flow = carried(flow, where, "zero") if carries_flow else flow
        now = lead
        yield tracer


# ---- control variables ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Diagonal:
    """w = E (S z) E^T: z is a flow in which the Tikhonov term is the identity, but for a floor.

    E: eigenvectors of D^T D, D being the forward difference of `differences`; S = (weight lambda + floor)^-1/2.
    """

    rows: torch.Tensor
    columns: torch.Tensor
    scale: torch.Tensor

    @classmethod
    def of(cls, shape: tuple[int, int], spacing: tuple[float, float], weight: float, floor: float, like) -> "Diagonal":
        """The control variables of a flow on a grid.

        Args:
            shape: Cells (y, x).
            spacing: (dy, dx), m.
            weight: Weight of the Tikhonov term, m2 s2.
            floor: Added to weight times eigenvalue; keeps the longest waves finite.
            like: Tensor whose dtype and device are taken.

        Returns:
            The map from control variables z to flows w.
        """
        (rows, down), (columns, along) = (_eigen(n, step) for n, step in zip(shape, spacing, strict=True))
        scale = 1 / np.sqrt(weight * (down[:, None] + along) + floor)
        return cls(*(torch.as_tensor(part, dtype=like.dtype, device=like.device) for part in (rows, columns, scale)))

    def __call__(self, z: torch.Tensor) -> torch.Tensor:
        return self.rows @ (self.scale * z) @ self.columns.T

    def inverse(self, flow: torch.Tensor) -> torch.Tensor:
        """The control variables of a flow.

        Args:
            flow: Flow (..., y, x), m s-1.

        Returns:
            z (..., y, x).
        """
        return self.rows.T @ flow @ self.columns / self.scale


@lru_cache(maxsize=16)
def _eigen(n: int, step: float) -> tuple[np.ndarray, np.ndarray]:
    forward = (np.eye(n, k=1) - np.eye(n)) / step
    values, vectors = np.linalg.eigh(forward.T @ forward)
    return vectors, values


# ---- minimiser ------------------------------------------------------------------------------------------------------

ASTRAY = "The descent leaves all numbers at its first step: its weights are too far from the default ones."


def require_finite(*parts: torch.Tensor) -> None:
    """Make sure that tensors hold numbers alone.

    Args:
        parts: Tensors of any shape.

    Raises:
        FloatingPointError: Where something is not finite.
    """
    if not all(bool(torch.isfinite(part).all()) for part in parts):
        raise FloatingPointError("the cost or its slope is not finite")


@dataclass
class Descent:
    """L-BFGS one iterate at a time; `best` holds the controls of the smallest cost so far.

    evaluate(*controls) -> the terms of the cost. keep: a list of tuples of tensors that `evaluate` fills; what
    it held at the best controls is in `kept`. The first step goes as far as a straight line would take the cost to 0.
    torch's optimiser evaluates where it stands whenever it is asked for one iterate; that is not computed again.
    Where a step leads out of all numbers the descent ends with the best so far; raises InputError if that is its start.
    """

    controls: list[torch.Tensor]
    evaluate: Callable[..., dict[str, torch.Tensor]]
    history: int = 10
    keep: list = field(default_factory=list)
    evaluations: int = 0
    terms: dict[str, float] = field(default_factory=dict)
    cost: float = float("inf")
    best: list[torch.Tensor] = field(default_factory=list)
    kept: list = field(default_factory=list)

    def iterates(self, most: int, tolerance: float = 1e-5) -> Iterator[int]:
        """Descend; ends where the cost falls by less than the tolerance three times in a row.

        Args:
            most: How many iterates at most.
            tolerance: Fall of the cost at an iterate, relative.

        Yields:
            The iterate's number, from 1, once `best`, `cost` and `terms` are those after it.

        Raises:
            InputError: Where the cost or its slope is not finite before the first iterate is done.
        """
        number = 0
        try:
            for number in self._iterates(most, tolerance):
                yield number
        except FloatingPointError:
            if not number:
                raise InputError(ASTRAY) from None

    def _iterates(self, most: int, tolerance: float) -> Iterator[int]:
        for control in self.controls:
            control.requires_grad_(True)
        self._known: list[tuple[list[torch.Tensor], torch.Tensor, list[torch.Tensor]]] = []
        optimiser = torch.optim.LBFGS(
            self.controls, max_iter=1, max_eval=25, history_size=self.history, line_search_fn="strong_wolfe",
            tolerance_grad=0, tolerance_change=0,
        )  # fmt: skip
        start = float(self._closure())
        slopes = self._known[-1][2]
        steep, absolute = (float(sum(part(s).sum() for s in slopes)) for part in (torch.square, torch.abs))
        if not steep > 0:
            yield 1
            return
        optimiser.param_groups[0]["lr"] = start / steep * max(1.0, absolute)  # torch divides by |g|_1 above 1
        idle = 0
        for number in range(1, most + 1):
            before = self.cost
            optimiser.step(self._closure)  # type: ignore[arg-type]
            optimiser.param_groups[0]["lr"] = 1.0
            yield number
            idle = idle + 1 if before - self.cost < tolerance * abs(self.cost) else 0
            if idle == 3:
                return

    def _closure(self) -> torch.Tensor:
        here = [control.detach() for control in self.controls]
        known = (point for point in reversed(self._known) if all(map(torch.equal, point[0], here)))
        found = next(known, None) or self._evaluated(here)
        for control, slope in zip(self.controls, found[2], strict=True):
            control.grad = slope.clone()
        return found[1]

    def _evaluated(self, here: list[torch.Tensor]) -> tuple[list[torch.Tensor], torch.Tensor, list[torch.Tensor]]:
        terms = self.evaluate(*self.controls)
        total = torch.stack(list(terms.values())).sum()
        require_finite(total)
        slopes, value, at = list(torch.autograd.grad(total, self.controls)), total.detach(), [x.clone() for x in here]
        require_finite(*slopes)
        self.evaluations += 1
        if float(value) < self.cost:
            self.cost, self.best = float(value), at
            self.terms = {name: float(term.detach()) for name, term in terms.items()}
            self.kept = [tuple(part.detach() for part in item) for item in self.keep]
        self._known = [*self._known[-6:], (at, value, slopes)]
        return self._known[-1]
