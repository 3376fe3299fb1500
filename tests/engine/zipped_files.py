"""Hostile zip archives: names that lead out of them, links, too much in too little, more than one store."""

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

from hostile_files import hostile
from own_files import CASES

Change = Callable[[zipfile.ZipFile], None]


def zipped(folder: Path, change: Change, inside: str = "good.zarr") -> Path:
    """A good Zarr in an archive, and what else is done to it."""
    store = CASES["zarr_2"](folder).path
    with zipfile.ZipFile(folder / "a.zarr.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(store.rglob("*")):
            out.write(path, f"{inside}/{path.relative_to(store)}")
        change(out)
    return folder / "a.zarr.zip"


@hostile
def zip_without_a_zarr(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.nc", "w") as out:
        out.writestr("read.me", b"x")
    return folder / "a.nc"


@hostile
def zip_with_names_that_lead_out_of_it(folder: Path) -> Path:
    return zipped(folder, lambda out: out.writestr("good.zarr/../../escape.nc", b"x"))


@hostile
def zip_with_an_absolute_name(folder: Path) -> Path:
    return zipped(folder, lambda out: out.writestr("/etc/escape", b"x"))


@hostile
def zip_with_a_link(folder: Path) -> Path:
    link = zipfile.ZipInfo("good.zarr/a/secret")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped(folder, lambda out: out.writestr(link, b"/etc/passwd"))


@hostile
def zip_in_a_zip(folder: Path) -> Path:
    return zipped(folder, lambda out: out.writestr("good.zarr/more.ZIP", b"PK\x03\x04"))


@hostile
def zip_with_two_stores(folder: Path) -> Path:
    return zipped(folder, lambda out: out.writestr("other.zarr/.zgroup", b'{"zarr_format": 2}'))


@hostile
def zip_with_two_entries_of_one_name(folder: Path) -> Path:
    first, second = b"one", b"two"

    def twice(out: zipfile.ZipFile) -> None:
        out.writestr("good.zarr/b", first)
        out.writestr("good.zarr/c", second)
        out.filelist[-1].filename = "good.zarr/b"

    return zipped(folder, twice)


@hostile
def zip_that_unpacks_to_terabytes(folder: Path) -> Path:
    """By its directory: nothing of it has to be read to know."""

    def grow(out: zipfile.ZipFile) -> None:
        for entry in out.filelist:
            entry.file_size = 1 << 40

    return zipped(folder, grow)


@hostile
def zip_with_one_entry_of_a_gigabyte(folder: Path) -> Path:
    def grow(out: zipfile.ZipFile) -> None:
        out.filelist[-1].file_size = 1 << 30

    return zipped(folder, grow)


@hostile
def zip_that_holds_less_than_it_says(folder: Path) -> Path:
    def shrink(out: zipfile.ZipFile) -> None:
        for entry in out.filelist:
            entry.file_size = entry.file_size // 2

    return zipped(folder, shrink)


@hostile
def zip_that_is_cut_off(folder: Path) -> Path:
    path = zipped(folder, lambda out: None)
    path.write_bytes(path.read_bytes()[:-200])
    return path
