"""What data sets and files say of the noise of a real instrument, and what becomes of it."""

import numpy as np
import pytest
import xarray as xr
from own_files import LAT, LON, degrees, on_grid

from engine import methods, scenes
from engine.errors import InputError
from engine.observation.noise import INSTRUMENT
from engine.reading.content import content_of
from engine.reading.examine import Examined
from engine.reading.places import ANYWHERE

SIZES = {"ssh": 0.02, "sst": 0.42, "thickness": 0.10, "lst": 0.5}  # m, K, m, K: see engine.scenes.shared.instruments
SIMULATED = [
    (key, field)
    for key, data in scenes.catalogue().items()
    if data.kind == "simulated" and data.task == "resolution"
    for field in data.fields
]
ERROR = np.where(LON < -2, 0.05, 0.4) + np.zeros((LAT.size, 1))  # m, of two halves


@pytest.mark.parametrize(("key", "field"), SIMULATED)
def test_a_simulated_truth_is_seen_as_published_or_as_by_a_real_instrument(key, field):
    data = scenes.get(key)
    clean, noisy = (data.open(field=field, factor=data.factors[-1], noise=noise) for noise in (0.0, INSTRUMENT))
    assert "doi:" in data.instrument(field).source
    assert not data.open(field=field).problem.observation.noise, "links without noise mean what they meant"
    added = (noisy.problem.low[field] - clean.problem.low[field]).values
    assert np.nanstd(added) == pytest.approx(SIZES[field], rel=0.1)
    assert noisy.problem.observation.noise.white == SIZES[field]
    xr.testing.assert_identical(noisy.truth, clean.truth)


@pytest.mark.parametrize(
    ("noise", "sentence"),
    [(INSTRUMENT, "does not say which noise"), ("a lot", "a number or 'instrument', not 'a lot'")],
)
def test_what_nobody_states_is_refused_in_a_sentence(noise, sentence):
    with pytest.raises(InputError, match=sentence):
        scenes.open("altimetry_med", noise=noise)


def test_the_noise_of_what_is_observed_coarsely_is_told_and_not_added():
    clean, told = (scenes.open("ice_obs", noise=noise).problem for noise in (0.0, 0.3))
    xr.testing.assert_identical(told.low, clean.low)
    assert (clean.observation.noise.total, told.observation.noise.total) == (0.0, 0.3)


def file(
    folder, error: np.ndarray, name: str, about: dict, field: str = "a", linked: str = "", units: str = "m"
) -> str:
    """A file with a field and what may be its error; the key that opens it."""
    attrs = {"units": units, "long_name": "a wave"} | ({"ancillary_variables": linked} if linked else {})
    held = {field: (("lat", "lon"), on_grid(), attrs), name: (("lat", "lon"), error, about)}
    xr.Dataset(held, degrees()).to_netcdf(folder / "wave.nc")
    return f"own:{folder / 'wave.nc'};variable={field}"


@pytest.mark.parametrize(
    ("name", "about", "field", "linked"),
    [
        ("spread", {"units": "m", "standard_name": "sea_surface_height standard_error"}, "a", "spread"),
        ("a_error", {"units": "m"}, "a", ""), ("err_a", {"units": "m"}, "a", ""),
        ("a_uncertainty", {"units": "m"}, "a", ""), ("a_standard_error", {"units": "m"}, "a", "a_standard_error"),
        ("analysis_error", {"units": "m"}, "analysed_sst", ""),
    ],
)  # fmt: skip
def test_a_files_error_variable_is_its_noise_at_every_place(tmp_path, name, about, field, linked):
    key = file(tmp_path, ERROR, name, about, field, linked)
    data = scenes.get(f"{key};mode=input")
    assert name in data.instrument(field).source
    problem = data.open(factor=2, noise=INSTRUMENT).problem
    np.testing.assert_allclose(problem.observation.noise.places, ERROR, rtol=1e-6)
    np.testing.assert_allclose(problem.low[field], on_grid(), atol=1e-5, err_msg="nothing is added to what is observed")
    assert not data.open(factor=2).problem.observation.noise
    looked = Examined(content_of(ANYWHERE.find(key.partition(";")[0].removeprefix("own:"))), {"variable": field})
    assert looked.facts["Errors"] == f"{name}, at every place"


