"""Interpolation: nearest, bilinear, bicubic. What any method has to beat."""

import numpy as np

from engine.methods import register
from engine.methods.base import Method, Published, input_values
from engine.methods.shared.temperature import PROTOCOL
from engine.resample import upsample
from engine.scene import Problem

CONVOLUTION = r"\hat{x}(s) = \sum_i y_i \, w(s - s_i)"


class Interpolation(Method):
    """Cell-centred interpolation of the input; land is filled first and masked again."""

    cheap = True
    family = "interpolation"
    mode = ""

    def estimate(self, problem: Problem, seed: int) -> np.ndarray:
        return upsample(input_values(problem), problem.mask.shape[-2:], self.mode).numpy()


@register("nearest")
class Nearest(Interpolation):
    """Every fine cell takes the value of the coarse cell it lies in."""

    title = "Nearest"
    mode = "nearest"
    equations = (CONVOLUTION, r"w(s) = 1 \;\text{for}\; |s| < \tfrac{1}{2}")
    source = "Keys 1981, doi:10.1109/TASSP.1981.1163711, section II"


@register("bilinear")
class Bilinear(Interpolation):
    """Linear interpolation between the four nearest cell centres."""

    title = "Bilinear"
    mode = "bilinear"
    equations = (CONVOLUTION, r"w(s) = \max(0,\, 1 - |s|)")
    source = "Keys 1981, doi:10.1109/TASSP.1981.1163711, section II"


@register("bicubic")
class Bicubic(Interpolation):
    """Cubic convolution over 4 x 4 cell centres: the reference of every table."""

    title = "Bicubic"
    mode = "bicubic"
    equations = (
        CONVOLUTION,
        r"w(s) = (a+2)|s|^3 - (a+3)|s|^2 + 1 \;\;(|s| \le 1)",
        r"w(s) = a|s|^3 - 5a|s|^2 + 8a|s| - 4a \;\;(1 < |s| < 2), \quad a = -\tfrac{3}{4}",
    )
    source = "Keys 1981, doi:10.1109/TASSP.1981.1163711, eq. (15), a = -0.75"
    published = (
        Published(
            "ocean_run", 27, {"rmse": 0.0672},
            "Le Goff's report, NATL60, four months of 2008, 16x16 to 432x432; ours is a simulated ocean with one jet.",
        ),
        Published("lst_mrunet", 4, {"rmse": 0.69}, PROTOCOL),
    )  # fmt: skip
