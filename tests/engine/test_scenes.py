"""The data sets and what opening a scene promises: known values, honest masks, plain words for what is not on offer."""

import itertools
import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import engine.scenes
from engine.errors import DataMissing, InputError
from engine.observation.kernels import BlockMean

ALTIMETRY = ("altimetry_med", "altimetry_global")
need_med = pytest.mark.needs_data("altimetry_med")
need_globe = pytest.mark.needs_data("altimetry_global")


def one_sentence(error: pytest.ExceptionInfo) -> str:
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 300
    return message


# -- every data set ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(engine.scenes.SCENES))
def test_a_data_set_says_what_it_is(key):
    data = engine.scenes.get(key)
    assert data.key == key
    assert all([data.title, data.source, data.licence, data.fields, data.regions, data.splits, data.factors])
    assert data.kind in ("simulated", "observed", "reanalysis")
    assert data.times.is_monotonic_increasing
    assert data.times.is_unique


@pytest.mark.parametrize("key", sorted(engine.scenes.SCENES))
def test_splits_are_ordered_and_do_not_overlap(key):
    spans = [tuple(map(pd.Timestamp, span)) for span in engine.scenes.get(key).splits.values()]
    assert all(first <= last for first, last in spans)
    for (a_first, a_last), (b_first, b_last) in itertools.combinations(spans, 2):
        assert a_last < b_first or b_last < a_first


@pytest.mark.parametrize(
    ("key", "region"),
    [(key, region) for key in sorted(engine.scenes.SCENES) for region in engine.scenes.get(key).regions],
)
def test_every_region_opens_as_it_is_offered(key, region):
    if not engine.scenes.get(key).available:
        pytest.skip(f"the files of {key} are not here")
    scene = engine.scenes.open(key, region=region)
    low = scene.problem.low[scene.variable]
    assert min(low.shape[-2:]) >= 4
    assert np.isfinite(low).mean() > 0.2
    for axis in ("y", "x"):
        assert (np.diff(scene.problem.target[axis]) > 0).all()
        assert "units" in scene.problem.target[axis].attrs
    if scene.truth is not None:
        truth = scene.truth[scene.variable]
        assert truth.dtype == np.float32
        assert (np.isfinite(truth.values) == scene.problem.mask.values).all()


# -- altimetry --------------------------------------------------------------------------------------------------------


@need_med
def test_mediterranean_values_are_those_of_the_file():
    ssh = engine.scenes.get("altimetry_med").load(pd.Timestamp("2005-06-25"), ("ssh",))["ssh"]
    assert ssh.shape == (128, 344)
    assert ssh.sel(y=37.5625, x=19.0625).item() == pytest.approx(-0.0934, abs=1e-6)  # stored -934 at [85, 60, 200]
    assert ssh.attrs["units"] == "m"
    assert ssh.attrs["long_name"] == "absolute dynamic topography"
    assert ssh["y"].attrs["standard_name"] == "latitude"
    assert float(ssh["y"][0]) == 30.0625
    assert float(ssh["x"][-1]) == 36.9375


@need_globe
def test_global_values_are_turned_to_east_and_west():
    data = engine.scenes.get("altimetry_global").load(pd.Timestamp("2019-02-23"), ("ssh", "u", "v"))
    assert data.sizes == {"y": 720, "x": 1440}
    assert float(data["x"][0]) == -179.875
    assert float(data["x"][-1]) == 179.875
    there = data.sel(y=37.625, x=300.125 - 360)
    assert there["ssh"].item() == pytest.approx(0.7262, abs=1e-6)
    assert there["u"].item() == pytest.approx(-0.4683, abs=1e-6)
    assert data["u"].attrs["units"] == "m s-1"


@need_globe
def test_currents_are_fields_and_never_guides():
    scene = engine.scenes.open("altimetry_global", field="u")
    assert scene.variable == "u"
    assert not scene.problem.guides.data_vars


@need_med
@need_globe
@pytest.mark.parametrize(
    ("key", "land", "sea"),
    [("altimetry_med", (40.0, 9.0), (34.0, 18.0)), ("altimetry_global", (25.0, 10.0), (0.0, -30.0))],
)
def test_land_is_missing_and_sea_is_not(key, land, sea):
    data = engine.scenes.get(key)
    ssh = data.load(data.find_time(), ("ssh",))["ssh"]
    assert np.isnan(ssh.sel(y=land[0], x=land[1], method="nearest"))
    assert np.isfinite(ssh.sel(y=sea[0], x=sea[1], method="nearest"))
    assert float(abs(ssh).max()) < 4


@need_med
def test_the_mediterranean_splits_leave_ten_days():
    data = engine.scenes.get("altimetry_med")
    counts = pd.Series([data.split_of(day) for day in data.times]).value_counts()
    assert counts.to_dict() == {"train": 50, "unused": 20, "test": 12, "validation": 9}
    assert engine.scenes.open("altimetry_med", time="2005-04-03").split == "train"
    assert engine.scenes.open("altimetry_med").split == "test"


