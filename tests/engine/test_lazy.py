"""A data set larger than memory: an evaluation reads the dates and the boxes that it scores, and nothing else."""

import re

import pytest
import stored
from zarr.storage import LocalStore

from engine import scenes
from engine.evaluate import evaluate


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return stored.write(tmp_path_factory.mktemp("stored") / "sea.zarr", dates=6, cells=128, chunk=32)


@pytest.fixture
def read(store, monkeypatch):
    """The chunks (date, row, column) of the field that have been read."""
    seen = []
    get = LocalStore.get

    async def counted(self, key, *args, **kwargs):
        found = re.search(r"ssh/c/(\d+)/(\d+)/(\d+)$", key)
        if found:
            seen.append(tuple(map(int, found.groups())))
        return await get(self, key, *args, **kwargs)

    monkeypatch.setattr(LocalStore, "get", counted)
    monkeypatch.setattr(stored.StoredSea, "path", store, raising=False)
    monkeypatch.setitem(scenes.SCENES._items, stored.KEY, stored.StoredSea)
    scenes.forget()
    yield seen
    scenes.forget()


@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
@pytest.mark.parametrize("chunks", [{}, None], ids=["dask", "lazy"])
def test_only_the_dates_and_boxes_that_are_scored_are_read(read, monkeypatch, chunks, scheduler):
    monkeypatch.setattr(stored.StoredSea, "chunks", chunks)
    options = {"times": ["2001-01-02", "2001-01-05"], "scheduler": scheduler}
    frame = evaluate(stored.KEY, ["bicubic", "nearest"], regions=["corner"], **options)
    assert sorted(read) == [(1, 0, 0), (4, 0, 0)]  # once, whatever the number of methods
    read.clear()
    evaluate(stored.KEY, ["bicubic"], regions=["box"], **options)
    assert {date for date, *_ in read} == {1, 4}
    assert len(read) == 2 * 4 * 4
    assert frame["rmse"].notna().all()


def test_a_region_of_a_lazy_data_set_is_in_memory_once_it_is_opened(read):
    scene = scenes.open(stored.KEY, time="2001-01-03", region="corner")
    read.clear()
    assert float(scene.truth["ssh"].max()) > float(scene.problem.low["ssh"].max())
    assert not read
