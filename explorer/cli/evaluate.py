"""`finescale evaluate`: many dates and regions, several methods, one table."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import InputError
from explorer.base.wording import count
from explorer.cli.console import console, number, progress_bar, refuse, say

if TYPE_CHECKING:
    import pandas as pd

EXTRA_UNITS = {"seconds": "s", "network_calls": "1", "scenes": "1", "failed": "1"}


def evaluate(
    dataset: Annotated[str, typer.Argument(help="Key of a data set; `finescale data list` shows them.")],
    method: Annotated[
        list[str] | None,
        typer.Option("--method", "-m", help="KEY or KEY:name=value,name=value; may be repeated. Default: bicubic."),
    ] = None,
    times: Annotated[
        list[str] | None,
        typer.Option("--times", "-t", help="Dates with commas between, or FIRST/LAST; default: all of --split."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="The split whose dates are taken; default: the only one, or test.")
    ] = None,
    regions: Annotated[
        list[str] | None,
        typer.Option("--regions", "-r", help="A region's name or a box x0,x1,y0,y1; may be repeated."),
    ] = None,
    factor: Annotated[int | None, typer.Option(help="Fine cells per coarse cell along each axis.")] = None,
    degradation: Annotated[str | None, typer.Option(help="How the input is made from the truth.")] = None,
    width_km: Annotated[float | None, typer.Option(help="Width of a low-pass degradation, km.")] = None,
    noise: Annotated[
        str | None,
        typer.Option(help="Noise added to the input, in the field's unit, or 'instrument': that of a real one."),
    ] = None,
    sampling: Annotated[
        str | None,
        typer.Option(help="Where the instrument sees: clouds:0.5, nadir:200 or swath:300; default: everywhere."),
    ] = None,
    field: Annotated[str | None, typer.Option(help="The variable; default: the data set's first.")] = None,
    seed: Annotated[int, typer.Option(help="Random seed of the methods.")] = 0,
    bands: Annotated[
        str | None, typer.Option(help="Wavelengths in km between the bands, e.g. 120,60,30; default: four bands.")
    ] = None,
    by_region: Annotated[
        bool, typer.Option("--by-region", help="Also print the RMSE over bicubic's by region.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="File for the whole table, .csv.")] = None,
    scheduler: Annotated[
        str, typer.Option(help="threads, processes, synchronous, or the address of a dask scheduler.")
    ] = "threads",
    cache: Annotated[
        bool,
        typer.Option("--cache/--no-cache", help="Take the rows that an earlier run has kept, and keep the new ones."),
    ] = True,
    ship: Annotated[
        bool, typer.Option("--ship", help="Make them the rows that the page Failure cases has at once.")
    ] = False,
) -> None:
    """Score methods on many scenes and print their means."""
    _check_out(out)
    if ship and not dataset.isidentifier():
        raise InputError("Rows of a file of one's own do not ship: take a data set that `finescale data list` shows.")
    selection = {
        "factor": factor, "degradation": degradation, "width_km": width_km, "noise": _noise(noise),
        "sampling": sampling, "field": field,
    }  # fmt: skip
    selection = {name: value for name, value in selection.items() if value is not None}
    edges = _edges(bands)
    chosen = [parse_method(text) for text in method or ["bicubic"]]
    dates = _dates(dataset, times or [], split)
    frame = _scored(dataset, chosen, dates, regions, seed, scheduler, selection, edges, cache)
    if out is not None:
        frame.to_csv(out, index=False)
        say(f"Wrote {len(frame)} rows to {out}.")
    if ship:
        options = {"split": split, **selection, "seed": seed or None, "bands": bands}
        line = _line(dataset, {"-m": method, "-r": regions, "-t": times}, options)
        say(f"Wrote {len(frame)} rows to {_ship(frame, dataset, chosen, selection, seed, edges, line)}.")
    _print_summary(frame, _units(frame, selection))
    if by_region:
        _print_regions(frame)
    _tell_outside(frame)
    _tell_failures(frame)


def parse_method(text: str) -> tuple[str, dict[str, Any]]:
    """(key, parameters) of 'key:name=value,name=value'; raises InputError."""
    from explorer.base import link

    return link.parse_method(text)


def _noise(text: str | None) -> float | str | None:
    """A number or the word for a real instrument's; raises InputError for anything else."""
    from engine.observation.noise import INSTRUMENT

    if text is None or text == INSTRUMENT:
        return text
    try:
        return float(text)
    except ValueError:
        raise InputError(f"The noise is a number or {INSTRUMENT!r}, not {text[:40]!r}.") from None


def _edges(text: str | None) -> list[float]:
    """Wavelengths in km from '120,60,30'; raises InputError for what is no number."""
    try:
        return [float(part) for part in (text or "").split(",") if part.strip()]
    except ValueError:
        raise InputError(f"Bands are wavelengths in km with commas between, like 120,60,30, not {text!r}.") from None


def _check_out(out: Path | None) -> None:
    """Raise InputError before the work where its table could not be written."""
    if out is None:
        return
    if out.suffix != ".csv":
        raise InputError(f"The table is written as .csv, so {out.name!r} cannot be its name.")
    if not out.absolute().parent.is_dir():
        raise InputError(f"The folder of {out.name} does not exist: make it first.")


