"""What optimal interpolation and co-kriging are claimed to do on the test run, with noise and without, and how sure."""

from functools import cache

import numpy as np
import pytest

from engine import methods, scenes, scores
from engine.evaluate import dates_of

pytestmark = pytest.mark.long
DATES = dates_of("ocean_run")[::8]
# (method, factor, noise in m) -> largest mean of daily RMSE over bicubic's
CLAIMS = {
    ("optimal_interpolation", 27, 0.0): 0.85, ("optimal_interpolation", 27, 0.02): 0.89,
    ("optimal_interpolation", 9, 0.0): 0.62, ("optimal_interpolation", 9, 0.02): 0.89,
    ("optimal_interpolation", 3, 0.0): 0.40, ("optimal_interpolation", 3, 0.02): 0.47,
    ("cokriging", 27, 0.0): 0.52, ("cokriging", 27, 0.02): 0.61,
    ("cokriging", 9, 0.0): 0.43, ("cokriging", 9, 0.02): 0.76,
    ("cokriging", 3, 0.0): 0.30, ("cokriging", 3, 0.02): 0.39,
}  # fmt: skip


@cache
def scene(date, factor, noise, sampling="", degradation="block_mean"):
    return scenes.open(
        "ocean_run", time=date, factor=factor, noise=noise, sampling=sampling, degradation=degradation
    )  # fmt: skip


@cache
def judged(key, factor, noise, sampling="", degradation="block_mean"):
    """Mean of daily RMSE, and of the standard error over it."""
    errors, said = [], []
    for date in DATES:
        of = scene(date, factor, noise, sampling, degradation)
        found = methods.create(key).predict(of.problem)
        errors.append(float(scores.rmse(found["ssh"], of.truth["ssh"])))
        if "ssh_standard_error" in found:
            said.append(float(np.sqrt((found["ssh_standard_error"] ** 2).mean())) / errors[-1])
    return np.mean(errors), np.mean(said) if said else np.nan


@pytest.mark.parametrize(("key", "factor", "noise"), CLAIMS)
def test_the_error_is_what_is_claimed_and_as_large_as_it_says(key, factor, noise):
    error, said = judged(key, factor, noise)
    assert error / judged("bicubic", factor, noise)[0] <= CLAIMS[key, factor, noise]
    assert 0.8 <= said <= 1.25


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("degradation", ["bicubic_resize", "gaussian", "box", "point"])
def test_no_kernel_makes_it_worse_than_bicubic(degradation, noise):
    for key in ("optimal_interpolation", "cokriging"):
        mine = judged(key, 9, noise, degradation=degradation)[0]
        assert mine < judged("bicubic", 9, noise, degradation=degradation)[0], key


@pytest.mark.parametrize("sampling", ["clouds:0.5", "nadir:200", "swath"])
def test_the_temperature_helps_where_the_height_is_not_seen(sampling):
    without, said = judged("optimal_interpolation", 9, 0.02, sampling)
    assert judged("cokriging", 9, 0.02, sampling)[0] < 0.8 * without
    assert without < 0.8 * judged("bicubic", 9, 0.02, sampling)[0]
    assert 0.75 <= said <= 1.3


@pytest.mark.parametrize(("key", "factor", "noise"), [("optimal_interpolation", 27, 0.0), ("cokriging", 9, 0.02)])
def test_members_are_worth_more_than_their_mean(key, factor, noise):
    """Fair CRPS over the mean absolute error of the mean: 0.707 for a perfect Gaussian, 1 for a single field."""
    ratio = []
    for date in DATES:
        of = scene(date, factor, noise)
        members = methods.create(key, members=8).predict(of.problem, seed=1)["ssh"]
        mae = float(abs(members.mean("member") - of.truth["ssh"]).mean())
        ratio.append(float(scores.crps(members, of.truth["ssh"])) / mae)
    assert np.mean(ratio) <= 0.76


def test_features_are_better_than_the_temperature_alone():
    of = scene(DATES[0], 27, 0.0)
    errors = [
        float(scores.rmse(methods.create("cokriging", features=way).predict(of.problem)["ssh"], of.truth["ssh"]))
        for way in ("powers", "linear")
    ]
    assert errors[0] < 0.97 * errors[1]
