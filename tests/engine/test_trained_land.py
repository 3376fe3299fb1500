"""Networks for land surface temperature: frozen, better than interpolation where nobody trained, and what they cost."""

from functools import cache
from itertools import combinations

import numpy as np
import pytest
import torch

from engine import hypothesis, methods, scenes, scores
from engine.errors import InputError
from engine.grid import Region
from engine.methods.mrunet import ABOVE, FEW, HERE
from engine.observation import residual
from engine.physics.variogram import kriged
from engine.resample import block_mean, replicate
from engine.scores.scales import cell_km
from engine.training.__main__ import recipes
from engine.training.land_data import Cuts, dates_of, fields
from engine.weights import card

# (method, how it was trained) -> temperatures (K) at CELLS: they change with the weights, with nothing else
FROZEN = {
    ("mrunet", ABOVE): (316.591, 313.118, 310.643, 311.985, 311.253),
    ("mrunet", FEW): (316.607, 312.897, 310.519, 312.116, 311.264),
    ("mrunet", HERE): (316.636, 312.818, 310.716, 311.948, 311.338),
    ("disr", ""): (316.846, 300.487, 317.41, 300.051, 309.904),
    ("disr_free", ""): (316.89, 299.915, 317.472, 300.906, 308.229),
}
CELLS = ((10, 10), (60, 100), (78, 203), (100, 240), (119, 31))
CITY, OASIS = ("lst_ecostress", "pomona", "2023-08-05 18:27:15"), ("lst_tvdi", "south", "undated scene")
SHARPENERS = ("tsharp", "distrad", "atprk", "atprk_local")
observed = pytest.mark.needs_data("lst_ecostress", "lst_tvdi", "lst_mrunet")
LAND = {key: recipe for key, recipe in recipes().items() if issubclass(recipe.data, Cuts)}


@cache
def scene(key: str, region: str, time: str):
    return scenes.open(key, region=region, time=time, factor=4)


def created(key: str, trained: str = ""):
    return methods.create(key, **({"trained": trained} if trained else {}))


def error(method, of) -> float:
    return float(scores.rmse(method.predict(of.problem)["lst"], of.truth["lst"]))


@observed
@pytest.mark.parametrize(("key", "trained"), FROZEN)
def test_temperatures_are_frozen(key, trained):
    found = created(key, trained).predict(scene(*(CITY if key == "mrunet" else OASIS)).problem)["lst"]
    assert [float(found[cell]) for cell in CELLS] == pytest.approx(FROZEN[key, trained], abs=0.02)


def apart_km(first: Region, second: Region, degrees: bool) -> float:
    """The widest gap between two boxes along an axis."""
    gaps = {
        axis: max(a[0], b[0]) - min(a[1], b[1]) for axis, a, b in (("x", first.x, second.x), ("y", first.y, second.y))
    }
    return max(gaps["x"] * (111.2 * np.cos(np.deg2rad(34)) if degrees else 1), gaps["y"] * (111.2 if degrees else 1))


@observed
@pytest.mark.parametrize("key", LAND)
def test_nothing_that_is_trained_on_is_held_out(key):
    """Trained and validating cells lie two input cells apart, in what is called trained; regions beyond are tests."""
    cuts = LAND[key].data
    data = scenes.get(cuts.scene)
    for part in cuts.parts.values():
        assert part.touches(data.trained_on)
        for region in data.regions.values():
            if not region.touches(data.trained_on):
                assert not region.touches(part)
    for first, second in combinations(cuts.parts.values(), 2):
        assert apart_km(first, second, degrees=cuts.scene == "lst_ecostress") > 2 * 4 * card(key)["cell_km"]
    tested = {time for time in data.times if data.split_of(time) == "test"}
    if len(data.times) > 1:
        assert not tested & {*dates_of(cuts, "train"), *dates_of(cuts, "validation")}
    assert data.split_of(data.find_time(), next(iter(data.regions.values()))) == "test"


