"""Observed ice thickness: input without truth on a grid that is finer by the factor."""

import numpy as np
import pytest

from engine import methods, scenes
from engine.errors import InputError

pytestmark = pytest.mark.needs_data("ice_obs")


@pytest.mark.parametrize("time", [None, "2023-03-16"])
def test_the_target_is_finer_by_the_factor_and_nobody_knows_the_truth(time):
    scene = scenes.open("ice_obs", time=time, region="beaufort", factor=6)
    low, target = scene.problem.low, scene.problem.target
    assert scene.truth is None
    assert scene.kind == "observed"
    assert low["thickness"].attrs["units"] == "m"
    assert target["mask"].shape == tuple(6 * n for n in low["thickness"].shape)
    assert np.diff(low["y"]).mean() == pytest.approx(25, rel=0.01)
    assert np.diff(target["x"]).mean() == pytest.approx(25 / 6, rel=0.01)
    assert 0.1 < float(target["mask"].mean()) < 1  # there is land
    estimate = methods.create("bicubic", consistent=True).predict(scene.problem)["thickness"]
    blocks = estimate.values.reshape(low.sizes["y"], 6, low.sizes["x"], 6).mean((1, 3))
    np.testing.assert_allclose(blocks, low["thickness"], atol=1e-4)


def test_the_two_records_agree_on_where_the_thick_ice_is():
    """North of Greenland, not in the Laptev Sea: the axes of both point the same way."""
    for time in ("2021-03-16", "2023-03-16"):
        mean = {
            region: float(scenes.open("ice_obs", time=time, region=region).problem.low["thickness"].mean())
            for region in ("greenland", "laptev")
        }
        assert mean["greenland"] > 1.3 * mean["laptev"]


@pytest.mark.parametrize("asked", [{"sampling": "clouds:0.5"}, {"degradation": "gaussian"}])
def test_what_is_observed_coarsely_is_not_degraded(asked):
    with pytest.raises(InputError, match="nothing to degrade"):
        scenes.open("ice_obs", **asked)


def test_open_water_is_no_ice():
    scene = scenes.open("ice_obs", time="2023-09-16", region="beaufort")
    assert float(scene.problem.low["thickness"].min()) > 0
    assert float(scene.problem.mask.mean()) < 0.5
