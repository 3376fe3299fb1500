"""Scores against numpy, and what a missing value does to them."""

from dataclasses import replace

import numpy as np
import pytest
import toy
import xarray as xr

from engine import scores
from engine.errors import InputError

SHAPE = (48, 60)


@pytest.fixture
def pair():
    rng = np.random.default_rng(3)
    truth = 5 + rng.standard_normal((4, *SHAPE))
    return toy.field(truth + 0.3 * rng.standard_normal(truth.shape) + 0.1, time=range(4)), toy.field(
        truth, time=range(4)
    )


@pytest.fixture
def scene():
    values = toy.power_law(SHAPE, -3)
    values[~toy.island(SHAPE)] = np.nan
    return toy.scene(toy.field(values))


def test_scores_equal_numpy(pair):
    x, y = (field.values for field in pair)
    assert float(scores.bias(*pair)) == pytest.approx((x - y).mean())
    assert float(scores.mae(*pair)) == pytest.approx(np.abs(x - y).mean())
    assert float(scores.rmse(*pair)) == pytest.approx(np.sqrt(((x - y) ** 2).mean()))
    assert float(scores.correlation(*pair)) == pytest.approx(np.corrcoef(x.ravel(), y.ravel())[0, 1])
    assert float(scores.odc_mu(*pair)) == pytest.approx(1 - np.sqrt(((x - y) ** 2).mean()) / np.sqrt((y**2).mean()))
    daily = 1 - np.sqrt(((x - y) ** 2).mean((1, 2))) / np.sqrt((y**2).mean((1, 2)))
    assert float(scores.odc_sigma(*pair)) == pytest.approx(daily.std())


def test_relative_improvement_halves_the_error(pair):
    worse, truth = pair
    assert float(scores.relative_improvement(truth + (worse - truth) / 2, truth, worse)) == pytest.approx(0.5)
    assert float(scores.relative_improvement(worse, truth, worse)) == 0


def test_daily_scores_keep_the_days(pair):
    x, y = (field.values for field in pair)
    np.testing.assert_allclose(scores.rmse(*pair, ("y", "x")), np.sqrt(((x - y) ** 2).mean((1, 2))))


def test_land_is_left_out_and_what_lies_there_never_matters(pair):
    estimate, truth = pair
    land = ~toy.island(SHAPE)
    truth = truth.where(~land)
    wild = estimate.where(~land, 1e6)
    for score in (scores.bias, scores.mae, scores.rmse, scores.correlation, scores.odc_mu, scores.odc_sigma):
        assert float(score(wild, truth)) == float(score(estimate.where(~land), truth))
    assert float(scores.rmse(wild, truth)) < 1


@pytest.mark.parametrize("hole", [np.nan, np.inf])
def test_one_missing_cell_of_the_estimate_is_loud(pair, hole):
    estimate, truth = pair
    estimate[2, 5, 7] = hole
    for score in (scores.bias, scores.mae, scores.rmse, scores.correlation, scores.odc_mu, scores.odc_sigma):
        assert np.isnan(float(score(estimate, truth))), score.__name__
    assert np.isnan(scores.rmse(estimate, truth, ("y", "x"))).values.tolist() == [False, False, True, False]


def test_another_grid_is_an_error_and_not_an_intersection(pair):
    estimate, truth = pair
    with pytest.raises(InputError, match="not on the truth's grid"):
        scores.rmse(estimate.assign_coords(x=estimate.x + 4), truth)
    with pytest.raises(InputError, match="dimensions"):
        scores.rmse(estimate.isel(time=0, drop=True), truth)


def test_table_of_the_truth_is_perfect(scene):
    table = scores.table(scene.truth, scene)
    for name in ("bias", "mae", "rmse", "gradient_rmse", "vorticity_rmse", "consistency", "consistency_max"):
        assert float(table[name]) == pytest.approx(0, abs=1e-12), name
    for name in ("correlation", "odc_mu", "relative_improvement"):
        assert float(table[name]) == pytest.approx(1), name
    assert float(table["effective_resolution"]) == pytest.approx(8)  # two cells of 4 km


def test_table_of_bicubic_improves_nothing_on_itself(scene):
    table = scores.table(scores.bicubic(scene.problem), scene)
    assert float(table["relative_improvement"]) == 0
    assert float(table["rmse"]) > 0
    assert float(table["consistency"]) > 0


def test_bicubic_reference_equals_the_method(scene):
    from engine import methods

    np.testing.assert_array_equal(
        scores.bicubic(scene.problem), methods.create("bicubic").predict(scene.problem)[scene.variable]
    )


