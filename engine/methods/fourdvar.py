"""4D-Var of images: the motion that carries each image into the next ones, found by descending a cost."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import param
import torch
from scipy import ndimage

from engine.methods import register
from engine.methods.motion import DRY, OCEAN, RAIN, Images, MotionMethod
from engine.physics.variational import Descent, Diagonal, Model, Weights, Window, cost, forecast, trajectory
from engine.physics.wavelengths import Spectral, blurred, mismatch
from engine.scene import Problem, Step

START = 0.05  # m s-1: interpolation has a kink at rest
FLOOR, INCREMENT = 3.0, 0.2  # of the control variables; fewest evaluations on the published sequence
TOLERANCE = 3e-4  # of ours: the fall of the cost at an iterate, three times in a row
PAST = 10  # model steps of a forecast from one lead time to the next


@dataclass(frozen=True)
class Found:
    """After an iterate: flows (2, y, x) and tracers (y, x) at the images' times, the cost's terms, evaluations."""

    flows: Sequence[torch.Tensor]
    tracers: Sequence[torch.Tensor]
    terms: dict[str, float]
    evaluations: int


class Variational(MotionMethod):
    """What all of them have in common: a descent of which every iterate is a step."""

    iterations = param.Integer(default=60, bounds=(1, 300), label="Iterations", doc="The most that are made.")
    interpolation: Any = param.Selector(
        default="bilinear", objects=["bilinear", "bicubic"], label="Interpolation of the forecast",
        doc="Bicubic keeps sharp what bilinear smooths; the smoother forecast has the smaller RMSE.",
    )  # fmt: skip

    def descent(self, problem: Problem, images: Images) -> Iterator[Found]:
        """What is found after every iterate, the best so far."""
        raise NotImplementedError

    def ahead(self, problem: Problem, images: Images, flow: torch.Tensor) -> list[torch.Tensor]:
        """The tracer at the lead times, from the last flow."""
        raise NotImplementedError

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        """One step per iterate and a last one with the forecast; `trace` has the cost, its terms, and evaluations."""
        started, images, done = time.perf_counter(), Images.of(problem), 0
        for found in self.descent(problem, images):
            done += 1
            yield self._step(problem, images, found, started, done, max(done, self.most) + 1)
        ahead = self.ahead(problem, images, found.flows[-1])
        yield self._step(problem, images, found, started, done + 1, done + 1, ahead)

    @staticmethod
    def _step(
        problem: Problem, images: Images, found: Found, started: float, done: int, of: int, ahead: Sequence = ()
    ) -> Step:
        made = images.wrapped(problem, found.flows, found.tracers, ahead)
        trace = {
            "cost": sum(found.terms.values()), **{f"cost_{name}": term for name, term in found.terms.items()},
            "evaluations": float(found.evaluations), "network_calls": 0.0, "seconds": time.perf_counter() - started,
        }  # fmt: skip
        return Step(done, of, made, trace)

    @property
    def most(self) -> int:
        """Iterates at most."""
        return self.iterations


@register("fourdvar_strong")
class FourDVarStrong(Variational):
    """Strong constraint: the first flow and the first image decide on everything after."""

    title = "4D-Var, strong constraint"
    equations = (
        r"X_{k+1} = \mathbb{M}(X_k), \quad X = (u, v, I), \qquad I_{k+1}(x) = I_k(x - w_k \Delta t), \quad "
        r"w_{k+1}(x) = w_k(x - w_k \Delta t)",
        r"J = \tfrac12 \Big( \| I_0 - I_b \|^2_{B^{-1}} + \sum_k \| I_k - Y_k \|^2_{R_k^{-1}} "
        r"+ \alpha \| \nabla w_0 \|^2 + \beta \| \nabla\!\cdot w_0 \|^2 \Big)",
        r"w = E\,(S \odot z)\,E^T, \qquad S = (\alpha \lambda + s)^{-1/2}",
    )
    source = (
        "Filoche, Bereziat, Brajard and Charantonis 2021, ORASIS, sections 2 and 4, with their weights; the control "
        "variable z is ours"
    )

    observation = param.Number(default=25.0, bounds=(0, None), doc="Weight of what is seen, the inverse variance.")
    dry = param.Number(default=0.04, bounds=(0, None), doc="The same where no rain is seen.")
    background = param.Number(default=0.01, bounds=(0, None), doc="Weight of the first image as background.")
    gradient = param.Number(default=5e9, bounds=(0, None), doc="Weight of the flow's gradient (m2 s2).")
    divergence = param.Number(default=5e6, bounds=(0, None), doc="Weight of the flow's divergence (m2 s2).")
    smoothing = param.Integer(default=5, bounds=(1, 25), doc="Images are averaged over so many cells a side first.")
    substeps = param.Integer(default=5, bounds=(1, 40), label="Model steps", doc="Between two images.")
    overwrite = param.Boolean(
        default=True, label="Overwrite by images",
        doc="After it is compared, the tracer is replaced by the image, as published; the gradient ends there.",
    )  # fmt: skip
    pace = param.Number(
        default=2.0, bounds=(0.25, 4), label="Pace of the forecast",
        doc="Forecasts go so many times as far as the clock. Published are 10, 20 and 30 minutes, judged by images 5, "
        "10 and 15 minutes later: 2. It makes up for a flow that is too weak.",
    )  # fmt: skip

    weak = False

    def descent(self, problem: Problem, images: Images) -> Iterator[Found]:
        unit, window = RAIN.get(problem.variable, 1.0), self._window(problem, images)
        seen, (ny, nx) = window.images, window.images.shape[1:]
        weights = Weights(self.background, self.gradient, self.divergence, getattr(self, "error", 0.0))
        model = Model(overwrite=self.overwrite)
        flow = Diagonal.of((ny, nx), images.spacing, self.gradient, FLOOR, seen)
        jump = Diagonal.of((ny, nx), images.spacing, weights.error, FLOOR, seen)
        size = INCREMENT * (0.01 / self.background) ** 0.5 if self.background else INCREMENT
        controls = [flow.inverse(torch.full((2, ny, nx), START)), torch.zeros(ny, nx)]
        if self.weak:
            controls.append(torch.zeros(len(images.gaps), 2, ny, nx))
        path: list[tuple[torch.Tensor, torch.Tensor]] = []

        def evaluate(z: torch.Tensor, increment: torch.Tensor, z_jumps: torch.Tensor | None = None):
            jumps = None if z_jumps is None else jump(z_jumps)
            path[:] = trajectory(flow(z), seen[0] + size * increment, window, model, jumps)
            return cost(path, window, weights, jumps)

        descent = Descent(controls, evaluate, keep=path)
        for _ in descent.iterates(self.iterations):
            flows, tracers = zip(*descent.kept, strict=True)
            yield Found(flows, [tracer / unit for tracer in tracers], descent.terms, descent.evaluations)

    def ahead(self, problem: Problem, images: Images, flow: torch.Tensor) -> list[torch.Tensor]:
        if not images.leads:
            return []
        last, unit = self._window(problem, images).images[-1], RAIN.get(problem.variable, 1.0)
        leads = [self.pace * lead for lead in images.leads]
        found = forecast(flow, last, leads, images.leads[0] / PAST, images.spacing, interpolation=self.interpolation)
        return [tracer / unit for tracer in found]

    def _window(self, problem: Problem, images: Images) -> Window:
        """Smoothed images in the paper's unit, and what each of their cells counts."""
        values = images.values * RAIN.get(problem.variable, 1.0)
        if self.smoothing > 1:
            smooth = ndimage.uniform_filter(values.numpy(), (0, self.smoothing, self.smoothing), mode="constant")
            values = torch.as_tensor(smooth)
        precision = torch.full_like(values, self.observation)
        if problem.variable in RAIN:
            precision = torch.where(values <= DRY, self.dry, precision)
        step = min(images.gaps) / self.substeps
        return Window.of(values, precision * images.seen, images.gaps, step, images.spacing)