@need_med
@need_globe
@pytest.mark.parametrize("key", ALTIMETRY)
def test_loading_is_fast_once_the_file_is_read(key):
    data = engine.scenes.get(key)
    when = data.find_time()
    took = []
    for _ in range(6):
        start = time.perf_counter()
        data.load(when, data.fields[:1])
        took.append(time.perf_counter() - start)
    assert min(took[1:]) < 0.03


@pytest.mark.parametrize("key", ALTIMETRY)
def test_without_its_file_a_data_set_says_so_and_keeps_its_dates(key, no_data):
    data = engine.scenes.get(key)
    assert len(data.times) in (1, 91)
    assert not data.available
    with pytest.raises(DataMissing, match="is not downloaded yet") as error:
        data.open()
    assert error.value.files == data.files


# -- opening a scene --------------------------------------------------------------------------------------------------


@need_med
def test_the_input_is_the_mean_of_its_cells():
    scene = engine.scenes.open("altimetry_med", region="ionian", factor=3, time="2005-06-20")
    truth, low = scene.truth["ssh"].values, scene.problem.low["ssh"].values
    assert isinstance(scene.problem.observation.kernel, BlockMean)
    partly = 0
    for j, i in np.ndindex(low.shape):
        block = truth[3 * j : 3 * j + 3, 3 * i : 3 * i + 3]
        wet = np.isfinite(block)
        partly += 4.5 <= wet.sum() < 9
        if wet.sum() >= 4.5:
            assert low[j, i] == pytest.approx(block[wet].mean(), abs=1e-6)
        else:
            assert np.isnan(low[j, i])
    assert partly > 10
    assert float(scene.problem.low["y"][0]) == pytest.approx(scene.truth["y"].values[:3].mean())


@need_med
def test_the_same_scene_twice_is_identical_and_apart():
    first, second = (engine.scenes.open("altimetry_med", region="alboran") for _ in range(2))
    first.truth["ssh"].values[:] = 7
    assert not np.isclose(second.truth["ssh"], 7).any()
    third = engine.scenes.open("altimetry_med", region="alboran")
    xr.testing.assert_identical(second.truth, third.truth)
    xr.testing.assert_identical(second.problem.low, third.problem.low)


@need_med
def test_noise_is_the_same_each_time_and_differs_between_dates():
    def noise(day):
        pair = (engine.scenes.open("altimetry_med", region="ionian", time=day, noise=std) for std in (0.05, 0.0))
        noisy, clean = (scene.problem.low["ssh"].values for scene in pair)
        return (noisy - clean)[np.isfinite(clean)]

    np.testing.assert_array_equal(noise("2005-06-20"), noise("2005-06-20"))
    assert noise("2005-06-20").std() == pytest.approx(0.05, rel=0.2)
    assert not np.allclose(noise("2005-06-20")[:50], noise("2005-06-21")[:50])


@need_med
@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ({"time": "2005-07-01"}, "its dates run from 2005-04-01 to 2005-06-30"),
        ({"time": "1900-01-01"}, "has no field on 1900-01-01"),
        ({"time": "2005-06-24T07:00"}, "has no field on"),
        ({"time": "yesterday noonish"}, "is not understood"),
        ({"time": "NaT"}, "has no field on"),
        ({"region": "atlantis"}, "take one of basin, alboran"),
        ({"region": "2,3,46.5,50"}, "needs at least"),
        ({"region": "-1.5,1.5,31,34"}, "holds no valid cell"),
        ({"region": "10,5,30,40"}, "is empty"),
        ({"region": "5,5,30,40"}, "is empty"),
        ({"region": "5,nan,30,40"}, "is empty"),
        ({"region": "5,6,40"}, "is not known"),
        ({"region": "5,5.5,38,38.5"}, "needs at least"),
        ({"factor": 0}, "whole number of at least 1"),
        ({"factor": -3}, "whole number of at least 1"),
        ({"factor": 2.5}, "whole number of at least 1"),
        ({"factor": "four"}, "whole number of at least 1"),
        ({"factor": float("nan")}, "whole number of at least 1"),
        ({"factor": float("inf")}, "whole number of at least 1"),
        ({"factor": 999}, "needs at least"),
        ({"field": "salinity"}, "has no field 'salinity'"),
        ({"degradation": "magic"}, "is not known"),
        ({"noise": -1.0}, "must not be negative"),
        ({"colour": "red"}, "cannot be selected like that"),
    ],
)
def test_what_is_not_on_offer_is_one_sentence(selection, words):
    with pytest.raises(InputError, match=words) as error:
        engine.scenes.open("altimetry_med", **selection)
    one_sentence(error)


@need_med
@pytest.mark.parametrize("degradation", ["block_mean", "gaussian", "box", "bicubic_resize"])
def test_every_degradation_opens(degradation):
    scene = engine.scenes.open("altimetry_med", region="ionian", factor=3, degradation=degradation)
    assert np.isfinite(scene.problem.low["ssh"]).any()
    assert scene.problem.low["ssh"].attrs["units"] == "m"


@need_globe
def test_the_overview_is_thinned():
    overview = engine.scenes.get("altimetry_global").overview()
    assert max(overview.shape) <= 220
    assert min(overview.shape) > 50
