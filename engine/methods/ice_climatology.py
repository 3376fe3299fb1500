"""Climatology for sea ice: the input plus anomalies of random training dates. What a generator has to beat."""

import time
from collections.abc import Iterator

import numpy as np
import param
import torch

from engine.methods import register
from engine.methods.base import Method
from engine.methods.shared.sea_ice import informed, input_thickness, knows_more
from engine.nets.memory import Memory
from engine.scene import Problem, Step
from engine.weights import load


@register("ice_climatology")
class IceClimatology(Method):
    """Members of the right texture in the wrong places: anomalies that have nothing to do with the input."""

    title = "Climatology"
    cheap = True
    family, takes = "generator", ("thickness",)
    equations = (r"\hat{h}_i = H h + a_{r_i}, \qquad a = h' - H h' \text{ of random training dates}",)
    source = "the reference forecast of verification, e.g. Wilks 2011, section 8.1.4"
    weights = ("ice_climatology",)

    members = param.Integer(default=8, bounds=(1, 64), label="Members", doc="How many anomalies are drawn.")

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        started, low, memory = time.perf_counter(), input_thickness(problem), load("ice_climatology", Memory)
        shape = (low.shape[0], low.shape[1])
        drawn = [memory(shape, 1_000_003 * seed + member).cpu() for member in range(self.members)]
        made = low + torch.stack(drawn)
        values = self.finish(problem, (informed(problem, made) if knows_more(problem) else made).numpy())
        trace = {"network_calls": 0.0, "seconds": time.perf_counter() - started}
        yield Step(1, 1, problem.estimate(values, member=np.arange(self.members)), trace)
