"""Ours: one network for every factor, with a spectral view of the whole field and the temperature as a guide."""

import param
import torch

from engine.methods import register
from engine.methods.shared.heights import Guided
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
        r"\text{mirrored: } \tfrac{1}{2}\left(\hat{h}(y, T) - P\, \hat{h}(-P y, -P T)\right), \qquad P:\ y \mapsto -y",
        r"\mathcal{L} = \overline{(\hat{h} - h)^2} \,/\, \overline{(U y - h)^2}, \qquad \text{any factor } 27 s",
    )
    source = (
        "Finescale: LIIF's decoder (Chen et al. 2021) on a U-Net with factorised Fourier layers "
        "(Tran et al. 2023, doi:10.48550/arXiv.2111.13802); the global view that the report wished for"
    )
    weights = ("spectral_liif",)
    smallest = 216  # half a side of the domains that it saw; chosen on validation dates
    tables = ("error_spectral_liif", "cokriging_ssh", "covariance_ssh")

    mirrored = param.Boolean(
        default=True, label="Average with the mirror image",
        doc="Ask also for the field turned upside down with its signs changed, which obeys the same equations.",
    )  # fmt: skip

    @property
    def calls(self) -> float:
        return 2.0 if self.mirrored else 1.0

    def height(self, low: torch.Tensor, guide: torch.Tensor) -> torch.Tensor:
        return load(self.weights[0], SpectralLiif).height(low, guide, self.mirrored)
