"""What the fine temperature says of the height: filters by wavenumber, fitted once, and the share that they leave."""

from collections.abc import Callable

import numpy as np
import torch

from engine.errors import InputError
from engine.grid import Grid
from engine.nets.table import Table
from engine.physics.cosines import inverse, transform
from engine.physics.covariance import wavenumbers
from engine.resample import fill_gaps
from engine.scene import Problem
from engine.weights import card, load

WEIGHTS = "cokriging_ssh"
COLUMNS = {"powers": (("first", "second", "third"), "left"), "linear": (("linear",), "linear_left")}


def told_by_temperature(
    problem: Problem, features: str = "powers"
) -> tuple[torch.Tensor, Callable[[np.ndarray], np.ndarray]]:
    """The height that a temperature implies.

    Args:
        problem: With the guide `sst`.
        features: A key of COLUMNS: powers of the temperature, or itself alone.

    Returns:
        Height (y, x) in m, up to its mean, and the share of the variance that it leaves as a function of wavenumbers in
        cycles per m.

    Raises:
        InputError: Where the problem has no temperature.
    """
    if "sst" not in problem.guides:
        raise InputError("This method needs the sea surface temperature as a guide; this scene has none.")
    table, scales = load(WEIGHTS, Table), card(WEIGHTS)["normalisation"]
    names, left = COLUMNS[features]
    waves = np.log(scales["column_scale"]["wavenumber"] * table.column("wavenumber").numpy())

    def at(name: str, length: np.ndarray) -> np.ndarray:
        values = scales["column_scale"].get(name, 1.0) * table.column(name).numpy()
        return np.interp(np.log(length), waves, values)

    length = wavenumbers(problem.mask.shape[-2:], Grid.of(problem.target).spacing)
    guide = fill_gaps(problem.guides["sst"].values.astype(np.float64))
    z = torch.as_tensor((guide - scales["guide_mean"]) / scales["guide_scale"])
    waves_of = [torch.as_tensor(at(name, length)) * transform(z**power) for power, name in enumerate(names, 1)]
    return inverse(torch.stack(waves_of).sum(dim=0)), lambda of: at(left, of)
