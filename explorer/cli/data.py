"""`finescale data`: what the catalogue's files are, getting them, and removing the downloaded copies."""

import shutil
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.base.wording import count
from explorer.cli.console import console, progress_bar, refuse, say

if TYPE_CHECKING:
    from engine.datafiles import DataFile

app = typer.Typer(help="List, download and remove the files of the data sets.", no_args_is_help=True)
ALL = "all"


@app.command("list")
def show() -> None:
    """List the files of the data sets: size, licence, here or not."""
    from rich.table import Table

    from engine.scenes import catalogue, files

    table = Table("Data set", "File", "MB", "Licence", "Here", title="Data sets")
    table.columns[0].no_wrap, table.columns[1].overflow, table.columns[2].justify = True, "fold", "right"
    for key, data in catalogue().items():
        for file in data.files:
            table.add_row(key, file.path, f"{file.bytes / 1e6:.1f}", data.licence, _mark(file.here()))
        if not data.files:
            table.add_row(key, "comes with Finescale", "", data.licence, _mark(data.available))
    console().print(table)
    absent = [file for file in files() if not file.here()]
    rest = f"; {_megabytes(absent)} left to download with `finescale data fetch`" if absent else ""
    console().print(f"{len(files()) - len(absent)} of {len(files())} files are here{rest}.")


@app.command()
def fetch(
    dataset: Annotated[str, typer.Argument(help="Key of a data set, or 'all'.")] = ALL,
) -> None:
    """Download the files of a data set, or of all, into the cache."""
    from engine import scenes

    wanted = scenes.files() if dataset == ALL else scenes.get(dataset).files
    if not wanted:
        say(f"{scenes.get(dataset).title} has nothing to download.")
        return
    absent = [file for file in wanted if not file.here()]
    if absent:
        say(f"Downloading {_megabytes(absent)} in {count(len(absent), 'file')}.")
    failures = _fetch_all(wanted)
    for sentence in failures:
        refuse(sentence)
    if failures:
        raise typer.Exit(1)
    say(f"All {len(wanted)} files are here and whole." if len(wanted) > 1 else "The file is here and whole.")


def _fetch_all(wanted: "tuple[DataFile, ...]") -> list[str]:
    """Fetch one file after another; one sentence for each that could not be had."""
    from engine.datafiles import fetch as fetch_file
    from engine.errors import InputError

    failures, size, before = [], sum(file.bytes for file in wanted), 0
    with progress_bar("Download") as report:
        for file in wanted:

            def tell(done: int, _: int, file: "DataFile" = file, before: int = before) -> None:
                report((before + done) / size, f"{file.path} {done / 1e6:.1f} of {file.bytes / 1e6:.1f} MB")

            try:
                fetch_file(file, tell)
            except InputError as error:
                failures.append(str(error))
            before += file.bytes
    return failures


@app.command()
def clear(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
) -> None:
    """Remove the downloaded copies from the cache; a folder named by FINESCALE_DATA stays as it is."""
    from engine import paths
    from engine.scenes import files

    folder = paths.cache() / "data"
    copies = [copy for file in files() if (copy := folder / file.path).is_file()]
    freed = sum(copy.stat().st_size for copy in copies) / 1e6
    if not copies:
        say("The cache holds no downloaded files.")
        return
    if not yes:
        typer.confirm(f"Remove {count(len(copies), 'file')} ({freed:.1f} MB) from {folder}?", abort=True)
    for copy in copies:
        copy.unlink()
        _tidy(copy, folder)
    say(f"Removed {count(len(copies), 'file')}, {freed:.1f} MB.")


def _tidy(copy, top) -> None:
    """Remove what an interrupted download left beside a file, and its folders below `top` once they are empty."""
    for left in copy.parent.glob(".fetch-*"):
        shutil.rmtree(left, ignore_errors=True)
    for folder in copy.parents:
        if folder == top or any(folder.iterdir()):
            return
        folder.rmdir()


def _mark(here: bool) -> str:
    return "[green]yes[/]" if here else "[yellow]no[/]"


def _megabytes(files: "list[DataFile]") -> str:
    return f"{sum(file.bytes for file in files) / 1e6:.1f} MB"
