"""What comparing adds to a page's state: a second method beside the first, on the same scene with the same seed."""

from typing import Literal

import param
import xarray as xr

from engine import methods
from engine.methods import Method, settings
from explorer.base import link as state
from explorer.jobs.limits import tighten
from explorer.drawing.pictures import OF_B
from explorer.jobs.resolution_run import Result
from explorer.base.session import Working

Side = Literal["a", "b"]


class Comparing(Working):
    """Method A is `method`, with its settings and result under their plain names; method B has its own with a b."""

    method_b = param.Selector(
        objects={"none": ""}, default="", label="Method B",
        doc="A second method beside the first, on the same scene with the same seed; the same one with other settings "
        "is compared with itself.",
    )  # fmt: skip
    configured_b = param.ClassSelector(class_=Method, allow_None=True, doc="Method B with its own settings.")
    result_b = param.ClassSelector(class_=Result, allow_None=True)
    stale_b = param.Boolean(default=False, doc="What is shown of method B does not belong to the settings any more.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.param.method_b.objects = {"none": ""} | self.param.method.get_range()

    @property
    def configurations(self) -> dict[str, Method]:
        beside = {state.OPTION_B: self.configured_b} if self.configured_b is not None else {}
        return super().configurations | beside

    @property
    def sides(self) -> dict[Side, Method]:
        """The methods in question."""
        first: dict[Side, Method] = {"a": self.configured}
        return first if self.configured_b is None else first | {"b": self.configured_b}

    @property
    def cheap(self) -> bool:
        return all(method.cheap for method in self.sides.values())

    @property
    def ran(self) -> bool:
        beside = self.configured_b is None or (not self.stale_b and self.current_b is not None and self.current_b.final)
        return super().ran and beside

    @property
    def current_b(self) -> Result | None:
        """Method B's result, if there is one for the scene on the screen."""
        return self.result_b if self.result_b is not None and self.result_b.scene is self.scene else None

    @property
    def judged_b(self) -> Result | None:
        """Method B's result with its scores, if it belongs to method A's scene."""
        first, second = self.result, self.result_b
        both = first is not None and second is not None and second.scene is first.scene
        return second if both and second.judged else None

    def _adopt_method_b(self, key: str) -> None:
        """Take method B with its defaults; the same as A starts with A's settings."""
        created = methods.copy(self.configured) if key == self.method else methods.create(key) if key else None
        if created is not None:
            tighten(created).param.watch(lambda *_: self.refresh(), settings(created))
        self.param.update(method_b=key, configured_b=created, result_b=None, stale_b=False)


def beside(curves: xr.Dataset, other: Result | None) -> xr.Dataset:
    """Curves of method A, with method B's prediction, error and members added where they are known."""
    if other is None or other.curves is None:
        return curves
    return curves.assign(
        {f"{OF_B}{name}": other.curves[name] for name in ("estimate", "error", "members") if name in other.curves}
    )
