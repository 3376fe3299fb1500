"""Co-kriging: optimal interpolation around what a fine guide says, without any network."""

from typing import Any, ClassVar

import numpy as np
import param
import torch

from engine.errors import InputError
from engine.grid import Grid
from engine.methods import register
from engine.methods.shared.linear import Estimate
from engine.methods.shared.posterior import Posterior
from engine.nets.table import Table
from engine.physics.cosines import inverse, transform
from engine.physics.covariance import wavenumbers
from engine.resample import fill_gaps
from engine.scene import Problem
from engine.weights import card, load

FEATURES = {"Powers of the temperature": "powers", "The temperature alone": "linear"}
COLUMNS = {"powers": (("first", "second", "third"), "left"), "linear": (("linear",), "linear_left")}


@register("cokriging")
class Cokriging(Posterior):
    """Height from powers of the temperature, each through its own filter by wavenumber; then the input corrects it."""

    title = "Co-kriging with SST"
    takes = ("ssh",)
    needs: ClassVar[tuple[str, ...]] = ("sst",)
    weights = ("cokriging_ssh",)
    equations = (
        r"x_b = \sum_j C^\top a_j(k)\, C z^j, \quad z = (T - \bar{T}) / s, \qquad a = (F F^\top)^{-1} F X "
        r"\text{ per ring of } k",
        r"\hat{x} = x_b + B_r H^\top M^\top (M H B_r H^\top M^\top + R)^{-1} (y - M H x_b), \qquad B_r = r(k)\, B",
        r"q = F(T), \quad q = (\nabla^2 - \kappa^2)\, \psi: \text{ height is a linear filter of a function of } T",
    )
    source = (
        "Chiles & Delfiner 2012, Geostatistics, section 5.4; the features: surface quasi-geostrophy, "
        "Lapeyre & Klein 2006, doi:10.1175/JPO2840.1"
    )

    features: Any = param.Selector(
        default="powers", objects=FEATURES, label="Features", doc="What the height is a filter of."
    )  # fmt: skip

    def solved(self, problem: Problem) -> Estimate:
        if "sst" not in problem.guides:
            raise InputError("This method needs the sea surface temperature as a guide; this scene has none.")
        table, scales = load(self.weights[0], Table), card(self.weights[0])["normalisation"]
        names, left = COLUMNS[self.features]
        waves = np.log(scales["column_scale"]["wavenumber"] * table.column("wavenumber").numpy())

        def at(name: str, length: np.ndarray) -> np.ndarray:
            values = scales["column_scale"].get(name, 1.0) * table.column(name).numpy()
            return np.interp(np.log(length), waves, values)

        length = wavenumbers(problem.mask.shape[-2:], Grid.of(problem.target).spacing)
        guide = fill_gaps(problem.guides["sst"].values.astype(np.float64))
        z = torch.as_tensor((guide - scales["guide_mean"]) / scales["guide_scale"])
        found = sum(torch.as_tensor(at(name, length)) * transform(z**power) for power, name in enumerate(names, 1))
        assert isinstance(found, torch.Tensor)
        return Estimate.of(
            problem, background=inverse(found), unexplained=lambda of: at(left, of), adapt=self.own_amplitude
        )
