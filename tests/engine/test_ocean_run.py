"""The ocean run on a small file of its own and on the shipped one, and how NetCDF files are read."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import engine.methods
import engine.scenes
from engine.errors import DataMissing, InputError
from engine.scenes.ocean_run import OceanRun
from engine.scenes.shared import netcdf

MIRROR = os.environ.get("FINESCALE_DATA", "")


def one_sentence(error: pytest.ExceptionInfo) -> str:
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 300
    return message


def write_run(path, start: str, dates: int = 3, seed: int = 0, **changes) -> xr.Dataset:
    """A small file laid out like an ocean run: 432 x 432 at 4 km, 16-bit integers, every second day."""
    km = np.arange(2.0, 1728.0, 4.0)
    wave = np.sin(2 * np.pi * (km[:, None] + 2 * km) / 864 + np.arange(dates)[:, None, None] + seed)
    day = pd.date_range(start, periods=dates, freq="2D")
    data = xr.Dataset(
        {
            "ssh": (("time", "y", "x"), wave.astype("f4"), {"units": "m"}),
            "sst": (("time", "y", "x"), (16 + 4 * wave).astype("f4"), {"units": "degC"}),
        },
        {"time": day, "y": ("y", km, {"units": "km"}), "x": ("x", km, {"units": "km"})},
        {"coriolis_parameter": 0.9e-4},
    )
    packing = {"dtype": "int16", "_FillValue": -32768, "zlib": True, "chunksizes": (1, 432, 432)}
    encoding = {"ssh": packing | {"scale_factor": 1e-4}, "sst": packing | {"scale_factor": 1e-3, "add_offset": 16.0}}
    path.parent.mkdir(parents=True, exist_ok=True)
    data.drop_vars(changes.get("without", [])).to_netcdf(
        path, engine="netcdf4", encoding=changes.get("encoding", encoding)
    )
    return data


@pytest.fixture
def ocean(tmp_path, no_data, monkeypatch) -> OceanRun:
    """The data set ocean_run on a small file of its own; `truth` holds what was written."""
    path = tmp_path / "ocean_run_test.nc"
    data = OceanRun()
    data.truth = write_run(path, "2005-01-01")
    monkeypatch.setattr(OceanRun, "shipped", staticmethod(lambda: [path]))
    return data


@pytest.fixture
def mirror_again(no_data, monkeypatch):
    """The mirror back in place beside the empty cache of `ocean`."""
    monkeypatch.setenv("FINESCALE_DATA", MIRROR)


def test_the_ocean_run_keeps_values_units_and_coriolis(ocean):
    assert list(ocean.times) == list(pd.date_range("2005-01-01", periods=3, freq="2D"))
    fields = ocean.load(pd.Timestamp("2005-01-03"), ("ssh", "sst"))
    np.testing.assert_allclose(fields["ssh"], ocean.truth["ssh"][1], atol=6e-5)
    np.testing.assert_allclose(fields["sst"], ocean.truth["sst"][1], atol=6e-4)
    assert fields["ssh"].dtype == np.float32
    assert fields["ssh"].attrs["coriolis_parameter"] == 0.9e-4
    assert fields["x"].attrs["units"] == "km"


def test_the_ocean_run_opens_with_its_guide(ocean):
    scene = ocean.open(region="jet")
    assert scene.time == "2005-01-01"
    assert scene.split == "test"
    assert scene.kind == "simulated"
    assert scene.problem.low["ssh"].shape == (8, 16)
    assert list(scene.problem.guides.data_vars) == ["sst"]
    assert list(ocean.open(field="sst").problem.guides.data_vars) == []
    for factor in ocean.factors:
        assert ocean.open(factor=factor).problem.mask.shape == (432, 432)


def test_runs_of_ones_own_bring_their_dates_and_splits(ocean, no_data):
    write_run(no_data / "runs" / "ocean_run_train.nc", "2001-01-01", seed=1)
    write_run(no_data / "runs" / "ocean_run_validation.nc", "2003-01-01", seed=2)
    assert len(ocean.times) == 9
    assert ocean.times.is_monotonic_increasing
    assert ocean.find_time() == pd.Timestamp("2005-01-01")
    days = ["2001-01-03", "2003-01-05", "2005-01-05", "2004-02-01"]
    assert [ocean.split_of(pd.Timestamp(day)) for day in days] == ["train", "validation", "test", "unused"]
    assert ocean.open(time="2001-01-03").split == "train"


def test_a_damaged_run_of_ones_own_is_left_out(ocean, no_data):
    path = no_data / "runs" / "ocean_run_train.nc"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a file of dates")
    assert len(ocean.times) == 3
    assert ocean.open().split == "test"


def test_a_rewritten_run_is_read_again(ocean):
    before = ocean.load(ocean.times[0], ("ssh",))["ssh"]
    write_run(ocean.shipped()[0], "2005-01-01", dates=2, seed=5)
    assert len(ocean.times) == 2
    assert not np.allclose(before, ocean.load(ocean.times[0], ("ssh",))["ssh"])


def test_without_its_file_the_ocean_run_says_so(no_data, tmp_path, monkeypatch):
    monkeypatch.setattr(OceanRun, "shipped", staticmethod(lambda: [tmp_path / "nowhere.nc"]))
    data = OceanRun()
    assert not data.available
    assert len(data.times) == 0
    with pytest.raises(DataMissing, match="is not here") as error:
        data.open()
    one_sentence(error)


def test_a_broken_run_is_one_sentence(ocean):
    ocean.shipped()[0].write_bytes(b"\x89HDF\r\n\x1a\n and then nothing")
    assert len(ocean.times) == 0
    with pytest.raises(InputError, match="cannot be read as NetCDF") as error:
        ocean.open()
    one_sentence(error)


def test_a_run_without_its_variables_is_one_sentence(ocean):
    write_run(ocean.shipped()[0], "2005-01-01", without=["sst"], encoding={})
    with pytest.raises(InputError, match=r"ocean_run_test\.nc lacks the variable sst") as error:
        ocean.open()
    one_sentence(error)


def test_a_date_no_run_holds_is_one_sentence(ocean):
    with pytest.raises(InputError, match="has no field on 2005-01-02") as error:
        ocean.load(pd.Timestamp("2005-01-02"), ("ssh",))
    one_sentence(error)


@pytest.mark.skipif(not OceanRun.shipped()[0].is_file(), reason="the shipped ocean run is not in this checkout")
def test_the_shipped_run_is_as_hard_as_the_published_one():
    """Bicubic from 108 km cells: 0.0672 m in Le Goff's report on NATL60; the run was tuned to be about as hard."""
    data = engine.scenes.get("ocean_run")
    scene = data.open(time=data.times[10], factor=27)
    assert len(data.times) >= 30
    assert scene.split == "test"
    assert scene.truth["ssh"].attrs["coriolis_parameter"] == pytest.approx(0.9e-4)
    assert bool(scene.problem.mask.all())
    estimate = engine.methods.create("bicubic").predict(scene.problem)
    error = float(np.sqrt(((estimate["ssh"] - scene.truth["ssh"]) ** 2).mean()))
    assert error == pytest.approx(0.066, abs=0.006)


