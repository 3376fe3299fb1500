"""Generation by removing noise: the published schedule of angles, and Karras' preconditioning; no network here."""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import torch

from engine.nets.unet import Unet

GAMMA_MIN, GAMMA_MAX = math.acos(0.95), math.acos(0.02)

Denoiser = Callable[[torch.Tensor, float], torch.Tensor]  # (noisy, noise level) -> what it takes for the clean field

Advance = Iterator[tuple[torch.Tensor, torch.Tensor]]  # (clean field so far, next noisy field)


def rates(time: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Signal and noise rate (cos and sin of the diffusion angle) at times in [0, 1]: z = signal y + noise eps.

    Source: Brajard et al.'s slides; Song et al. 2021, doi:10.48550/arXiv.2010.02502, in Beres' continuous time.

    Args:
        time: Diffusion times of any shape, from 0 (nearly clean) to 1 (nearly noise alone).

    Returns:
        Signal rates and noise rates, in the shape of `time`.
    """
    gamma = GAMMA_MIN + time * (GAMMA_MAX - GAMMA_MIN)
    return torch.cos(gamma), torch.sin(gamma)


def angle_times(steps: int, bend: float = 1.0) -> torch.Tensor:
    """Times from 1 to 0 between the steps.

    Args:
        steps: How many steps.
        bend: 1 spaces them evenly (published), more puts them closer to 0.

    Returns:
        Diffusion times (steps + 1,), descending, float64.
    """
    return torch.linspace(1, 0, steps + 1, dtype=torch.float64) ** bend


def descend(noise_of: Denoiser, start: torch.Tensor, times: torch.Tensor, churn: float = 0.0, fresh=None) -> Advance:
    """From pure noise down the angles at these times. Song et al. 2021, eqs. (12) and (16), churn being their eta.

    Args:
        noise_of: noise_of(z, noise rate) is the noise that the network sees in z.
        start: White noise of unit variance (n, 1, y, x).
        times: Diffusion times (steps + 1,), descending.
        churn: 0 is deterministic (published), 1 puts fresh noise in the place of as much of the old as a diffusion
            would.
        fresh: fresh(k) is new noise, like `start`, for step k from 0; not asked where churn is 0.

    Yields:
        The clean field so far and the next noisy field, (n, 1, y, x) each, at every step.
    """
    z = start
    signal, noise = rates(times)
    for k in range(len(times) - 1):
        found = noise_of(z, float(noise[k]))
        clean = (z - noise[k].to(z.dtype) * found) / signal[k].to(z.dtype)
        new = churn * float(noise[k + 1] / noise[k] * torch.sqrt(1 - (signal[k] / signal[k + 1]) ** 2))
        kept = math.sqrt(float(noise[k + 1]) ** 2 - new**2)
        z = signal[k + 1].to(z.dtype) * clean + kept * found + (new * fresh(k) if new else 0.0)
        yield clean, z


def noise_levels(steps: int, smallest: float, largest: float, rho: float = 7.0) -> list[float]:
    """Descending noise levels and a final 0, denser where they are small. Karras et al. 2022, eq. (5).

    Args:
        steps: How many levels before the 0; a single one is the largest.
        smallest: The last level before the 0, in standard deviations of the clean field.
        largest: The first level, in the same unit.
        rho: 1 spaces them evenly, more puts them lower.

    Returns:
        Levels (steps + 1), in standard deviations of the clean field.
    """
    if steps == 1:
        return [largest, 0.0]
    ends = largest ** (1 / rho), smallest ** (1 / rho)
    return [(ends[0] + k / (steps - 1) * (ends[1] - ends[0])) ** rho for k in range(steps)] + [0.0]


def multistep(clean_of: Denoiser, start: torch.Tensor, levels: list[float], churn: float = 0.0, fresh=None) -> Advance:
    """From noise of unit variance down the levels, second order, one call a step.

    Source: Lu et al. 2023, doi:10.48550/arXiv.2211.01095, algorithm 2 (DPM-Solver++ 2M) and, with churn, its SDE form
    there; both for a variance that explodes.

    Args:
        clean_of: clean_of(noisy, level) is the clean field that the network sees in it.
        start: White noise of unit variance (n, 1, y, x).
        levels: Noise levels, descending, with a final 0, in standard deviations of the clean field.
        churn: 0 is deterministic, 1 puts fresh noise in the place of as much of the old as a diffusion would.
        fresh: fresh(k) is new noise, like `start`, for step k from 0; not asked where churn is 0.

    Yields:
        The clean field so far and the next noisy field, (n, 1, y, x) each, at every step.
    """
    x, before = start * levels[0], None
    for k, (sigma, after) in enumerate(pairwise(levels)):
        clean = clean_of(x, sigma)
        best = clean
        if before is not None and after > 0:
            ratio = math.log(sigma / after) / math.log(levels[k - 1] / sigma)
            best = clean + 0.5 * ratio * (clean - before)
        kept = (after / sigma) ** (1 + churn)
        x = best + kept * (x - best)
        if churn and after > 0:
            x = x + after * math.sqrt(1 - (after / sigma) ** (2 * churn)) * fresh(k)
        before = clean
        yield clean, x


class Preconditioned(torch.nn.Module):
    """A U-Net that answers with the clean field: D(x; s) = c_skip x + c_out F(c_in x, s), target of unit variance.

    Source: Karras et al. 2022, doi:10.48550/arXiv.2206.00364, table 1, with sigma_data = 1.
    """

    def __init__(self, **arguments):
        super().__init__()
        self.net = Unet(**arguments)

    def forward(self, noisy: torch.Tensor, context: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        """The clean field in a noisy one.

        Args:
            noisy: Clean field of unit variance and noise (n, 1, y, x); sizes a multiple of `net.multiple`.
            context: What is given (n, c, y, x), standardised.
            sigma: Noise levels (n,), in standard deviations of the clean field.

        Returns:
            Clean field (n, 1, y, x), float32.
        """
        wide = sigma[:, None, None, None]
        scale = torch.rsqrt(1 + wide.square())
        level = 0.5 + torch.log(sigma) / 16  # within (0, 1) for all levels in use
        found = self.net(torch.cat([scale * noisy, context], dim=1), level).float()
        return scale.square() * noisy + wide * scale * found


class AngleNet(torch.nn.Module):
    """The published model: a U-Net that answers with the noise, told the noise rate.

    Its answer corrects noise * z, which is right where z is noise alone: eps = noise z + signal F. The loss stays that
    on the noise; without this, errors at the first step count 1/signal = 50 times in the field, and training takes far
    longer.
    """

    def __init__(self, **arguments):
        super().__init__()
        self.net = Unet(**arguments)

    def forward(self, noisy: torch.Tensor, context: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """The noise in a noisy field.

        Args:
            noisy: signal y + noise eps (n, 1, y, x), y of unit variance; sizes a multiple of `net.multiple`.
            context: What is given (n, c, y, x), standardised.
            noise: Noise rates (n,).

        Returns:
            Noise eps (n, 1, y, x), float32.
        """
        rate = noise[:, None, None, None]
        found = self.net(torch.cat([noisy, context], dim=1), noise).float()
        return rate * noisy + torch.sqrt(1 - rate.square()) * found
