"""The optional source: offered with its package and a login alone; only the day and the box asked for are read."""

import sys
import types

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from engine import methods, scenes
from engine.errors import InputError
from engine.evaluate import evaluate
from engine.scenes.copernicus import DATASET, LARGEST_SCENE, TEST_DAYS, VERSION, CopernicusAltimetry


class Counted(xr.backends.BackendArray):
    """A lazy array of the service that counts what is read from it."""

    def __init__(self, values: np.ndarray, read: list[int]):
        self.values, self.shape, self.dtype, self.read = values, values.shape, values.dtype, read

    def __getitem__(self, key):
        return xr.core.indexing.explicit_indexing_adapter(
            key, self.shape, xr.core.indexing.IndexingSupport.BASIC, self._cells
        )

    def _cells(self, key):
        part = self.values[key]
        self.read.append(part.size)
        return part


@pytest.fixture
def service(monkeypatch, tmp_path):
    """A module in the package's place, with the test days and a few more of a coarse globe."""
    read: list[int] = []
    lat, lon = np.arange(-89.0, 90, 2.0), np.arange(-179.0, 180, 2.0)
    times = pd.DatetimeIndex([*TEST_DAYS[:-1], *pd.date_range("2019-02-20", periods=10)])
    day, y, x = np.meshgrid(np.arange(14.0), lat, lon, indexing="ij")
    values = {"adt": day + y / 90, "ugos": day - y / 90, "vgos": day + x / 180}

    def open_dataset(dataset_id: str, dataset_version: str, variables: list[str]) -> xr.Dataset:
        if (dataset_id, dataset_version) != (DATASET, VERSION):
            raise KeyError(dataset_id)
        dims = ("time", "latitude", "longitude")
        lazy = {
            name: xr.Variable(dims, xr.core.indexing.LazilyIndexedArray(Counted(values[name].astype("f4"), read)))
            for name in variables
        }
        return xr.Dataset(lazy, {"time": times, "latitude": lat, "longitude": lon})

    package = types.ModuleType("copernicusmarine")
    package.__spec__ = types.SimpleNamespace(name="copernicusmarine")
    package.open_dataset = open_dataset
    monkeypatch.setitem(sys.modules, "copernicusmarine", package)
    monkeypatch.setenv("COPERNICUSMARINE_CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.delenv("COPERNICUSMARINE_SERVICE_USERNAME", raising=False)
    return types.SimpleNamespace(read=read, cells=lat.size * lon.size, folder=tmp_path)


def test_it_is_offered_where_the_package_and_a_login_are_there(service, monkeypatch):
    assert not CopernicusAltimetry.offered(), "no login"
    (service.folder / ".copernicusmarine").mkdir()
    (service.folder / ".copernicusmarine" / ".copernicusmarine-credentials").touch()
    assert CopernicusAltimetry.offered()
    monkeypatch.setitem(sys.modules, "copernicusmarine", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not CopernicusAltimetry.offered(), "no package"


def test_a_scene_is_the_day_and_the_box_of_the_service(service):
    scene = CopernicusAltimetry().open(time="2019-02-23", region="gulf_stream", factor=2, field="u")
    np.testing.assert_allclose(scene.truth["u"], np.broadcast_to(7 - scene.truth.y.values[:, None] / 90, (10, 20)))
    assert scene.truth["u"].attrs["units"] == "m s-1"
    assert sum(service.read) < 0.05 * service.cells
    estimate = methods.create("bicubic").predict(scene.problem)["u"]
    assert np.isfinite(estimate).all()


def test_what_the_service_does_not_have_is_one_sentence(service):
    with pytest.raises(InputError, match=r"gives nothing for 2020-01-01 \(KeyError\)\.$"):
        CopernicusAltimetry().open(time="2020-01-01", factor=2)
    with pytest.raises(InputError, match="dates run from 1993-01-01"):
        CopernicusAltimetry().open(time="1980-01-01", factor=2)


@pytest.fixture
def listed(service, monkeypatch):
    """It is among the data sets."""
    monkeypatch.setitem(scenes.SCENES._items, "copernicus", CopernicusAltimetry)
    monkeypatch.setattr(CopernicusAltimetry, "key", "copernicus")
    monkeypatch.setenv("FINESCALE_CACHE", str(service.folder / "cache"))
    scenes.forget()
    yield service
    scenes.forget()


def test_an_evaluation_is_a_handful_of_downloads_and_is_kept(listed):
    """What the page evaluates unless something else is chosen: all test days and regions."""
    data = scenes.get("copernicus")
    asked = {"regions": data.held_out, "factor": 2, "scheduler": "synchronous", "cache": True}
    frame = evaluate("copernicus", ["bicubic"], **asked)
    assert len(frame) == len(data.regions) * len(TEST_DAYS) <= 25
    assert list(frame["error"].unique()) == [""]
    assert set(frame["split"]) == {"test"}
    assert data.open(factor=2).split == "test", "the first scene that is shown is one of them"
    assert data.open(time="2019-02-24", factor=2).split == "unused"
    read = len(listed.read)
    assert evaluate("copernicus", ["bicubic"], **asked)["rmse"].equals(frame["rmse"])
    assert len(listed.read) == read, "nothing is downloaded twice"


def test_every_named_region_is_small_enough_to_be_opened():
    for region in CopernicusAltimetry.regions.values():
        height, width = (high - low for low, high in (region.y, region.x))
        assert 8 * height * 8 * width <= LARGEST_SCENE


def test_the_whole_day_can_be_loaded_and_a_box_of_too_many_cells_is_refused(service, monkeypatch):
    data = CopernicusAltimetry()
    assert data.load(data.find_time("2019-02-23"), ("ssh", "v")).sizes == {"y": 90, "x": 180}
    monkeypatch.setattr("engine.scenes.copernicus.LARGEST_SCENE", 1000)
    with pytest.raises(InputError, match="draw a smaller box"):
        data.open(region="-180,180,-90,90", factor=2)


def test_its_region_map_costs_no_download(service):
    assert CopernicusAltimetry().overview().shape == (110, 220)
    assert service.read == []
