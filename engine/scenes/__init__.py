"""Scenes: one file per data set, found by themselves. `catalogue()` lists them, `open()` opens one."""

from collections.abc import Callable, Mapping
from functools import cache

from engine.datafiles import DataFile
from engine.registry import Registry
from engine.scene import Scene
from engine.scenes.base import DataSet

SCENES: Registry[type[DataSet]] = Registry("engine.scenes", "finescale.scenes")


def register(key: str) -> Callable[[type[DataSet]], type[DataSet]]:
    """Offer a data set under a key, if it has anything to show or to fetch."""

    def add(kind: type[DataSet]) -> type[DataSet]:
        return SCENES.register(key)(kind) if kind.offered() else kind

    return add


@cache
def get(key: str) -> DataSet:
    """The data set `key` (one instance per process); raises InputError naming those that exist."""
    return SCENES[key]()


def catalogue() -> Mapping[str, DataSet]:
    """Key -> data set with `times`, `regions`, `kind`, `splits`, `fields`, `available`."""
    return {key: get(key) for key in SCENES}


def open(key: str, **selection) -> Scene:
    """Open a scene: `open("ocean_run", time="2005-01-11", factor=27)`; see DataSet.open for the selection."""
    from engine.errors import InputError

    data = get(key)
    try:
        return data.open(**selection)
    except TypeError as error:
        if "unexpected keyword" not in str(error):
            raise
        raise InputError(f"{key} cannot be selected like that: {error}.") from None


def files() -> tuple[DataFile, ...]:
    """The files that all data sets together have to fetch, each once."""
    return tuple(dict.fromkeys(file for data in catalogue().values() for file in data.files))
