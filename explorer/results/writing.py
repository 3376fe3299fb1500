"""From a declared page to a Markdown file: what is missing is scored first, and all tables look alike."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from engine import scenes
from engine.errors import InputError
from engine.evaluation.evaluate import Evaluation
from explorer.results.page import Cells, Page, find
from explorer.results.timed import Timed

Progress = Callable[[int, int], None]


def write(
    name: str,
    folder: Path,
    progress: Progress | None = None,
    scheduler: str = "threads",
    today: date | None = None,
    timings: Path | None = None,
    known: bool = False,
) -> Path:
    """Score what the tables of a page still miss, and write it as FOLDER/NAME.md.

    Args:
        name: one of `explorer.results.NAMES`.
        folder: where the page goes; it is made where it is absent.
        progress: called as progress(done, total) with numbers of scenes that had to be run.
        scheduler: 'threads', 'processes', 'synchronous', or the address of a dask scheduler.
        today: the date that the page bears (default: today's).
        timings: a file by `pytest --benchmark-json`, for the tables of benchmarks.
        known: score nothing; a table says what it still lacks.

    Returns:
        The file that was written.

    Raises:
        InputError: there is no such page, or files that it needs are not here.
    """
    page = _timed(find(name), timings)
    work = [table.work() for table in page.tables]
    if not known:
        _require_files(work)
        _run([one for part in work for one in part], scheduler, progress)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.md"
    path.write_text(markdown(name, page, work, today or date.today()), encoding="utf-8")
    return path


def markdown(name: str, page: Page, work: Sequence[Sequence[Evaluation]], today: date) -> str:
    """A page as Markdown.

    Args:
        name: its name, which its command takes.
        page: what is declared.
        work: for each of its tables the evaluations that it asked for, run.
        today: the date that its tables bear.

    Returns:
        The text; below every table stand the date and the command that writes it.
    """
    origin = f"Written on {today:%Y-%m-%d} by `finescale results {name}`."
    done, blocks = iter(work), [f"# {page.title}"]
    for part in page.parts:
        if isinstance(part, str):
            blocks.append(part.strip())
        else:
            cells = part.cells(next(done))
            blocks += [grid(cells), " ".join((origin, *cells.notes))]
    return "\n\n".join(blocks) + "\n"


def grid(cells: Cells) -> str:
    """A table of Markdown.

    Args:
        cells: head and rows.

    Returns:
        Lines with bars between the cells; a bar inside a cell is escaped.
    """
    lines = [cells.head, ["---"] * len(cells.head), *cells.rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def _timed(page: Page, timings: Path | None) -> Page:
    """The page with its tables of benchmarks made from these timings."""
    parts = (replace(part, timings=timings) if isinstance(part, Timed) else part for part in page.parts)
    return replace(page, parts=tuple(parts))


def _require_files(work: Sequence[Sequence[Evaluation]]) -> None:
    """Raise InputError, before anything is scored, where a data set would have to be downloaded."""
    keys = dict.fromkeys(str(one.dataset_key) for part in work for one in part)
    absent = [key for key in keys if not scenes.get(key).available]
    if absent:
        wanted = ", ".join(f"`finescale data fetch {key}`" for key in absent)
        raise InputError(f"This page needs data that are not here; fetch them first: {wanted}.")


def _run(work: list[Evaluation], scheduler: str, progress: Progress | None) -> None:
    """Score what is missing, one evaluation after the other."""
    total = _missing(work)
    for one in work:
        for _ in one.run(scheduler) if one.scenes else _nothing():
            if progress:
                progress(total - _missing(work), total)


def _nothing() -> Iterator[None]:
    yield from ()


def _missing(work: list[Evaluation]) -> int:
    return sum(one.scenes for one in work)
