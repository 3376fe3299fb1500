"""4D-Var of images as published: the motion that carries the first image, with itself, through all of them."""

from collections.abc import Iterator
from typing import Any

import param
import torch
from scipy import ndimage

from engine.methods import register
from engine.methods.shared.motion import DRY, RAIN, Found, Images, Variational
from engine.physics.variational import Descent, Diagonal, Model, Weights, Window, cost, forecast, trajectory
from engine.scene import Problem

START = 0.05  # m s-1: interpolation has a kink at rest
FLOOR, INCREMENT = 3.0, 0.2  # of the control variables; fewest evaluations on the published sequence
FAINTEST = 1e-4  # weight of a background: scales its control variable no further
PAST = 10  # model steps of a forecast from one lead time to the next
OF_IMAGES, OF_FLOWS = (0, 1e6), (0, 1e15)  # bounds of weights


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

    observation = param.Number(default=25.0, bounds=OF_IMAGES, doc="Weight of what is seen, the inverse variance.")
    dry = param.Number(default=0.04, bounds=OF_IMAGES, doc="The same where no rain is seen.")
    background = param.Number(default=0.01, bounds=OF_IMAGES, doc="Weight of the first image as background.")
    gradient = param.Number(default=5e9, bounds=OF_FLOWS, doc="Weight of the flow's gradient (m2 s2).")
    divergence = param.Number(default=5e6, bounds=OF_FLOWS, doc="Weight of the flow's divergence (m2 s2).")
    smoothing = param.Integer(default=5, bounds=(1, 25), doc="Images are averaged over so many cells a side first.")
    substeps = param.Integer(default=5, bounds=(1, 40), label="Model steps", doc="Between two images.")
    overwrite = param.Boolean(
        default=True, label="Overwrite by images",
        doc="After it is compared, the tracer is replaced by the image; the gradient ends there.",
    )  # fmt: skip
    pace = param.Number(
        default=None, allow_None=True, bounds=(0.25, 4), step=0.25, label="Pace of the forecast",
        doc="Forecasts go so many times as far as the clock; empty is 1, and 2 on the published sequence: its 10, 20 "
        "and 30 minutes are judged by images 5, 10 and 15 minutes later, which makes up for a flow that is too weak.",
    )  # fmt: skip

    weak = False
    error: Any = 0.0  # no jumps, no price

    def descent(self, problem: Problem, images: Images) -> Iterator[Found]:
        unit, window = RAIN.get(problem.variable, 1.0), self._window(problem, images)
        seen, (ny, nx) = window.images, window.images.shape[1:]
        weights = Weights(self.background, self.gradient, self.divergence, self.error)
        model = Model(overwrite=self.overwrite)
        flow = Diagonal.of((ny, nx), images.spacing, self.gradient, FLOOR, seen)
        jump = Diagonal.of((ny, nx), images.spacing, weights.error, FLOOR, seen)
        size = INCREMENT * (0.01 / max(self.background, FAINTEST)) ** 0.5
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

    def ahead(
        self, problem: Problem, images: Images, flow: torch.Tensor, tracer: torch.Tensor
    ) -> Iterator[torch.Tensor]:
        """From the last image, smoothed as all of them were, and not from the tracer."""
        last, unit = self._window(problem, images).images[-1], RAIN.get(problem.variable, 1.0)
        leads, step = [self.pace_on(problem) * lead for lead in images.leads], images.leads[0] / PAST
        for found in forecast(flow, last, leads, step, images.spacing, interpolation=self.interpolation):
            yield found / unit

    def pace_on(self, problem: Problem) -> float:
        usual = problem.target["lead"].attrs.get("published_pace", 1.0)
        return float(usual if self.pace is None else self.pace)

    def _window(self, problem: Problem, images: Images) -> Window:
        """Smoothed images in the paper's unit, and what each of their cells counts."""
        values = images.values * RAIN.get(problem.variable, 1.0)
        if self.smoothing > 1:
            beyond = "constant" if problem.variable in RAIN else "nearest"  # as published, or as the sea goes on
            smooth = ndimage.uniform_filter(values.numpy(), (0, self.smoothing, self.smoothing), mode=beyond)
            values = torch.as_tensor(smooth)
        precision = torch.full_like(values, self.observation)
        if problem.variable in RAIN:
            precision = torch.where(values <= DRY, self.dry, precision)
        step = min(images.gaps) / self.substeps
        return Window.of(values, precision * images.usable, images.gaps, step, images.spacing)


@register("fourdvar_weak")
class FourDVarWeak(FourDVarStrong):
    """Weak constraint: at every image the flow may jump, at a price."""

    title = "4D-Var, weak constraint"
    equations = (
        r"X_{k+1} = \mathbb{M}(X_k) + \varepsilon_k \quad \text{at the images' times}",
        FourDVarStrong.equations[1].replace(r" \Big)", r" + \gamma \sum_k \| \nabla \varepsilon_k \|^2 \Big)"),
        FourDVarStrong.equations[2],
    )

    observation = param.Number(default=0.1)
    background = param.Number(default=0.1)
    gradient = param.Number(default=1e9)
    divergence = param.Number(default=1e10)
    error: Any = param.Number(default=1e9, bounds=OF_FLOWS, doc="Weight of the jumps' gradient (m2 s2).")
    smoothing = param.Integer(default=1)
    overwrite = param.Boolean(default=False)
    weak = True
