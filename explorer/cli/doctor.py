"""`finescale doctor`: is everything here that the page needs, and what to do where it is not."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import typer

from explorer.cli.console import console

LIBRARIES = (
    "torch",
    "xarray",
    "numpy",
    "netCDF4",
    "dask",
    "panel",
    "panel-material-ui",
    "holoviews",
    "bokeh",
    "datashader",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
COLOURS = {"ok": "green", "note": "yellow", "broken": "red"}


class Finding(NamedTuple):
    """One line: ok, note (something optional is absent) or broken; of what; in words, with what to do."""

    state: str
    what: str
    words: str


def doctor() -> None:
    """Check the installation: one line each; exit code 1 if something essential is broken."""
    broken = False
    for check in (_versions, _devices, _assets, _data, _cache, _browser):
        for state, what, words in check():
            broken |= state == "broken"
            line = f"[{COLOURS[state]}]{state:6s}[/] [bold]{what}[/]: "
            console().print(line, end="")
            console().print(words, markup=False, soft_wrap=True)
    if broken:
        raise typer.Exit(1)


def _versions() -> Iterator[Finding]:
    """Python, finescale, and each key library: there, in the range asked for, and importable."""
    from engine import __version__

    yield Finding("ok", "finescale", f"{__version__}, Python {sys.version.split()[0]}")
    wanted = _requirements()
    if not wanted:
        yield Finding("note", "installation", "finescale is not installed as a package; do: python -m pip install -e .")
    for name in LIBRARIES:
        yield _library(name, wanted.get(name.lower(), ""))


def _requirements() -> dict[str, str]:
    """Library in lower case -> range of versions asked for, as the installed package states it."""
    from importlib.metadata import PackageNotFoundError, requires

    from packaging.requirements import Requirement

    try:
        asked = [Requirement(text) for text in requires("finescale") or ()]
    except PackageNotFoundError:
        return {}
    return {one.name.lower(): str(one.specifier) for one in asked if one.marker is None}


def _library(name: str, wanted: str) -> Finding:
    from importlib import import_module
    from importlib.metadata import version

    from packaging.specifiers import SpecifierSet

    mend = f"do: python -m pip install '{name}{wanted}'"
    try:
        found = version(name)
        import_module(name.replace("-", "_"))
    except Exception as error:  # a broken library can raise anything while it is imported
        return Finding("broken", name, f"cannot be imported ({type(error).__name__}: {error}); {mend}")
    if not SpecifierSet(wanted).contains(found, prereleases=True):
        return Finding("broken", name, f"{found} is outside {wanted}; {mend}")
    return Finding("ok", name, found)


def _devices() -> Iterator[Finding]:
    """The processor with torch's threads, every accelerator, and whether FINESCALE_DEVICE names one that is here."""
    try:
        import torch

        from engine import device
        from engine.errors import InputError
    except Exception:
        return
    yield Finding("ok", "processor", f"{os.cpu_count()} cores, torch uses {torch.get_num_threads()} threads")
    _, *accelerators = device.available()
    for one in accelerators:
        yield Finding("ok", f"accelerator {one}", device.title(one))
    if not accelerators:
        yield Finding("ok", "accelerator", "none that PyTorch finds; methods run on the processor")
    try:
        yield Finding("ok", "device", f"methods run on {device.find()}")
    except InputError as error:
        yield Finding("broken", "device", str(error))


def _assets() -> Iterator[Finding]:
    """The shipped run of the ocean, without which the page has nothing to show at first."""
    from engine import paths, scenes
    from engine.errors import InputError

    run = paths.assets() / "scenes" / "ocean_run_test.nc"
    try:
        scene = scenes.open("ocean_run")
    except InputError as error:
        yield Finding("broken", "shipped scene", str(error))
        return
    yield Finding("ok", "shipped scene", f"{run.name}, {run.stat().st_size / 1e6:.1f} MB, opens on {scene.time}")


def _data() -> Iterator[Finding]:
    """Every data set that has files: here, or how to get it."""
    from engine import paths, scenes

    for key, data in scenes.catalogue().items():
        size = sum(file.bytes for file in data.files if not file.here()) / 1e6
        if data.files and data.available:
            yield Finding("ok", f"data set {key}", "here")
        elif data.files:
            yield Finding("note", f"data set {key}", f"{size:.1f} MB to download; do: finescale data fetch {key}")
    mirror = paths.mirror()
    if mirror is not None and not mirror.is_dir():
        yield Finding("note", "FINESCALE_DATA", f"names {mirror}, which is no folder; correct it or unset it")


def _cache() -> Iterator[Finding]:
    """The user's cache: where, how large, and whether it can be written."""
    from engine import paths

    folder = paths.cache()
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6 if folder.is_dir() else 0.0
    if os.access(_existing(folder), os.W_OK):
        yield Finding("ok", "cache", f"{folder}, {size:.1f} MB")
    else:
        yield Finding("note", "cache", f"{folder} cannot be written; let FINESCALE_CACHE name a folder that can")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


def _browser() -> Iterator[Finding]:
    """Chromium, which only the tests of the page need."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        yield Finding("ok", "Chromium", found)
    else:
        yield Finding("note", "Chromium", "not here; only the browser tests need it (install the package chromium)")
