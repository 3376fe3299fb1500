"""Sharpening of temperature by vegetation: where each method is exact, and what clouds, water and edges do to it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
import xarray as xr
from scipy import ndimage

from engine import methods, observation, scenes, scores
from engine.errors import InputError
from engine.methods.atprk import Atprk, AtprkLocal
from engine.methods.shared.sharpening import applied, detail_kernel, smooth
from engine.methods.shared.shores import coarsened, index_of
from engine.physics.variogram import gaussian_field
from engine.resample import block_mean, replicate
from engine.scene import Problem

TREND = ("tsharp", "distrad", "atprk", "atprk_local")
GUIDED = (*TREND, "detail_regression")
ALL = (*GUIDED, "conditional_simulation")
FACTOR, SHAPE = 4, (80, 96)
need_tvdi = pytest.mark.needs_data("lst_tvdi")


def vegetation(seed: int = 0, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    return np.clip(0.45 + 0.15 * toy.power_law(shape, -2, seed), 0.05, 0.9)


def problem(lst: np.ndarray, ndvi: np.ndarray, degradation: str = "block_mean", factor: int = FACTOR) -> Problem:
    truth, index = (
        toy.field(values.astype(np.float32), (0.1, 0.1), name, units)
        for values, name, units in ((lst, "lst", "K"), (ndvi, "ndvi", "1"))
    )
    return replace(toy.scene(truth, factor, degradation).problem, guides=index.to_dataset())


def predicted(key: str, given: Problem, **settings) -> np.ndarray:
    """The temperature (y, x), of members their mean."""
    values = methods.create(key, **settings).predict(given)["lst"].values
    return values.mean(axis=0) if values.ndim == 3 else values


def country(number: int = 2, **options) -> Problem:
    return scenes.open("lst_run", time=f"country {number}", **options).problem


def residual(key: str, given: Problem, **settings) -> float:
    """Largest disagreement of the prediction with the input, K."""
    estimate = methods.create(key, **settings).predict(given)["lst"]
    return float(np.nanmax(np.abs(observation.residual(estimate, given.low["lst"], given.observation))))


# -- where it is exact ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", TREND)
def test_a_temperature_that_is_a_line_over_vegetation_is_found_exactly(key):
    ndvi = vegetation()
    lst = 322.0 - 21.0 * ndvi
    np.testing.assert_allclose(predicted(key, problem(lst, ndvi)), lst, atol=2e-3)


def test_a_parabola_is_found_by_distrad_alone():
    """Where every cell varies alike within, the parabola of means is that of points, up to a constant that the
    projection takes away."""
    within = np.tile(0.04 * toy.power_law((FACTOR, FACTOR), -1), (SHAPE[0] // FACTOR, SHAPE[1] // FACTOR))
    means = block_mean(torch.as_tensor(vegetation()), FACTOR)
    ndvi = 0.1 + replicate(means, FACTOR).numpy() + within - within.mean()
    assert ndvi.min() > 0
    lst = 320.0 + 10.0 * ndvi - 30.0 * ndvi**2
    given = problem(lst, ndvi)
    np.testing.assert_allclose(predicted("distrad", given, consistent=True), lst, atol=3e-3)
    assert np.abs(predicted("tsharp", given, consistent=True) - lst).max() > 0.3


@pytest.mark.parametrize("key", ["tsharp", "atprk"])
def test_what_has_a_line_needs_no_projection(key):
    """The line's means are those of the index, and the residual's, replicated or kriged, are the input's own."""
    lst = 320 - 15 * vegetation(0) + 3 * toy.power_law(SHAPE, -3, 1)
    given = problem(lst, vegetation(0))
    assert residual(key, given) < 1e-3
    assert residual("bicubic", given) > 0.1


def test_a_kriged_residual_has_the_cells_means():
    cells = torch.as_tensor(toy.power_law((20, 24), -2)).float()
    known = torch.ones_like(cells, dtype=torch.bool)
    for factor in (2, 4, 8):
        points = Atprk().finer(cells, known, factor)
        torch.testing.assert_close(block_mean(points, factor), cells, atol=1e-4, rtol=0)
        assert float(points.std()) > 1.001 * float(cells.std())


