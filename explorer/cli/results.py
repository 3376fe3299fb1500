"""`finescale results`: the pages of results, written anew."""

from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.cli.console import console, progress_bar, say

# NAMES, whose import takes seconds
PAGES = "ocean, observations, altimetry, ice, land, motion, simulations, data, methods, speed"


def results(
    pages: Annotated[list[str] | None, typer.Argument(help=f"Which pages: {PAGES}; default: all.")] = None,
    folder: Annotated[Path, typer.Option(help="Where the pages go.")] = Path("assets/results"),
    scheduler: Annotated[
        str, typer.Option(help="threads, processes, synchronous, or the address of a dask scheduler.")
    ] = "threads",
    timings: Annotated[Path | None, typer.Option(help="For speed: a file by pytest --benchmark-json.")] = None,
    known: Annotated[bool, typer.Option("--known", help="Score nothing: a table says what it still lacks.")] = False,
) -> None:
    """Write the tables of results; scores that are known are taken, so that it goes on where it was stopped."""
    from explorer.results import NAMES, find

    wanted = list(dict.fromkeys(pages or NAMES))
    for name in wanted:
        find(name)
    for name in wanted:
        path = _written(name, folder, scheduler=scheduler, timings=timings, known=known)
        console().print(f"Wrote {path}", markup=False, soft_wrap=True)


def _written(name: str, folder: Path, **how: Any) -> Path:
    """Write one page, with a bar that counts the scenes that it still missed."""
    from explorer.results import write

    try:
        with progress_bar(f"Results of {name}") as report:
            return write(name, folder, lambda done, total: report(done / total, f"{done} of {total} scenes"), **how)
    except KeyboardInterrupt:
        say("Stopped; the same command goes on from the scenes that are scored.", style="yellow")
        raise typer.Exit(130) from None
