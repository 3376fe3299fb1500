"""Scenes: one file per data set, found by themselves. `catalogue()` lists them, `open()` opens one."""

from collections.abc import Callable, Mapping
from functools import cache

from engine.datafiles import DataFile
from engine.errors import InputError
from engine.registry import Registry
from engine.scene import Scene
from engine.scenes.base import DataSet

SCENES: Registry[type[DataSet]] = Registry("engine.scenes", "finescale.scenes")


def register(key: str) -> Callable[[type[DataSet]], type[DataSet]]:
    """Offer a data set under a key, if it has anything to show or to fetch.

    Args:
        key: What it is called in links, cards and calls.

    Returns:
        A decorator that gives the class back; it raises InputError for what is no data set or lacks what the page
        needs.
    """

    def add(kind: type[DataSet]) -> type[DataSet]:
        _check(kind)
        if not kind.offered():
            return kind
        _check_offer(kind)
        forget()  # a class of a notebook may be written again
        return SCENES.register(key)(kind)

    return add


def _check(kind: type[DataSet]) -> None:
    """Raise InputError for what is no data set."""
    if not (isinstance(kind, type) and issubclass(kind, DataSet)):
        raise InputError(
            f"{getattr(kind, '__name__', kind)!r} is no data set: it has to inherit engine.scenes.DataSet."
        )


def _check_offer(kind: type[DataSet]) -> None:
    """Raise InputError for a data set of others that lacks what the page takes for granted."""
    if not kind.__module__.startswith("engine."):
        data = kind()
        for what in ("fields", "regions", "factors", "times"):
            if not len(getattr(data, what)):
                raise InputError(f"The data set {kind.__name__} has no {what}.")


@cache
def _registered(key: str) -> DataSet:
    return SCENES[key]()


def get(key: str | DataSet) -> DataSet:
    """The data set `key`, one instance per process.

    Args:
        key: What it is registered under, or 'own:...' of a person's own file (see engine.scenes.own); a data set itself
            is handed through.

    Returns:
        The data set.

    Raises:
        InputError: Where there is none, naming those that exist, or where an own file cannot be read.
    """
    if isinstance(key, DataSet):
        return key
    if not key.startswith("own:"):
        return _registered(key)
    from engine.scenes import own

    return own.opened(key)


def forget() -> None:
    """Make the data sets anew when they are next asked for."""
    _registered.cache_clear()


def catalogue() -> Mapping[str, DataSet]:
    """Key -> data set with `times`, `regions`, `kind`, `splits`, `fields`, `available`."""
    return {key: get(key) for key in SCENES}


def open(key: str | DataSet, **selection) -> Scene:
    """Open a scene: `open("ocean_run", time="2005-01-11", factor=27)`.

    Args:
        key: What the data set is registered under, or the data set itself.
        selection: What to open of it, see DataSet.open.

    Returns:
        The scene.

    Raises:
        InputError: For a key or a selection that is not on offer; DataMissing where a file has to be fetched first.
    """
    data = get(key)
    try:
        return data.open(**selection)
    except TypeError as error:
        if "unexpected keyword" not in str(error):
            raise
        raise InputError(f"{data.key} cannot be selected like that: {error}.") from None


def files() -> tuple[DataFile, ...]:
    """The files that all data sets together have to fetch, each once."""
    return tuple(dict.fromkeys(file for data in catalogue().values() for file in data.files))
