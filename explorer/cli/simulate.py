"""`finescale simulate`: nature runs into files, resumable, with the time left."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import InputError
from explorer.cli.console import console, number, progress_bar, say

if TYPE_CHECKING:
    from engine.simulate.statistics import Statistic

app = typer.Typer(help="Make the nature runs that stand for the truth.", no_args_is_help=True)

# What each split's run is made of; the test run is the one that is shipped.
PRESETS: dict[str, dict[str, Any]] = {
    "train": {"seed": 0, "days": 360, "every_days": 2, "packed": True},
    "validation": {"seed": 1, "days": 60, "every_days": 2, "packed": True},
    "test": {"seed": 2, "days": 60, "every_days": 2, "packed": True},
}


# The same for the ice: every seed is a run of its own.
ICE_SEEDS = {"train": range(4), "validation": range(8, 9), "test": range(9, 11)}
ICE_PRESETS: dict[str, dict[str, Any]] = {
    "train": {"days": 40, "every_days": 1, "packed": True},
    "validation": {"days": 40, "every_days": 2, "packed": True},
    "test": {"days": 40, "every_days": 3, "packed": True},
}


class Split(StrEnum):
    """The splits of the nature runs."""

    train = "train"
    validation = "validation"
    test = "test"


@app.callback()
def _verbs() -> None:
    pass


@app.command()
def ocean(
    out: Annotated[Path | None, typer.Option(help="File to write, .nc or .zarr.")] = None,
    split: Annotated[Split | None, typer.Option(help="Settings and place of a split's run, where not given.")] = None,
    seed: Annotated[int | None, typer.Option(help="0 trains, 1 validates, 2 tests.")] = None,
    days: Annotated[int | None, typer.Option(help="Model days from the first to the last saved date.")] = None,
    spinup_days: Annotated[int | None, typer.Option(help="Days of spin-up at twice the spacing.")] = None,
    adjust_days: Annotated[int | None, typer.Option(help="Days at full resolution before the first date.")] = None,
    every_days: Annotated[int | None, typer.Option(help="Days between two saved dates.")] = None,
    size: Annotated[int | None, typer.Option(help="Grid points along each side.")] = None,
    spacing_km: Annotated[float | None, typer.Option(help="Grid spacing, km.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, mps, xpu; default: FINESCALE_DEVICE.")] = None,
    packed: Annotated[bool | None, typer.Option("--packed/--float", help="16-bit integers, or float32.")] = None,
    check: Annotated[Path | None, typer.Option(help="Make nothing: print the statistics of this run.")] = None,
) -> None:
    """Run the two-layer ocean with its temperature; the same command goes on after an interruption."""
    if check is not None:
        from engine.simulate.statistics import ocean_statistics

        print_statistics(check, ocean_statistics(check))
        return
    given = {
        "seed": seed, "days": days, "spinup_days": spinup_days, "adjust_days": adjust_days, "every_days": every_days,
        "size": size, "spacing_km": spacing_km, "device": _device(device), "packed": packed,
    }  # fmt: skip
    chosen = PRESETS.get(split or "", {}) | {name: value for name, value in given.items() if value is not None}
    from engine.simulate.ocean_runs import simulate_ocean

    _run("Ocean run", simulate_ocean, _target(out, split, _name(split, chosen.get("seed", 0))), chosen)
    if out is None and split is not Split.test:
        say(f"The data set ocean_run offers it now as its split {split}.")


def _name(split: Split | None, seed: int) -> str:
    """A split's run, or another one of it with a seed of its own."""
    own = split is None or seed == PRESETS[split]["seed"]
    return f"ocean_run_{split}" if own else f"ocean_run_{split}_{seed}"


