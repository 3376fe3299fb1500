"""The trained ice methods on runs of other seeds: what authors claim, what we ask of ourselves, what is frozen."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
import xarray as xr

from engine import methods, scenes, scores
from engine.evaluate import dates_of
from engine.observation import project
from engine.scene import Scene

pytestmark = pytest.mark.long
DATES = [date for run in scenes.get("ice_run").runs() if run.split == "test" for date in run.times[[5, 9]]]
BANDS = scores.bands_between((120, 60, 30, 16))
MEMBERS = {"ice_climatology": 16, "ice_generator": 8, "ice_diffusion": 8, "ice_diffusion_full": 4}
# thickness (m) of the first member at five cells of the first test date: they change with the weights alone
FROZEN = {
    "ice_climatology": (0.747, 1.67, 2.364, 1.469, 1.274),
    "ice_diffusion": (0.38, 1.771, 1.837, 0.478, 1.023),
    "ice_diffusion_full": (0.421, 1.821, 1.775, 0.546, 0.878),
    "ice_generator": (0.395, 2.053, 1.887, 0.497, 1.172),
}
CELLS = ((10, 10), (100, 200), (128, 128), (201, 77), (255, 255))
TRAINED = ("ice_diffusion", "ice_diffusion_full", "ice_generator")


@cache
def seen(number: int) -> Scene:
    return scenes.open("ice_run", time=DATES[number])


@cache
def ensemble(key: str, number: int, **settings) -> xr.DataArray:
    method = methods.create(key, **{"members": MEMBERS[key], **settings})
    return method.predict(seen(number).problem)["thickness"]


@cache
def judged(key: str, number: int, **settings) -> dict[str, float]:
    """Scores of an ensemble, and its members' power over the truth's by band."""
    found, scene = ensemble(key, number, **settings), seen(number)
    table = scores.table(found, scene)
    powers = scores.band_power_ratio(scores.spectra(found, scene), BANDS, of="members")
    return {name: float(value) for name, value in table.data_vars.items()} | powers


def mean(key: str, score: str, **settings) -> float:
    """Of a score over some dates of both test runs."""
    return float(np.mean([judged(key, number, **settings)[score] for number in range(len(DATES))]))


def input_error(score: str) -> float:
    """Of the low-resolution input itself: on the fine grid, bicubic interpolation leaves it as it is."""
    scenes_here = [seen(number) for number in range(len(DATES))]
    return float(np.mean([float(scores.table(s.problem.low, s)[score]) for s in scenes_here]))


def test_the_test_runs_are_of_other_seeds():
    data = scenes.get("ice_run")
    assert {data.split_of(date) for date in dates_of("ice_run")} == {"test"}
    for key in TRAINED:
        trained_on = methods.METHODS[key].trained_on()
        assert "test" not in trained_on
        assert "ice_run_train_0" in trained_on


@pytest.mark.parametrize("key", FROZEN)
def test_members_are_frozen(key):
    found = methods.create(key, members=1).predict(seen(0).problem)["thickness"][0]
    assert [float(found[cell]) for cell in CELLS] == pytest.approx(FROZEN[key], abs=0.03)


def test_the_generator_puts_as_much_into_every_band_as_there_is():
    for band in BANDS:
        assert 0.75 < mean("ice_generator", band.name) < 1.3, band


def test_the_published_model_puts_about_as_much_into_every_band_as_there_is():
    found = [judged("ice_diffusion", number, members=2) for number in (0, 2)]
    powers = [np.mean([one[band.name] for one in found]) for band in BANDS]
    assert all(0.5 < power < 2 for power in powers), powers


def test_the_leads_are_there():
    """Rare, sharp and thin: a model can have the right spectrum and none of them."""
    assert 0.7 < mean("ice_generator", "gradient_kurtosis") < 1.3
    for number in range(len(DATES)):
        anomaly, truth = (
            field - seen(number).problem.low["thickness"]
            for field in (ensemble("ice_generator", number), seen(number).truth["thickness"])
        )
        assert scores.skewness(truth) < 0
        assert scores.skewness(anomaly) < 0


def test_the_generator_beats_its_input_and_climatology():
    crps = mean("ice_generator", "crps")
    assert crps < 0.66 * input_error("mae")
    assert crps < 0.92 * mean("ice_climatology", "crps")
    assert mean("ice_generator", "rmse") < 0.93 * input_error("rmse")


def test_the_spread_of_the_generator_is_its_error():
    assert 0.85 < mean("ice_generator", "spread_skill") < 1.15


def lost(key: str, thicker: float) -> float:
    """RMS of low-passed members minus input, in m, where all ice is that much thicker."""
    problem = seen(0).problem
    low = problem.low.copy()
    low["thickness"] = (low["thickness"] + thicker).assign_attrs(problem.low["thickness"].attrs)
    found = methods.create(key, members=1).predict(replace(problem, low=low))["thickness"]
    again = problem.observation.apply(torch.as_tensor(found.values)).numpy()
    return float(np.sqrt(np.mean((again - low["thickness"].values) ** 2)))


def test_of_thicker_ice_than_it_has_seen_the_full_field_loses_the_large_scale():
    """The anomaly keeps it. Of ice like that of the training runs both do, once they are trained at length."""
    assert lost("ice_diffusion_full", 0.0) == pytest.approx(lost("ice_diffusion", 0.0), rel=0.3)
    assert lost("ice_diffusion_full", 1.0) > 5 * lost("ice_diffusion", 1.0)


def test_agreeing_at_every_call_is_better_than_at_the_end():
    """The input is free of noise: what passes through the box's side lobes says much, and the sampler builds on it."""
    problem, truth = seen(0).problem, seen(0).truth["thickness"]
    at_the_end = ensemble("ice_generator", 0).copy()
    mask, low = torch.as_tensor(problem.mask.values), torch.as_tensor(problem.low["thickness"].values)
    at_the_end.values = project(torch.as_tensor(at_the_end.values).double(), low, problem.observation, mask)
    throughout = ensemble("ice_generator", 0, consistent=True)
    assert scores.crps(throughout, truth) < 0.7 * scores.crps(at_the_end, truth)