@register("fourdvar_weak")
class FourDVarWeak(FourDVarStrong):
    """Weak constraint: at every image the flow may jump, at a price."""

    title = "4D-Var, weak constraint"
    equations = (
        r"X_{k+1} = \mathbb{M}(X_k) + \varepsilon_k \quad \text{at the images' times}",
        FourDVarStrong.equations[1].replace(r" \Big)", r" + \gamma \sum_k \| \nabla \varepsilon_k \|^2 \Big)"),
        FourDVarStrong.equations[2],
    )

    observation = param.Number(default=0.1, bounds=(0, None), doc="Weight of what is seen, the inverse variance.")
    background = param.Number(default=0.1, bounds=(0, None), doc="Weight of the first image as background.")
    gradient = param.Number(default=1e9, bounds=(0, None), doc="Weight of the flow's gradient (m2 s2).")
    divergence = param.Number(default=1e10, bounds=(0, None), doc="Weight of the flow's divergence (m2 s2).")
    error = param.Number(default=1e9, bounds=(0, None), doc="Weight of the jumps' gradient (m2 s2).")
    smoothing = param.Integer(default=1, bounds=(1, 25), doc="Images are averaged over so many cells a side first.")
    overwrite = param.Boolean(
        default=False, label="Overwrite by images",
        doc="After it is compared, the tracer is replaced by the image; the gradient ends there.",
    )  # fmt: skip
    pace = param.Number(
        default=1.0,
        bounds=(0.25, 4),
        label="Pace of the forecast",
        doc="Forecasts go so many times as far as the clock.",
    )

    weak = True


