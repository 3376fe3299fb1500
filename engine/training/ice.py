"""Sea-ice thickness: the published diffusion of the anomaly, its full-field twin, and our generator."""

from collections.abc import Mapping
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from engine.nets.diffusion import AngleNet, Preconditioned, rates
from engine.training.ice_data import VALID, IceCuts, IceSample, collate
from engine.training.loop import Recipe

JUDGED_AT = (0.1, 0.3, 0.5, 0.7, 0.9)  # diffusion times, or quantiles of the noise level, of the validation loss
LEVELS = (-0.4, 1.4)  # mean and standard deviation of log(sigma)


def angle_loss(net: nn.Module, sample: IceSample, time: torch.Tensor | None = None, *, target: str) -> torch.Tensor:
    """Squared error on the noise, diffusion times drawn evenly.

    Args:
        net: A network that answers with the noise.
        sample: A batch (n, c, y, x), standardised.
        time: Diffusion times (n,) in place of drawn ones.
        target: Which part of the sample is the clean field, 'anomaly' or 'thickness'.

    Returns:
        The loss, a scalar without unit.
    """
    clean = getattr(sample, target)
    signal, noise = rates(torch.rand(len(clean), device=clean.device) if time is None else time)
    drawn = torch.randn_like(clean)
    noisy = signal[:, None, None, None] * clean + noise[:, None, None, None] * drawn
    return F.mse_loss(net(noisy, sample.context, noise).float(), drawn)


def generator_loss(net: nn.Module, sample: IceSample, quantile: torch.Tensor | None = None) -> torch.Tensor:
    """Squared error on the clean field, weighed so that every noise level counts the same. Karras et al., eq. (8).

    Args:
        net: A network that answers with the clean field.
        sample: A batch (n, c, y, x), standardised.
        quantile: Quantiles (n,) of the noise level's distribution in place of drawn ones.

    Returns:
        The loss, a scalar without unit.
    """
    clean = sample.anomaly
    drawn = torch.rand(len(clean), device=clean.device) if quantile is None else quantile
    mean, spread = LEVELS
    sigma = torch.exp(mean + spread * torch.special.ndtri(drawn.clamp(1e-4, 1 - 1e-4)))
    wide = sigma[:, None, None, None]
    found = net(clean + wide * torch.randn_like(clean), sample.context, sigma)
    return ((1 + wide**-2) * (found - clean).square()).mean()


def judge(net: nn.Module, sample: IceSample, loss) -> Mapping[str, torch.Tensor]:
    """The loss at five fixed levels, with the same noise every time.

    Args:
        net: The network.
        sample: A batch of one date (1, c, y, x), standardised.
        loss: loss(net, sample, level), the level being a time or a quantile (1,).

    Returns:
        'denoising_loss', a scalar without unit.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        at = torch.tensor(JUDGED_AT, device=sample.context.device).split(1)
        return {"denoising_loss": torch.stack([loss(net, sample, level) for level in at]).mean()}


def _recipe(key: str, build, arguments: dict, loss, steps: int) -> Recipe:
    return Recipe(
        key, build, {"inputs": 5, **arguments}, loss, partial(judge, loss=loss), batch=8, steps=steps, size=96,
        data=IceCuts, collate=collate, valid=VALID,
    )  # fmt: skip


NETWORK = {"fold": 4, "widths": (64, 96, 128)}  # one for all three, so that they differ in what they are asked alone
RECIPES = (
    _recipe("ice_diffusion", AngleNet, NETWORK, partial(angle_loss, target="anomaly"), 6000),
    _recipe("ice_diffusion_full", AngleNet, NETWORK, partial(angle_loss, target="thickness"), 6000),
    _recipe("ice_generator", Preconditioned, NETWORK, generator_loss, 12000),
)
