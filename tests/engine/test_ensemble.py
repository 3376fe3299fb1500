"""Ensemble scores against what is known exactly: Gaussian members, a truth that is one more of them."""

import math

import numpy as np
import pytest
import xarray as xr

from engine.errors import InputError
from engine.scores import ensemble

MEMBERS, SIDE = 12, 120


def field(values) -> xr.DataArray:
    return xr.DataArray(values, dims=("member", "y", "x")[-np.ndim(values) :], attrs={"units": "m"})


@pytest.fixture(scope="module")
def reliable():
    """Members and a truth drawn alike, about a mean that differs from cell to cell."""
    draw = np.random.default_rng(1)
    mean = draw.normal(size=(SIDE, SIDE))
    drawn = mean + 0.5 * draw.normal(size=(MEMBERS + 1, SIDE, SIDE))
    return field(drawn[1:]), field(drawn[0])


def test_crps_of_a_gaussian_is_that_of_theory(reliable):
    """E|x - y| - E|x - x'| / 2 for two Gaussians of standard deviation s is s / sqrt(pi)."""
    members, truth = reliable
    assert ensemble.crps(members, truth) == pytest.approx(0.5 / math.sqrt(math.pi), rel=0.02)


def test_crps_is_fair(reliable):
    """Two members and twelve are expected to score alike."""
    members, truth = reliable
    few = np.mean([ensemble.crps(members.isel(member=slice(k, k + 2)), truth) for k in range(0, MEMBERS, 2)])
    assert few == pytest.approx(ensemble.crps(members, truth), rel=0.01)


def test_crps_is_the_formula():
    draw = np.random.default_rng(2)
    x, y = draw.normal(size=(4, 3, 5)), draw.normal(size=(3, 5))
    pairs = sum(np.abs(x[i] - x[j]) for i in range(4) for j in range(4))
    expected = (np.abs(x - y).mean(0) - pairs / (2 * 4 * 3)).mean()
    assert ensemble.crps(field(x), field(y)) == pytest.approx(expected)


def test_a_reliable_ensemble_has_as_much_spread_as_error(reliable):
    spread, skill = ensemble.spread_and_skill(*reliable)
    assert spread == pytest.approx(0.5, rel=0.01)
    assert spread / skill == pytest.approx(1, abs=0.02)
    members, truth = reliable
    for few in (2, 4):  # however few members there are
        spread, skill = ensemble.spread_and_skill(members.isel(member=slice(few)), truth)
        assert spread / skill == pytest.approx(1, abs=0.03)


def test_an_ensemble_of_half_the_spread_shows(reliable):
    members, truth = reliable
    mean = members.mean("member")
    spread, skill = ensemble.spread_and_skill(mean + 0.5 * (members - mean), truth)
    assert spread / skill == pytest.approx(0.5, abs=0.05)


def test_the_rank_histogram_of_a_reliable_ensemble_is_flat(reliable):
    ranks = ensemble.rank_histogram(*reliable)
    assert float(ranks.sum()) == pytest.approx(1)
    np.testing.assert_allclose(ranks, 1 / (MEMBERS + 1), atol=0.01)
    assert ranks.attrs["reliability_index"] < 0.05


def test_a_biased_ensemble_is_at_one_end_and_a_narrow_one_at_both(reliable):
    members, truth = reliable
    assert ensemble.rank_histogram(members + 2, truth).values.argmax() == 0
    mean = members.mean("member")
    narrow = ensemble.rank_histogram(mean + 0.3 * (members - mean), truth)
    assert float(narrow[0] + narrow[-1]) > 0.4
    assert narrow.attrs["reliability_index"] > 0.4


def test_ties_are_broken_evenly():
    ranks = ensemble.rank_histogram(field(np.zeros((4, 60, 60))), field(np.zeros((60, 60))))
    np.testing.assert_allclose(ranks, 0.2, atol=0.03)


@pytest.mark.parametrize("below", [False, True])
def test_probabilities_of_a_reliable_ensemble_come_true(reliable, below):
    members, truth = reliable
    found = ensemble.reliability(members, truth, 0.3, below=below)
    assert int(found["cells"].sum()) == SIDE**2
    assert found.attrs["base_rate"] == pytest.approx(0.62 if below else 0.38, abs=0.05)
    often = found.where(found["cells"] > 400, drop=True)
    assert often.sizes["forecast"] > 6
    inner = often.where((often["forecast"] > 0.2) & (often["forecast"] < 0.8), drop=True)
    np.testing.assert_allclose(inner["observed"], inner["forecast"], atol=0.12)
    chance = ensemble.probability(members, 0.3, below=below)
    assert float(chance.mean()) == pytest.approx(found.attrs["base_rate"], abs=0.02)


def test_land_is_left_out_and_a_hole_in_a_member_is_not(reliable):
    members, truth = reliable
    land = xr.where(xr.DataArray(np.arange(SIDE) < 30, dims="x"), np.nan, truth).transpose("y", "x")
    wet = (members.isel(x=slice(30, None)), truth.isel(x=slice(30, None)))
    assert ensemble.crps(members, land) == pytest.approx(ensemble.crps(*wet))
    assert ensemble.spread_and_skill(members, land) == pytest.approx(ensemble.spread_and_skill(*wet))
    hole = members.copy()
    hole[0, 5, 40] = np.nan
    assert np.isnan(ensemble.crps(hole, truth))
    assert np.isnan(ensemble.spread_and_skill(hole, truth)).all()
    assert np.isnan(ensemble.rank_histogram(hole, truth)).all()


def test_one_member_is_no_ensemble(reliable):
    members, truth = reliable
    with pytest.raises(InputError, match="at least two members"):
        ensemble.crps(members.isel(member=slice(1)), truth)
    with pytest.raises(InputError, match="shape"):
        ensemble.crps(members, truth.isel(x=slice(5)))
