"""What is on the screen: the scene, and what a method made of it. A part of a page's state."""

from typing import Any

import param

from engine.scene import Scene
from explorer.base.part import Part


class Outcome(Part):
    """The scene and the result; `stale` where the settings have changed since."""

    scene = param.ClassSelector(class_=Scene, allow_None=True)
    result = param.Parameter(doc="What the last run gave; of a scene that was there before, it counts as none.")
    stale = param.Boolean(default=False, doc="The picture does not belong to the settings any more.")
    answer = param.Number(default=0.0, doc="Seconds from the last change to its picture, on the server.")

    @property
    def current(self) -> Any:
        """The result, if it belongs to the scene on the screen."""
        return self.result if self.result is not None and self.result.scene is self.scene else None

    @property
    def units(self) -> str:
        """Unit of the field in question; empty before the first scene."""
        return str(self.scene.problem.low[self.scene.variable].attrs["units"]) if self.scene is not None else ""
