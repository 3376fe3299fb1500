"""Ours: one network for every factor, with a spectral view of the whole field and the temperature as a guide."""

from engine.methods import register
from engine.methods.heights import Guided
from engine.nets.spectral_liif import SpectralLiif


@register("spectral_liif")
class SpectralLiifMethod(Guided):
    """Implicit decoder over features that know the guide, their surroundings and the whole field's waves."""

    title = "Spectral LIIF with SST"
    net = SpectralLiif
    equations = (
        r"z = \mathrm{UNet}_\theta(U y,\, T), \qquad "
        r"\text{coarsest level: } z \leftarrow z + W \sigma(\mathcal{F}^{-1} R\, \mathcal{F} z + C z)",
        r"\hat{h}(x_q) = U y(x_q) + \sum_t \frac{S_t}{S}\, f_\theta(z_t,\, x_q - v_t,\, U y(x_q),\, T(x_q))",
        r"\mathcal{L} = \overline{(\hat{h} - h)^2} \,/\, \overline{(U y - h)^2}, \qquad \text{any factor}",
    )
    source = (
        "Finescale: LIIF's decoder (Chen et al. 2021) on a U-Net with factorised Fourier layers "
        "(Tran et al. 2023, doi:10.48550/arXiv.2111.13802); the global view that the report wished for"
    )
    weights = ("spectral_liif",)