def test_every_score_says_unit_direction_and_formula(scene):
    for name, score in scores.table(scene.truth, scene).data_vars.items():
        assert score.ndim == 0, name
        assert set(score.attrs) == {"units", "long_name", "better", "formula"}
        assert score.attrs["better"] in ("higher", "lower", "zero", "one")
    assert scores.table(scene.truth, scene)["gradient_rmse"].attrs["units"] == "m km-1"
    assert scores.table(scene.truth, scene)["rmse"].attrs["units"] == "m"


def test_gradient_and_vorticity_see_a_wave_that_rmse_hardly_sees(scene):
    wave = 0.01 * np.sin(2 * np.pi * scene.truth.x / 20)  # 1 cm, 20 km
    table = scores.table(scene.truth + wave, scene)
    k = 2 * np.pi / 20
    damped = np.sin(k * 4) / (k * 4)  # centred difference over 2 x 4 km
    assert float(table["rmse"]) == pytest.approx(0.01 / np.sqrt(2), rel=0.02)
    assert float(table["gradient_rmse"]) == pytest.approx(0.01 * k * damped / np.sqrt(2), rel=0.05)
    f = 0.9e-4
    zeta = 9.81 / f**2 * 0.01 * (k * damped / 1000) ** 2
    assert float(table["vorticity_rmse"]) == pytest.approx(zeta / np.sqrt(2), rel=0.1)


def test_consistency_is_the_distance_to_the_input(scene):
    table = scores.table(scene.truth + 0.25, scene)
    assert float(table["consistency"]) == pytest.approx(0.25)
    assert float(table["consistency_max"]) == pytest.approx(0.25)


def test_land_never_matters_to_the_table(scene):
    estimate = scores.bicubic(scene.problem)
    wild = estimate.where(np.isfinite(scene.truth["ssh"]), 1e6)
    xr.testing.assert_identical(scores.table(wild, scene), scores.table(estimate, scene))


def test_members_are_averaged_first(scene):
    noise = xr.DataArray(np.random.default_rng(0).standard_normal((2, *SHAPE)), dims=("member", "y", "x"))
    members = (scene.truth + noise).transpose("member", "y", "x")
    mean = scores.table(members.mean("member", skipna=False), scene)
    table = scores.table(members, scene)
    of_members = ["crps", "spread_skill", "skewness", "gradient_kurtosis"]
    xr.testing.assert_allclose(table.drop_vars(of_members), mean.drop_vars(of_members, errors="ignore"))
    assert float(table["crps"]) == scores.crps(members["ssh"], scene.truth["ssh"])
    assert set(table) - set(mean) == {"crps", "spread_skill"}


def test_a_hole_in_one_member_is_loud(scene):
    members = xr.concat([scene.truth, scene.truth.copy(deep=True)], "member")
    members["ssh"][1, 30, 30] = np.nan
    table = scores.table(members, scene)
    assert all(np.isnan(float(table[name])) for name in table), dict(table)


def test_table_over_days():
    days = np.stack([toy.power_law(SHAPE, -3, seed) for seed in range(3)])
    scene = toy.scene(toy.field(days, time=[0, 1, 2]))
    estimate = scores.bicubic(scene.problem)
    table = scores.table(estimate, scene)
    assert float(table["odc_sigma"]) == pytest.approx(float(scores.odc_sigma(estimate, scene.truth["ssh"])))
    assert float(table["odc_sigma"]) > 0


def test_without_truth_only_consistency_is_scored(scene):
    table = scores.table(scores.bicubic(scene.problem), replace(scene, truth=None))
    assert set(table) == {"consistency", "consistency_max"}
    unknown = replace(scene, truth=None, problem=replace(scene.problem, observation=None))
    assert not scores.table(scores.bicubic(scene.problem), unknown)
    with pytest.raises(InputError, match="how its input was made"):
        scores.consistency(scores.bicubic(scene.problem), unknown)


def test_a_field_that_is_no_sea_surface_height_has_no_vorticity():
    scene = toy.scene(toy.field(toy.power_law(SHAPE, -3), name="sst", units="degC"))
    table = scores.table(scene.truth, scene)
    assert "vorticity_rmse" not in table
    assert table["gradient_rmse"].attrs["units"] == "degC km-1"


def test_no_room_for_a_spectrum_is_a_nan_and_no_failure():
    values = toy.power_law((32, 32), -3)
    for row in range(3):
        values[row::9] = np.nan  # bars of land
    scene = toy.scene(toy.field(values), factor=2)
    table = scores.table(scene.truth, scene)
    assert np.isnan(float(table["effective_resolution"]))
    assert float(table["rmse"]) == 0


