"""Toy data sets and methods, and a page whose own thread is the test: what the worker hands over waits in a queue."""

import queue
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event

import numpy as np
import pandas as pd
import param
import xarray as xr

from engine.datafiles import DataFile, local
from engine.grid import Region
from engine.lexicon import variable
from engine.methods.base import Method, input_values
from engine.resample import upsample
from engine.scene import Step
from engine.scenes.base import DataSet
from explorer.base.session import Session
from explorer.base.widgets.later import Later
from explorer.pages.resolution.session import ResolutionSession

PATIENCE = 30.0  # s before a test gives up waiting


class Page:
    """A session and the queue of calls its worker hands back; `settle` and `until` make them in the test's thread."""

    def __init__(self, **chosen):
        self.calls: queue.Queue = queue.Queue()
        self.session = ResolutionSession(dispatch=self.calls.put, **chosen)

    def until(self, done: Callable[[], bool]) -> "Page":
        """Make the calls as they come until something is true; queue.Empty if it never is."""
        end = time.monotonic() + PATIENCE
        while not done():
            self.calls.get(timeout=max(end - time.monotonic(), 1e-3))()
        return self

    def settle(self) -> "Page":
        """Wait until nothing runs any more."""
        return self.until(lambda: not self.session.run.busy and self.session.run.download is None)

    def waiting(self, count: int) -> "Page":
        """Wait until so many calls lie in the queue, without making any."""
        wait_for(lambda: self.calls.qsize() >= count)
        return self


def get(session: Session, name: str):
    """What a link would say of a setting, as a value."""
    return getattr(session.held[name][0], name)


def put(session: Session, name: str, value) -> None:
    """Set what a link would."""
    setattr(session.held[name][0], name, value)


def unfold(view) -> None:
    """Open every folded section and tab, so that what is in them is made."""
    for later in view.select(Later):
        later.fill()


