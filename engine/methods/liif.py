"""LIIF: sea surface height as a continuous function of position, at any scale."""

import time
from collections.abc import Iterator

import param
import torch

from engine.methods import register
from engine.methods.base import Published
from engine.methods.shared.heights import PROTOCOL, anomaly
from engine.methods.shared.sandwich import Sandwich
from engine.nets.implicit import Liif
from engine.scene import Problem, Step
from engine.weights import card, load

SIDES = {
    "all four": ("both", "both"), "upper left": ("upper", "lower"), "upper right": ("upper", "upper"),
    "lower left": ("lower", "lower"), "lower right": ("lower", "upper"), "own cell": ("own", "own"),
}  # fmt: skip


@register("liif")
class LiifMethod(Sandwich):
    """Local implicit image function: an MLP asked at every target position about the four nearest coarse cells."""

    title = "LIIF"
    cheap = True
    network = True
    family, takes = "network", ("ssh",)
    equations = (
        r"\hat{h}(x_q) = \sum_{t} \frac{S_t}{S}\, f_\theta(z^*_t,\, x_q - v^*_t,\, c)",
        r"z^* = \mathrm{unfold}_{3 \times 3}(E(y))",
        r"\mathcal{L} = \overline{|\hat{h} - h|}",
    )
    source = "Chen, Liu and Wang 2021, doi:10.1109/CVPR46437.2021.00852, eqs. (1)-(5); on height as in Le Goff's report"
    published = (Published("ocean_run", 27, {"rmse": 0.0650}, PROTOCOL),)
    weights, tables = ("liif",), ("error_liif", "covariance_ssh")

    unfold = param.Boolean(default=True, doc="Feature unfolding: the MLP sees a cell's 3 x 3 neighbourhood.")
    cell = param.Boolean(default=True, label="Cell decoding", doc="The MLP is told the size of the target's cell.")
    neighbours: param.Selector = param.Selector(
        default="all four", objects=list(SIDES), label="Local ensemble",
        doc="Whose answers count: the four nearest cells by area, one of them alone, or the cell's own (no ensemble).",
    )  # fmt: skip

    def answers(self, problem: Problem, seed: int) -> Iterator[Step]:
        started = time.perf_counter()
        low, offset = anomaly(problem, scale := card("liif")["normalisation"]["ssh_scale_m"])
        net = load("liif", Liif)
        with torch.inference_mode():
            hidden = net.encode(low, self.unfold)
            fine = net.decode_grid(hidden, problem.mask.shape, SIDES[str(self.neighbours)], self.cell)
        values = self.finish(problem, fine.cpu().numpy() * scale + offset)
        trace = {"network_calls": 1.0, "seconds": time.perf_counter() - started}
        yield Step(1, 1, problem.estimate(values), trace)
