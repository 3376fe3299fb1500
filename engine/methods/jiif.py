"""JIIF: sea surface height guided by the surface temperature, decoded at any scale."""

import param
import torch

from engine.device import chosen
from engine.methods import register
from engine.methods.base import Published
from engine.methods.shared.heights import PROTOCOL, Guided, temperature
from engine.nets.joint import Jiif
from engine.scene import Problem


@register("jiif")
class JiifMethod(Guided):
    """Joint implicit image function: values and the belief in them, from coarse heights and fine temperatures."""

    title = "JIIF"
    net = Jiif
    needs = ()
    equations = (
        r"(a_i, v_i) = f_\theta(z_i,\, g_i,\, g_q - g_i,\, x_q - x_i)",
        r"\hat{h}(x_q) = U y(x_q) + \sum_{i \in N_q} \frac{e^{v_i}}{\sum_{j \in N_q} e^{v_j}}\, a_i",
        r"\mathcal{L} = \overline{|\hat{h} - h|}, \qquad \text{trained at } \times 9",
    )
    source = "Tang, Chen and Zeng 2021, doi:10.1145/3474085.3475584, section 3; on height as in the report"
    published = tuple(
        Published("ocean_run", factor, {"rmse": rmse}, PROTOCOL)
        for factor, rmse in ((3, 0.0671), (9, 0.0620), (27, 0.0704))
    )
    weights, tables = ("jiif",), ("error_jiif", "cokriging_ssh", "covariance_ssh")

    guided: param.Boolean = param.Boolean(
        default=True, label="Guide", doc="Show it the surface temperature, where the scene has one."
    )

    def guide(self, problem: Problem, scale: float) -> torch.Tensor:
        """The temperature, or its mean everywhere: every fifth field of the training came without."""
        if self.guided and "sst" in problem.guides:
            return temperature(problem, scale)
        return torch.zeros(1, 1, *problem.mask.shape[-2:], device=chosen())
