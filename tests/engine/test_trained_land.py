"""Networks for land surface temperature: frozen, better than interpolation where nobody trained, and what they cost."""

from functools import cache
from itertools import combinations

import numpy as np
import pytest
import torch

from engine import hypothesis, methods, scenes, scores
from engine.degrade import residual
from engine.errors import InputError
from engine.methods.mrunet import ABOVE, HERE
from engine.training.__main__ import recipes
from engine.training.land_data import Cuts, dates_of, fields

# (method, how it was trained) -> temperatures (K) at CELLS: they change with the weights, with nothing else
FROZEN = {
    ("mrunet", ABOVE): (316.562, 313.1, 310.646, 311.945, 311.32),
    ("mrunet", HERE): (316.63, 312.982, 310.581, 312.114, 311.374),
    ("disr", ""): (316.782, 299.997, 318.325, 299.149, 312.215),
    ("disr_free", ""): (316.896, 299.78, 316.98, 301.2, 308.556),
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


@observed
@pytest.mark.parametrize("key", LAND)
def test_nothing_that_is_trained_on_is_held_out(key):
    """Trained and validating cells lie apart, in what the scene calls trained; every region beyond it is a test."""
    cuts = LAND[key].data
    data = scenes.get(cuts.scene)
    for part in cuts.parts.values():
        assert part.touches(data.trained_on)
        for region in data.regions.values():
            if not region.touches(data.trained_on):
                assert not region.touches(part)
    for first, second in combinations(cuts.parts.values(), 2):
        assert not first.touches(second)
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
    assert [len(part) for part in partial] == [1, 2, 3, 4]
    assert float(cost["loss"]) == pytest.approx(float(cost["above"] - cost["here"]))
    assert float(cost["loss"]) > 0
    assert 0.1 < float(cost["removed"]) < 1
    assert float(cost["removed"]) == pytest.approx(float((cost["above"] - cost["corrected"]) / cost["loss"]))
    assert all(cost[name].attrs["units"] for name in cost)


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
    problem = type(oasis.problem)(oasis.problem.low, turned, oasis.problem.target, oasis.problem.degradation)
    for key in ("disr", "disr_free", "detail_regression"):
        wrong = float(scores.rmse(methods.create(key).predict(problem)["lst"], oasis.truth["lst"]))
        assert wrong > 1.2 * error(methods.create(key), oasis)


@observed
@pytest.mark.parametrize("key", ["mrunet", "disr", "disr_free", "detail_regression"])
def test_projected_predictions_have_the_energy_of_the_input(key):
    for of in (scene(*CITY), scene(*OASIS)):
        if of.problem.guides or key == "mrunet":
            estimate = methods.create(key, consistent=True).predict(of.problem)["lst"]
            away = residual(estimate, of.problem.low["lst"], of.problem.degradation)
            assert np.nanmax(np.abs(away)) < 0.05


def test_networks_answer_on_any_size_and_with_clouds():
    land = scenes.open("lst_run", region="0,13.3,0,9.7", factor=4)
    holes = land.problem.low.copy(deep=True)
    holes["lst"][3:9, 5:12] = np.nan
    cloudy = type(land.problem)(holes, land.problem.guides, land.problem.target, land.problem.degradation)
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
            type(land.problem)(land.problem.low, land.problem.guides[[]], land.problem.target, land.problem.degradation)
        )
    small = scenes.open("lst_run", region="0,5,0,5", factor=4)
    with pytest.raises(InputError, match="one scale up"):
        methods.create("mrunet", corrected=True).predict(small.problem)
    with pytest.raises(InputError, match="truth"):
        next(hypothesis.measured(scenes.open("ice_run").__class__(
            "x", land.problem, None, "observed", "test", "", ""
        )))  # fmt: skip


def test_the_correction_finds_what_was_taken_away(monkeypatch):
    """Of a network whose answer is halved, the gain is about twice that of the whole one."""
    method, land = methods.create("mrunet", corrected=True), scenes.open("lst_run", factor=4)
    low = torch.as_tensor(land.problem.low["lst"].values)
    with torch.inference_mode():
        whole = method._gains(low, 4)
        fine = type(method).fine
        monkeypatch.setattr(type(method), "fine", lambda *of: (fine(*of)[0], fine(*of)[1] / 2))
        halved = method._gains(low, 4)
    assert float(halved[0]) == pytest.approx(2 * float(whole[0]), rel=0.01)
    assert float(halved[1]) == pytest.approx(float(whole[1]), rel=0.01)
