"""The published diffusion of sea-ice thickness: the anomaly from noise, deterministically; and its full-field twin."""

from collections.abc import Mapping

import param
import torch
import xarray as xr

from engine.methods import register
from engine.methods.shared.sea_ice import Correct, Generator, by_step
from engine.nets.diffusion import Advance, AngleNet, angle_times, descend, rates


@register("ice_diffusion")
class IceDiffusion(Generator):
    """Denoising diffusion of the thickness anomaly, given the low-passed ice."""

    title = "Diffusion of the anomaly"
    net = AngleNet
    long = True
    equations = (
        r"z_t = \cos\gamma_t\, y + \sin\gamma_t\, \epsilon, \qquad \gamma_t = \gamma_0 + t\,(\gamma_1 - \gamma_0)",
        r"\mathcal{L} = \overline{(f_\theta(z_t, \sin\gamma_t, x) - \epsilon)^2}, \qquad y = h - H h",
        r"\hat{y} = (z_t - \sin\gamma_t\, \hat\epsilon) / \cos\gamma_t, \qquad "
        r"z_{t'} = \cos\gamma_{t'}\, \hat{y} + \sin\gamma_{t'}\, \hat\epsilon",
    )
    source = (
        "Brajard, Korosov, Wang and Davy (slides); Song et al. 2021, doi:10.48550/arXiv.2010.02502, eq. (12). "
        "Unlike theirs: U-Net of widths 64, 96, 128 on fields folded by 4 (32, 64, 96, 128), weights averaged with "
        "0.998 (0.999), the answer is sin(gamma) z + cos(gamma) f (f), which trains sooner with the same loss"
    )
    weights = ("ice_diffusion",)

    n_steps = param.Integer(default=20, bounds=(2, 64), label="Steps", doc="Network calls for each member.")
    bend = param.Number(
        default=1.0, bounds=(0.5, 3.0), label="Schedule's bend",
        doc="1 spaces the steps evenly in diffusion time, as published; more puts them closer to the clean field.",
    )  # fmt: skip
    churn = param.Number(
        default=0.0, bounds=(0.0, 1.0), label="Churn",
        doc="How much of the noise is drawn anew at every step: 0 is deterministic, as published; 1 is a diffusion.",
    )  # fmt: skip

    def schedule(self) -> xr.Dataset:
        signal, noise = rates(angle_times(self.n_steps, self.bend))
        angle = torch.atan2(noise, signal)
        return by_step({"signal rate": signal, "noise rate": noise, "angle": angle}, {"angle": "rad"})

    def corrected(self, noisy: torch.Tensor, found: torch.Tensor, level: float, correct: Correct) -> torch.Tensor:
        """The noise that is left if the clean field is another."""
        signal = (1 - level**2) ** 0.5
        return (noisy - signal * correct((noisy - level * found) / signal)) / level

    def advance(self, ask, start: torch.Tensor, fresh) -> Advance:
        return descend(ask, start, angle_times(self.n_steps, self.bend), self.churn, fresh)


@register("ice_diffusion_full")
class IceDiffusionFull(IceDiffusion):
    """The same of the whole field: nothing ties its large scales to the input."""

    title = "Diffusion of the full field"
    equations = (
        *IceDiffusion.equations[:1],
        IceDiffusion.equations[1].replace("h - H h", "h"),
        IceDiffusion.equations[2],
    )
    weights = ("ice_diffusion_full",)
    target_std = "full_std"

    def background(self, low: torch.Tensor, scales: Mapping[str, float]) -> float:
        return scales["thickness_mean"]
