"""What a page shows, without the page: its worker draws it while the page goes on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import xarray as xr
from matplotlib.figure import Figure

from engine import __version__
from engine.methods import METHODS, Method
from engine.scene import Scene
from explorer.drawing import noisy


class Made(Protocol):
    """What a run gave."""

    @property
    def method(self) -> str: ...
    @property
    def title(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One page's picture.

    method, seed: those that made it or, before a run, those that are set. stale: whether others are set by now.
    query: the link to it, without the host.
    """

    scene: Scene
    method: Method
    seed: int
    stale: bool
    view: tuple[float, float, float, float] | None
    query: Mapping[str, str]

    @property
    def made_by(self) -> Made | None:
        """The run whose result is shown."""
        raise NotImplementedError

    def figure(self) -> Figure:
        """The figure for print."""
        raise NotImplementedError

    def dataset(self) -> xr.Dataset:
        """All that is on the screen."""
        raise NotImplementedError

    @property
    def heading(self) -> str:
        """Field, region, time, the input's noise."""
        name = str(self.scene.problem.low[self.scene.variable].attrs.get("long_name", self.scene.variable))
        told = f"{name[:1].upper()}{name[1:]}", self.scene.region, self.scene.time, noisy.words(self.scene)
        return " · ".join(filter(None, told))

    @property
    def provenance(self) -> str:
        """One line that says what is seen and where it comes from."""
        scene, made = self.scene, self.made_by
        parts = [scene.kind.upper(), scene.title, scene.region, scene.time, f"{scene.split} split"]
        if scene.problem.observation is not None:
            parts.append(f"input: {scene.problem.observation.describe()}")
        if made is not None:
            how = "of earlier settings" if self.stale else f"seed {self.seed}"
            parts.append(f"method: {made.title}, {how}")
            data = METHODS[made.method].trained_on()
            parts += [f"trained on {data.partition(':')[0]}"] if data else []
        return " · ".join((*parts, f"data: {scene.licence}", f"Finescale {__version__}"))

    @property
    def stem(self) -> str:
        """A file name from what is shown, letters, digits and hyphens alone."""
        scene = self.scene
        parts = ("finescale", scene.key, scene.variable, scene.region, scene.time, self.method.key)
        return re.sub(r"[^A-Za-z0-9-]+", "-", "_".join(parts))[:120].strip("-").lower()
