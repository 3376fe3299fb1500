"""What the networks for land surface temperature share: the interpolated temperature, to be corrected."""

import time
from collections.abc import Iterator

import torch

from engine.device import chosen
from engine.errors import InputError
from engine.methods.base import Method
from engine.nets.mrunet import Mrunet
from engine.resample import upsample
from engine.scene import Problem, Step
from engine.weights import card, load

PROTOCOL = (
    "Nguyen et al. 2022: MODIS, 4 km to 1 km, trained one scale up, no clouds or sea; ours: see Method. "
    "Their bicubic (0.69 K) is probably bilinear."
)


class TemperatureNet(Method):
    """U y + network(U y, ...), with the mean of the input taken off before and put back."""

    cheap = True
    network = True
    family, takes = "network", ("lst",)

    @property
    def chosen(self) -> str:
        """Key of the weights in use."""
        return self.weights[0]

    def fine(
        self, low: torch.Tensor, guides: list[torch.Tensor], shape: tuple[int, ...]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The interpolated input, and what the network adds to it.

        Args:
            low: Temperature (y, x), gaps filled, K.
            guides: Further fields (Y, X) that the network sees, over their scales.
            shape: Cells (Y, X) of the target.

        Returns:
            Interpolated temperature and its correction, (Y, X) in K each.
        """
        scale, offset = card(self.chosen)["normalisation"]["lst_scale_K"], low.mean()
        up = upsample((low - offset) / scale, shape, "bicubic")
        fields = torch.stack([up, *guides])[None].to(chosen())
        found = load(self.chosen, Mrunet)(fields)[0, 0].float().cpu()
        return up * scale + offset, (found - up) * scale

    def temperature(self, problem: Problem) -> tuple[torch.Tensor, int]:
        """The fine temperature.

        Args:
            problem: Input and guides, `lst` in K.

        Returns:
            Temperature (Y, X) in K, and the number of network calls.

        Raises:
            NotImplementedError: Here; subclasses give it.
        """
        raise NotImplementedError

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        started = time.perf_counter()
        if problem.variable != "lst":
            raise InputError(f"This method was trained for land surface temperature, not for {problem.variable}.")
        with torch.inference_mode():
            found, calls = self.temperature(problem)
        values = self.finish(problem, found.numpy())
        trace = {"network_calls": float(calls), "seconds": time.perf_counter() - started}
        yield Step(1, 1, problem.estimate(values), trace)
