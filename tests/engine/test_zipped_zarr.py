"""A Zarr that was zipped: what is in an archive is counted before anything of it is read."""

from zipfile import ZipInfo

import numpy as np
import pytest
from own_files import CASES, on_grid

from engine.errors import InputError
from engine.reading.places import Places, keep
from engine.reading.zarr_zip import MOST_ENTRIES, require_harmless, root_of
from engine.scenes.own import opened


def test_an_archive_of_too_many_entries_is_refused():
    with pytest.raises(InputError, match="more than 100000 entries"):
        require_harmless([ZipInfo(f"a/{i}") for i in range(MOST_ENTRIES + 1)])


@pytest.mark.parametrize(
    ("folders", "root"), [(["", "a"], ""), (["x.zarr", "x.zarr/a"], "x.zarr"), (["b/x", "b/x/a/c"], "b/x")]
)
def test_the_store_is_the_folder_that_all_others_lie_in(folders, root):
    assert root_of(folders) == root


@pytest.mark.parametrize("folders", [["a", "b"], ["a", "ab"], ["x/a", "x/b"], ["a", "b/a", "b/c"]])
def test_two_stores_in_one_archive_are_refused(folders):
    with pytest.raises(InputError, match="more than one Zarr"):
        root_of(folders)


def test_a_zipped_zarr_can_be_uploaded(tmp_path, monkeypatch):
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path / "cache"))
    with CASES["zipped_zarr_2"](tmp_path).path.open("rb") as stream:
        digest = keep(stream, "mine.zarr.zip")
    data = opened(f"own:{digest}", Places())
    np.testing.assert_allclose(data.load(data.times[0], ("a",))["a"], on_grid(), atol=1e-5)
    kept = [path for path in (tmp_path / "cache" / "own").rglob("*") if path.is_file()]
    assert [path.name for path in kept] == ["mine.zarr.zip"], "nothing is unpacked to the disk"


def test_one_below_the_folders_is_listed_and_one_behind_an_address_is_downloaded(tmp_path, monkeypatch, web):
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path / "cache"))
    one = CASES["zipped_zarr_3"](tmp_path)
    assert one.path.name in Places((tmp_path,)).listed()
    data = opened(f"own:{web}/{one.path.name}")
    np.testing.assert_allclose(data.load(data.times[0], ("a",))["a"], one.values, atol=one.tolerance)
