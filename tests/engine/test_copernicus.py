"""The optional source: offered with its package and a login alone; only the day and the box asked for are read."""

import sys
import types

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from engine import methods
from engine.errors import InputError
from engine.scenes.copernicus import DATASET, CopernicusAltimetry


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
    """A module in the package's place, with ten days of a coarse globe."""
    read: list[int] = []
    lat, lon = np.arange(-89.0, 90, 2.0), np.arange(-179.0, 180, 2.0)
    times = pd.date_range("2019-02-20", periods=10)
    day, y, x = np.meshgrid(np.arange(10.0), lat, lon, indexing="ij")
    values = {"adt": day + y / 90, "ugos": day - y / 90, "vgos": day + x / 180}

    def open_dataset(dataset_id: str, variables: list[str]) -> xr.Dataset:
        if dataset_id != DATASET:
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
    np.testing.assert_allclose(scene.truth["u"], np.broadcast_to(3 - scene.truth.y.values[:, None] / 90, (10, 20)))
    assert scene.truth["u"].attrs["units"] == "m s-1"
    assert sum(service.read) < 0.05 * service.cells
    estimate = methods.create("bicubic").predict(scene.problem)["u"]
    assert np.isfinite(estimate).all()


def test_what_the_service_does_not_have_is_one_sentence(service):
    with pytest.raises(InputError, match=r"gives nothing for 2020-01-01 \(KeyError\)\.$"):
        CopernicusAltimetry().open(time="2020-01-01", factor=2)
    with pytest.raises(InputError, match="dates run from 1993-01-01"):
        CopernicusAltimetry().open(time="1980-01-01", factor=2)


def test_its_region_map_costs_no_download(service):
    assert CopernicusAltimetry().overview().shape == (110, 220)
    assert service.read == []
