"""Ours for sea ice: the anomaly by a preconditioned denoiser and a second-order sampler, few calls."""

import param
import torch
import xarray as xr

from engine.methods import register
from engine.methods.shared.sea_ice import Generator, by_step
from engine.nets.diffusion import Advance, Preconditioned, multistep, noise_levels


@register("ice_generator")
class IceGenerator(Generator):
    """Denoiser of the thickness anomaly at any noise level, given the low-passed ice."""

    title = "Ice generator"
    net = Preconditioned
    equations = (
        r"D_\theta(z; \sigma) = \frac{z}{1 + \sigma^2} + \frac{\sigma}{\sqrt{1 + \sigma^2}}\, "
        r"F_\theta\!\left(\frac{z}{\sqrt{1 + \sigma^2}}, x, \sigma\right)",
        r"\mathcal{L} = \overline{(1 + \sigma^{-2})\,(D_\theta(y + \sigma \epsilon; \sigma) - y)^2}, "
        r"\qquad \ln\sigma \sim \mathcal{N}(-0.4, 1.4^2)",
    )
    source = (
        "Karras et al. 2022, doi:10.48550/arXiv.2206.00364, table 1; sampler: Lu et al. 2023, "
        "doi:10.48550/arXiv.2211.01095, algorithm 2"
    )
    weights = ("ice_generator",)

    n_steps = param.Integer(default=6, bounds=(2, 64), label="Steps", doc="Network calls for each member.")
    largest = param.Number(
        default=40.0, bounds=(5.0, 80.0), label="Largest noise",
        doc="First noise level, in standard deviations of the anomaly.",
    )  # fmt: skip
    smallest = param.Number(
        default=0.02, bounds=(0.002, 0.2), label="Smallest noise",
        doc="Last noise level, in standard deviations of the anomaly.",
    )  # fmt: skip
    rho = param.Number(
        default=7.0,
        bounds=(1.0, 12.0),
        label="Schedule's bend",
        doc="1 spaces the levels evenly, more puts them lower.",
    )
    churn = param.Number(
        default=0.0, bounds=(0.0, 1.0), label="Churn",
        doc="How much of the noise is drawn anew at every step: 0 is deterministic, 1 is a diffusion.",
    )  # fmt: skip

    def schedule(self) -> xr.Dataset:
        sigma = torch.tensor(self.levels, dtype=torch.float64)
        scale = torch.rsqrt(1 + sigma**2)
        return by_step(
            {"signal rate": scale, "noise rate": sigma * scale, "angle": torch.atan(sigma)}, {"angle": "rad"}
        )

    @property
    def levels(self) -> list[float]:
        """Noise levels of the steps, in standard deviations of the anomaly, and a final 0."""
        return noise_levels(self.n_steps, self.smallest, self.largest, self.rho)

    def advance(self, ask, start: torch.Tensor, fresh) -> Advance:
        return multistep(ask, start, self.levels, self.churn, fresh)
