"""A second method beside the first, on the same scene with the same seed; two maps over each other. A part of state."""

from typing import Any, Literal

import param
import xarray as xr

from engine import methods
from engine.errors import InputError
from engine.methods import Method
from explorer.base import held, link
from explorer.base.chosen import Chosen, watched
from explorer.base.held import Turn
from explorer.base.outcome import Outcome
from explorer.base.part import Part
from explorer.drawing import pictures
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
    swipe = held.String(
        turn=Turn.LOOK, optional=True, doc="Two maps over each other, as 'estimate,truth'; empty shows the six."
    )
    swipe_at = held.Integer(
        default=None, allow_None=True, bounds=(0, 100), label="Left map seen (%)", turn=Turn.LOOK, optional=True,
        passing=True, doc="How much of the left one of the two maps is seen, per cent; empty is half.",
    )  # fmt: skip

    def __init__(self, chosen: Chosen, outcome: Outcome, changed):
        """chosen: method A; outcome: what it made; changed: told when one of method B's settings was set."""
        super().__init__()
        self._chosen, self._outcome, self._changed = chosen, outcome, changed
        self.param.method_b.objects = {"none": ""} | chosen.param.method.get_range()

    def check(self, name: str, given: Any, value: Any) -> None:
        if name == "swipe" and value and not pair(value):
            raise InputError(f"The swipe cannot be {link.quote(given)}; write it as 'estimate,truth'.")

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

    @property
    def swiped(self) -> tuple[str, str] | None:
        """The two maps over each other; None where there is no swipe."""
        return pair(self.swipe)


def pair(text: str) -> tuple[str, str] | None:
    """Two maps from 'estimate,truth'; None for anything else."""
    left, _, right = text.partition(",")
    return (left, right) if pictures.named(left) and pictures.named(right) else None


def beside(curves: xr.Dataset, other: Result | None) -> xr.Dataset:
    """Curves of method A, with method B's prediction, error and members added where they are known."""
    if other is None or other.curves is None:
        return curves
    return curves.assign(
        {f"{OF_B}{name}": other.curves[name] for name in ("estimate", "error", "members") if name in other.curves}
    )
