"""How an input is made from a truth: what the pages on resolution let a person choose."""

import param

from engine import degrade
from engine.scenes import DataSet
from explorer.working import Working


class Choosing(Working):
    """A page on which a field is degraded."""

    field = param.Selector(objects=["ssh"], doc="The variable to super-resolve.")
    factor = param.Integer(default=27, bounds=(1, 64), doc="How many fine cells make one coarse cell, along each axis.")
    degradation = param.Selector(
        objects=degrade.labelled(degrade.KINDS), default="block_mean",
        doc="How the low-resolution input is made from the truth.",
    )  # fmt: skip
    width_km = param.Number(
        default=None, allow_None=True, bounds=(0.1, 5000), label="Width (km)",
        doc="Width of the low-pass kernels; empty means factor times the grid spacing.",
    )  # fmt: skip
    noise = param.Number(
        default=0.0, bounds=(0, 10), doc="Standard deviation of noise added to the input, in its unit."
    )

    def _adopt_field(self, data: DataSet) -> str:
        """Take a data set's fields and the ways to degrade them; returns the field of now, or its first one."""
        field = self.field if self.field in data.fields else data.fields[0]
        self.param.field.objects = list(data.fields)
        self.param.degradation.objects = degrade.labelled(data.degradations(field))
        return field