@app.command()
def ice(
    out: Annotated[Path | None, typer.Option(help="File to write, .nc or .zarr.")] = None,
    split: Annotated[Split | None, typer.Option(help="Settings and places of a split's runs, where not given.")] = None,
    seed: Annotated[int | None, typer.Option(help="0 to 7 train, 8 validates, 9 and 10 test.")] = None,
    days: Annotated[int | None, typer.Option(help="Model days from the first to the last saved date.")] = None,
    skip_days: Annotated[int | None, typer.Option(help="Days of breaking up before the first date.")] = None,
    every_days: Annotated[int | None, typer.Option(help="Days between two saved dates.")] = None,
    size: Annotated[int | None, typer.Option(help="Cells along each side.")] = None,
    spacing_km: Annotated[float | None, typer.Option(help="Grid spacing, km.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, mps, xpu; default: FINESCALE_DEVICE.")] = None,
    packed: Annotated[bool | None, typer.Option("--packed/--float", help="16-bit integers, or float32.")] = None,
    compiled: Annotated[bool | None, typer.Option("--compile/--eager", help="Compile it where that works.")] = None,
    check: Annotated[Path | None, typer.Option(help="Make nothing: print the statistics of this run.")] = None,
) -> None:
    """Run the brittle sea ice; the same command goes on after an interruption. A split has several runs."""
    if check is not None:
        from engine.simulate.ice_statistics import ice_statistics

        print_statistics(check, ice_statistics(check))
        return
    from engine.simulate.ice_runs import simulate_ice

    given = {
        "days": days, "skip_days": skip_days, "every_days": every_days, "size": size, "spacing_km": spacing_km,
        "device": _device(device), "packed": packed, "compiled": compiled,
    }  # fmt: skip
    chosen = ICE_PRESETS.get(split or "", {}) | {name: value for name, value in given.items() if value is not None}
    seeds = ICE_SEEDS.get(split or "", [0]) if seed is None else [seed]
    for one in seeds:
        path = _target(out, split, f"ice_run_{split}_{one}")
        if len(seeds) > 1 and path.is_file():
            say(f"{path.name} is here already.")
            continue
        _run(f"Ice run {one}", simulate_ice, path, {**chosen, "seed": one})


def _target(out: Path | None, split: Split | None, name: str) -> Path:
    """The file to write: the one named, or the split's own in the cache; raises InputError without either."""
    from engine import paths

    if out is not None:
        return out
    if split is None:
        raise InputError("Say where the run goes: --out FILE, or --split train, validation or test.")
    folder = paths.cache() / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.nc"


def _device(name: str | None) -> str | None:
    """The device's name, checked before anything is written; raises InputError for one that is not here."""
    from engine.device import find

    find(name)
    return name


def _run(title: str, simulate: Callable[..., Path], path: Path, settings: dict[str, Any]) -> None:
    """Make the run, or go on with it where a checkpoint of it is beside its file."""
    resumed = path.with_name(path.name + ".parts").joinpath("checkpoint.safetensors").is_file()
    try:
        with progress_bar(f"{title}, resumed" if resumed else title) as report:
            simulate(path, **settings, progress=report)
    except KeyboardInterrupt:
        say("Stopped; the same command goes on from the last checkpoint.", style="yellow")
        raise typer.Exit(130) from None
    console().print(f"{'Resumed and wrote' if resumed else 'Wrote'} {path}", markup=False, soft_wrap=True)


def print_statistics(path: Path, statistics: Mapping[str, "Statistic"]) -> None:
    """Print what a run looks like in numbers, and whether that is what a usable run has."""
    from rich.table import Table

    table = Table("Statistic", "Value", "Unit", "Expected", "", title=f"Statistics of {path.name}")
    table.columns[1].justify = "right"
    for item in statistics.values():
        expected = "" if item.expected is None else f"{item.expected[0]:g} to {item.expected[1]:g}"
        verdict = "" if item.expected is None else "[green]as expected[/]" if item.within else "[red]not as expected[/]"
        table.add_row(item.meaning, number(item.value), item.units, expected, verdict)
    console().print(table)
