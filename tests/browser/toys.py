"""The page with toys in its registries: `python toys.py --port 5006 ...` takes the options of `panel serve`."""

import gc
import json
import os
import signal
import sys
import time
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import param
import xarray as xr

from engine.datafiles import DataFile, local
from engine.grid import Region
from engine.lexicon import variable
from engine.methods import METHODS
from engine.methods import register as register_method
from engine.methods.base import Method, input_values
from engine.resample import upsample
from engine.scene import Step
from engine.scenes import catalogue
from engine.scenes import register as register_scene
from engine.scenes.base import DataSet
from explorer.base.session import Session

EXPLORER = Path(__file__).resolve().parents[2] / "explorer"
PAUSE = 0.3  # s that one step of the slow method takes


class Toy(DataSet):
    """Analytic eddies that drift, fine noise, 1 km cells."""

    kind = "simulated"
    source = "analytic eddies"
    licence = "CC0"
    fields = ("ssh",)
    size = 120
    factors = (5, 3)
    splits = {"test": ("2010-01-01", "2010-01-31")}
    day = "2010-01-01"

    @property
    def times(self) -> pd.DatetimeIndex:
        return pd.date_range(self.day, periods=5, freq="D")

    def load(self, time, variables):
        values = eddies(self.size, time.day_of_year) + ripples(self.size, time.day_of_year)
        centres = np.arange(self.size) + 0.5
        axes = {name: (name, centres, {"units": "km"}) for name in ("y", "x")}
        attrs = {**variable("ssh").attrs, "coriolis_parameter": 1e-4}
        return xr.Dataset({"ssh": (("y", "x"), values, attrs)}, coords=axes)


def eddies(size: int, day: int) -> np.ndarray:
    """Three plane waves each way; their phases move with the day."""
    s = np.linspace(0, 2 * np.pi, size, endpoint=False)
    waves = [(0.30, 2, 3, 0.2), (0.15, 5, 4, 0.5), (0.05, 17, 13, 1.1)]
    return sum(a * np.outer(np.sin(m * s + c * day), np.cos(n * s - c * day)) for a, m, n, c in waves)


def ripples(size: int, day: int) -> np.ndarray:
    """White noise, the same on every day but shifted."""
    return np.roll(noise(size), 7 * day, axis=1)


@lru_cache(maxsize=2)
def noise(size: int) -> np.ndarray:
    return 0.02 * np.random.default_rng(1).standard_normal((size, size))


def whole(size: int) -> dict[str, Region]:
    return {"box": Region("Whole", (0.0, float(size)), (0.0, float(size)))}


@register_scene("toy_large")
class Large(Toy):
    """As large as the page has to bear."""

    title = "Toy, large"
    size = 2000
    factors = (20, 4)
    regions = whole(2000)


@register_scene("toy_unseen")
class Unseen(Toy):
    """Coarse observations alone: nobody knows the truth."""

    title = "Toy, no truth"
    kind = "observed"
    regions = whole(120)

    def open(self, **selection):
        return replace(super().open(**selection), truth=None)


@register_scene("toy_training")
class Training(Toy):
    title = "Toy, training date"
    splits = {"train": ("2010-01-01", "2010-01-31")}
    regions = whole(120)


@register_scene("toy_missing")
class Missing(Toy):
    """Its file is nowhere, and where it should come from nobody listens."""

    title = "Toy, not fetched"
    regions = whole(120)
    files = (DataFile("toy/nowhere.nc", sha256="0" * 64, bytes=1_500_000, url="http://127.0.0.1:9/nowhere.nc"),)

    def load(self, time, variables):
        local(self.files[0])
        return super().load(time, variables)


class ToyMethod(Method):
    equations = (r"\hat{x} = y",)
    source = "none"
    network = True
    total = 8

    def steps(self, problem, *, seed=0):
        start = time.perf_counter()
        smooth = upsample(input_values(problem), problem.mask.shape[-2:], "bilinear").numpy()
        rng = np.random.default_rng(seed)
        for index in range(1, self.total + 1):
            self.work(index)
            values = smooth + 0.02 * rng.standard_normal(smooth.shape) / index
            trace = {"network_calls": float(index), "seconds": time.perf_counter() - start}
            yield Step(index, self.total, problem.estimate(self.finish(problem, values)), trace)

    def work(self, index: int) -> None:
        raise NotImplementedError


@register_method("toy_slow")
class Slow(ToyMethod):
    """Eight steps that take their time."""

    title = "Toy, slow"
    pause = param.Number(default=PAUSE, bounds=(0, 5), doc="Seconds of one step.")

    def work(self, index):
        time.sleep(self.pause)


@register_method("toy_broken")
class Broken(ToyMethod):
    """Stops in its second step."""

    title = "Toy, broken"

    def work(self, index):
        if index == 2:
            raise RuntimeError("toy_broken does what it is for")


def take_census(*_) -> None:
    """Count the sessions of every kind that are alive, and write it where the test reads it."""
    gc.collect()
    alive = Counter(type(thing).__name__ for thing in gc.get_objects() if isinstance(thing, Session))
    report = Path(os.environ["FINESCALE_CENSUS"])
    report.with_suffix(".new").write_text(json.dumps(alive))
    report.with_suffix(".new").rename(report)


def main(options: list[str]) -> None:
    from panel.command import main as panel

    from explorer import app  # noqa: F401

    if "FINESCALE_CENSUS" in os.environ:
        signal.signal(signal.SIGUSR1, take_census)

    list(METHODS)
    catalogue()
    sys.argv = ["panel", "serve", str(EXPLORER), *options]  # which is what panel reads
    panel()


if __name__ == "__main__":
    main(sys.argv[1:])
