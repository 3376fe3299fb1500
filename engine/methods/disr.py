"""DISR: land surface temperature from two images, its own coarse one and a fine vegetation index."""

import torch

from engine.methods import register
from engine.methods.shared.shores import land_of
from engine.methods.shared.temperature import TemperatureNet
from engine.scene import Problem
from engine.weights import card

NETWORK = r"\hat{T} = U T_c + f_\theta(U T_c,\, N)"


class DualImage(TemperatureNet):
    """A network that sees the vegetation index too; of land alone: engine.methods.shared.shores tells water apart."""

    needs = ("ndvi",)

    def temperature(self, problem: Problem) -> tuple[torch.Tensor, int]:
        land = land_of(problem)
        index = (land.index - land.index.mean()) / card(self.chosen)["normalisation"]["ndvi_scale"]
        up, added = self.fine(land.low, [index], land.index.shape)
        return land.with_water(up + added), 1


@register("disr")
class Disr(DualImage):
    """The multi-residual U-Net with the vegetation index as a second input, trained on fine temperatures at x4."""

    title = "DISR"
    equations = (
        NETWORK,
        r"\mathcal{L} = \overline{(\hat{T} - T)^2} \,/\, \overline{(U T_c - T)^2}",
    )
    source = (
        "Dual-image super-resolution with the network of Nguyen et al. 2022, hal-03580148, figure 3; two images as in "
        "Ait-Bachir et al. 2025, doi:10.48550/arXiv.2502.01204"
    )
    weights = ("disr",)


@register("disr_free")
class DisrFree(DualImage):
    """The same network without any fine temperature in its training: means as observed, texture from the index."""

    title = "DISR, scale-invariance-free"
    equations = (
        NETWORK,
        r"\mathcal{L} = 0.99\, \overline{(H \hat{T} - T_c)^2} + 0.01\, \overline{"
        r"\lVert \nabla \hat{T} + 0.5\, \nabla N \rVert^2} \quad (\hat{T}, N \text{ to unit variance})",
    )
    source = "Ait-Bachir et al. 2025, doi:10.48550/arXiv.2502.01204 (SIF-CNN-SR1), with our narrower network"
    weights = ("disr_free",)
