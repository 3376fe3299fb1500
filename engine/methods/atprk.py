"""ATPRK: a trend over vegetation, and its residual brought to the points by area-to-point kriging."""

from typing import ClassVar

import param
import torch
import torch.nn.functional as F

from engine.methods import register
from engine.methods.base import Published
from engine.methods.shared.sharpening import Sharpener
from engine.methods.shared.shores import Land
from engine.methods.shared.temperature import PROTOCOL
from engine.physics.variogram import kriged
from engine.resample import upsample


@register("atprk")
class Atprk(Sharpener):
    """The line of TsHARP; what it leaves is kriged over 5 x 5 cells with a variogram of points."""

    title = "ATPRK"
    cells = True
    equations: ClassVar[tuple[str, ...]] = (
        r"\hat{T}(s) = a_0 + a_1 N(s) + \sum_{c \in 5 \times 5} \lambda_c(s)\, r_c, \qquad r_c = T_c - a_0 - a_1 N_c",
        r"\sum_{c'} \lambda_{c'}\, C(v_c, v_{c'}) + \mu = C(v_c, s), \qquad \sum_c \lambda_c = 1",
        r"C(h) = \sigma^2 e^{-3h/a} \;\text{such that}\; C(v, v) - C(v, v_h) = \gamma_v(h)",
    )
    source = "Wang, Shi, Atkinson and Zhao 2015, doi:10.1016/j.rse.2015.06.003, eq. (3)-(12)"
    published: ClassVar[tuple[Published, ...]] = (Published("lst_mrunet", 4, {"rmse": 0.90}, PROTOCOL),)

    def finer(self, residual: torch.Tensor, used: torch.Tensor, factor: int) -> torch.Tensor:
        """The residual kriged to the points.

        Args:
            residual: What the trend leaves (y, x), K.
            used: Cells (y, x) that the trend was fitted to.
            factor: Points a side of a cell.

        Returns:
            Residual (Y, X), K.

        Raises:
            InputError: Where the input has no cells of its own (factor 1).
        """
        return kriged(residual, used, factor)


@register("atprk_local")
class AtprkLocal(Atprk):
    """The same with a line of its own in every window: where crops are, temperature falls faster than in a town."""

    title = "ATPRK, local"
    equations = (
        r"\hat{T}(s) = a_0(s) + a_1(s)\, N(s) + \sum_{c} \lambda_c(s)\, r_c",
        r"(a_0, a_1)(c) = \arg\min \sum_{c' \in W(c)} \left(T_{c'} - a_0 - a_1 N_{c'}\right)^2"
        r" + \varepsilon\, |W|\, \mathrm{var}(N)\, (a_1 - \bar{a}_1)^2",
    )
    source = "Jin et al. 2018, doi:10.3390/rs10040579 (a regression in windows, its residual kriged); the pull is ours"
    published = ()

    window = param.Integer(default=11, bounds=(5, 41), label="Window (coarse cells)", doc="Side of the window.")
    pull = param.Number(
        default=0.1, bounds=(0.0, 1.0), label="Pull to the common slope",
        doc="Weight of the slope of the whole scene against that of the window.",
    )  # fmt: skip

    def sharpened(self, land: Land) -> torch.Tensor:
        terms = self._windowed(land.coarse, land.low, land.used)
        fine = torch.stack([upsample(term, land.index.shape, "bilinear") for term in terms])
        residual = land.low - (terms[0] + terms[1] * land.coarse)
        return fine[0] + fine[1] * land.index + self.finer(residual, land.used, land.factor)

    def _windowed(self, coarse: torch.Tensor, low: torch.Tensor, used: torch.Tensor) -> torch.Tensor:
        """(2, y, x): intercept and slope of every window; without a cell to fit, those of the whole scene."""
        whole = self.trend(coarse, low, used).double()
        x, y, seen = (part.double() for part in (coarse, low, used))
        side = 2 * (self.window // 2) + 1

        def mean(values: torch.Tensor) -> torch.Tensor:
            return F.avg_pool2d(values[None, None], side, 1, side // 2, count_include_pad=False)[0, 0]

        share = mean(seen)
        empty, share = share == 0, share.clamp(min=1e-9)
        mx, my = mean(seen * x) / share, mean(seen * y) / share
        variance = mean(seen * x * x) / share - mx**2
        together = mean(seen * x * y) / share - mx * my
        held = self.pull * float(x[used].var()) + 1e-9
        slope = (together + held * whole[1]) / (variance.clamp(min=0) + held)
        return torch.where(empty, whole[:, None, None], torch.stack([my - slope * mx, slope])).to(low.dtype)
