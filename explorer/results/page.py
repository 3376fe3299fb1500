"""What a page of results is, and which there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from engine.errors import InputError
from engine.evaluation.evaluate import Evaluation

NAMES = ("ocean", "observations", "altimetry", "ice", "land", "motion", "simulations", "data", "methods", "speed")


@dataclass(frozen=True)
class Cells:
    """A table as text: its head, its rows (each as long as the head), and sentences that stand below it."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


class Table:
    """What a page makes a table of."""

    def work(self) -> list[Evaluation]:
        """Evaluations that have to be run before there are cells; none where nothing is scored."""
        return []

    def cells(self, work: Sequence[Evaluation]) -> Cells:
        """The table.

        Args:
            work: what `work` gave, run.

        Returns:
            Its head, rows and notes.

        Raises:
            NotImplementedError: here; a kind of table says it.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Page:
    """A heading and its parts in order: a string is Markdown as it stands, all else a table."""

    title: str
    parts: tuple[str | Table, ...]

    @property
    def tables(self) -> list[Table]:
        """The tables among the parts, in order."""
        return [part for part in self.parts if not isinstance(part, str)]


def find(name: str) -> Page:
    """The page of a name.

    Args:
        name: one of NAMES.

    Returns:
        The declared page; nothing is scored yet.

    Raises:
        InputError: there is no page of that name; the sentence lists those that there are.
    """
    if name not in NAMES:
        raise InputError(f"There is no page of results {name!r}; there are: {', '.join(NAMES)}.")
    return import_module(f"explorer.results.pages.{name}").PAGE