def test_kriging_leaves_no_blocks():
    """A smooth residual, replicated, jumps at the cells' edges; kriged it does not."""
    ndvi, rest = vegetation(), 2 * toy.power_law(SHAPE, -5, 1)
    given = problem(318 - 15 * ndvi + rest, ndvi)
    error = {key: predicted(key, given) - (318 - 15 * ndvi + rest) for key in ("tsharp", "atprk")}
    assert error["atprk"].std() < 0.6 * error["tsharp"].std()
    jumps = {key: np.abs(np.diff(values, axis=1)[:, FACTOR - 1 :: FACTOR]).mean() for key, values in error.items()}
    assert jumps["atprk"] < 0.4 * jumps["tsharp"]


def halves() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Index, temperature and its slope: irrigated fields in the west, dry ones in the east."""
    ndvi = vegetation(shape=(96, 192))
    slope = np.where(np.arange(192) < 96, -25.0, -8.0)
    return ndvi, 310 + slope * (ndvi - 0.45), slope


def test_local_lines_follow_the_land():
    ndvi, lst, _ = halves()
    given = problem(lst, ndvi)
    index, low = index_of(given), torch.as_tensor(given.low["lst"].values)
    known = torch.ones_like(low, dtype=torch.bool)
    slopes = AtprkLocal(window=7, pull=0.0)._windowed(coarsened(given, index), low, known)[1]
    np.testing.assert_allclose(slopes[:, :20], -25, atol=0.01)  # out of reach of a window that sees both
    np.testing.assert_allclose(slopes[:, 28:], -8, atol=0.01)
    error = {key: np.sqrt(np.mean((predicted(key, given) - lst) ** 2)) for key in ("atprk", "atprk_local")}
    assert error["atprk_local"] < 0.6 * error["atprk"]


def test_the_pull_holds_a_local_line_to_the_common_one():
    ndvi, lst, _ = halves()
    given = problem(lst, ndvi)
    index, low = index_of(given), torch.as_tensor(given.low["lst"].values)
    known = torch.ones_like(low, dtype=torch.bool)
    spread = [
        float(AtprkLocal(pull=pull)._windowed(coarsened(given, index), low, known)[1].std()) for pull in (0, 0.1, 1)
    ]
    assert spread[0] > spread[1] > spread[2] > 0


# -- detail regression ------------------------------------------------------------------------------------------------

NONE = torch.zeros(3, 3)
MIDDLE = torch.tensor([[0.0, 0, 0], [0, -10, 0], [0, 0, 0]])
CROSS = torch.tensor([[0.0, -1, 0], [-1, -8, -1], [0, -1, 0]])
ASIDE = torch.tensor([[0.0, 0, 0], [0, -8, -4], [0, 0, 0]])


def detailed(kernel: torch.Tensor, side: int = 64) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A fine index, its cell means, and cells of a temperature whose details are those of the means by the kernel."""
    index = 0.5 + 0.08 * torch.as_tensor(toy.power_law((FACTOR * side, FACTOR * side), -1, 3)).float()
    coarse = block_mean(index, FACTOR)
    ground = 300 + 5 * torch.as_tensor(toy.power_law((side // FACTOR, side // FACTOR), -3, 5)).float()
    details = coarse - smooth(block_mean(coarse, FACTOR), FACTOR)
    return index, coarse, smooth(ground, FACTOR) + applied(details, kernel)


def learned(coarse: torch.Tensor, low: torch.Tensor, pull: float) -> np.ndarray:
    return detail_kernel(coarse, low, torch.ones_like(low, dtype=torch.bool), FACTOR, pull).numpy()


@pytest.mark.parametrize(("kernel", "off"), [(NONE, 1e-3), (MIDDLE, 1e-2), (CROSS, 0.1), (ASIDE, 0.25)])
def test_a_known_kernel_is_learned_one_scale_up(kernel, off):
    """A kernel beside the middle moves a little into the coarser means, which are taken off."""
    _, coarse, low = detailed(kernel)
    np.testing.assert_allclose(learned(coarse, low, pull=0.0), kernel, atol=off)


def test_the_pull_makes_the_kernel_smaller():
    _, coarse, low = detailed(MIDDLE)
    sizes = [np.linalg.norm(learned(coarse, low, pull)) for pull in (0.0, 0.1, 1.0, 10.0)]
    assert sizes[0] == pytest.approx(10, rel=1e-3)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[2] > 2


def test_details_that_scale_are_found_exactly():
    """The same kernel at both scales, over a smooth ground: the prediction is the truth."""
    index, coarse, low = detailed(MIDDLE)
    lst = smooth(low, FACTOR) + applied(index - smooth(coarse, FACTOR), MIDDLE)
    given = problem(lst.numpy(), index.numpy())
    np.testing.assert_allclose(given.low["lst"], low, atol=1e-3)
    np.testing.assert_allclose(predicted("detail_regression", given, pull=0.0), lst, atol=0.02)


def test_smooth_cells_keep_their_means():
    cells = 300 + 5 * torch.as_tensor(toy.power_law((12, 15), -2)).float()
    torch.testing.assert_close(block_mean(smooth(cells, 4), 4), cells, atol=1e-3, rtol=0)
    torch.testing.assert_close(smooth(torch.full((4, 4), 300.0), 4), torch.full((16, 16), 300.0))


# -- energy -----------------------------------------------------------------------------------------------------------

LST_SCENES = [
    pytest.param(key, marks=() if key == "lst_run" else pytest.mark.needs_data(key))
    for key in ("lst_run", "lst_tvdi", "lst_mrunet")
]


@pytest.mark.parametrize("key", LST_SCENES)
@pytest.mark.parametrize("method", GUIDED)
def test_energy_is_conserved(method, key):
    given = scenes.open(key).problem
    assert residual(method, given, consistent=True) < 0.05


@pytest.mark.needs_data("lst_ecostress")
@pytest.mark.parametrize("region", ["pomona", "image"])
def test_energy_is_conserved_where_pixels_are_missing(region):
    given = scenes.open("lst_ecostress", region=region).problem
    assert 0.02 < 1 - float(given.mask.mean()) < 0.2
    assert residual("bicubic", given, consistent=True) < 0.05
    assert residual("bicubic", given) > 1


def test_details_agree_with_the_input_unasked():
    assert residual("detail_regression", country()) < 0.05
    assert residual("detail_regression", country(), consistent=False) > 0.5


@need_tvdi
def test_on_held_out_land_details_beat_what_others_do():
    scene = scenes.open("lst_tvdi", region="south", factor=4)
    assert scene.split == "test"
    rmse = {
        key: float(scores.table(methods.create(key).predict(scene.problem), scene)["rmse"])
        for key in ("bicubic", *GUIDED)
    }
    assert rmse["detail_regression"] < 0.55 * rmse["bicubic"]
    assert rmse["detail_regression"] < 0.6 * min(rmse[key] for key in TREND)


# -- clouds -----------------------------------------------------------------------------------------------------------


def behind(given: Problem, cloud: np.ndarray, index: bool = True) -> Problem:
    """The problem without the cells under a cloud, `cloud` on the coarse grid; the index may be known there."""
    factor = given.mask.shape[0] // cloud.shape[0]
    fine = xr.DataArray(cloud.repeat(factor, 0).repeat(factor, 1), dims=("y", "x"))
    with xr.set_options(keep_attrs=True):
        low = given.low.where(~xr.DataArray(cloud, dims=("y", "x")))
        guides = given.guides.where(~fine) if index else given.guides
    return replace(given, low=low, guides=guides, target=given.target.assign(mask=given.mask & ~fine))


def disc(shape: tuple[int, int], centre: tuple[int, int], radius: int) -> np.ndarray:
    y, x = np.indices(shape)
    return np.hypot(y - centre[0], x - centre[1]) <= radius


@pytest.mark.parametrize("index", [True, False], ids=["index missing too", "index known"])
@pytest.mark.parametrize("method", ALL)
def test_a_cloud_is_felt_near_it_alone(method, index):
    given = country()
    cloud = disc(given.low["lst"].shape, (24, 40), 8)
    clouded = behind(given, cloud, index)
    clear, found = predicted(method, given), predicted(method, clouded)
    mask = clouded.mask.values
    assert np.isfinite(found[mask]).all()
    assert np.isnan(found[~mask]).all()
    near = disc(given.low["lst"].shape, (24, 40), 8 + 9).repeat(FACTOR, 0).repeat(FACTOR, 1)
    assert np.abs(found - clear)[~near].max() < 0.25  # K; the trend has lost a twentieth of its cells
    assert 250 < found[mask].min() < found[mask].max() < 335


@pytest.mark.parametrize("method", ALL)
def test_scattered_clouds_leave_a_prediction_that_agrees(method):
    given = country()
    clouds = np.random.default_rng(0).random(given.low["lst"].shape) < 0.4
    clouded = behind(given, clouds)
    assert np.isfinite(predicted(method, clouded)[clouded.mask.values]).all()
    assert residual(method, clouded, consistent=True) < 0.05


@pytest.mark.parametrize("method", ALL)
def test_a_hole_in_the_index_alone_is_filled(method):
    given = country()
    hole = xr.DataArray(disc(given.mask.shape, (100, 160), 12), dims=("y", "x"))
    with xr.set_options(keep_attrs=True):
        holed = replace(given, guides=given.guides.where(~hole))
    found = predicted(method, holed)
    assert np.isfinite(found).all()
    assert found.std() == pytest.approx(predicted(method, given).std(), rel=0.05)


# -- water ------------------------------------------------------------------------------------------------------------


def lake() -> np.ndarray:
    return disc(SHAPE, (41, 50), 17)


def with_lake(celsius_off: float, degradation: str = "block_mean") -> Problem:
    """Land with a lake, `celsius_off` warmer or colder than the land's mean."""
    ndvi, wet = vegetation(), lake()
    lst = 320 - 20 * ndvi + 2 * toy.power_law(SHAPE, -3, 1)
    return problem(np.where(wet, 311 + celsius_off, lst), np.where(wet, -0.2, ndvi), degradation)


def touched(given: Problem, cells: int = 0) -> np.ndarray:
    """Fine cells whose coarse cell sees water, or has one within `cells` that does."""
    share = coarsened(given, (index_of(given) < 0).float()).abs() > 1e-4
    wide = torch.nn.functional.max_pool2d(share[None, None].float(), 2 * cells + 1, 1, cells)[0, 0] > 0
    return replicate(wide, given.mask.shape[0] // share.shape[0]).numpy()


@pytest.mark.parametrize("degradation", ["block_mean", "radiance_mean", "bicubic_resize"])
@pytest.mark.parametrize(("method", "reach"), [("tsharp", 0), ("distrad", 0), ("atprk", 2), ("atprk_local", 2)])
def test_the_temperature_of_water_has_no_part_in_the_trend(method, reach, degradation):
    """A lake 20 K colder or warmer changes nothing on land, beyond the cells that its residual is kriged into."""
    cold, warm = (with_lake(off, degradation) for off in (-20.0, 20.0))
    land = ~touched(cold, reach)
    assert 0.4 < land.mean() < 0.9
    np.testing.assert_allclose(predicted(method, cold)[land], predicted(method, warm)[land], atol=1e-3)
    loose = [predicted(method, given, dry_only=False)[land] for given in (cold, warm)]
    assert np.abs(loose[0] - loose[1]).max() > 0.5


def test_a_low_pass_input_keeps_the_water_out_too():
    cold, warm = (with_lake(off, "gaussian") for off in (-20.0, 20.0))
    land = ~touched(cold)
    assert land.mean() > 0.2
    assert np.abs(predicted("tsharp", cold)[land] - predicted("tsharp", warm)[land]).max() < 0.02


def test_water_has_the_temperature_of_the_water_beside_it():
    """Also where its cell sees land too; without any water alone in reach it has that of its cell."""
    given = with_lake(-10.0)
    np.testing.assert_allclose(predicted("tsharp", given)[lake()], 301, atol=1e-4)
    ndvi, pond = vegetation(), disc(SHAPE, (41, 50), 2)
    lst = np.where(pond, 301, 320 - 20 * ndvi)
    given = problem(lst, np.where(pond, -0.2, ndvi))
    low = given.low["lst"].values.repeat(FACTOR, 0).repeat(FACTOR, 1)
    np.testing.assert_allclose(predicted("tsharp", given)[pond], low[pond], atol=1e-3)


@pytest.mark.parametrize("method", ["tsharp", "atprk"])
def test_the_land_beside_a_lake_is_as_warm_as_any(method):
    """What a cell on the shore sees is told apart: the line over vegetation holds up to the water."""
    ndvi, wet = vegetation(), lake()
    lst = np.where(wet, 290.0, 320 - 20 * ndvi)
    given = problem(lst, np.where(wet, -0.2, ndvi))
    shore = ~wet & touched(given)
    assert shore.sum() > 100
    np.testing.assert_allclose(predicted(method, given)[shore], lst[shore], atol=0.2)
    assert np.abs(predicted(method, given, dry_only=False)[shore] - lst[shore]).max() > 5


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("method", ALL)
def test_in_lakes_and_on_their_shores_nothing_is_worse_than_bicubic(method, number):
    scene = scenes.open("lst_run", time=f"country {number}", factor=4)
    wet = scene.problem.guides["ndvi"].values < 0
    shore = touched(scene.problem) & ~wet
    off = {key: predicted(key, scene.problem) - scene.truth["lst"].values for key in ("bicubic", method)}
    for where in (wet, shore):
        assert np.sqrt(np.mean(off[method][where] ** 2)) < np.sqrt(np.mean(off["bicubic"][where] ** 2))


@pytest.mark.parametrize("method", ALL)
def test_a_lake_larger_than_a_window_makes_no_coast_of_its_own(method):
    """Windows of the local variant that see no land at all take the scene's line."""
    shape, wet = (256, 256), np.zeros((256, 256), bool)
    wet[40:180, 60:200] = True
    ndvi = vegetation(shape=shape)
    lst = np.where(wet, 296.0, 320 - 20 * ndvi + 2 * toy.power_law(shape, -3, 1))
    found = predicted(method, problem(lst, np.where(wet, -0.2, ndvi)))
    assert np.abs(found - lst).max() < 25
    assert np.sqrt(np.mean((found - lst) ** 2)) < 2.5


# -- what it says when it cannot --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", GUIDED)
def test_too_little_land_is_one_sentence(method):
    given = country()
    clouds = np.ones(given.low["lst"].shape, bool)
    clouds[10, 10:17] = False
    with pytest.raises(InputError, match=r"^Only \d dry cells are known; the (trend|kernel) [^\n]*needs 8\.$"):
        predicted(method, behind(given, clouds))


@pytest.mark.parametrize("method", GUIDED)
def test_without_vegetation_nothing_is_sharpened(method):
    given = replace(country(), guides=xr.Dataset())
    with pytest.raises(InputError, match=r"^This method needs the vegetation index \(NDVI\) as a guide; [^\n]*\.$"):
        predicted(method, given)


@pytest.mark.parametrize("method", GUIDED)
def test_only_land_surface_temperature_is_sharpened(method):
    with pytest.raises(InputError, match=r"^This method sharpens land surface temperature, not ssh\.$"):
        methods.create(method).predict(toy.scene(toy.field(np.zeros(SHAPE))).problem)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("atprk", "^Kriging goes from cells to points: choose"),
        ("atprk_local", "^Kriging goes from cells to points: choose"),
        ("detail_regression", "^Details need coarse cells: choose"),
    ],
)
def test_what_needs_cells_says_so_of_a_low_pass_input(method, words):
    with pytest.raises(InputError, match=words + r" an input of cell means \(mean radiance\)\.$"):
        predicted(method, country(degradation="gaussian"))


@pytest.mark.parametrize("method", ["tsharp", "distrad"])
@pytest.mark.parametrize("degradation", ["gaussian", "box"])
def test_a_trend_is_used_on_a_low_pass_input(method, degradation):
    scene = scenes.open("lst_run", time="country 2", degradation=degradation)
    error = {
        key: float(scores.table(methods.create(key).predict(scene.problem), scene)["rmse"])
        for key in ("bicubic", method)
    }
    assert error[method] < 0.9 * error["bicubic"]


@pytest.mark.parametrize("key", LST_SCENES)
def test_every_factor_on_offer_suits_what_learns_one_scale_up(key):
    """At the end a block may be cut: half of it is enough."""
    data = scenes.get(key)
    for region in data.regions:
        for factor in data.factors:
            scene = scenes.open(key, region=region, factor=factor)
            off = [
                float(scores.rmse(methods.create(method).predict(scene.problem)["lst"], scene.truth["lst"]))
                for method in ("detail_regression", "bicubic")
            ]
            assert off[0] < off[1]


def test_a_region_too_small_for_the_scale_above_is_one_sentence():
    with pytest.raises(InputError, match=r"^The region is too small to learn one scale up: [^\n]*\.$"):
        predicted("detail_regression", country(factor=32))
    assert np.isfinite(predicted("atprk", country(factor=32))).all()


# ---- members ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["lst_run", pytest.param("lst_ecostress", marks=pytest.mark.needs_data("lst_ecostress"))]
)
def test_simulated_members_agree_with_the_input_and_differ_from_each_other(key):
    scene = scenes.open(key, factor=4)
    found = methods.create("conditional_simulation", members=3).predict(scene.problem)["lst"]
    assert found.dims == ("member", "y", "x")
    low = scene.problem.low["lst"]
    for member in found:
        away = scene.problem.observation.apply(torch.as_tensor(member.values)).numpy() - low.values
        assert np.nanmax(np.abs(away)) < 0.05
    assert float((found[0] - found[1]).std()) > 0.3
    again = methods.create("conditional_simulation", members=2).predict(scene.problem)["lst"]
    np.testing.assert_array_equal(again.values, found.values[:2])  # whatever their number
    other = methods.create("conditional_simulation", members=2).predict(scene.problem, seed=1)["lst"]
    assert float((other[0] - found[0]).std()) > 0.3


@pytest.mark.needs_data("lst_tvdi")
def test_the_spread_of_simulated_members_is_about_their_error():
    scene = scenes.open("lst_tvdi", region="south", factor=4)
    table = scores.table(methods.create("conditional_simulation", members=16).predict(scene.problem), scene)
    assert 0.8 < float(table["spread_skill"]) < 1.25
    assert float(table["crps"]) < 0.5 * float(scores.mae(scores.bicubic(scene.problem), scene.truth["lst"]))


@pytest.mark.needs_data("lst_tvdi")
@pytest.mark.parametrize("scattered", [True, False], ids=["cell by cell", "in discs"])
def test_under_clouds_the_members_spread_as_they_err(scattered):
    """Sixty per cent of the input is missing; what is filled in has no part in the texture. A mean over four skies."""
    scene, found = scenes.open("lst_tvdi", region="south", factor=4), []
    shape = scene.problem.low["lst"].shape
    for seed in range(4):
        draw = np.random.default_rng(seed)
        cloud = draw.random(shape) < 0.6 * scattered
        while cloud.mean() < 0.55:
            cloud |= disc(shape, tuple(draw.integers(shape)), 4)
        clouded = behind(scene.problem, cloud, index=False)
        estimate = methods.create("conditional_simulation", members=8).predict(clouded)
        table = scores.table(estimate, replace(scene, problem=clouded, truth=scene.truth.where(clouded.mask)))
        found.append(float(table["spread_skill"]))
    assert 0.82 < np.mean(found) < 1.2


@pytest.mark.needs_data("lst_tvdi", "lst_mrunet")
def test_the_footprint_damps_the_finest_waves_towards_the_truths_power():
    """Without it members have five to twelve times the power of what a sensor saw; the spread stays."""
    for key, region in (("lst_tvdi", "south"), ("lst_mrunet", "box")):
        scene = scenes.open(key, region=region, factor=4)
        truth, power, spread = finest(scene.truth["lst"]), [], []
        for settings in ({"footprint": 0.0}, {}):
            estimate = methods.create("conditional_simulation", members=4, **settings).predict(scene.problem)
            power.append(np.mean([finest(member) for member in estimate["lst"]]) / truth)
            spread.append(float(scores.table(estimate, scene)["spread_skill"]))
        assert 0.5 < power[1] < 4 < power[0]
        assert spread[1] == pytest.approx(spread[0], rel=0.03)


def finest(field: xr.DataArray) -> float:
    """Power in the shortest third of the waves."""
    power = scores.power_spectrum(field)
    return float(power[2 * power.size // 3 :].sum())


def test_a_simulated_field_has_its_covariance():
    fields = torch.stack([gaussian_field((96, 128), 12.0, seed) for seed in range(20)])
    assert float(fields.var()) == pytest.approx(1, abs=0.1)
    for lag in (2, 4, 8):
        for ahead, behind in ((fields[:, lag:], fields[:, :-lag]), (fields[..., lag:], fields[..., :-lag])):
            assert float((ahead * behind).mean()) == pytest.approx(np.exp(-3 * lag / 12), abs=0.08)
    wide = gaussian_field((96, 128), 12.0, 0, footprint=3.0)
    seen = ndimage.gaussian_filter(fields[0].numpy(), 3.0 / np.sqrt(8 * np.log(2)))
    np.testing.assert_allclose(wide[8:-8, 8:-8], seen[8:-8, 8:-8], atol=0.05)