@register("fourdvar")
class FourDVar(Variational):
    """Ours: a flow with a spectrum, found from coarse to fine, each image carried to the next."""

    title = "4D-Var with a spectral prior"
    equations = (
        r"J = \frac{1}{2\sigma^2} \sum_k \| \mathbb{M}_{w_k}(Y_k) - Y_{k+1} \|^2 + \tfrac12 \| z \|^2 "
        r"+ \tfrac12 \sum_k \| \zeta_k \|^2",
        r"w_0 = \bar w + C (S \odot z), \quad w_{k+1} = w_k + c\, C (S \odot \zeta_k), \quad "
        r"S \propto (1 + \lambda l^2)^{-p/2}",
        r"w = (-\partial_y \psi, \partial_x \psi) \text{ in the ocean, where } \psi = C (S \lambda^{-1/2} \odot z)",
    )
    source = (
        "Ours; cost after Filoche et al. 2021 with the tracer replaced by every image, prior by its spectrum, images "
        "blurred by ever less (Heas et al. 2007, doi:10.1109/TGRS.2007.906156, for layers of rain)"
    )

    iterations = param.Integer(
        default=100, bounds=(1, 300), label="Iterations", doc="The most, for each of four blurs."
    )
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

    BLURS = (4.0, 2.0, 1.0, 0.0)  # cells

    @property
    def most(self) -> int:
        return self.iterations * len(self.BLURS)

    def descent(self, problem: Problem, images: Images) -> Iterator[Found]:
        ocean = problem.variable in OCEAN
        kind = ("turning" if ocean else "steady") if self.kind == "automatic" else self.kind
        patterns = self._patterns(problem, images)
        (ny, nx), typical = patterns.shape[1:], 0.5 if ocean else 5.0
        prior = Spectral.of(
            (ny, nx), images.spacing, 1000 * self.length, self.steepness, typical, kind == "turning", patterns
        )
        parts = (1 if kind == "turning" else 2, ny, nx)
        controls = [torch.zeros(parts), torch.full((2,), START / (4 * typical))]
        controls += [torch.zeros(len(images.gaps), *parts)] if kind != "steady" else []
        spent = 0
        for blur in self.BLURS:
            blurry = blurred(patterns, blur)

            def evaluate(z, mean, changes=None, blurry=blurry):
                flows = self._flows(prior, len(images.gaps), z, mean, changes)
                return {
                    "observation": mismatch(flows, blurry, images.seen, images.gaps, images.spacing, self.substeps)
                    / self.noise**2,
                    "prior": 0.5 * z.square().sum(),
                } | ({} if changes is None else {"change": 0.5 * changes.square().sum()})

            descent = Descent(controls, evaluate, history=50)
            for _ in descent.iterates(self.iterations, TOLERANCE):
                with torch.no_grad():
                    flows = self._flows(prior, len(images.gaps), *descent.best)
                yield Found(flows, list(images.values), descent.terms, spent + descent.evaluations)
            controls, spent = [part.clone() for part in descent.best], spent + descent.evaluations

    def _flows(self, prior: Spectral, gaps: int, z, mean, changes=None) -> list[torch.Tensor]:
        """Flow (2, y, x) in m s-1 at the time of every image."""
        flows = [prior(z) + 4 * prior.typical * mean[:, None, None]]
        for number in range(gaps):
            flows.append(flows[-1] if changes is None else flows[-1] + self.change * prior(changes[number]))
        return flows

    @staticmethod
    def _patterns(problem: Problem, images: Images) -> torch.Tensor:
        """Images of unit variance and no mean, rain by its logarithm."""
        values = images.values
        if problem.variable in RAIN:
            values = torch.log1p(values.clamp(min=0) * RAIN[problem.variable])
        return (values - values.mean()) / values.std().clamp(min=1e-6)

    def ahead(self, problem: Problem, images: Images, flow: torch.Tensor) -> list[torch.Tensor]:
        if not images.leads:
            return []
        step = images.leads[0] / PAST
        return list(
            forecast(
                flow, images.values[-1], images.leads, step, images.spacing, carries_flow=False, iterations=2,
                interpolation=self.interpolation,
            )
        )  # fmt: skip
