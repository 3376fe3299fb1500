"""Our 4D-Var of images: a flow with a spectrum, found from coarse to fine, each image carried to the next."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import param
import torch
import torch.nn.functional as F

from engine.methods import register
from engine.methods.shared.motion import OCEAN, RAIN, Found, Images, Variational
from engine.physics.newton import GaussNewton
from engine.physics.variational import forecast
from engine.physics.wavelengths import Cost, Level, Spectral, filled_by_motion
from engine.scene import Problem

BLURS = (4.0, 2.0, 1.0, 0.0)  # cells
START = 0.05  # m s-1: interpolation has a kink at rest
TYPICAL = {"air": 5.0, "ocean": 0.5}  # m s-1: a component of the flow
EVEN = 4.0  # times that: a component of its mean
TOLERANCE = 1e-3  # the fall of the cost at an iterate, relative, twice in a row
PAST = 10  # model steps of a forecast from one lead time to the next


@register("fourdvar")
class FourDVar(Variational):
    """Ours: a flow with a spectrum, found from coarse to fine, each image carried to the next."""

    title = "4D-Var with a spectral prior"
    equations = (
        r"J_b = \frac{1}{2\sigma^2} \sum_k \| \mathbb{M}_{(w_k + w_{k+1}) / 2}(Y^b_k) - Y^b_{k+1} \|^2 "
        r"+ \tfrac12 \| z \|^2 + \tfrac12 \sum_k \| \zeta_k \|^2, \quad Y^b: \text{blurred by } b = 4, 2, 1, 0 "
        r"\text{ cells, one after the other}",
        r"w_0 = \bar w + C (S \odot z), \quad w_{k+1} = w_k + c\, C (S \odot \zeta_k), \quad "
        r"S \propto (1 + \lambda l^2)^{-p/2}",
        r"w = (-\partial_y \psi, \partial_x \psi) \text{ in the ocean, where } \psi = C (S \lambda^{-1/2} \odot z)",
        r"w(t_n + \tau) = (1 - c^2)^{\tau / 2 \Delta t}\, w_n \text{ of a flow that changes, for the forecast}",
    )
    source = (
        "Ours; cost after Filoche et al. 2021 with the tracer replaced by every image, prior by its spectrum, images "
        "blurred by ever less (Heas et al. 2007, doi:10.1109/TGRS.2007.906156, for layers of rain), descended by "
        "Gauss-Newton (Nocedal and Wright 2006, section 10.3)"
    )

    iterations = param.Integer(default=12, bounds=(1, 300), label="Iterations", doc="The most, for each of four blurs.")
    noise = param.Number(
        default=0.3, bounds=(0.01, 10), label="Mismatch", doc="What images may differ by, in their standard deviations."
    )
    length = param.Number(default=20.0, bounds=(1, 500), label="Length (km)", doc="Flows are smooth to about here.")
    steepness = param.Number(default=3.0, bounds=(1, 6), doc="Power p of the prior's spectrum.")
    change = param.Number(
        default=0.6, bounds=(0.05, 2), label="Change", doc="How much a changing flow may change from image to image."
    )
    substeps = param.Integer(default=2, bounds=(1, 20), label="Model steps", doc="Between two images.")
    kind: Any = param.Selector(
        default="automatic", objects=["automatic", "steady", "changing", "turning"], label="Kind of flow",
        doc="Steady; changing from image to image; or changing and turning, without divergence. Automatic takes a "
        "steady flow for rain and a turning one in the ocean.",
    )  # fmt: skip

    @property
    def most(self) -> int:
        return self.iterations * len(BLURS)

    def descent(self, problem: Problem, images: Images) -> Iterator[Found]:
        costs = self._costs(problem, images)
        controls, finest, spent = self._start(problem, costs[0]), costs[-1], 0
        for cost in costs:
            descent = GaussNewton(grown(controls, cost.level.shape), cost)
            for _ in descent.iterates(self.iterations, TOLERANCE):
                with torch.no_grad():
                    flows = finest.flows(*grown(descent.best, finest.level.shape))
                    tracers = filled_by_motion(
                        images.values, images.seen, flows, images.gaps, images.spacing, self.substeps
                    )
                yield Found(flows, list(tracers), descent.terms, spent + descent.evaluations, {"blur": cost.level.blur})
            controls, spent = descent.best, spent + descent.evaluations

    def _costs(self, problem: Problem, images: Images) -> list[Cost]:
        """One for every blur."""
        patterns, typical = self._patterns(problem, images), TYPICAL["ocean" if problem.variable in OCEAN else "air"]
        costs = []
        for blur in BLURS:
            level = Level.of(patterns, images.usable, images.spacing, blur)
            prior = Spectral.of(
                level.shape, level.spacing, 1000 * self.length, self.steepness, typical,
                self._kind(problem) == "turning", patterns,
            )  # fmt: skip
            costs.append(Cost(level, prior, images.gaps, self.substeps, self.noise, self.change, EVEN))
        return costs

    def _kind(self, problem: Problem) -> str:
        usual = "turning" if problem.variable in OCEAN else "steady"
        return usual if self.kind == "automatic" else self.kind

    def _start(self, problem: Problem, cost: Cost) -> list[torch.Tensor]:
        """White waves of the first flow, its mean and, of a flow that changes, the waves of every change: all but 0."""
        parts = (1 if cost.prior.turning else 2, *cost.level.shape)
        still = [torch.zeros(parts), torch.full((2,), START / (EVEN * cost.prior.typical))]
        return still if self._kind(problem) == "steady" else [*still, torch.zeros(len(cost.gaps), *parts)]

    @staticmethod
    def _patterns(problem: Problem, images: Images) -> torch.Tensor:
        """Images of unit variance and no mean, rain by its logarithm."""
        values = images.values
        if problem.variable in RAIN:
            values = torch.log1p(values.clamp(min=0) * RAIN[problem.variable])
        return (values - values.mean()) / values.std().clamp(min=1e-6)

    def ahead(
        self, problem: Problem, images: Images, flow: torch.Tensor, tracer: torch.Tensor
    ) -> Iterator[torch.Tensor]:
        step, leads = images.leads[0] / PAST, images.leads
        if self._kind(problem) != "steady":
            leads = tuple(fading(lead, images.gaps[-1], self.change) for lead in leads)
        return forecast(
            flow, tracer, leads, step, images.spacing, carries_flow=False, iterations=2,
            interpolation=self.interpolation,
        )  # fmt: skip


def fading(lead: float, gap: float, change: float) -> float:
    """How long a flow of full strength takes as far as one that fades gets in `lead`.

    What changes by a part c of its strength within a gap, and does not grow, keeps (1 - c^2)^1/2 of itself.

    Args:
        lead: Lead time of the forecast, s.
        gap: Time between two images, s.
        change: The part c, above 0.

    Returns:
        Time of the flow of full strength, s; never more than `lead`.
    """
    kept = math.log(max(1 - change**2, 0.01)) / (2 * gap)
    return math.expm1(kept * lead) / kept


def grown(controls: Sequence[torch.Tensor], shape: tuple[int, int]) -> list[torch.Tensor]:
    """Controls of a finer level: no new wave has any strength yet.

    Args:
        controls: Waves (..., y, x) of a level, and vectors, which stay.
        shape: Cells (Y, X) of the finer level.

    Returns:
        Waves (..., Y, X), and the vectors, without a graph behind them.
    """

    def longer(waves: torch.Tensor) -> torch.Tensor:
        return F.pad(waves, (0, shape[1] - waves.shape[-1], 0, shape[0] - waves.shape[-2]))

    return [part.detach() if part.ndim < 2 else longer(part.detach()) for part in controls]
