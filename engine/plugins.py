"""What others add: files that FINESCALE_PLUGINS names, and entry points. One that fails says so; the rest goes on."""

import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from engine.errors import InputError

VARIABLE = "FINESCALE_PLUGINS"  # paths, separated as those in PATH
FAILED: dict[str, str] = {}  # name of a plug-in -> why it is not there, one sentence
_read: set[Path] = set()
log = logging.getLogger("finescale.plugins")


def load_named() -> None:
    """Load every file that FINESCALE_PLUGINS names, once."""
    for text in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        path = Path(text).resolve()
        if path not in _read:
            _read.add(path)
            attempt(path.name, partial(load, path))


def load(path: Path) -> None:
    """Run a plug-in's file, which registers what it offers.

    Args:
        path: a Python file.

    Raises:
        InputError: there is no such file.
    """
    if path.suffix != ".py" or not path.is_file():
        raise InputError(f"There is no Python file {path.name}.")
    name = f"finescale_plugin_{path.stem}"
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)


def attempt(name: str, load: Callable[[], object]) -> None:
    """Load a plug-in; where that fails the log has the trace and FAILED a sentence.

    Args:
        name: of the plug-in, in FAILED.
        load: what loads it; its exceptions, SystemExit too, go no further.
    """
    try:
        load()
    except (Exception, SystemExit) as error:
        log.error("the plug-in %s could not be loaded", name, exc_info=error)
        FAILED[name] = f"The plug-in {name} could not be loaded: {why(error)}"


def why(error: BaseException) -> str:
    """The error's own sentence, or its kind and its first line.

    Args:
        error: what a plug-in raised.

    Returns:
        One line that ends with a full stop, at most 201 characters.
    """
    words = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    first = (words.splitlines() or [""])[0].rstrip(".")
    words = (
        first
        if isinstance(error, InputError)
        else f"{type(error).__name__}: {first}"
        if first
        else type(error).__name__
    )
    return f"{words[:200]}."