# -- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.needs_data("altimetry_med")
def test_threads_may_load_at_once(ocean, mirror_again):
    med = engine.scenes.get("altimetry_med")
    jobs = [(med, day) for day in med.times[:12]] + [(ocean, day) for day in ocean.times] * 4
    alone = [data.load(day, ("ssh",)) for data, day in jobs]
    netcdf._read.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda job: job[0].load(job[1], ("ssh",)), jobs))
    for one, other in zip(alone, together, strict=True):
        xr.testing.assert_identical(one, other)


def test_unpacking_keeps_missing_cells_and_leaves_the_store_alone():
    attrs = {"scale_factor": 0.1, "add_offset": 2.0, "_FillValue": np.int16(-1)}
    stored = xr.DataArray(np.array([[10, -1], [0, 5]], dtype="i2"), dims=("y", "x"), attrs=attrs)
    np.testing.assert_allclose(netcdf.unpack(stored), [[3.0, np.nan], [2.0, 2.5]], rtol=1e-6)
    assert stored.values[0, 1] == -1


def test_axes_are_turned_to_ascend():
    fields = {"ssh": netcdf.field(np.arange(6.0).reshape(2, 3), "ssh")}
    data = netcdf.dataset(fields, np.array([41.0, 40.0]), np.array([3.0, 2.0, 1.0]), "degrees")
    assert list(data["y"].values) == [40.0, 41.0]
    assert data["ssh"].sel(y=41.0, x=3.0) == 0
