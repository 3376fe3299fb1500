"""What the methods for motion share: images in a row as tensors, the estimate they give, a descent step by step."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import param
import torch
import xarray as xr

from engine.errors import InputError
from engine.grid import Grid
from engine.lexicon import VARIABLES, variable
from engine.methods.base import Method
from engine.resample import fill_gaps
from engine.scene import Problem, Step

RAIN = {"rain": 1.0, "rain_rate": 100 / 12}  # how many of the 4D-Var paper's units (0.01 mm in 5 minutes) one unit is
DRY = 0.5  # of those units
OCEAN = ("sst", "ssh")
BEYOND, LARGEST = 10, 1e6  # times what is credible, and of what the lexicon does not know: no image holds that
FAINT = 1e-3  # of the largest standard deviation of an image: less is no pattern
FEWEST = 4  # cells a side


class MotionMethod(Method):
    """A method that takes images in a row; `Images.wrapped` says what its estimate holds."""

    task = "motion"

    consistent = param.Boolean(default=False, precedence=-1, doc="Of no meaning here: the images are not degraded.")

    def carried_on(self, problem: Problem, estimate: xr.Dataset) -> xr.Dataset:
        """The estimate of any step with its forecast, where the method makes one at its end alone.

        Args:
            problem: What the step was made for.
            estimate: The step's estimate.

        Returns:
            The estimate, as it is where its forecast is there already or none is wanted.
        """
        return estimate


# ---- images ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Images:
    """Images in a row as the papers hold them, first row north.

    values: (n, y, x), gaps filled smoothly; seen: where nothing was filled in; telling: (n,), whether an image shows a
    pattern at all; gaps: s from one image to the next; leads: s from the last one to every forecast; spacing: (dy, dx)
    in m.
    """

    values: torch.Tensor
    seen: torch.Tensor
    telling: torch.Tensor
    gaps: tuple[float, ...]
    leads: tuple[float, ...]
    spacing: tuple[float, float]
    northward: bool  # whether the data's first row is the southern one

    @classmethod
    def of(cls, problem: Problem) -> "Images":
        """Read the input.

        Args:
            problem: Images in a row (time, y, x) on the target's grid.

        Returns:
            The images, turned so that the first row is the northern one.

        Raises:
            InputError: For anything but at least two images of at least `FEWEST` cells a side, in order, with credible
                values.
        """
        field = problem.low[problem.variable]
        if field.dims != ("time", "y", "x") or field.sizes["time"] < 2:
            raise InputError(f"Motion needs at least two images (time, y, x), not {dict(field.sizes)}.")
        if field.shape[1:] != problem.mask.shape:
            raise InputError(
                f"Motion needs images on the target's grid, not {field.shape[1:]} to {problem.mask.shape}."
            )
        if min(field.shape[1:]) < FEWEST:
            raise InputError(f"Motion needs images of at least {FEWEST} x {FEWEST} cells, not {field.shape[1:]}.")
        gaps = np.diff(field["time"].values) / np.timedelta64(1, "s")
        if not (gaps > 0).all():
            raise InputError("The images' times have to ascend.")
        values = field.values.astype(np.float32)
        seen = np.isfinite(values)
        _require_credible(field, values, seen)
        grid = Grid.of(problem.target)
        northward = grid.dy > 0
        turn = (lambda rows: rows.flip(-2)) if northward else (lambda rows: rows)
        leads = problem.target["lead"].values if "lead" in problem.target.coords else ()
        return cls(
            turn(torch.as_tensor(fill_gaps(values))), turn(torch.as_tensor(seen)), _telling(values, seen),
            tuple(map(float, gaps)), tuple(map(float, leads)), grid.spacing, northward,
        )  # fmt: skip

    @property
    def usable(self) -> torch.Tensor:
        """What a motion can be read from, (n, y, x): cells that were seen, of images that show a pattern."""
        return self.seen & self.telling[:, None, None]

    def wrapped(
        self,
        problem: Problem,
        flows: Sequence[torch.Tensor],
        tracers: Sequence[torch.Tensor],
        forecasts: Sequence[torch.Tensor] = (),
    ) -> xr.Dataset:
        """The estimate of a motion.

        Args:
            problem: Where the images come from.
            flows: Flow (2, y, x) at every image, u and v in m s-1 along the rows as they lie here.
            tracers: Tracer (y, x) at every image, in the input's unit.
            forecasts: Tracer (y, x) at every lead time; none leaves `forecast` out.

        Returns:
            The tracer (time, y, x) in its unit, `u` and `v` (time, y, x) in m s-1, northward positive, and `forecast`
            (lead, y, x) of the tracer where there is any.
        """
        flow, low = torch.stack(list(flows)).detach(), problem.low[problem.variable]
        names = ("u", "v") if problem.variable in OCEAN else ("eastward", "northward")
        out = {problem.variable: self._field(problem, torch.stack(list(tracers)).detach(), "time", dict(low.attrs))}
        for name, sign, values, what in (("u", 1, flow[:, 0], names[0]), ("v", -1, flow[:, 1], names[1])):
            out[name] = self._field(problem, sign * values, "time", variable(what).attrs)
        made = xr.Dataset(out, {"time": low["time"], **{name: problem.target[name] for name in ("y", "x")}})
        return self.with_forecast(problem, made, forecasts) if len(forecasts) else made

    def with_forecast(
        self, problem: Problem, estimate: xr.Dataset, forecasts: Sequence[torch.Tensor], pace: float = 1.0
    ) -> xr.Dataset:
        """An estimate and its forecast.

        Args:
            problem: Where the images come from.
            estimate: The estimate, as `wrapped` makes it.
            forecasts: Tracer (y, x) at every lead time, in the input's unit.
            pace: How many times as far as the clock the forecast went; what is not 1 is said in its attribute `pace`.

        Returns:
            The estimate with `forecast` (lead, y, x).
        """
        attrs = dict(problem.low[problem.variable].attrs) | ({"pace": pace} if pace != 1 else {})
        made = self._field(problem, torch.stack(list(forecasts)).detach(), "lead", attrs)
        return estimate.assign(forecast=made).assign_coords(lead=problem.target["lead"])

    def unwrapped(self, problem: Problem, estimate: xr.Dataset) -> tuple[torch.Tensor, torch.Tensor]:
        """Flow and tracer of an estimate at the last image, smoothly extended over what is masked.

        Args:
            problem: Where the images come from.
            estimate: The estimate, as `wrapped` makes it.

        Returns:
            Flow (2, y, x) in m s-1 along the rows as they lie here, and tracer (y, x) in its unit.
        """
        last = estimate.isel(time=-1)
        u, v, tracer = (fill_gaps(last[name].values.astype(np.float32)) for name in ("u", "v", problem.variable))
        rows = torch.as_tensor(np.stack([u, -v, tracer]))
        rows = rows.flip(-2) if self.northward else rows
        return rows[:2], rows[2]

    def _field(self, problem: Problem, values: torch.Tensor, dim: str, attrs: Mapping) -> tuple:
        rows, mask = (values.flip(-2) if self.northward else values).float().cpu().numpy(), problem.mask.values
        return (dim, "y", "x"), rows if mask.all() else np.where(mask, rows, np.float32(np.nan)), dict(attrs)


def _require_credible(field: xr.DataArray, values: np.ndarray, seen: np.ndarray) -> None:
    """Raise InputError for an image without any value, or with one that no such field has."""
    empty = [str(time)[:16] for time, image in zip(field["time"].values, seen, strict=True) if not image.any()]
    if empty:
        raise InputError(f"The image of {empty[0]} holds no value at all.")
    known, largest = VARIABLES.get(str(field.name)), float(np.abs(values[seen]).max())
    if largest > (BEYOND * max(map(abs, known.valid)) if known else LARGEST):
        raise InputError(
            f"The images hold values as large as {largest:.3g} {field.attrs['units']}: what stands for a gap has to be "
            "masked first."
        )


def _telling(values: np.ndarray, seen: np.ndarray) -> torch.Tensor:
    """Which images show a pattern: one value everywhere can be carried from anywhere."""
    spread = np.array([image[where].std() for image, where in zip(values, seen, strict=True)])
    rounding = 1e-6 * np.abs(values[seen]).max()
    return torch.as_tensor(spread > max(FAINT * spread.max(), rounding))


# ---- a descent -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """After an iterate: flows (2, y, x) and tracers (y, x) at the images' times, the cost's terms, evaluations.

    more: what else the trace says.
    """

    flows: Sequence[torch.Tensor]
    tracers: Sequence[torch.Tensor]
    terms: Mapping[str, float]
    evaluations: int
    more: Mapping[str, float] = field(default_factory=dict)


class Variational(MotionMethod):
    """What all that descend a cost have in common: every iterate is a step."""

    family = "variational"

    iterations = param.Integer(default=60, bounds=(1, 300), label="Iterations", doc="The most that are made.")
    interpolation: Any = param.Selector(
        default="bilinear", objects=["bilinear", "bicubic"], label="Interpolation of the forecast",
        doc="Bicubic keeps sharp what bilinear smooths; the smoother forecast has the smaller RMSE.",
    )  # fmt: skip

    def descent(self, problem: Problem, images: Images) -> Iterator[Found]:
        """What is found after every iterate, the best so far.

        Args:
            problem: Where the images come from.
            images: The images as tensors.

        Returns:
            An iterator over the iterates.

        Raises:
            NotImplementedError: Here; subclasses give it.
        """
        raise NotImplementedError

    def ahead(
        self, problem: Problem, images: Images, flow: torch.Tensor, tracer: torch.Tensor
    ) -> Iterator[torch.Tensor]:
        """The tracer at the lead times, from flow and tracer at the last image.

        Args:
            problem: Where the images come from.
            images: The images as tensors, with at least one lead time.
            flow: u and v (2, y, x) at the last image, m s-1.
            tracer: Tracer (y, x) at the last image, in the input's unit.

        Returns:
            An iterator over tracers (y, x), in the input's unit.

        Raises:
            NotImplementedError: Here; subclasses give it.
        """
        raise NotImplementedError

    def pace_on(self, problem: Problem) -> float:
        """How many times as far as the clock the forecasts go.

        Args:
            problem: What is forecast; its lead times may say how its authors went.

        Returns:
            The pace, 1 unless a subclass says otherwise.
        """
        return 1.0

    @property
    def most(self) -> int:
        """Iterates at most."""
        return self.iterations

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        """One step per iterate and a last one with the forecast; `trace` has the cost, its terms, and evaluations."""
        return _on_one_thread(self._steps(problem))

    def carried_on(self, problem: Problem, estimate: xr.Dataset) -> xr.Dataset:
        images = Images.of(problem)
        if not images.leads:
            return estimate
        ahead = list(self.ahead(problem, images, *images.unwrapped(problem, estimate)))
        return images.with_forecast(problem, estimate, ahead, self.pace_on(problem))

    def _steps(self, problem: Problem) -> Iterator[Step]:
        started, images, done = time.perf_counter(), Images.of(problem), 0
        for found in self.descent(problem, images):
            done += 1
            trace = {
                "cost": sum(found.terms.values()), **{f"cost_{name}": term for name, term in found.terms.items()},
                **found.more, "evaluations": float(found.evaluations), "network_calls": 0.0,
            }  # fmt: skip
            estimate, seconds = images.wrapped(problem, found.flows, found.tracers), time.perf_counter() - started
            yield Step(done, max(done, self.most) + 1, estimate, trace | {"seconds": seconds})
        estimate = self.carried_on(problem, estimate)
        yield Step(done + 1, done + 1, estimate, trace | {"seconds": time.perf_counter() - started})


def _on_one_thread(steps: Iterator[Step]) -> Iterator[Step]:
    """The same steps, to the bit, however many threads torch has; fields this small gain nothing from more."""
    while True:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            step = next(steps, None)
        finally:
            torch.set_num_threads(threads)
        if step is None:
            return
        yield step
