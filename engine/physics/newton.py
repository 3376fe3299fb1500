"""Gauss-Newton for the cost of a motion: few iterates, each with an inner descent that carries no image at all."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch

from engine.errors import InputError
from engine.physics.variational import ASTRAY, require_finite

Controls = list[torch.Tensor]
Quadratic = Callable[..., torch.Tensor]
Evaluated = tuple[dict[str, torch.Tensor], Quadratic]
Pair = tuple[Controls, Controls]  # a step, and how the slope changed along it

SUFFICIENT = 1e-4  # of the fall that the slope promises (Armijo)
HALVINGS = 8  # of a step that leads up


@dataclass
class GaussNewton:
    """Descends one iterate at a time; `best` holds the controls of the smallest cost so far.

    evaluate(*controls) -> the terms of the cost, and a function that gives the quadratic part of their expansion about
    there (Gauss and Newton's: of linearised residuals) for a step. A direction is that of L-BFGS whose first guess of
    the inverse curvature is the solution of the quadratic problem by conjugate gradients; what linearising leaves out
    is learned from the last steps. Source: Nocedal and Wright 2006, algorithms 5.2, 7.1 and 7.4, section 10.3.

    inner: conjugate gradients an iterate at most; forcing: share of the residual at which they stop; memory: steps that
    are remembered. Raises InputError where the cost is not finite at the start.
    """

    controls: Controls
    evaluate: Callable[..., Evaluated]
    inner: int = 20
    forcing: float = 0.1
    memory: int = 5
    evaluations: int = 0
    terms: dict[str, float] = field(default_factory=dict)
    cost: float = float("inf")
    best: Controls = field(default_factory=list)

    def iterates(self, most: int, tolerance: float = 1e-3) -> Iterator[int]:
        """Descend; ends where the cost falls by less than the tolerance twice in a row, or where no step leads down.

        Args:
            most: How many iterates at most.
            tolerance: Fall of the cost at an iterate, relative.

        Yields:
            The iterate's number, from 1, once `best`, `cost` and `terms` are those after it.

        Raises:
            InputError: Where the cost is not finite at the start.
        """
        try:
            terms, quadratic = self._evaluated(self.controls)
        except FloatingPointError:
            raise InputError(ASTRAY) from None
        remembered: deque[Pair] = deque(maxlen=self.memory)
        slopes, idle = self._accepted(self.controls, terms), 0
        for number in range(1, most + 1):
            before, here, steep = self.cost, self.best, slopes
            step = self._direction(slopes, quadratic, remembered)
            found = self._searched(step, _dot(slopes, step))
            if found is not None:
                terms, quadratic, at = found
                slopes = self._accepted(at, terms)
                pair = _plus(self.best, -1.0, here), _plus(slopes, -1.0, steep)
                if _dot(*pair) > 0:  # the cost bends upward along it
                    remembered.append(pair)
            yield number
            idle = idle + 1 if before - self.cost < tolerance * abs(self.cost) else 0
            if found is None or idle == 2:
                return

    def _evaluated(self, at: Controls) -> Evaluated:
        for control in at:
            control.requires_grad_(True)
        terms, quadratic = self.evaluate(*at)
        require_finite(*terms.values())
        self.evaluations += 1
        return terms, quadratic

    def _accepted(self, at: Controls, terms: dict[str, torch.Tensor]) -> Controls:
        """Stand at a point; the slopes there."""
        total = torch.stack(list(terms.values())).sum()
        slopes = list(torch.autograd.grad(total, at))
        self.cost, self.best = float(total.detach()), [control.detach() for control in at]
        self.terms = {name: float(term.detach()) for name, term in terms.items()}
        return slopes

    def _direction(self, slopes: Controls, quadratic: Quadratic, remembered: Sequence[Pair]) -> Controls:
        """The two loops of L-BFGS around the solution of the quadratic problem."""
        left, shares = [-part for part in slopes], []
        for step, change in reversed(remembered):
            shares.append(_dot(step, left) / _dot(step, change))
            left = _plus(left, -shares[-1], change)
        found = conjugate_gradients(quadratic, left, self.inner, self.forcing)
        for (step, change), share in zip(remembered, reversed(shares), strict=True):
            found = _plus(found, share - _dot(change, found) / _dot(step, change), step)
        return found

    def _searched(self, step: Controls, slope: float) -> tuple[dict[str, torch.Tensor], Quadratic, Controls] | None:
        """The first of the step, its half, its quarter ... that leads down far enough; None if none does."""
        for length in (0.5**n for n in range(HALVINGS)):
            at = _plus(self.best, length, step)
            try:
                terms, quadratic = self._evaluated(at)
            except FloatingPointError:
                continue
            if float(sum(term.detach() for term in terms.values())) < self.cost + SUFFICIENT * length * min(slope, 0):
                return terms, quadratic, at
        return None


def conjugate_gradients(quadratic: Quadratic, right: Controls, most: int, forcing: float) -> Controls:
    """x with H x = right, H being the curvature of a quadratic function that never falls; it stops early where H has
    none.

    Args:
        quadratic: The function, of tensors shaped like `right`.
        right: Right-hand side, one tensor for each control.
        most: How many steps at most.
        forcing: Share of `right` that may be left as residual, in the Euclidean norm.

    Returns:
        x, one tensor for each control.
    """
    found, left = [torch.zeros_like(part) for part in right], right
    towards, size = left, _dot(left, left)
    enough = forcing**2 * size
    for _ in range(most):
        if size <= enough:
            break
        curved = _curvature(quadratic, towards)
        bend = _dot(towards, curved)
        if not bend > 0:
            break
        found, left = _plus(found, size / bend, towards), _plus(left, -size / bend, curved)
        size, last = _dot(left, left), size
        towards = _plus(left, size / last, towards)
    return found


def _curvature(quadratic: Quadratic, step: Controls) -> Controls:
    """H times a step: the slope that a quadratic function has there."""
    at = [part.detach().requires_grad_(True) for part in step]
    return list(torch.autograd.grad(quadratic(*at), at))


def _dot(some: Controls, others: Controls) -> float:
    return float(sum((one * other).sum() for one, other in zip(some, others, strict=True)))


def _plus(some: Controls, share: float, others: Controls) -> Controls:
    return [one + share * other for one, other in zip(some, others, strict=True)]
