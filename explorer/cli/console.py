"""What the verbs share: where they print, their progress bar, and the one sentence of a refusal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from engine.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH = 140  # columns where the output is no terminal
SPEED_PERIOD = 6 * 3600.0  # s over which the pace is measured: one step of a slow method may take minutes
Report = Callable[[float, str], None]


class Verbs(TyperGroup):
    """A group of verbs whose InputErrors become one red sentence and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as error:
            refuse(str(error))
            raise typer.Exit(1) from None


def console(stderr: bool = False) -> "Console":
    """A console on stdout or stderr as they are now."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else PIPED_WIDTH, highlight=False)


def refuse(sentence: str) -> None:
    """Print one red sentence on stderr."""
    console(stderr=True).print(sentence, style="red", markup=False, soft_wrap=True)


def say(sentence: str, style: str = "") -> None:
    """Print one sentence on stderr, away from the results."""
    console(stderr=True).print(sentence, style=style, markup=False, soft_wrap=True)


@contextmanager
def progress_bar(title: str) -> Iterator[Report]:
    """A bar on stderr with the time left; yields report(part done from 0 to 1, words)."""
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    words = TextColumn("{task.description}", markup=False)
    columns = (
        words,
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    screen = console(stderr=True)
    with Progress(*columns, console=screen, speed_estimate_period=SPEED_PERIOD) as progress:
        task = progress.add_task(title, total=1.0, visible=screen.is_terminal)
        yield lambda part, text: progress.update(task, completed=part, description=f"{title}: {text}", visible=True)


def number(value: float, digits: int = 4) -> str:
    """A number for a table, '–' for NaN."""
    return "–" if value != value else f"{value:.{digits}g}"
