"""Tables of what is on offer: data sets with their licences, methods with their sources."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine import methods, scenes, weights
from engine.evaluation.evaluate import Evaluation
from engine.methods import Method
from engine.scenes import DataSet
from explorer.results.page import Cells, Table


@dataclass(frozen=True)
class Listed(Table):
    """A table whose rows a function makes."""

    head: tuple[str, ...]
    rows: Callable[[], Iterator[list[str]]]
    notes: tuple[str, ...] = ()

    def cells(self, work: Sequence[Evaluation]) -> Cells:
        """List what is there now.

        Args:
            work: nothing.

        Returns:
            The table as text.
        """
        return Cells(self.head, list(self.rows()), self.notes)


def data_sets() -> Iterator[list[str]]:
    """Key, kind, title, dates, source, licence, how it comes and what it is not, of every data set of the engine."""
    for key, data in scenes.catalogue().items():
        if type(data).__module__.startswith("engine."):
            about = data.title, _dates(data), data.source, data.licence, _origin(data), data.caution
            yield [f"`{key}`", _kind(data), *about]


def all_methods(task: str) -> Iterator[list[str]]:
    """Key, title, source and minutes of training of every method of the engine for a task.

    Args:
        task: 'resolution' or 'motion', see `engine.scene.Task`.

    Yields:
        A row for each method, in the order of the registry.
    """
    for key, kind in methods.METHODS.items():
        if kind.task == task and kind.__module__.startswith("engine."):
            yield [f"`{key}`", kind.title, kind.source, _training(kind)]


def _kind(data: DataSet) -> str:
    return f"**{data.kind}**" + (", input alone" if data.coarse else "")


def _dates(data: DataSet) -> str:
    first, last, number = data.written(data.times[0]), data.written(data.times[-1]), len(data.times)
    return first if number == 1 else f"{number}, {first} to {last}"


def _origin(data: DataSet) -> str:
    size = sum(file.bytes for file in data.files) / 1e6
    return f"downloaded, {size:.2g} MB" if data.files else "shipped, or made when opened"


def _training(kind: type[Method]) -> str:
    """Minutes on one core, in the order of the weights."""
    minutes = [_minutes(weights.card(key)) for key in kind.weights]
    return ", ".join(f"{time:.2g}" for time in minutes) + " min" if any(minutes) else ""


def _minutes(card: dict[str, Any]) -> float:
    """Minutes of a training, and of those that it went on from."""
    return float(card.get("minutes", 0)) + sum(_minutes(value) for value in card.values() if isinstance(value, dict))
