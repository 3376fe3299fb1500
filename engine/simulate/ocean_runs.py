"""Ocean nature runs to a file: spin-up on a coarse grid, refinement, dated fields, checkpoints.

Interrupted runs go on from their last checkpoint: see `parts`.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
import xarray as xr
from safetensors.torch import load_file, save_file

from engine.device import find
from engine.errors import InputError
from engine.simulate.ocean import Ocean, OceanParameters, OceanState, cell_centres, refined
from engine.simulate.parts import Progress, new_path, open_parts, replaced
from engine.simulate.store import dated, provenance, write_dataset

MODEL_VERSION = 1  # raised when a change of the model changes its runs
COMMENT = (
    "Simulated. Not realistic: no coasts, tides or seasons, no ageostrophic flow (the velocity is exactly the "
    "geostrophic one of ssh), no asymmetry between cyclones and anticyclones, periodic in x and y "
    "(sst apart from its mean meridional slope). Dates are those of the model: they stand for no day of the real ocean."
)


@dataclass(frozen=True)
class OceanRun:
    """What was asked for: the seed, the days and the ocean itself."""

    seed: int = 0
    days: int = 60  # from the first to the last saved date
    spinup_days: int = 120  # at twice the spacing, from the perturbed jet
    adjust_days: int = 10  # at full resolution before the first saved date
    every_days: int = 1  # between two saved dates
    precision: str = "float32"
    version: int = MODEL_VERSION
    ocean: OceanParameters = field(default_factory=OceanParameters)

    def __post_init__(self) -> None:
        for name, least in (("days", 0), ("spinup_days", 0), ("adjust_days", 0), ("every_days", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise InputError(f"{name} must be at least {least}, not {getattr(self, name)}.")
        if self.ocean.size < 16:
            raise InputError(f"A run needs at least 16 points a side, not {self.ocean.size}.")
        if self.precision not in ("float32", "float64"):
            raise InputError(f"precision must be float32 or float64, not {self.precision}.")

    @property
    def coarse(self) -> OceanParameters:
        """The ocean of the spin-up, on half the points."""
        half = self.ocean.size // 2
        return self.ocean.at_size(half + half % 2)

    @property
    def fine_days(self) -> int:
        """Days at full resolution."""
        return self.adjust_days + self.days


def simulate_ocean(
    path: str | Path,
    *,
    seed: int = 0,
    days: int = 60,
    spinup_days: int = 120,
    adjust_days: int = 10,
    every_days: int = 1,
    size: int = 432,
    spacing_km: float = 4.0,
    steps_per_day: int | None = None,
    device: str | None = None,
    precision: str = "float32",
    packed: bool = False,
    checkpoint_every_days: int = 10,
    progress: Progress | None = None,
    command: str | None = None,
) -> Path:
    """Run the ocean and write its sea-surface height and temperature; call again to go on after an interruption.

    Args:
        path: `.nc` gives NetCDF, `.zarr` gives Zarr; an existing file is refused.
        seed: Of the perturbation; sets the first model date. 0 trains, 1 validates, 2 tests.
        days: Model days between the first and the last saved date.
        spinup_days: Model days at twice the spacing, from the perturbed jet.
        adjust_days: Model days at full resolution before the first saved date.
        every_days: Model days between two saved dates.
        size: Grid points a side, an even number of at least 16.
        spacing_km: Grid spacing, km.
        steps_per_day: Time steps in one day; None takes one step per 100 s and km of spacing.
        device: Where it runs, as `engine.device.find` takes it.
        precision: 'float32' or 'float64'.
        packed: Whether to write 16-bit integers with scale and offset instead of float32.
        checkpoint_every_days: Model days between two checkpoints.
        progress: Called each model day with the part done (0 to 1) and a sentence.
        command: Noted in the file; None notes this call.

    Returns:
        The path of the file.

    Raises:
        InputError: For settings that cannot be used, and when the run blows up.
    """
    ocean = OceanParameters(size=size, spacing=spacing_km * 1000.0, steps_per_day=steps_per_day)
    run = OceanRun(seed, days, spinup_days, adjust_days, every_days, precision, ocean=ocean)
    path = new_path(path)
    parts = open_parts(path, asdict(run))
    where = find(device, getattr(torch, precision))
    _integrate(run, parts, where, checkpoint_every_days, progress or (lambda part, text: None))
    write_dataset(path, ocean_dataset(parts, run, command or _call(path, run, packed)), packed=packed)
    shutil.rmtree(parts)
    return path


def _integrate(run: OceanRun, parts: Path, device: torch.device, every: int, progress: Progress) -> None:
    """Spin up, refine, and save the fields of each date, from the last checkpoint where there is one."""
    fine, state = _resume(parts, device)
    model = Ocean(run.ocean, device, getattr(torch, run.precision))
    if state is None or not fine:
        state = model.state(_spun_up(run, state, parts, device, every, progress))
        _save_date(run, model, state, 0, parts)
    _fine_days(run, model, state, parts, every, progress)


def _spun_up(
    run: OceanRun, state: OceanState | None, parts: Path, device: torch.device, every: int, progress: Progress
) -> torch.Tensor:
    """Finish the spin-up on the coarse grid; the transforms of its end, carried to the fine grid."""
    model = Ocean(run.coarse, device, getattr(torch, run.precision))
    state = state or model.initial_state(run.seed)
    done = state.step // run.coarse.daily_steps
    for day, at_day in enumerate(model.days(state, run.spinup_days - done), done + 1):
        state = at_day
        if day % every == 0:
            _save_checkpoint(parts, state, fine=False)
        progress(_part_done(run, day, 0), f"spin-up day {day} of {run.spinup_days}")
    return refined(state.fields, run.coarse, run.ocean)


def _fine_days(run: OceanRun, model: Ocean, state: OceanState, parts: Path, every: int, progress: Progress) -> None:
    done = state.step // run.ocean.daily_steps
    for day, at_day in enumerate(model.days(state, run.fine_days - done), done + 1):
        _save_date(run, model, at_day, day, parts)
        if day % every == 0:
            _save_checkpoint(parts, at_day, fine=True)
        saved = day - run.adjust_days
        text = f"day {saved} of {run.days}" if saved >= 0 else f"adjustment day {day} of {run.adjust_days}"
        progress(_part_done(run, run.spinup_days, day), text)


def _part_done(run: OceanRun, coarse_days: int, fine_days: int) -> float:
    """Part of the work done, a fine day counting as eight coarse ones (four times the points, twice the steps)."""
    return (coarse_days + 8 * fine_days) / max(run.spinup_days + 8 * run.fine_days, 1)


def _save_date(run: OceanRun, model: Ocean, state: OceanState, day: int, parts: Path) -> None:
    saved = day - run.adjust_days
    if saved < 0 or saved % run.every_days:
        return
    fields = {"ssh": model.ssh(state), "sst": model.sst(state)}
    fields = {name: values.to("cpu", torch.float32).contiguous() for name, values in fields.items()}
    replaced(parts / f"day_{saved:06d}.safetensors", lambda target: save_file(fields, target))


def _save_checkpoint(parts: Path, state: OceanState, *, fine: bool) -> None:
    tensors = {
        "fields": torch.view_as_real(state.fields).cpu().contiguous(),
        "tendencies": torch.view_as_real(state.tendencies).cpu().contiguous(),
        "step": torch.tensor(state.step),
        "fine": torch.tensor(fine),
    }
    replaced(parts / "checkpoint.safetensors", lambda target: save_file(tensors, target))


def _resume(parts: Path, device: torch.device) -> tuple[bool, OceanState | None]:
    """Whether the last checkpoint is at full resolution, and its state; (False, None) where there is none."""
    file = parts / "checkpoint.safetensors"
    if not file.exists():
        return False, None
    saved = load_file(file, device=str(device))
    fields, tendencies = (torch.view_as_complex(saved[name]) for name in ("fields", "tendencies"))
    return bool(saved["fine"]), OceanState(fields, tendencies, int(saved["step"]))


def _call(path: Path, run: OceanRun, packed: bool) -> str:
    return (
        f"engine.simulate.ocean_runs.simulate_ocean({path.name!r}, seed={run.seed}, days={run.days}, "
        f"spinup_days={run.spinup_days}, adjust_days={run.adjust_days}, every_days={run.every_days}, "
        f"size={run.ocean.size}, spacing_km={run.ocean.spacing / 1000:g}, steps_per_day={run.ocean.steps_per_day}, "
        f"precision={run.precision!r}, packed={packed})"
    )


def ocean_dataset(parts: Path, run: OceanRun, command: str) -> xr.Dataset:
    """The saved dates of a run as a lazy dataset, attributes by CF.

    Args:
        parts: Folder of the run's parts.
        run: What was asked for.
        command: Noted in the attributes.

    Returns:
        ssh (m) and sst (degC) over (time, y, x).
    """
    days = np.arange(0, run.days + 1, run.every_days)
    dataset = dated(parts, days, ("ssh", "sst"), cell_centres(run.ocean), run.seed).assign_attrs(_about(run, command))
    dataset["ssh"].attrs["coriolis_parameter"] = run.ocean.coriolis  # s-1, goes with the height it turns into velocity
    return dataset


def _about(run: OceanRun, command: str) -> dict[str, str | int | float]:
    """Global attributes: what the fields are, every constant of the model, and how they were made."""
    ocean = {item.name: getattr(run.ocean, item.name) for item in fields(OceanParameters)}
    return {
        "title": "Simulated ocean: two-layer quasi-geostrophic jet with a surface temperature mode",
        "comment": COMMENT,
        "spinup_days": run.spinup_days,
        "adjust_days": run.adjust_days,
        "precision": run.precision,
        "coriolis_parameter": ocean.pop("coriolis"),
        **ocean,
        "steps_per_day": run.ocean.daily_steps,
        **provenance("engine.simulate.ocean", run.version, run.seed, command),
    }
