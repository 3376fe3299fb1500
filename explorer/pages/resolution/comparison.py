"""A second method beside the first, on the same scene with the same seed. A part of the state."""

from typing import Literal

import param
import xarray as xr

from engine import methods
from engine.methods import Method
from explorer.base import held
from explorer.base.chosen import Chosen, watched
from explorer.base.held import Turn
from explorer.base.outcome import Outcome
from explorer.base.part import Part
from explorer.drawing.pictures import OF_B
from explorer.jobs.resolution_run import Result

Side = Literal["a", "b"]


class Comparison(Part):
    """Method A is the page's own; method B has its settings in a link with `b.` before them."""

    method_b = held.Selector(
        objects={"none": ""}, default="", label="Method B", turn=Turn.METHOD, optional=True,
        doc="A second method beside the first, on the same scene with the same seed; the same one with other settings "
        "is compared with itself.",
    )  # fmt: skip
    configured_b = param.ClassSelector(class_=Method, allow_None=True, doc="Method B with its own settings.")
    result_b = param.ClassSelector(class_=Result, allow_None=True)
    stale_b = param.Boolean(default=False, doc="What is shown of method B does not belong to the settings any more.")

    def __init__(self, chosen: Chosen, outcome: Outcome, changed):
        """chosen: method A; outcome: what it made; changed: told when one of method B's settings was set."""
        super().__init__()
        self._chosen, self._outcome, self._changed = chosen, outcome, changed
        self.param.method_b.objects = {"none": ""} | chosen.param.method.get_range()

    def adopt(self) -> None:
        """Take method B with its defaults; the same as A starts with A's settings."""
        key, created = self.method_b, None
        if key:
            same = key == self._chosen.method
            created = watched(methods.copy(self._chosen.configured) if same else methods.create(key), self._changed)
        self.param.update(configured_b=created, result_b=None, stale_b=False)

    @property
    def sides(self) -> dict[Side, Method]:
        """The methods in question."""
        first: dict[Side, Method] = {"a": self._chosen.configured}
        return first if self.configured_b is None else first | {"b": self.configured_b}

    @property
    def current(self) -> Result | None:
        """Method B's result, if there is one for the scene on the screen."""
        there = self.result_b is not None and self.result_b.scene is self._outcome.scene
        return self.result_b if there else None

    @property
    def judged(self) -> Result | None:
        """Method B's result with its scores, if it belongs to method A's scene."""
        first, second = self._outcome.result, self.result_b
        if first is None or second is None or second.scene is not first.scene:
            return None
        return second if second.judged else None


def beside(curves: xr.Dataset, other: Result | None) -> xr.Dataset:
    """Curves of method A, with method B's prediction, error and members added where they are known."""
    if other is None or other.curves is None:
        return curves
    return curves.assign(
        {f"{OF_B}{name}": other.curves[name] for name in ("estimate", "error", "members") if name in other.curves}
    )
