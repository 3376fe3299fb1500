"""Detail regression: temperature's details from the vegetation index's, learned one scale up in the same scene."""

import torch

from engine.methods import register
from engine.methods.shared.sharpening import Detailing, applied, detail_kernel, smooth
from engine.methods.shared.shores import Land


@register("detail_regression")
class DetailRegression(Detailing):
    """What TsHARP fits to whole fields is fitted to details alone, with a kernel and a pull to zero.

    Temperature and index both follow height, irrigation and distance to the hills over many cells; a line through
    whole fields takes their slope for that of a hedge. Details, what a cell has beyond its coarse neighbours, do not.
    The kernel learns that the two sensors see different surroundings; the pull allows for what the next scale lacks.
    """

    title = "Detail regression (ours)"
    equations = (
        r"\hat{T} = P\left( U T_c + \sum_{k \in 3 \times 3} w_k\, \Delta N(s + k) \right), \qquad \Delta N = N - U H N",
        r"w = \arg\min \sum_c \left( \Delta T_c - \sum_k w_k\, \Delta N_{c+k} \right)^2"
        r" + \varepsilon\, \overline{X_k^2}\, \lVert w \rVert^2 \quad\text{one scale up: } \Delta T_c = T_c - U H T_c",
    )
    source = (
        "Ours; a high-pass form of TsHARP (Agam et al. 2007, doi:10.1016/j.rse.2006.10.006), by ridge regression "
        "(Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634); P: projection on the input"
    )

    def sharpened(self, land: Land) -> torch.Tensor:
        kernel = detail_kernel(land.coarse, land.low, land.used, land.factor, self.pull)
        return smooth(land.low, land.factor) + applied(land.index - smooth(land.coarse, land.factor), kernel)
