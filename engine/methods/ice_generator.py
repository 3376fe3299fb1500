"""Ours for sea ice: the anomaly by a preconditioned denoiser and a second-order sampler, few calls."""

import torch
import xarray as xr

from engine.methods import register
from engine.methods.sea_ice import Generator, by_step
from engine.nets.diffusion import Advance, Preconditioned, multistep, noise_levels

SMALLEST, LARGEST = 0.02, 40.0  # noise levels, in standard deviations of the anomaly


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

    def schedule(self) -> xr.Dataset:
        sigma = torch.tensor(self.levels, dtype=torch.float64)
        scale = torch.rsqrt(1 + sigma**2)
        return by_step(
            {"signal rate": scale, "noise rate": sigma * scale, "angle": torch.atan(sigma)}, {"angle": "rad"}
        )

    @property
    def levels(self) -> list[float]:
        """Noise levels of the steps, in standard deviations of the anomaly, and a final 0."""
        return noise_levels(self.n_steps, SMALLEST, LARGEST)

    def advance(self, ask, start: torch.Tensor) -> Advance:
        return multistep(ask, start, self.levels)
