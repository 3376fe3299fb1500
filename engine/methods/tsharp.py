"""TsHARP: temperature falls linearly with vegetation."""

from engine.methods import register
from engine.methods.shared.sharpening import Sharpener


@register("tsharp")
class Tsharp(Sharpener):
    """A straight line over NDVI, fitted at the coarse scale and used at the fine one; the residual is replicated."""

    title = "TsHARP"
    equations = (
        r"\hat{T}(s) = a_0 + a_1\, N(s) + \left(T_c - a_0 - a_1 N_c\right)(s)",
        r"(a_0, a_1) = \arg\min \sum_c \left(T_c - a_0 - a_1 N_c\right)^2",
    )
    source = "Agam et al. 2007, doi:10.1016/j.rse.2006.10.006, eq. (1)-(5), with NDVI itself in place of its power"
    degree = 1
