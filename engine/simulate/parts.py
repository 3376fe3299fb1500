"""An unfinished run, in a folder beside the file that it will become (`NAME.parts`).

There lie the request (JSON), the last checkpoint and one file of fields per saved date (safetensors). Calling again
with the same settings goes on from there and ends in the same bits; the file itself appears once the run is complete.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.errors import InputError

Progress = Callable[[float, str], None]
SUFFIXES = (".nc", ".zarr")


def new_path(path: str | Path) -> Path:
    """The path of a file that can be written.

    Args:
        path: Where the file is to be.

    Returns:
        The same place.

    Raises:
        InputError: For a name that ends in none of SUFFIXES, a file that exists or a folder that does not.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise InputError(f"The file name must end in {' or '.join(SUFFIXES)}, not {path.name}.")
    if path.exists():
        raise InputError(f"{path.name} exists already: give another name or remove it first.")
    if not path.parent.is_dir():
        raise InputError(f"The folder of {path.name} does not exist: make it first.")
    return path


def open_parts(path: Path, request: Mapping[str, Any]) -> Path:
    """The folder of the unfinished run, made where it is not there.

    Args:
        path: The file that it will become.
        request: All settings of the run, fit for JSON.

    Returns:
        The folder beside it.

    Raises:
        InputError: Where it belongs to a run with other settings.
    """
    parts = path.with_name(path.name + ".parts")
    parts.mkdir(exist_ok=True)
    file, asked = parts / "request.json", json.dumps(request, indent=1)
    if not file.exists():
        replaced(file, lambda target: target.write_text(asked))
    elif file.read_text() != asked:
        raise InputError(
            f"{parts.name} holds an unfinished run with other settings: give those again, or remove that folder."
        )
    return parts


def replaced(file: Path, write: Callable[[Path], object]) -> None:
    """Write beside, then rename: an interruption leaves the old file or the new one, never half of one.

    Args:
        file: The file to be written.
        write: Writes it at the path that it is given.
    """
    beside = file.with_name(file.name + ".new")
    write(beside)
    os.replace(beside, file)
