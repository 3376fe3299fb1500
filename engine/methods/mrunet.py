"""MRUNet: land surface temperature from itself alone, by a network trained one scale up, or here."""

from typing import Any

import param
import torch
import torch.nn.functional as F

from engine.degrade import RadianceMean
from engine.errors import InputError
from engine.methods import register
from engine.methods.base import Published
from engine.methods.temperature import PROTOCOL, TemperatureNet
from engine.scene import Problem

ABOVE, HERE = "one scale up", "at this scale"
SMALLEST = 4  # cells a side of the input, one scale up
RIDGE = 0.1  # share by which the two gains are held back


@register("mrunet")
class MrunetMethod(TemperatureNet):
    """Multi-residual U-Net on the interpolated temperature. Trained one scale up it rests on scale invariance."""

    title = "MRUNet"
    equations = (
        r"\hat{T} = U T_c + f_\theta(U T_c)",
        r"\mathcal{L} = \overline{(\hat{T} - T)^2} \,/\, \overline{(U T_c - T)^2}",
        r"\text{one scale up: } T \to H T,\; T_c \to H H T \quad\text{in training}",
        r"\text{corrected: } \hat{T} = U T_c + g_1 f_\theta + g_2 (1 - B)\, U T_c, \;\;"
        r" (g_1, g_2) \text{ by least squares one scale up}",
    )
    source = "Nguyen et al. 2022, hal-03580148, section 3 and figure 3; narrower, without batch normalisation"
    published = (Published("lst_mrunet", 4, {"rmse": 0.39}, PROTOCOL),)
    weights = ("mrunet_above", "mrunet_here")

    trained: Any = param.Selector(
        default=ABOVE, objects=[ABOVE, HERE], label="Trained",
        doc="One scale up, as where no fine truth exists: 280 m from 1.1 km, used for 70 m from 280 m; or at 70 m.",
    )  # fmt: skip

    corrected = param.Boolean(
        default=False, label="Correct the scale",
        doc="Weigh what the network adds, and the contrast of the interpolated field, by what fits one scale up, where "
        "this scene knows the truth.",
    )  # fmt: skip

    @property
    def chosen(self) -> str:
        return self.weights[self.trained == HERE]

    def temperature(self, problem: Problem, low: torch.Tensor, guides: list[torch.Tensor]) -> tuple[torch.Tensor, int]:
        up, added = self.fine(low, guides, problem.mask.shape[-2:])
        if not self.corrected:
            return up + added, 1
        gains = self._gains(low, up.shape[-1] // low.shape[-1])
        return up + parts(up, added) @ gains, 2

    def _gains(self, low: torch.Tensor, factor: int) -> torch.Tensor:
        """Regression, one scale up, of what interpolation misses on the `parts` there.

        Raises InputError where the input has no cells of its own, or too few.
        """
        ny, nx = (n // factor * factor for n in low.shape)
        if factor == 1 or min(ny, nx) < SMALLEST * factor:
            raise InputError(
                f"The correction looks one scale up and needs an input of {SMALLEST * max(factor, 2)} cells a side, "
                "made by means over cells."
            )
        known = low[:ny, :nx]
        up, added = self.fine(RadianceMean(factor, 0.0).apply(known), [], known.shape)
        x, y = parts(up, added).reshape(-1, 2).double(), (known - up).flatten().double()
        square = x.T @ x
        held = torch.diag(RIDGE * square.diag() + 1e-9)
        return torch.linalg.solve(square + held, x.T @ y).to(low.dtype)


def parts(up: torch.Tensor, added: torch.Tensor) -> torch.Tensor:
    """(Y, X, 2): what the network adds, and what the interpolated field has beyond its binomial mean of 5 x 5 cells."""
    side = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    around = F.pad(up[None, None], (2, 2, 2, 2), mode="replicate")
    return torch.stack([added, up - F.conv2d(around, torch.outer(side, side)[None, None])[0, 0]], dim=-1)
