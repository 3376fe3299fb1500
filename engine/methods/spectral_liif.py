"""Ours: one network for every factor, with a spectral view of the whole field and the temperature as a guide."""

import torch

from engine.methods import register
from engine.methods.heights import Guided
from engine.nets.spectral_liif import SpectralLiif
from engine.weights import load


@register("spectral_liif")
class SpectralLiifMethod(Guided):
    """Implicit decoder over features that know the guide, their surroundings and the whole field's waves."""

    title = "Spectral LIIF with SST"
    equations = (
        r"z = \mathrm{UNet}_\theta(U y,\, U \Delta y,\, T,\, T - U H T,\, s), \qquad "
        r"\text{coarsest level: } z \leftarrow z + W \sigma(\mathcal{F}^{-1} R\, \mathcal{F} z + C z)",
        r"\hat{h}(x_q) = U y(x_q) + s^{1.8} \sum_t \frac{S_t}{S} \sum_k z_{t,k}\, \varphi_k(x_q - v_t)",
        r"\mathcal{L} = \overline{(\hat{h} - h)^2} \,/\, \overline{(U y - h)^2}, \qquad \text{any factor } 27 s",
    )
    source = (
        "Finescale: LIIF's decoder (Chen et al. 2021) on a U-Net with factorised Fourier layers "
        "(Tran et al. 2023, doi:10.48550/arXiv.2111.13802); the global view that the report wished for"
    )
    weights = ("spectral_liif",)

    def height(self, low: torch.Tensor, guide: torch.Tensor) -> torch.Tensor:
        return load(self.weights[0], SpectralLiif)(low, guide)[0, 0]
