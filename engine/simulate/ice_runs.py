"""Ice nature runs to a file: some days of breaking, then dated fields; resumable as `parts` describes."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
import xarray as xr
from safetensors.torch import load_file, save_file

from engine.errors import InputError
from engine.simulate.ice import Ice, IceParameters, IceState, at_centres
from engine.simulate.parts import Progress, new_path, open_parts, replaced
from engine.simulate.store import dated, provenance, write_dataset

MODEL_VERSION = 1  # raised when a change of the model changes its runs
VARIABLES = ("thickness", "concentration", "drift_x", "drift_y")
CHECKPOINT_DAYS = 5
COMMENT = (
    "Simulated. Not realistic: no coasts, one thickness category, weak ridging, a softened elastic modulus, a stress "
    "that is not carried with the ice, random weather, doubly periodic. Thickness is ice volume per area at the end of "
    "the day, drift the mean of the day. Dates are those of the model: they stand for no day of the real ocean."
)


@dataclass(frozen=True)
class IceRun:
    """What was asked for: the seed, the days and the ice itself."""

    seed: int = 0
    days: int = 30  # from the first to the last saved date
    skip_days: int = 12  # before the first saved date: thickness needs a history
    every_days: int = 1  # between two saved dates
    version: int = MODEL_VERSION
    ice: IceParameters = field(default_factory=IceParameters)

    def __post_init__(self) -> None:
        for name, least in (("days", 0), ("skip_days", 1), ("every_days", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise InputError(f"{name} must be at least {least}, not {getattr(self, name)}.")


def simulate_ice(
    path: str | Path,
    *,
    seed: int = 0,
    days: int = 30,
    skip_days: int = 12,
    every_days: int = 1,
    size: int = 256,
    spacing_km: float = 4.0,
    device: str | None = None,
    compiled: bool | None = None,
    packed: bool = False,
    progress: Progress | None = None,
    command: str | None = None,
) -> Path:
    """Run the ice and write its thickness, concentration and drift; call again to go on after an interruption.

    Args:
        path: `.nc` gives NetCDF, `.zarr` gives Zarr; an existing file is refused.
        seed: Draws cohesion, currents, first thickness and weather; sets the first model date.
        days: Model days between the first and the last saved date.
        skip_days: Model days of breaking up before the first saved date, at least 1.
        every_days: Model days between two saved dates.
        size: Cells a side.
        spacing_km: Grid spacing, km.
        device: Where it runs, as `engine.device.find` takes it.
        compiled: None compiles the sub-step where that works; False never does.
        packed: Whether to write 16-bit integers with scale and offset instead of float32.
        progress: Called each model day with the part done (0 to 1) and a sentence.
        command: Noted in the file; None notes this call.

    Returns:
        The path of the file.

    Raises:
        InputError: For settings that cannot be used, and when the run blows up.
    """
    run = IceRun(seed, days, skip_days, every_days, ice=IceParameters(size=size, spacing=spacing_km * 1000.0))
    path = new_path(path)
    parts = open_parts(path, asdict(run))
    _integrate(run, Ice(run.ice, seed, device, compiled=compiled), parts, progress or (lambda part, text: None))
    write_dataset(path, ice_dataset(parts, run, command or _call(path, run, packed)), packed=packed)
    shutil.rmtree(parts)
    return path


def ice_dataset(parts: Path, run: IceRun, command: str) -> xr.Dataset:
    """The saved dates of a run as a lazy dataset, attributes by CF.

    Args:
        parts: Folder of the run's parts.
        run: What was asked for.
        command: Noted in the attributes.

    Returns:
        `VARIABLES` over (time, y, x): thickness (m), concentration (1), drift_x and drift_y (m s-1).
    """
    days = np.arange(0, run.days + 1, run.every_days)
    centres = (np.arange(run.ice.size) + 0.5) * run.ice.spacing
    about = {
        "title": "Simulated sea ice: brittle Bingham-Maxwell rheology under random weather",
        "comment": COMMENT,
        "skip_days": run.skip_days,
        **{item.name: getattr(run.ice, item.name) for item in fields(IceParameters)},
        **provenance("engine.simulate.ice", run.version, run.seed, command),
    }
    return dated(parts, days, VARIABLES, centres, run.seed).assign_attrs(about)


def _integrate(run: IceRun, model: Ice, parts: Path, progress: Progress) -> None:
    """Save the fields of each date, from the last checkpoint where there is one."""
    file = parts / "checkpoint.safetensors"
    state = _loaded(file, model) if file.exists() else model.initial_state()
    done, total = state.step // run.ice.daily_steps, run.skip_days + run.days
    for day, (at_day, drift) in enumerate(model.days(state, total - done), done + 1):
        saved = day - run.skip_days
        if saved >= 0 and saved % run.every_days == 0:
            _save_date(parts / f"day_{saved:06d}.safetensors", at_day, drift)
        if day % CHECKPOINT_DAYS == 0:
            tensors = _tensors(at_day)
            replaced(file, lambda target, tensors=tensors: save_file(tensors, target))  # type: ignore[misc]
        progress(day / total, f"day {saved} of {run.days}" if saved >= 0 else f"breaking up, day {day}")


def _save_date(file: Path, state: IceState, drift: torch.Tensor) -> None:
    named = zip(VARIABLES, (state.thickness, state.concentration, *at_centres(drift)), strict=True)
    values = {name: values.to("cpu", torch.float32).contiguous() for name, values in named}
    replaced(file, lambda target: save_file(values, target))


def _tensors(state: IceState) -> dict[str, torch.Tensor]:
    named = {item.name: getattr(state, item.name) for item in fields(IceState)}
    named |= {"weather": torch.view_as_real(state.weather), "step": torch.tensor(state.step)}
    return {name: values.cpu().contiguous() for name, values in named.items()}


def _loaded(file: Path, model: Ice) -> IceState:
    saved = load_file(file)
    weather, random, step = (saved.pop(name) for name in ("weather", "random", "step"))
    fields_here = {name: values.to(model.device) for name, values in saved.items()}
    return IceState(**fields_here, weather=torch.view_as_complex(weather), random=random, step=int(step))


def _call(path: Path, run: IceRun, packed: bool) -> str:
    return (
        f"engine.simulate.ice_runs.simulate_ice({path.name!r}, seed={run.seed}, days={run.days}, "
        f"skip_days={run.skip_days}, every_days={run.every_days}, size={run.ice.size}, "
        f"spacing_km={run.ice.spacing / 1000:g}, packed={packed})"
    )
