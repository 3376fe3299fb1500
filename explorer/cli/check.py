"""`finescale check`: whether a file's methods and data sets keep the promises that the page relies on."""

from pathlib import Path
from typing import Annotated

import typer

from explorer.base.wording import count
from explorer.cli.console import console, refuse


def check(file: Annotated[Path, typer.Argument(help="A Python file that registers methods or data sets.")]) -> None:
    """Check a plug-in: load it, run its methods and open its data sets on small scenes; exit code 1 for a fault."""
    from engine import contract, plugins
    from engine.errors import InputError
    from engine.methods import METHODS
    from engine.scenes import SCENES

    known = {*METHODS, *SCENES}
    try:
        plugins.load(file)
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"{file.name} could not be loaded: {plugins.why(error)}") from error
    methods, scenes = ([key for key in registry if key not in known] for registry in (METHODS, SCENES))
    if not methods and not scenes:
        raise InputError(f"{file.name} registers no method and no data set.")
    faults = [fault for key in methods for fault in contract.check_method(key)]
    faults += [fault for key in scenes for fault in contract.check_scene(key)]
    for fault in faults:
        refuse(fault)
    if faults:
        raise typer.Exit(1)
    console().print(f"{count(len(methods), 'method')} and {count(len(scenes), 'data set')}: no fault found.")
