"""MRUNet: land surface temperature from itself alone, by a network trained one scale up, or here."""

from typing import Any

import numpy as np
import param
import torch

from engine.methods import register
from engine.methods.base import Published, input_values
from engine.methods.shared.temperature import PROTOCOL, TemperatureNet
from engine.physics.variogram import kriged
from engine.scene import Problem

ABOVE, FEW, HERE = "one scale up", "at this scale on as few pixels", "at this scale"


@register("mrunet")
class MrunetMethod(TemperatureNet):
    """Multi-residual U-Net on the interpolated temperature. Trained one scale up it rests on scale invariance."""

    title = "MRUNet"
    equations = (
        r"\hat{T} = U T_c + f_\theta(U T_c)",
        r"\mathcal{L} = \overline{(\hat{T} - T)^2} \,/\, \overline{(U T_c - T)^2}",
        r"\text{one scale up: } T \to H T,\; T_c \to H H T \quad\text{in training}",
        r"\text{corrected: } \hat{T} = \tfrac{1}{2} \left( U T_c + f_\theta(U T_c) \right) + \tfrac{1}{2} K T_c, \quad"
        r" K \text{: kriging with the variogram of } T_c \text{ brought down to points}",
    )
    source = (
        "Nguyen et al. 2022, hal-03580148, section 3 and figure 3; narrower, without batch normalisation. The "
        "correction is ours, by Kyriakidis 2004, doi:10.1111/j.1538-4632.2004.tb01135.x"
    )
    published = (Published("lst_mrunet", 4, {"rmse": 0.39}, PROTOCOL),)
    weights = ("mrunet_above", "mrunet_few", "mrunet_here")

    trained: Any = param.Selector(
        default=ABOVE, objects=[ABOVE, FEW, HERE], label="Trained",
        doc="One scale up, as where no fine truth exists: 280 m from 1.1 km, used for 70 m from 280 m; or at 70 m, on "
        "all pixels or on the sixteenth of them that there are one scale up.",
    )  # fmt: skip

    corrected = param.Boolean(
        default=False, label="Correct the scale",
        doc="The mean of what the network says, which it learned at another scale, and of kriging, which takes how "
        "neighbours differ from this scene and brings it down to this scale.",
    )  # fmt: skip

    @property
    def chosen(self) -> str:
        return self.weights[(ABOVE, FEW, HERE).index(self.trained)]

    def temperature(self, problem: Problem) -> tuple[torch.Tensor, int]:
        low = input_values(problem)
        up, added = self.fine(low, [], problem.mask.shape[-2:])
        if not self.corrected:
            return up + added, 1
        known = torch.as_tensor(np.isfinite(problem.low[problem.variable].values))
        return (up + added + kriged(low, known, up.shape[-1] // low.shape[-1])) / 2, 1
