"""What the methods for motion share: images in a row as tensors, and the estimate they give."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import param
import torch
import xarray as xr

from engine.errors import InputError
from engine.grid import Grid
from engine.lexicon import variable
from engine.methods.base import Method
from engine.resample import fill_gaps
from engine.scene import Problem

RAIN = {"rain": 1.0, "rain_rate": 100 / 12}  # how many of the 4D-Var paper's units (0.01 mm in 5 minutes) one unit is
DRY = 0.5  # of those units
OCEAN = ("sst", "ssh")


class MotionMethod(Method):
    """A method that takes images in a row; `Images.wrapped` says what its estimate holds."""

    task = "motion"

    consistent = param.Boolean(default=False, precedence=-1, doc="Of no meaning here: the images are not degraded.")


@dataclass(frozen=True)
class Images:
    """Images in a row as the papers hold them, first row north.

    values: (n, y, x), gaps filled smoothly; seen: where nothing was filled in; gaps: s from one image to the next;
    leads: s from the last one to every forecast; spacing: (dy, dx) in m.
    """

    values: torch.Tensor
    seen: torch.Tensor
    gaps: tuple[float, ...]
    leads: tuple[float, ...]
    spacing: tuple[float, float]
    northward: bool  # whether the data's first row is the southern one

    @classmethod
    def of(cls, problem: Problem) -> "Images":
        """Read the input; raises InputError for anything but at least two images, in order, with values in each."""
        field = problem.low[problem.variable]
        if field.dims != ("time", "y", "x") or field.sizes["time"] < 2:
            raise InputError(f"Motion needs at least two images (time, y, x), not {dict(field.sizes)}.")
        if field.shape[1:] != problem.mask.shape:
            raise InputError(
                f"Motion needs images on the target's grid, not {field.shape[1:]} to {problem.mask.shape}."
            )
        values = field.values.astype(np.float32)
        seen = np.isfinite(values)
        empty = [str(time)[:16] for time, image in zip(field["time"].values, seen, strict=True) if not image.any()]
        if empty:
            raise InputError(f"The image of {empty[0]} holds no value at all.")
        gaps = np.diff(field["time"].values) / np.timedelta64(1, "s")
        if not (gaps > 0).all():
            raise InputError("The images' times have to ascend.")
        grid = Grid.of(problem.target)
        northward = grid.dy > 0
        filled = torch.as_tensor(fill_gaps(values))
        turn = (lambda field: field.flip(-2)) if northward else (lambda field: field)
        leads = problem.target["lead"].values if "lead" in problem.target.coords else ()
        return cls(
            turn(filled), turn(torch.as_tensor(seen)), tuple(map(float, gaps)), tuple(map(float, leads)),
            grid.spacing, northward,
        )  # fmt: skip

    def wrapped(
        self,
        problem: Problem,
        flows: Sequence[torch.Tensor],
        tracers: Sequence[torch.Tensor],
        forecasts: Sequence[torch.Tensor] = (),
    ) -> xr.Dataset:
        """The estimate: the tracer (time, y, x) in its unit, `u` and `v` (time, y, x) in m s-1, and `forecast`
        (lead, y, x) of the tracer where there is any. flows: (2, y, x) each, u and v along the rows as they lie here.
        """
        flow, tracer = torch.stack(list(flows)).detach(), torch.stack(list(tracers)).detach()
        low = problem.low[problem.variable]
        names = ("u", "v") if problem.variable in OCEAN else ("eastward", "northward")
        mask = problem.mask.values
        whole = bool(mask.all())
        axes = {name: problem.target[name] for name in ("y", "x")}

        def field(values: torch.Tensor, dim: str, attrs: dict) -> tuple:
            rows = (values.flip(-2) if self.northward else values).float().cpu().numpy()
            return (dim, "y", "x"), rows if whole else np.where(mask, rows, np.float32(np.nan)), attrs

        out = {problem.variable: field(tracer, "time", dict(low.attrs))}
        for name, sign, values, what in (("u", 1, flow[:, 0], names[0]), ("v", -1, flow[:, 1], names[1])):
            out[name] = field(sign * values, "time", variable(what).attrs)
        if len(forecasts):
            out["forecast"] = field(torch.stack(list(forecasts)).detach(), "lead", dict(low.attrs))
        return xr.Dataset(out, {"time": low["time"], **axes, "lead": problem.target["lead"]} if len(forecasts) else
                          {"time": low["time"], **axes})  # fmt: skip
