"""A mapping from key to class, filled by decorators, package modules and entry points."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import entry_points
from threading import RLock
from typing import Generic, TypeVar

from engine import plugins
from engine.errors import InputError

T = TypeVar("T")
_LOADING = RLock()  # one for all registries: a plug-in may register in several


class Registry(Mapping[str, T], Generic[T]):
    """Key -> class; a duplicate key raises, an unknown key says which ones exist.

    A class of a notebook or script that is defined again under its own name (a cell run twice) replaces the first.
    """

    def __init__(self, package: str, group: str):
        self._items: dict[str, T] = {}
        self._package, self._group = package, group
        self._loading = self._loaded = False

    def register(self, key: str) -> Callable[[T], T]:
        def add(item: T) -> T:
            if key in self._items and not _defined_again(self._items[key], item):
                raise KeyError(f"{key!r} is registered twice in {self._package}")
            self._items[key] = item
            item.key = key  # type: ignore[attr-defined]
            return item

        return add

    def _load(self) -> None:
        """Import every module of the package, then the plug-ins, once; other threads wait."""
        if self._loaded:
            return
        with _LOADING:
            if not self._loading:
                self._loading = True
                for module in pkgutil.iter_modules(importlib.import_module(self._package).__path__):
                    importlib.import_module(f"{self._package}.{module.name}")
                for point in entry_points(group=self._group):
                    plugins.attempt(point.name, point.load)
                plugins.load_named()
                self._loaded = True

    def __getitem__(self, key: str) -> T:
        self._load()
        if key not in self._items:
            raise InputError(f"There is no {key!r} here; there are: {', '.join(sorted(self._items))}.")
        return self._items[key]

    def __contains__(self, key: object) -> bool:
        self._load()
        return key in self._items

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(self._items)

    def __len__(self) -> int:
        self._load()
        return len(self._items)


def _defined_again(old, new) -> bool:
    """Whether both are one class of the running notebook or script."""
    return old.__module__ == new.__module__ == "__main__" and old.__qualname__ == new.__qualname__