@pytest.mark.parametrize(
    ("name", "about", "linked"),
    [
        ("flag", {"units": "m"}, "flag"),  # linked, but no standard error
        ("a_error", {}, ""),  # of no unit
        ("a_error", {"units": "kg"}, ""), ("b_error", {"units": "m"}, ""), ("a_standard_error", {"units": "%"}, ""),
    ],
)  # fmt: skip
def test_what_is_no_error_of_the_field_is_not_taken(tmp_path, name, about, linked):
    data = scenes.get(f"{file(tmp_path, ERROR, name, about, linked=linked)};mode=input")
    assert data.instrument("a") is None
    with pytest.raises(InputError, match=r"^The file does not say how wrong its values of a are: give a number\.$"):
        data.open(factor=2, noise=INSTRUMENT)
    assert data.open(factor=2, noise=0.2).problem.observation.noise.total == 0.2


@pytest.mark.parametrize(("units", "of_error", "factor"), [("degC", "K", 1.0), ("K", "degC", 1.0), ("m", "cm", 0.01)])
def test_an_error_is_a_difference_and_has_the_fields_unit(tmp_path, units, of_error, factor):
    data = scenes.get(f"{file(tmp_path, ERROR, 'a_error', {'units': of_error}, units=units)};mode=input")
    found = data.open(factor=2, noise=INSTRUMENT).problem.observation.noise.places
    np.testing.assert_allclose(found, factor * ERROR, rtol=1e-6)


def test_where_a_file_says_nothing_the_error_is_that_of_elsewhere(tmp_path):
    holes = np.where(LAT[:, None] < 33, np.nan, ERROR)
    data = scenes.get(f"{file(tmp_path, holes, 'a_error', {'units': 'm'})};mode=input")
    found = data.open(factor=2, noise=INSTRUMENT).problem.observation.noise.places
    np.testing.assert_allclose(found[LAT < 33], np.sqrt(np.mean([0.05**2, 0.4**2])), rtol=1e-5)
    nowhere = scenes.get(f"{file(tmp_path, holes * np.nan, 'a_error', {'units': 'm'})};mode=input")
    with pytest.raises(InputError, match="says of no value of a here how wrong it is"):
        nowhere.open(factor=2, noise=INSTRUMENT)


@pytest.mark.parametrize("nothing", [0.0, -1.0, 1e20])
def test_what_can_be_no_error_is_taken_for_unknown(tmp_path, nothing):
    """No error at all, a flag, a fill value that the file does not declare."""
    some = np.where(LAT[:, None] < 33, nothing, 0.05) + np.zeros((1, LON.size))
    data = scenes.get(f"{file(tmp_path, some, 'a_error', {'units': 'm'})};mode=input")
    noise = data.open(factor=2, noise=INSTRUMENT).problem.observation.noise
    np.testing.assert_allclose(noise.places, 0.05, rtol=1e-6)
    assert noise.total == pytest.approx(0.05)


def test_an_error_that_is_a_field_too_keeps_the_files_unit(tmp_path):
    key = file(tmp_path, 100 * ERROR, "a_standard_error", {"units": "cm"})
    assert scenes.get(f"{key};mode=input").open(factor=2, noise=INSTRUMENT).problem.observation.noise.total < 1
    itself = scenes.get(f"own:{tmp_path / 'wave.nc'};variable=a_standard_error").open(factor=2)
    truth = itself.truth["a_standard_error"]
    assert (truth.attrs["units"], float(truth.max())) == ("cm", pytest.approx(40))


def test_a_truth_with_errors_makes_an_input_with_those_of_its_cells(tmp_path):
    """Errors of the parts of a cell are taken for one: that of the cell is their root mean square."""
    error = np.where(np.arange(LON.size) % 2, 0.3, 0.4) + np.zeros((LAT.size, 1))
    data = scenes.get(file(tmp_path, error, "a_error", {"units": "m"}))
    noisy, clean = (data.open(factor=2, noise=noise).problem for noise in (INSTRUMENT, 0.0))
    np.testing.assert_allclose(noisy.observation.noise.places, np.sqrt((0.3**2 + 0.4**2) / 2), rtol=1e-5)
    added = (noisy.low["a"] - clean.low["a"]).values
    assert added.std() == pytest.approx(np.sqrt(0.125), rel=0.15)


def test_an_estimate_is_as_uncertain_as_its_file_says(tmp_path):
    data = scenes.get(f"{file(tmp_path, ERROR, 'a_error', {'units': 'm'})};mode=input")
    problem = data.open(factor=2, noise=INSTRUMENT).problem
    found = methods.create("optimal_interpolation").predict(problem)["a_standard_error"]
    assert float(found.sel(x=slice(0, None)).mean()) > 2 * float(found.sel(x=slice(None, -5)).mean())
