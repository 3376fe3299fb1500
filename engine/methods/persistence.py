"""Zero motion: every forecast is the last image. What any motion has to beat."""

import time
from collections.abc import Iterator

import torch

from engine.methods import register
from engine.methods.shared.motion import Images, MotionMethod
from engine.scene import Problem, Step


@register("persistence")
class Persistence(MotionMethod):
    """Nothing moves."""

    title = "Persistence"
    cheap = True
    family = "flow"
    equations = (r"w = 0, \qquad I(t) = I(t_n)",)
    source = "the reference forecast of verification, e.g. Wilks 2011, section 8.1.4"

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        started, images = time.perf_counter(), Images.of(problem)
        still = torch.zeros(2, *images.values.shape[1:])
        made = images.wrapped(
            problem, [still] * len(images.values), list(images.values), [images.values[-1]] * len(images.leads)
        )
        yield Step(1, 1, made, {"network_calls": 0.0, "seconds": time.perf_counter() - started})