def test_another_shape_grid_or_variable_is_refused(scene):
    with pytest.raises(InputError, match=r"47.*48"):
        scores.table(scene.truth.isel(y=slice(1, None)), scene)
    with pytest.raises(InputError, match="coordinate 'x'"):
        scores.table(scene.truth.assign_coords(x=scene.truth.x + 4), scene)
    with pytest.raises(InputError, match="no variable 'ssh'"):
        scores.table(scene.truth.rename(ssh="sst"), scene)


def test_noise_in_the_input_shows_in_the_consistency():
    truth = toy.field(toy.power_law((64, 64), -3))
    scene = toy.scene(truth, noise=0.1)
    assert float(scores.table(scene.truth, scene)["consistency"]) == pytest.approx(0.1, rel=0.15)
    assert scene.problem.observation.key == "block_mean"


def test_the_distance_to_a_noisy_input_is_told_in_units_of_its_noise():
    """The truth is as far from it as the noise is large; without noise there is no such number."""
    truth = toy.field(toy.power_law((64, 64), -3))
    scene = toy.scene(truth, noise=0.1)
    score = scores.table(scene.truth, scene)["consistency_noise"]
    assert (score.attrs["units"], score.attrs["better"]) == ("1", "one")
    assert float(score) == pytest.approx(1, abs=0.15)
    off = scores.table(scene.truth + 0.3, scene)["consistency_noise"]
    assert float(off) == pytest.approx(np.sqrt(1 + 3**2), rel=0.05)
    assert "consistency_noise" not in scores.table(scene.truth, toy.scene(truth))
    with pytest.raises(InputError, match="no noise"):
        scores.consistency_in_noise(scene.truth["ssh"], toy.scene(truth))


def test_densities_are_a_histogram_of_valid_cells_on_bins_that_hold_every_value(scene):
    truth = scene.truth[scene.variable]
    made = scores.densities(truth + 0.05, scene, bins=23)
    width = float(made["value"][1] - made["value"][0])
    fields = {"truth": truth, "estimate": truth + 0.05, "input": scene.problem.low[scene.variable]}
    edges = np.append(made["value"] - width / 2, made["value"][-1] + width / 2)
    for name, field in fields.items():
        values = field.values[np.isfinite(field.values)]
        wanted = np.histogram(values, edges)[0] / (values.size * width)
        np.testing.assert_allclose(made[name], wanted, atol=3 / (values.size * width))  # values on an edge
        assert float(made[name].sum()) * width == pytest.approx(1), name
    assert made["truth"].attrs["units"] == f"({truth.attrs['units']})-1"
    assert made["value"].attrs["units"] == truth.attrs["units"]


def test_skewness_and_kurtosis_of_a_gaussian_and_of_a_field_with_cracks():
    draw = np.random.default_rng(0).standard_normal((256, 256))
    smooth = toy.field(draw)
    assert scores.skewness(smooth) == pytest.approx(0, abs=0.05)
    assert scores.gradient_kurtosis(smooth) == pytest.approx(3, rel=0.1)  # differences at the edges are wider
    cracked = draw.copy()
    cracked[::50] -= 8  # 2 % of the cells, thin lines
    assert scores.skewness(toy.field(cracked)) < -0.5
    assert scores.gradient_kurtosis(toy.field(cracked)) > 5
    cracked[0, 0] = np.nan
    assert np.isfinite(scores.gradient_kurtosis(toy.field(cracked)))
    assert np.isnan(scores.skewness(toy.field(np.ones((8, 8)))))


def test_the_table_compares_the_texture_with_the_truth_s(scene):
    table = scores.table(scene.truth, scene)
    assert float(table["skewness"]) == 0
    assert float(table["gradient_kurtosis"]) == 1
    smoother = scores.table(scores.bicubic(scene.problem), scene)
    assert float(smoother["gradient_kurtosis"]) != 1
    gone = scene.truth.copy(deep=True)
    gone[scene.variable][30, 30] = np.nan
    assert np.isnan(float(scores.table(gone, scene)["gradient_kurtosis"]))


def test_the_texture_of_members_is_theirs_and_not_their_mean_s(scene):
    noise = np.random.default_rng(0).standard_normal((3, *scene.truth[scene.variable].shape))
    members = scene.problem.estimate(scene.truth[scene.variable].values + 0.2 * noise, member=np.arange(3))
    each = [scores.gradient_kurtosis(member) for member in members[scene.variable]]
    truth = scores.gradient_kurtosis(scene.truth[scene.variable])
    assert float(scores.table(members, scene)["gradient_kurtosis"]) == pytest.approx(np.mean(each) / truth)
