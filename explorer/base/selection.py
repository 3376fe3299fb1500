"""What the pages on resolution let a person choose: how an input is made from a truth, and files of their own."""

from collections.abc import Callable
from typing import Any

import param

from engine import degrade
from engine.scenes import DataSet
from engine.scenes.own import is_own
from explorer.base.own_file import Opening
from explorer.base.session import Working


class Choosing(Working):
    """A page on which a field is degraded: of the data sets that there are, or of a file of one's own."""

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

    def __init__(self, dispatch: Callable[[Callable[[], None]], None] = lambda call: call()):
        super().__init__(dispatch)
        self.opening = Opening(dispatch, self.show_own)

    def select(self, chosen: dict[str, Any]) -> list[str]:
        """As in Working; a person's own file is opened first, which takes a moment. The latest choice counts."""
        self.opening.turn_back()
        key = str(chosen.get("source", ""))
        if not is_own(key) or key in self._catalogue:
            return super().select(chosen)

        def go_on(data: DataSet) -> None:
            self.offer(data)
            super(Choosing, self).select(chosen)

        self.opening.follow(key, go_on, self.refresh)
        return []

    def close(self) -> None:
        super().close()
        self.opening.forget()

    def show_own(self, data: DataSet) -> None:
        """Add a person's own file to the sources of this page, and show it."""
        self.offer(data)
        if self.source != data.key:
            self.source = data.key
            return
        self._quiet = True  # the same file again: it may have changed
        self._adopt_source(data.key)
        self._quiet = False
        self.refresh()

    def _adopt_field(self, data: DataSet) -> str:
        """Take a data set's fields and the ways to degrade them; returns the field of now, or its first one."""
        field = self.field if self.field in data.fields else data.fields[0]
        self.param.field.objects = list(data.fields)
        self.param.degradation.objects = degrade.labelled(data.degradations(field))
        return field