def _dates(dataset: str, times: list[str], split: str | None) -> list:
    """The dates asked for, in order: single ones, FIRST/LAST ranges, or all of the split."""
    from engine.evaluation.evaluate import dates_between, dates_of

    return dates_between(dataset, times) if times else dates_of(dataset, split)


def _scored(
    dataset: str, chosen: list, dates: list, regions: list[str] | None, seed: int, scheduler: str, selection: dict,
    edges: list[float], cache: bool,
):  # fmt: skip
    """The engine's table, with a bar that counts scenes."""
    from engine.evaluation.evaluate import LOCAL
    from engine.evaluation.evaluate import evaluate as evaluate_scenes

    if scheduler not in LOCAL and "://" not in scheduler:
        raise InputError(f"The scheduler is {', '.join(LOCAL)}, or an address like tcp://host:8786, not {scheduler!r}.")
    with progress_bar(f"Evaluation of {dataset}") as report:
        return evaluate_scenes(
            dataset, chosen, times=dates, regions=regions, seed=seed, scheduler=scheduler, edges_km=edges, cache=cache,
            progress=lambda done, total: report(done / total, f"{done} of {total} scenes"), **selection,
        )  # fmt: skip


def _units(frame: "pd.DataFrame", selection: dict) -> dict[str, str]:
    """Unit of every column, as the scores of the first scene state them."""
    from engine import methods, scenes, scores

    first = frame.iloc[0]
    scene = scenes.open(first["dataset"], time=first["time"], region=first["region"], **selection)
    still = scenes.get(first["dataset"]).task == "resolution"
    table = (
        scores.table(scores.bicubic(scene.problem).to_dataset(), scene)
        if still
        else scores.table(methods.create("persistence").predict(scene.problem), scene)
    )
    return {str(name): str(score.attrs["units"]) for name, score in table.data_vars.items()} | {
        "rmse_published": str(table["rmse"].attrs["units"]) if "rmse" in table else "",
        **EXTRA_UNITS,
    }


def _ship(
    frame: "pd.DataFrame", dataset: str, chosen: list, selection: dict, seed: int, edges: list[float], line: str
) -> Path:
    """Write the rows where they ship with the project; returns the file."""
    from datetime import date

    from engine import scenes
    from engine.evaluation import rows, scoring, shipped

    data = scenes.get(dataset)
    asked = {scoring.label(*choice): rows.asked(data, selection, choice, seed, edges) for choice in chosen}
    shipped.write(frame, asked, line, date.today(), shipped.path_of(dataset))
    return shipped.path_of(dataset)


def _line(dataset: str, lists: dict[str, list[str] | None], options: dict[str, Any]) -> str:
    """The command that ships the same rows."""
    words = ["finescale", "evaluate", dataset]
    words += [word for name, values in lists.items() for value in values or () for word in (name, value)]
    for name, value in options.items():
        words += [] if value is None else [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join([*words, "--ship"])


def _print_summary(frame: "pd.DataFrame", units: dict[str, str]) -> None:
    """A table with one row per score and one column per method, best first."""
    from rich.table import Table

    from engine.evaluation.evaluate import summary

    means = summary(frame)
    dates, regions = count(frame["time"].nunique(), "date"), count(frame["region"].nunique(), "region")
    table = Table("Mean of", "Unit", title=f"{frame['dataset'].iloc[0]}, {dates}, {regions}")
    for name in means.index:
        table.add_column(str(name), justify="right")
    for score in means.columns:
        unit = units.get(str(score), "")
        table.add_row(str(score), "" if unit == "1" else unit, *(number(value) for value in means[score]))
    console().print(table)


def _print_regions(frame: "pd.DataFrame") -> None:
    """1 - RMSE over bicubic's of every method in every region, in per cent: where it helps and where it harms."""
    from rich.table import Table

    from engine.evaluation.evaluate import summary

    by = {region: summary(rows)["relative_improvement"] for region, rows in frame.groupby("region", sort=False)}
    table = Table("Region", title="RMSE against bicubic's (%)")
    names = list(dict.fromkeys(frame["method"]))
    for name in names:
        table.add_column(name, justify="right")
    for region, gain in by.items():
        table.add_row(str(region), *(f"{0.0 - 100 * gain[name]:+.1f}" for name in names))
    console().print(table)


def _tell_outside(frame: "pd.DataFrame") -> None:
    """Print how the scenes differ from what methods were trained for, each way once."""
    for row in frame.loc[frame["outside"].fillna("") != "", ["method", "outside"]].drop_duplicates().itertuples():
        say(f"{row.method} is outside its training: {row.outside}.")


def _tell_failures(frame: "pd.DataFrame") -> None:
    """Print why methods refused scenes, each reason once; exit code 1 where nothing could be scored."""
    reasons = frame.loc[frame["error"] != "", ["method", "error"]].drop_duplicates()
    for reason in reasons.itertuples():
        refuse(f"{reason.method}: {reason.error}")
    if (frame["error"] != "").all():
        raise typer.Exit(1)