@pytest.mark.parametrize("key", TRAINED)
def test_members_can_be_made_to_agree_with_the_input(key):
    table = scores.table(ensemble(key, 0, members=2, n_steps=4, consistent=True), seen(0))
    assert float(table["consistency_max"]) < 1e-4


@pytest.mark.parametrize("number", range(len(DATES)))
def test_the_four_bands_are_those_of_the_slides(number):
    """Large: the input is the truth. Medium: the mean beats the members. Fine: members have the truth's energy, the
    mean has not. Finest: nobody knows anything, and the mean has no more energy than the input."""
    members, scene = ensemble("ice_generator", number), seen(number)
    bands = scores.bands(scene)
    low, average = scene.problem.low["thickness"], members.mean("member")
    curves = {name: scores.spectra(field, scene) for name, field in (("input", low), ("mean", average))}
    curves |= {f"member {n}": scores.spectra(member, scene) for n, member in enumerate(members)}
    skill = {name: scores.band_skill(curve, bands) for name, curve in curves.items()}
    power = {name: scores.band_power_ratio(curve, bands) for name, curve in curves.items()}
    each = [name for name in curves if name.startswith("member")]
    assert skill["input"]["large"] > 0.9
    assert skill["mean"]["large"] > 0.98
    assert skill["input"]["medium"] < 0.25
    assert skill["mean"]["medium"] > max(skill[name]["medium"] for name in each)
    of_members = np.mean([power[name]["fine"] for name in each])
    assert 0.7 < of_members < 1.3
    assert power["mean"]["fine"] < 0.7 * of_members
    assert skill["mean"]["finest"] < 0.05
    assert power["mean"]["finest"] < 0.2


def test_the_mean_wins_the_error_and_loses_the_spectrum():
    """On the whole the mean has the smaller error; members have the fine scales."""
    for number in range(len(DATES)):
        members, scene = ensemble("ice_generator", number), seen(number)
        truth = scene.truth["thickness"]
        average = members.mean("member")
        curves = scores.spectra(members, scene)
        assert float(scores.rmse(average, truth)) < min(float(scores.rmse(m, truth)) for m in members)
        for band in BANDS[1:]:
            of_members = scores.band_power_ratio(curves, [band], of="members")[band.name]
            of_mean = scores.band_power_ratio(curves, [band])[band.name]
            assert abs(np.log(of_members)) < abs(np.log(of_mean))
