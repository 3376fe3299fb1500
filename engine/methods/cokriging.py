"""Co-kriging: optimal interpolation around what a fine guide says, without any network."""

from typing import Any, ClassVar

import param

from engine.methods import register
from engine.methods.shared.cokriging import WEIGHTS, told_by_temperature
from engine.methods.shared.linear import Estimate
from engine.methods.shared.posterior import Posterior
from engine.scene import Problem

FEATURES = {"Powers of the temperature": "powers", "The temperature alone": "linear"}


@register("cokriging")
class Cokriging(Posterior):
    """Height from powers of the temperature, each through its own filter by wavenumber; then the input corrects it."""

    title = "Co-kriging with SST"
    takes = ("ssh",)
    needs: ClassVar[tuple[str, ...]] = ("sst",)
    weights, tables = (WEIGHTS,), ("covariance_ssh",)
    equations = (
        r"x_b = \sum_j C^\top a_j(k)\, C z^j, \quad z = (T - \bar{T}) / s, \qquad a = (F F^\top)^{-1} F X "
        r"\text{ per ring of } k",
        r"\hat{x} = x_b + B_r H^\top M^\top (M H B_r H^\top M^\top + R)^{-1} (y - M H x_b), \qquad B_r = r(k)\, B",
        r"q = F(T), \quad q = (\nabla^2 - \kappa^2)\, \psi: \text{ height is a linear filter of a function of } T",
    )
    source = (
        "Chiles & Delfiner 2012, Geostatistics, section 5.4; the features: surface quasi-geostrophy, "
        "Lapeyre & Klein 2006, doi:10.1175/JPO2840.1"
    )

    features: Any = param.Selector(
        default="powers", objects=FEATURES, label="Features", doc="What the height is a filter of."
    )  # fmt: skip

    def solved(self, problem: Problem) -> Estimate:
        background, left = told_by_temperature(problem, self.features)
        return Estimate.of(problem, background=background, unexplained=left, adapt=self.own_amplitude)
