"""For which observations a trained method is valid: what its card says, against the problem at hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.grid import Grid
from engine.observation.kernels import KERNELS
from engine.scene import Problem

TOLERANCE = 0.1  # of a width or a spacing
LITTLE = 1e-3  # of the input's standard deviation: noise that does not count


@dataclass(frozen=True)
class Validity:
    """The observations that weights were trained for.

    kernels: keys of `engine.observation.KERNELS`, none: any; factors: fine per coarse cell, none: any; width_km: of a
    low-pass, None: any; noise: largest standard deviation, in the field's unit; gaps: whether inputs had any;
    spacing_km: (least, most) of the fine cells, None: any.
    """

    kernels: tuple[str, ...] = ()
    factors: tuple[int, ...] = ()
    width_km: float | None = None
    noise: float = 0.0
    gaps: bool = False
    spacing_km: tuple[float, float] | None = None

    @classmethod
    def of(cls, card: dict[str, Any]) -> "Validity | None":
        """What a card says under `valid`.

        Args:
            card: of a weight file.

        Returns:
            The validity; None where the card says nothing.
        """
        said: dict[str, Any] | None = card.get("valid")
        if said is None:
            return None
        parts: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in said.items()}
        return cls(**parts)

    def unlike(self, problem: Problem) -> Iterator[str]:
        """How an observation differs in kind from those of the training: its kernel, its noise, its gaps.

        Args:
            problem: all that a method may see.

        Yields:
            Words as those of `outside`.
        """
        seen, low = problem.observation, problem.low[problem.variable]
        if seen is None:
            return
        if self.kernels and seen.key not in self.kernels:
            yield KERNELS[seen.key].title
        elif self.width_km is not None and abs(seen.scale_km - self.width_km) > TOLERANCE * self.width_km:
            yield f"{seen.scale_km:.0f} km wide"
        if seen.noise.total > max(self.noise, LITTLE * float(low.std())):
            yield f"noise {seen.noise.total:.2g} {low.attrs['units']}"
        if seen.sampling and not self.gaps:
            yield "gaps"

    def outside(self, problem: Problem) -> Iterator[str]:
        """How a problem differs from what was trained for.

        Args:
            problem: all that a method may see.

        Yields:
            Words that go on after 'outside its training: '; none for a problem of the kind.
        """
        seen = problem.observation
        if seen is None:
            yield "nobody knows how its input was made"
            return
        if seen.key in self.kernels and self.factors and seen.factor not in self.factors:
            yield f"×{seen.factor}"
        yield from self.unlike(problem)
        spacing = Grid.of(problem.target).spacing
        if not self.has_cells_of(spacing):
            yield f"cells of {_middle_km(spacing):.2g} km"

    def has_cells_of(self, spacing: tuple[float, float]) -> bool:
        """Whether fine cells are as those of the training.

        Args:
            spacing: (dy, dx), m.

        Returns:
            True where their mean width is, or where any will do.
        """
        least, most = self.spacing_km or (0.0, float("inf"))
        return least * (1 - TOLERANCE) <= _middle_km(spacing) <= most * (1 + TOLERANCE)


def _middle_km(spacing: tuple[float, float]) -> float:
    return float(spacing[0] * spacing[1]) ** 0.5 / 1000