@observed
def test_one_scale_up_is_the_mean_radiance_of_what_is_cut_here():
    cuts = {key: LAND[key].data for key in ("mrunet_here", "mrunet_above")}
    here, above = (fields(cuts[key], "validation")[0] for key in ("mrunet_here", "mrunet_above"))
    known = here[1] > 0
    block = known[:4, :4]
    assert bool(block.any())
    expected = (here[0][:4, :4][block].double() ** 4).mean() ** 0.25
    assert float(above[0][0, 0]) == pytest.approx(float(expected), abs=1e-3)
    assert abs(above.shape[-1] - here.shape[-1] // 4) <= 1


@observed
@pytest.mark.parametrize("time", ["2023-08-05 18:27:15", "2023-08-14 22:35:48"])
@pytest.mark.parametrize("region", ["pomona", "gabriel"])
def test_mrunet_is_better_than_bicubic_in_another_place_and_month(region, time):
    city = scene("lst_ecostress", region, time)
    assert city.split == "test"
    assert error(created("mrunet", HERE), city) < 0.97 * error(methods.create("bicubic"), city)
    assert error(created("mrunet", ABOVE), city) < error(methods.create("bicubic"), city)


@observed
def test_the_hypothesis_costs_something_and_the_correction_saves_some_of_it():
    *partial, cost = hypothesis.measured(scene(*CITY))
    assert [len(part) for part in partial] == [1, 2, 3, 4, 5]
    assert float(cost["loss"]) == pytest.approx(float(cost["above"] - cost["here"]))
    assert 0 < float(cost["scale"]) < float(cost["loss"])
    assert 0.1 < float(cost["removed"]) < 1
    assert float(cost["removed"]) == pytest.approx(float((cost["above"] - cost["corrected"]) / cost["loss"]))
    assert all(cost[name].attrs["units"] for name in cost)


@observed
@pytest.mark.parametrize(
    ("key", "selection", "words"),
    [
        ("lst_run", {}, "here it is x4 on cells of 0.1 km"),
        ("lst_mrunet", {}, "here it is x4 on cells of 1 km"),
        ("lst_tvdi", {}, "here it is x4 on cells of 0.12 km"),
        ("lst_ecostress", {"factor": 2}, "here it is x2 on cells of 0.064 km"),
        ("lst_ecostress", {"factor": 8}, "here it is x8 on cells of 0.064 km"),
    ],
)
def test_elsewhere_than_they_were_trained_the_networks_tell_no_cost(key, selection, words):
    where = scenes.open(key, **selection)
    assert words in hypothesis.obstacle(where)
    with pytest.raises(InputError, match="trained at both scales, at x4 on cells of"):
        next(hypothesis.measured(where))


@observed
@pytest.mark.parametrize("key", LAND)
def test_a_card_tells_the_cells_and_the_factor_of_the_training(key):
    about, data = card(key), scenes.get(LAND[key].data.scene)
    cell = cell_km(data.open().truth["lst"]) * LAND[key].data.scale
    assert about["cell_km"] == pytest.approx(cell, rel=0.01)
    assert about["factor"] == 4
    assert 0 < about["best_step"] <= about["steps"]


@observed
def test_the_correction_helps_what_learned_one_scale_up_and_not_what_learned_here():
    """Two estimates are often better than one: not here, so it is the scale that kriging corrects."""
    gained = {ABOVE: [], HERE: []}
    for time in ("2023-08-05 18:27:15", "2023-08-14 22:35:48"):
        for region in ("pomona", "orange", "gabriel"):
            city = scene("lst_ecostress", region, time)
            for trained, gain in gained.items():
                plain, corrected = (methods.create("mrunet", trained=trained, corrected=on) for on in (False, True))
                gain.append(error(plain, city) - error(corrected, city))
    assert min(gained[ABOVE]) > 0.0005
    assert np.mean(gained[HERE]) < -0.0005


@observed
def test_guided_networks_beat_the_sharpeners_where_nobody_trained():
    oasis = scene(*OASIS)
    assert oasis.split == "test"
    bicubic = error(methods.create("bicubic"), oasis)
    ours = {key: error(methods.create(key), oasis) / bicubic for key in ("disr", "detail_regression")}
    theirs = {key: error(methods.create(key), oasis) / bicubic for key in SHARPENERS}
    assert max(ours.values()) < min(0.75, *theirs.values()), (ours, theirs)
    assert error(methods.create("disr_free"), oasis) < bicubic


@observed
def test_the_index_is_used():
    """With the index turned around the error is larger."""
    oasis = scene(*OASIS)
    turned = oasis.problem.guides.copy(data={"ndvi": oasis.problem.guides["ndvi"].values[::-1, ::-1].copy()})
    problem = type(oasis.problem)(oasis.problem.low, turned, oasis.problem.target, oasis.problem.observation)
    for key in ("disr", "disr_free", "detail_regression"):
        wrong = float(scores.rmse(methods.create(key).predict(problem)["lst"], oasis.truth["lst"]))
        assert wrong > 1.2 * error(methods.create(key), oasis)


@observed
@pytest.mark.parametrize("key", ["mrunet", "disr", "disr_free", "detail_regression"])
def test_projected_predictions_have_the_energy_of_the_input(key):
    for of in (scene(*CITY), scene(*OASIS)):
        if of.problem.guides or key == "mrunet":
            estimate = methods.create(key, consistent=True).predict(of.problem)["lst"]
            away = residual(estimate, of.problem.low["lst"], of.problem.observation)
            assert np.nanmax(np.abs(away)) < 0.05


def test_networks_answer_on_any_size_and_with_clouds():
    land = scenes.open("lst_run", region="0,13.3,0,9.7", factor=4)
    holes = land.problem.low.copy(deep=True)
    holes["lst"][3:9, 5:12] = np.nan
    cloudy = type(land.problem)(holes, land.problem.guides, land.problem.target, land.problem.observation)
    for key in ("mrunet", "disr", "disr_free"):
        clear, through = (methods.create(key).predict(p)["lst"].values for p in (land.problem, cloudy))
        assert np.isfinite(through).all()
        assert through.shape == land.truth["lst"].shape
        assert np.abs(through - clear)[:, -20:].max() < 1.0  # far from the cloud


def test_what_cannot_be_done_is_said_in_one_sentence():
    land, sea = scenes.open("lst_run", factor=4), scenes.open("ocean_run", factor=9)
    with pytest.raises(InputError, match="trained for land surface temperature"):
        methods.create("mrunet").predict(sea.problem)
    with pytest.raises(InputError, match="NDVI"):
        methods.create("disr").predict(
            type(land.problem)(land.problem.low, land.problem.guides[[]], land.problem.target, land.problem.observation)
        )
    with pytest.raises(InputError, match="truth"):
        next(hypothesis.measured(scenes.open("ice_run").__class__(
            "x", land.problem, None, "observed", "test", "", ""
        )))  # fmt: skip


def test_the_correction_is_half_kriging_and_needs_cells():
    land = scenes.open("lst_run", region="0,5,0,5", factor=4)
    low = torch.as_tensor(land.problem.low["lst"].values)
    plain, corrected = (
        methods.create("mrunet", corrected=on).predict(land.problem)["lst"].values for on in (False, True)
    )
    kriging = kriged(low, torch.isfinite(low), 4).numpy()
    np.testing.assert_allclose(corrected, (plain + kriging) / 2, atol=1e-3)
    with pytest.raises(InputError, match="cells"):
        methods.create("mrunet", corrected=True).predict(scenes.open("lst_run", degradation="gaussian").problem)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("key", ["mrunet", "disr", "disr_free"])
def test_in_lakes_no_network_is_worse_than_bicubic_nor_on_shores_one_with_an_index(key, number):
    land = scenes.open("lst_run", time=f"country {number}", factor=4)
    wet = land.problem.guides["ndvi"].values < 0
    shore = replicate(block_mean(torch.as_tensor(wet).float(), 4) > 0, 4).numpy() & ~wet
    off = {
        name: (methods.create(name).predict(land.problem)["lst"] - land.truth["lst"]).values
        for name in ("bicubic", key)
    }
    for where in (wet, shore)[: 1 if key == "mrunet" else 2]:
        assert np.sqrt(np.mean(off[key][where] ** 2)) < np.sqrt(np.mean(off["bicubic"][where] ** 2))
