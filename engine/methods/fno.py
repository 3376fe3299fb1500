"""FNO: height from temperature alone, learned at one resolution and asked at another."""

import time
from collections.abc import Iterator

import param
import torch

from engine.errors import InputError
from engine.grid import Grid
from engine.methods import register
from engine.methods.base import Method, Published, input_values
from engine.methods.shared.heights import PROTOCOL, temperature
from engine.nets.spectral import Fno, positions
from engine.scene import Outline, Problem, Step
from engine.weights import card, load

DOMAIN_KM = 1728.0  # its waves are those of the ocean run's whole domain
CELLS = 432  # along each of its axes; another factor than one of their divisors leaves some out


@register("fno")
class FnoMethod(Method):
    """Fourier neural operator from surface temperature to height; the coarse height gives its mean alone."""

    title = "FNO, SST to SSH"
    cheap = True
    network = True
    family, takes, needs = "network", ("ssh",), ("sst",)
    equations = (
        r"v_{t+1} = \sigma\left(W v_t + \mathcal{F}^{-1}(R_t \cdot \mathcal{F} v_t)\right)",
        r"\mathcal{L} = \overline{\|\hat{h} - h\|_2 / \|h\|_2}",
    )
    source = "Li et al. 2020, doi:10.48550/arXiv.2010.08895, eqs. (2)-(5); temperature to height as in Le Goff's report"
    published = (Published("ocean_run", 27, {"rmse": 0.1770}, f"Trained at 144 x 144, evaluated at 1296. {PROTOCOL}"),)
    weights = ("fno_16", "fno_48", "fno_144")

    trained_at: param.Selector = param.Selector(
        default=144, objects=[16, 48, 144], label="Trained at", doc="Cells along each axis in training."
    )

    @classmethod
    def unfit(cls, outline: Outline) -> str:
        whole = outline.size is None or all(round(side) == DOMAIN_KM for side in outline.size)
        trimmed = 0 if outline.low_pass else CELLS % outline.factor
        words = "knows the waves of the ocean run's whole domain: choose that region"
        return super().unfit(outline) or ("" if whole and not trimmed else words)

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        started, key = time.perf_counter(), f"fno_{self.trained_at}"
        scales = card(key)["normalisation"]
        if problem.variable != "ssh":
            raise InputError(f"This method was trained for sea surface height, not for {problem.variable}.")
        x0, x1, y0, y1 = Grid.of(problem.target).extent
        if round(x1 - x0) != DOMAIN_KM or round(y1 - y0) != DOMAIN_KM:
            raise InputError("The FNO knows the waves of the ocean run's whole domain: choose that region.")
        sst = temperature(problem, scales["sst_scale_K"])
        place = positions(problem.mask.shape, sst)[None]  # type: ignore[arg-type]
        with torch.inference_mode():
            fine = load(key, Fno)(torch.cat([sst, place], dim=1))[0, 0]
        fine = fine.cpu() * scales["ssh_scale_m"]
        values = self.finish(problem, (fine - fine.mean() + input_values(problem).mean()).numpy())
        trace = {"network_calls": 1.0, "seconds": time.perf_counter() - started}
        yield Step(1, 1, problem.estimate(values), trace)
