"""DisTrad: temperature as a parabola over vegetation."""

from engine.methods import register
from engine.methods.shared.sharpening import Sharpener


@register("distrad")
class Distrad(Sharpener):
    """A parabola over NDVI, fitted at the coarse scale and used at the fine one; the residual is replicated."""

    title = "DisTrad"
    equations = (
        r"\hat{T}(s) = f(N(s)) + \left(T_c - f(N_c)\right)(s)",
        r"f(N) = a_0 + a_1 N + a_2 N^2 \;\text{by least squares over the coarse cells}",
    )
    source = "Kustas et al. 2003, doi:10.1016/S0034-4257(03)00036-1, eq. (1)-(4)"
    degree = 2
