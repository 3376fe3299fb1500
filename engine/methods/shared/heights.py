"""What the networks for sea surface height share: input, guide, and the protocol of the published numbers."""

import time
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import torch

from engine.device import chosen
from engine.errors import InputError
from engine.methods.base import input_values
from engine.methods.shared.sandwich import Sandwich
from engine.resample import fill_gaps
from engine.scene import Problem, Step
from engine.weights import card, load

PROTOCOL = (
    "Le Goff's report: NATL60 / SARGAS60, trained 2012-10 to 2013-10, tested on four months of 2008; ours: a simulated "
    "ocean, trained and tested on runs of different seeds."
)


def anomaly(problem: Problem, scale: float) -> tuple[torch.Tensor, float]:
    """The input height without its mean.

    Args:
        problem: Input of one date, `ssh` in m.
        scale: What heights are divided by, m.

    Returns:
        Height (1, 1, y, x), over the scale, and the mean in m.

    Raises:
        InputError: Where the field is no height or has more than one date.
    """
    if problem.variable != "ssh":
        raise InputError(f"This method was trained for sea surface height, not for {problem.variable}.")
    low = input_values(problem)
    if low.ndim != 2:
        raise InputError(f"This method takes one date at a time; the input has the shape {tuple(low.shape)}.")
    offset = float(low.mean())
    return ((low - offset) / scale)[None, None].to(chosen()), offset


def temperature(problem: Problem, scale: float) -> torch.Tensor:
    """The guide's surface temperature without its mean, land filled.

    Args:
        problem: Input and guides.
        scale: What temperatures are divided by, K.

    Returns:
        Temperature (1, 1, Y, X), over the scale.

    Raises:
        InputError: Where the problem has none.
    """
    if "sst" not in problem.guides:
        raise InputError("This method needs the sea surface temperature as a guide; this scene has none.")
    fine = torch.as_tensor(fill_gaps(problem.guides["sst"].values.astype(np.float32)))
    return ((fine - fine.mean()) / scale)[None, None].to(chosen())


class Guided(Sandwich):
    """A network that makes a fine height of a coarse height and a fine temperature."""

    cheap = True
    network = True
    family, takes = "network", ("ssh",)
    needs: ClassVar[tuple[str, ...]] = ("sst",)
    net: ClassVar[Any]

    def guide(self, problem: Problem, scale: float) -> torch.Tensor:
        """The fine guide.

        Args:
            problem: Where it comes from.
            scale: What temperatures are divided by, K.

        Returns:
            Guide (1, 1, Y, X), over the scale.

        Raises:
            InputError: Where the problem has none.
        """
        return temperature(problem, scale)

    @property
    def calls(self) -> float:
        """Network calls that `height` makes."""
        return 1.0

    def height(self, low: torch.Tensor, guide: torch.Tensor) -> torch.Tensor:
        """The network's answer.

        Args:
            low: Height (1, 1, y, x), over its scale.
            guide: Guide (1, 1, Y, X), over its scale.

        Returns:
            Height (Y, X), over its scale.
        """
        return load(self.weights[0], self.net).decode_grid(low, guide)

    def answers(self, problem: Problem, seed: int) -> Iterator[Step]:
        started, scales = time.perf_counter(), card(self.weights[0])["normalisation"]
        low, offset = anomaly(problem, scales["ssh_scale_m"])
        guide = self.guide(problem, scales["sst_scale_K"])
        with torch.inference_mode():
            fine = self.height(low, guide)
        values = self.finish(problem, fine.cpu().numpy() * scales["ssh_scale_m"] + offset)
        trace = {"network_calls": self.calls, "seconds": time.perf_counter() - started}
        yield Step(1, 1, problem.estimate(values), trace)
