"""Every network for heights answers to any observation through optimal interpolation, and is never worse than it."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import xarray as xr

from engine import methods, scenes, scores
from engine.errors import InputError
from engine.evaluate import dates_of, evaluate
from engine.methods.shared.sandwich import Sandwich, continued

pytestmark = pytest.mark.long
KEYS = [key for key, kind in methods.METHODS.items() if issubclass(kind, Sandwich)]
DATES = dates_of("ocean_run")[::15]
CASES = (
    (("factor", 27), ("noise", 0.05)),
    (("factor", 9), ("noise", 0.02)),
    (("factor", 3), ("noise", 0.05)),
    (("factor", 27), ("degradation", "bicubic_resize")),
    (("factor", 27), ("degradation", "gaussian"), ("width_km", 120.0), ("noise", 0.01)),
    (("factor", 9), ("noise", 0.02), ("sampling", "clouds:0.5")),
    (("factor", 9), ("noise", 0.02), ("sampling", "nadir:200")),
    (("factor", 9), ("noise", 0.02), ("region", "south")),
)
STAGED = ("resac", "resac_sst")  # they need coarse cells


@cache
def opened(date, case):
    return scenes.open("ocean_run", time=date, **dict(case))


@cache
def error(key, case, **settings):
    found = [methods.create(key, **settings).predict(opened(date, case).problem) for date in DATES]
    truths = [opened(date, case).truth["ssh"] for date in DATES]
    return np.mean([float(scores.rmse(one["ssh"], truth)) for one, truth in zip(found, truths, strict=True)])


def test_there_are_five_of_them():
    assert set(KEYS) == {"resac", "resac_sst", "liif", "jiif", "spectral_liif"}


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("key", KEYS)
def test_it_is_never_worse_than_optimal_interpolation(key, case):
    if key in STAGED and ("degradation", "gaussian") in case:
        with pytest.raises(InputError, match="multiplies by 3 in every stage"):
            error(key, case)
        return
    assert error(key, case) <= 1.01 * error("optimal_interpolation", case)


@pytest.mark.parametrize("case", [CASES[1], CASES[2], CASES[5]], ids=str)
@pytest.mark.parametrize("key", KEYS)
def test_the_bare_network_is_worse(key, case):
    assert error(key, case, through="never") > 1.1 * error(key, case)


@pytest.mark.parametrize(
    ("case", "most"),
    [(CASES[0], 0.62), (CASES[1], 0.73), (CASES[2], 0.30), (CASES[3], 0.44), (CASES[4], 0.17)],
    ids=str,
)
def test_ours_reaches_what_is_claimed_of_it(case, most):
    assert error("spectral_liif", case) <= most * error("bicubic", case)


@pytest.mark.parametrize(("case", "most"), [(CASES[5], 0.66), (CASES[6], 0.60)], ids=str)
def test_ours_fills_gaps_better_than_optimal_interpolation(case, most):
    assert error("spectral_liif", case) <= most * error("optimal_interpolation", case)


@pytest.mark.parametrize(("factor", "most"), [(13, 0.42), (10, 0.75), (25, 0.50)])
def test_a_region_that_is_no_multiple_of_any_block_is_continued(factor, most):
    """432 cells hold 33 blocks of 13, 43 of 10 and 17 of 25: the network knows none of these widths."""
    case = (("factor", factor), ("noise", 0.02 if factor == 10 else 0.0))
    assert opened(DATES[0], case).truth["ssh"].shape == (432 // factor * factor,) * 2
    assert error("spectral_liif", case, through="always") < most * error("bicubic", case)


def test_a_mirror_image_goes_on_where_a_field_ends():
    axes = {"y": ("y", [1.0, 3.0, 5.0], {"units": "km"}), "x": ("x", [0.0, 1.0], {"units": "km"})}
    field = xr.Dataset({"ssh": (("y", "x"), [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], {"units": "m"}),
                        "mask": (("y", "x"), np.ones((3, 2), dtype=bool))}, axes)  # fmt: skip
    wide = continued(field, {"y": 2, "x": 1})
    np.testing.assert_array_equal(wide["ssh"], [[1, 2, 2], [3, 4, 4], [5, 6, 6], [5, 6, 6], [3, 4, 4]])
    np.testing.assert_array_equal(wide["y"], [1, 3, 5, 7, 9])
    assert wide["mask"].dtype == bool
    assert wide["ssh"].attrs["units"] == "m"
    assert wide["y"].attrs["units"] == "km"
    assert continued(field, {"y": 0, "x": 0}) is field


@pytest.mark.parametrize("key", ["liif", "jiif"])
def test_a_region_without_any_guide_is_continued_too(key):
    problem = replace(opened(DATES[0], (("factor", 25), ("noise", 0.02))).problem, guides=xr.Dataset())
    found = methods.create(key, through="always").predict(problem)
    assert found.attrs["through"] == "optimal interpolation"
    assert np.isfinite(found["ssh"]).all()


@pytest.mark.parametrize("key", KEYS)
def test_for_what_it_was_trained_for_the_network_answers_by_itself(key):
    scene = opened(DATES[0], (("factor", 9 if key == "jiif" else 27),))
    own, bare = (methods.create(key, through=way).predict(scene.problem) for way in ("automatic", "never"))
    assert "through" not in own.attrs
    np.testing.assert_array_equal(own["ssh"], bare["ssh"])


def test_a_table_does_not_call_it_outside_its_training_then():
    chosen = ["resac", ("resac", {"through": "never"})]
    frame = evaluate("ocean_run", chosen, times=[DATES[0]], factor=9, noise=0.02, scheduler="synchronous")
    assert frame["outside"].tolist() == ["", "noise 0.02 m"]


def test_what_is_finer_than_the_blocks_of_a_network_is_interpolated_alone():
    scene = scenes.open("ocean_run", time=DATES[0], factor=2)
    found = methods.create("spectral_liif", through="always").predict(scene.problem)
    assert found.attrs["through"] == "optimal interpolation alone"
    np.testing.assert_allclose(found["ssh"], methods.create("cokriging").predict(scene.problem)["ssh"], atol=1e-5)


@pytest.mark.parametrize(("region", "told"), [("200,600,400,800", " alone"), ("200,1100,300,1200", "")])
@pytest.mark.parametrize("factor", [4, 9])
def test_a_small_region_is_none_the_worse(region, told, factor):
    """A network for whole domains does harm in 100 cells a side, and is not asked there; in 225 it helps."""
    case = (("region", region), ("factor", factor), ("noise", 0.02))
    found = methods.create("spectral_liif").predict(opened(DATES[0], case).problem)
    assert found.attrs["through"] == f"optimal interpolation{told}"
    assert error("spectral_liif", case) < error("optimal_interpolation", case)
