"""What is known of a height before its input corrects it: what the temperature tells, and a network knows of both."""

from typing import ClassVar

import torch

from engine.methods.shared.cokriging import told_by_temperature
from engine.methods.shared.heights import Guided
from engine.methods.shared.linear import Estimate
from engine.nets.spectral_liif import SpectralLiif
from engine.physics.optimal_interpolation import MOST
from engine.scene import Problem
from engine.weights import load, trained

NETWORK = "spectral_liif"
COARSE = 6.2  # cells that an input resolves, beyond which the network is asked: below, what it adds is found without it
WHOLE = 400  # cells a side, from which it is asked: it was trained on whole domains; chosen on validation dates


class Refined(Guided):
    """A network that saw whole domains, through optimal interpolation."""

    title = "Background"
    weights: ClassVar[tuple[str, ...]] = (NETWORK,)

    def __init__(self, mirrored: bool):
        super().__init__()
        self.mirrored = mirrored

    def height(self, low: torch.Tensor, guide: torch.Tensor) -> torch.Tensor:
        return load(NETWORK, SpectralLiif).height(low, guide, self.mirrored)


def guided_estimate(
    problem: Problem, most: int = MOST, refined: bool = True, mirrored: bool = True, least: int = WHOLE
) -> tuple[Estimate, float]:
    """The linear estimate around the best that is known of a height with its temperature.

    Args:
        problem: Input of one date with the guide `sst`, and how it came to be.
        most: Equations that are solved at once where there are gaps.
        refined: Whether a network is asked, where the input is coarse.
        mirrored: Whether it is asked for the mirror image too.
        least: Cells a side of the smallest region that it is asked for.

    Returns:
        The estimate, and how often the network was asked.

    Raises:
        InputError: Where the problem has no temperature, or more than one date.
    """
    background, left = told_by_temperature(problem)
    first = Estimate.of(problem, background=background, unexplained=left, most=most)
    small = min(problem.mask.shape[-2:]) < least
    if small or not refined or first.resolved <= COARSE or not trained(NETWORK):
        return first, 0.0
    found = Refined(mirrored).around(problem, first, most=most)
    return (found[0], 1.0 + mirrored) if found else (first, 0.0)