def wait_for(done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def one_sentence(text: str) -> str:
    assert text.endswith("."), text
    assert "\n" not in text
    assert len(text) < 300, len(text)
    return text


# ---- data sets -----------------------------------------------------------------------------------------------------


class Sea(DataSet):
    """Waves that drift on a plane, 2 km cells; a guide; no land."""

    title = "Toy sea"
    kind = "simulated"
    source = "analytic waves"
    licence = "CC0"
    fields = ("ssh", "sst")
    guides = ("sst",)
    shape = (48, 64)
    spacing, units, corner = 2.0, "km", (0.0, 0.0)
    factors = (4, 2)
    regions = {"all": Region("Everything", (0.0, 128.0), (0.0, 96.0)), "west": Region("West", (0.0, 64.0), (0.0, 96.0))}
    splits = {"train": ("2010-01-01", "2010-01-03"), "test": ("2010-01-04", "2010-01-31")}

    @property
    def times(self) -> pd.DatetimeIndex:
        return pd.date_range("2010-01-01", periods=6, freq="D")

    def load(self, time, variables):
        axes = {
            name: (name, start + self.spacing * (np.arange(n) + 0.5), {"units": self.units})
            for name, n, start in zip(("y", "x"), self.shape, self.corner, strict=True)
        }
        day = time.day
        fields = {name: (("y", "x"), self.values(name, day), dict(variable(name).attrs)) for name in variables}
        return xr.Dataset(fields, coords=axes)

    def values(self, name: str, day: int) -> np.ndarray:
        y, x = np.meshgrid(*(np.arange(n) for n in self.shape), indexing="ij")
        waves = np.sin(0.21 * x + 0.4 * day) * np.cos(0.17 * y) + 0.2 * np.sin(0.9 * x - day) * np.sin(1.1 * y)
        out = (0.3 * day * waves if name == "ssh" else 15 + 3 * waves).astype(np.float32)
        out[~self.water()] = np.nan
        return out

    def water(self) -> np.ndarray:
        return np.ones(self.shape, dtype=bool)


class Coast(Sea):
    """The same in degrees, with an island and a coast, other dates, no guide, observed."""

    title = "Toy coast"
    kind = "observed"
    fields = ("ssh",)
    guides = ()
    spacing, units, corner = 0.25, "degrees_east", (40.0, -8.0)
    factors = (2, 4)
    regions = {"basin": Region("Basin", (-8.0, 8.0), (40.0, 52.0))}
    splits = {"test": ("2012-05-01", "2012-05-31")}
    default_time = "2012-05-02"

    @property
    def times(self) -> pd.DatetimeIndex:
        return pd.date_range("2012-05-01", periods=3, freq="D")

    def load(self, time, variables):
        data = super().load(time, variables)
        data["y"].attrs["units"] = "degrees_north"
        return data

    def water(self) -> np.ndarray:
        out = super().water()
        out[:10, :20] = out[30:34, 40:46] = False
        return out


class Reef(Sea):
    """Land in three of nine rows: no rectangle for a spectrum."""

    title = "Toy reef"
    guides = ()

    def water(self) -> np.ndarray:
        out = super().water()
        for row in range(3):
            out[row::9] = False
        return out


class Unseen(Sea):
    """Coarse observations alone: nobody knows the truth."""

    title = "Toy, no truth"
    kind = "observed"
    fields = ("ssh",)

    def open(self, **selection):
        return replace(super().open(**selection), truth=None)


class Large(Sea):
    """More cells than are drawn one by one, and dates that differ."""

    title = "Toy, large"
    fields = ("ssh",)
    guides = ()
    shape = (1040, 1000)
    factors = (40,)
    regions = {"all": Region("Everything", (0.0, 2000.0), (0.0, 2080.0))}


class Absent(Sea):
    """Its file has to be fetched first."""

    title = "Toy, not fetched"
    files = (
        DataFile("toy/first.nc", sha256="0" * 64, bytes=3_000_000, url="http://127.0.0.1:9/first.nc"),
        DataFile("toy/second.nc", sha256="1" * 64, bytes=1_000_000, url="http://127.0.0.1:9/second.nc"),
    )
    fetched = False

    def load(self, time, variables):
        if not self.fetched:
            local(self.files[0])
        return super().load(time, variables)


DATA_SETS = {
    "toy_sea": Sea, "toy_coast": Coast, "toy_reef": Reef, "toy_unseen": Unseen, "toy_large": Large,
    "toy_absent": Absent,
}  # fmt: skip


# ---- methods -------------------------------------------------------------------------------------------------------


class ToyMethod(Method):
    """Smooth interpolation plus noise that fades with every step."""

    title = "Toy"
    equations = (r"\hat{x} = y",)
    source = "none"
    total = 4

    def steps(self, problem, *, seed=0):
        smooth = upsample(input_values(problem), problem.mask.shape[-2:], "bilinear").numpy()
        rng = np.random.default_rng(seed)
        for index in range(1, self.total + 1):
            self.work(index)
            values = smooth + 0.05 * rng.standard_normal(smooth.shape) / index
            yield Step(index, self.total, problem.estimate(self.finish(problem, values)), {"network_calls": index})

    def work(self, index: int) -> None:
        """What a step does beside its numbers."""


class Dice(ToyMethod):
    """Slow, random, with a setting of every kind."""

    title = "Toy <b>dice</b> & more"
    strength = param.Number(default=0.5, bounds=(0, 2), doc="How strong.")
    floor = param.Number(default=0.0, bounds=(0, None), doc="Bounded on one side.")
    rounds = param.Integer(default=3, bounds=(1, 9), doc="How often.")
    mode = param.Selector(default="soft", objects=["soft", "hard"], doc="Which way.")
    quick = param.Boolean(default=False, doc="Whether in a hurry.")


class Gated(ToyMethod):
    """Every step waits for the gate; says when it has been entered."""

    title = "Toy, gated"
    gate, entered = Event(), Event()

    def work(self, index):
        self.entered.set()
        if index > 1:
            assert self.gate.wait(PATIENCE)


class Broken(ToyMethod):
    """Stops in its second step."""

    title = "Toy, broken"

    def work(self, index):
        if index == 2:
            raise RuntimeError("it broke\nbadly")


class Beginning(ToyMethod):
    """Shows its first guess as step 0."""

    title = "Toy, from nothing"

    def steps(self, problem, *, seed=0):
        guess = upsample(input_values(problem), problem.mask.shape[-2:], "nearest").numpy()
        yield Step(0, self.total, problem.estimate(guess))
        yield from super().steps(problem, seed=seed)


class Members(ToyMethod):
    """Members at once, three unless it is told otherwise."""

    title = "Toy, members"
    members = param.Integer(default=3, bounds=(1, 9))

    def schedule(self):
        return xr.Dataset({"noise rate": ("step", np.linspace(1, 0, self.members + 1))})

    def steps(self, problem, *, seed=0):
        smooth = upsample(input_values(problem), problem.mask.shape[-2:], "bilinear").numpy()
        noise = np.random.default_rng(seed).standard_normal((self.members, *smooth.shape))
        film = xr.Dataset(
            {"noisy": (("call", "y", "x"), noise), "clean": (("call", "y", "x"), smooth + 0.1 * noise)},
            {"call": np.arange(self.members) + 1},
        )
        estimate = problem.estimate(smooth + 0.1 * noise, member=np.arange(self.members))
        yield Step(1, 1, estimate, {"step": 3.0}, film)


class Growing(ToyMethod):
    """Six members, two at a time, two calls each: after the first call they are on their way."""

    title = "Toy, growing"
    members = param.Integer(default=6, bounds=(2, 6))

    def steps(self, problem, *, seed=0):
        smooth = upsample(input_values(problem), problem.mask.shape[-2:], "bilinear").numpy()
        noise = np.random.default_rng(seed).standard_normal((self.members, *smooth.shape))
        for call in range(1, self.members + 1):
            begun, finished = 2 * ((call + 1) // 2), 2 * (call // 2)
            values = smooth + 0.1 * noise[:begun] * np.where(np.arange(begun) < finished, 1, 5)[:, None, None]
            estimate = problem.estimate(values, member=np.arange(begun))
            yield Step(call, self.members, estimate, {"network_calls": call, "finished": finished})


METHODS = {
    "toy_dice": Dice, "toy_gated": Gated, "toy_broken": Broken, "toy_beginning": Beginning, "toy_members": Members,
    "toy_growing": Growing,
}  # fmt: skip


def running_cache():
    """The cache that results of now go to."""
    from explorer.jobs import resolution_run

    return resolution_run.CACHE
