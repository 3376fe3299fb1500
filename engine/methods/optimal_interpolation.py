"""Optimal interpolation: the linear estimate of least error for any observation, its error, and draws from it."""

from engine.methods import register
from engine.methods.shared.linear import Estimate
from engine.methods.shared.posterior import Posterior
from engine.scene import Problem


@register("optimal_interpolation")
class OptimalInterpolation(Posterior):
    """What a covariance alone can tell: the reference that any network has to beat, with its own error."""

    title = "Optimal interpolation"
    tables = ("covariance_ssh", "covariance_sst")  # other fields tell their own
    equations = (
        r"y = M H x + e, \quad x \sim \mathcal{N}(\bar{x}, \eta B), \quad e \sim \mathcal{N}(0, R)",
        r"\hat{x} = \bar{x} + \eta B H^\top M^\top (M H \eta B H^\top M^\top + R)^{-1} (y - M H \bar{x})",
        r"B = C^\top \mathrm{diag}(P(k))\, C \quad \text{in the cosine basis, one table of } P \text{ per field}",
        r"x_i = \hat{x} + x_b - K (M H x_b + e), \qquad x_b \sim \mathcal{N}(0, \lambda \eta B \lambda)",
    )
    source = (
        "Bretherton, Davis & Fandry 1976, doi:10.1016/0011-7471(76)90001-2, eq. (2.6); draws: Hoffman & Ribak 1991, "
        "doi:10.1086/186160, eq. (4); amplitude: empirical Bayes, Robbins 1956"
    )

    def solved(self, problem: Problem) -> Estimate:
        return Estimate.of(problem, adapt=self.own_amplitude)
