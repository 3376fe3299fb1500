"""Recovered, invented and missed detail: the sums, built fields whose answer is known, and a frozen date."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.fft
import toy
import xarray as xr

from engine import methods, scenes, scores
from engine.errors import InputError
from engine.scene import Scene

BANDS = scores.bands_between((216, 50, 17, 8))
PUBLISHED = {  # design note of 2026-11-29: precision and recall at 216-50, 50-17 and below 17 km
    "spectral_liif": ((0.85, 0.70, 0.59), (0.66, 0.42, 0.23)),
    "resac_sst": ((0.78, 0.68, 0.51), (0.65, 0.41, 0.35)),
    "resac": ((0.30, 0.18, 0.17), (0.08, 0.01, 0.01)),
}


@pytest.fixture(scope="module")
def scene() -> Scene:
    return scenes.open("ocean_run", time="2005-01-21", factor=27)


@pytest.fixture(scope="module")
def there(scene) -> np.ndarray:
    """What the truth adds to bicubic interpolation."""
    return (scene.truth["ssh"].astype(float) - scores.bicubic(scene.problem)).values


def adding(values: np.ndarray, scene: Scene) -> xr.Dataset:
    """The maps of an estimate that adds these values to bicubic interpolation."""
    smooth = scores.bicubic(scene.problem).astype(float)
    return scores.detail(smooth.copy(data=smooth.values + values), scene, BANDS)


def rates(maps: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    found = scores.shares(maps)
    return found["precision"].values, found["recall"].values


def signs(shape: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(0).choice([-1.0, 1.0], shape)


BUILT = {  # name: (detail made of the true one, precision, recall)
    "the truth": (lambda t: t, 1, 1),
    "half of it": (lambda t: t / 2, 1, 0.25),
    "twice": (lambda t: 2 * t, 0.25, 1),
    "its negative": (lambda t: -t, 0, 0),
}


@pytest.mark.parametrize("name", BUILT)
def test_of_built_fields_the_answer_is_known(scene, there, name):
    make, precision, recall = BUILT[name]
    for values, wanted in zip(rates(adding(make(there), scene)), (precision, recall), strict=True):
        assert values == pytest.approx([wanted] * 3, abs=1e-6)


def test_detail_of_the_right_power_with_random_signs_is_invented(scene, there):
    modes = scipy.fft.dctn(there, norm="ortho")
    maps = adding(scipy.fft.idctn(modes * signs(modes.shape), norm="ortho"), scene)
    assert (rates(maps)[0] <= 0.1).all()
    assert (rates(maps)[1] <= 0.1).all()


def test_nothing_added_is_all_missed(scene, there):
    maps = adding(0 * there, scene)
    assert float(maps["recovered"].max()) == 0
    assert float(abs(maps["invented"]).max()) == 0
    assert np.isnan(rates(maps)[0]).all()
    assert rates(maps)[1] == pytest.approx([0, 0, 0])


def test_a_wave_counts_at_its_own_place_alone():
    """The upper half has the true wave, the lower one a wave that lies a quarter of its length aside."""
    rows, phase = np.arange(128)[:, None], np.pi * (np.arange(128) + 0.5) / 4  # 8 cells long: 32 km
    right, aside = (np.tile(wave, (128, 1)) for wave in (np.cos(phase), np.sin(phase)))
    truth = toy.field(right)
    estimate, flat = truth.copy(data=np.where(rows < 64, right, aside)), truth.copy(data=np.zeros((128, 128)))
    maps = scores.detail(estimate, toy.scene(truth), scores.bands_between((48, 24)), reference=flat)
    share = maps["recovered"] / (maps["recovered"] + maps["invented"])
    share = share.isel(band=0, x=slice(24, -24)).mean("x")  # sigma is 17 km, 4 cells
    assert share.values[:48] == pytest.approx(1, abs=0.01)
    assert share.values[80:] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("key", ["bicubic", "nearest", "spectral_liif"])
def test_what_is_recovered_and_missed_was_there_and_what_is_recovered_and_invented_was_added(scene, there, key):
    estimate = methods.create(key).predict(scene.problem, seed=0)
    added = estimate["ssh"].values - scores.bicubic(scene.problem).values.astype(float)
    maps, whole = scores.detail(estimate, scene), scores.detail(scene.truth, scene)
    assert list(maps["band"].values) == ["large", "medium", "fine", "finest"]
    assert all(float(maps[name].min()) >= 0 for name in maps)
    for part, values in (("missed", there), ("invented", added)):
        energy = (maps["recovered"] + maps[part]).sum().item()
        assert energy == pytest.approx(np.square(values).sum(), rel=1e-6, abs=1e-12), "Parseval: windows lose nothing"
    assert (maps["recovered"] + maps["missed"]).values == pytest.approx(whole["recovered"].values, rel=1e-6)


def test_land_is_left_out_and_what_lies_there_never_matters():
    values = toy.power_law((64, 64), -3)
    values[~toy.island((64, 64))] = np.nan
    truth = toy.field(values)
    scene = toy.scene(truth)
    estimate = truth + toy.power_law((64, 64), -2, seed=1)
    maps, wild = (scores.detail(field, scene) for field in (estimate, estimate.fillna(1e6)))
    assert maps.equals(wild)
    for values in maps.values():
        assert (np.isfinite(values) == np.isfinite(truth)).all()


def test_one_missing_cell_is_loud():
    truth = toy.field(toy.power_law((32, 32), -3))
    estimate = truth.copy(deep=True)
    estimate[5, 7] = np.nan
    maps = scores.detail(estimate, toy.scene(truth))
    assert all(bool(np.isnan(maps[name]).all()) for name in maps)
    assert np.isnan(scores.shares(maps)["recall"]).all()


def test_without_a_truth_there_is_a_sentence(scene):
    with pytest.raises(InputError, match="beside a truth alone"):
        scores.detail(scene.truth, replace(scene, truth=None))


def test_members_agree_on_what_they_share():
    """Equal members agree on all, independent ones on nothing, and half the power in common is a share of a half."""
    truth = toy.field(toy.power_law((96, 96), -2))
    scene, count = toy.scene(truth), 8
    own = np.stack([toy.power_law((96, 96), -2, seed=seed) for seed in range(1, count + 1)])
    common = np.broadcast_to(toy.power_law((96, 96), -2, seed=99), own.shape)
    for values, wanted in ((common, 1.0), (own, 0.0), (common + own, 0.5)):
        share = scores.agreement(toy.field(values, member=range(count)), scene, reference=0 * truth)
        assert share.sel(band=["medium", "fine", "finest"]).values == pytest.approx([wanted] * 3, abs=0.08)


def test_one_member_alone_agrees_with_nobody(scene):
    with pytest.raises(InputError, match="two members"):
        scores.agreement(scene.truth["ssh"].expand_dims("member"), scene)


@pytest.mark.parametrize("key", PUBLISHED)
def test_a_known_date_has_the_known_values(scene, key):
    maps = scores.detail(methods.create(key).predict(scene.problem, seed=0), scene, BANDS)
    for values, wanted in zip(rates(maps), PUBLISHED[key], strict=True):
        assert values == pytest.approx(wanted, abs=0.03)
