"""Every picture on offer exists, has units, and shows exactly what its title says."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.fft

from engine import derived, methods, observation
from engine.lexicon import VARIABLES
from explorer.drawing import pictures, threefold
from explorer.drawing.pictures import Picture, choices, defaults, fitted_to, named, needs_a, picture, slow

SOURCES = ("toy_sea", "toy_coast", "toy_reef", "toy_unseen")
UPPER = ("input", "estimate", "truth", "error")


@pytest.fixture(params=SOURCES)
def seen(request, open_page):
    """Scene and result of every kind of data set."""
    session = open_page(source=request.param).settle().session
    return session.outcome.scene, session.outcome.result


@pytest.fixture
def sea(page):
    return page.session.outcome.scene, page.session.outcome.result


def test_every_choice_is_a_picture_with_units_on_its_own_grid(seen):
    scene, result = seen
    offered = choices(scene)
    assert len(set(offered.values())) == len(offered)
    for label, key in offered.items():
        shown = picture(key, scene, result)
        assert isinstance(shown, Picture), key
        assert shown.title == label
        assert shown.field.attrs["units"]
        assert shown.field.dims == ("y", "x")
        assert np.isfinite(shown.field.values).any()
        coarse = key.startswith(("input", "consistency"))
        assert shown.field.shape == (scene.problem.low["ssh"].shape if coarse else scene.problem.mask.shape)


def test_the_upper_pictures_are_the_fields_themselves(sea):
    scene, result = sea
    np.testing.assert_array_equal(picture("input", scene, result).field, scene.problem.low["ssh"])
    np.testing.assert_array_equal(picture("estimate", scene, result).field, result.estimate["ssh"])
    np.testing.assert_array_equal(picture("truth", scene, result).field, scene.truth["ssh"])
    np.testing.assert_array_equal(picture("guide:sst", scene, result).field, scene.problem.guides["sst"])
    shown = [picture(key, scene, result) for key in UPPER]
    assert [p.title for p in shown] == ["Input", "Prediction: Bicubic", "Truth", "Error"]
    assert [p.role for p in shown] == ["ssh", "ssh", "ssh", "error"]
    assert [p.limits_key for p in shown] == ["field", "field", "field", "error"]


@pytest.mark.parametrize("source", ["toy_sea", "toy_coast"])
def test_the_error_is_prediction_minus_truth_to_the_bit(open_page, source):
    session = open_page(source=source).settle().session
    error = picture("error", session.outcome.scene, session.outcome.result).field
    np.testing.assert_array_equal(
        error.values, session.outcome.result.values.values - session.outcome.scene.truth["ssh"].values
    )
    assert error.attrs["units"] == "m"
    assert np.nanmax(np.abs(error.values)) > 1e-3
    np.testing.assert_array_equal(np.isfinite(error.values), session.outcome.scene.problem.mask.values)


@pytest.mark.parametrize("degradation", ["block_mean", "gaussian", "box", "bicubic_resize"])
def test_the_consistency_is_the_residual_of_the_degradation(open_page, degradation):
    session = open_page(source="toy_coast", degradation=degradation, noise=0.05).settle().session
    scene = session.outcome.scene
    shown = picture("consistency", scene, session.outcome.result).field
    low = scene.problem.low["ssh"]
    residual = observation.residual(session.outcome.result.values, low, scene.problem.observation)
    np.testing.assert_array_equal(shown.values, residual.astype(np.float32))
    assert shown.shape == low.shape
    for axis in "yx":
        np.testing.assert_array_equal(shown[axis], low[axis])
    rms = float(np.sqrt(np.nanmean(residual.astype(float) ** 2)))
    assert rms == pytest.approx(float(session.outcome.result.table["consistency"]), rel=1e-3)
    assert rms > 1e-3


DETAIL = ["detail", "detail:large", "detail:medium", "detail:fine", "detail:finest"]


def mixtures(field) -> np.ndarray:
    """Recovered, invented and missed (3, cells), in steps, of the cells of a map of detail that have a colour."""
    codes = field.values[field.values > 0].astype(int) - 1
    return np.array(threefold.MIXTURES)[codes % len(threefold.MIXTURES)].T


@pytest.mark.parametrize("key", DETAIL)
@pytest.mark.parametrize(("who", "whole"), [("truth", 0), ("bicubic", 2)])
def test_the_truths_detail_is_all_recovered_and_bicubics_all_missed(sea, key, who, whole):
    """What is compared with bicubic interpolation of the input; the truth invents nothing, anywhere."""
    scene, result = sea
    assert result.method == "bicubic"
    made = replace(result, estimate=scene.truth) if who == "truth" else result
    shown = picture(key, scene, made)
    parts = mixtures(shown.field)
    assert parts.shape[1] > 0.1 * shown.field.size
    assert (parts[whole] == threefold.STEPS).all()
    assert shown.title.endswith("km: recovered, invented, missed")
    other = picture(f"b:{key}", scene, None, made)
    np.testing.assert_array_equal(other.field, shown.field)
    assert other.title == f"B: {shown.title}"


def test_detail_of_random_signs_is_invented_and_missed(sea):
    scene, result = sea
    there = scene.truth["ssh"].values - result.values.values
    signs = np.random.default_rng(0).choice([-1.0, 1.0], there.shape)
    wrong = result.values + scipy.fft.idctn(scipy.fft.dctn(there, norm="ortho") * signs, norm="ortho")
    parts = mixtures(picture("detail", scene, replace(result, estimate=wrong.to_dataset(name="ssh"))).field)
    assert parts[0].mean() < 0.3 * threefold.STEPS
    assert parts[1].mean() > 0.3 * threefold.STEPS


def test_keys_of_detail_mean_something(sea):
    for key in DETAIL:
        assert named(key)
        assert named(f"b:{key}")
        assert slow(key)
        assert slow(f"b:{key}")
    assert not any(map(named, ("detail:none", "b:b:detail", "truth:detail")))
    assert not any(map(slow, ("estimate", "truth:speed", "b:error")))


def test_derived_pictures_are_derived_from_their_own_field(sea):
    scene, result = sea
    fields = {"estimate": result.values, "truth": scene.truth["ssh"], "input": scene.problem.low["ssh"]}
    for who, field in fields.items():
        for what in ("gradient", "speed", "vorticity"):
            shown = picture(f"{who}:{what}", scene, result)
            np.testing.assert_array_equal(shown.field, derived.derive(field, what))
            assert (shown.role, shown.limits_key) == (what, what)
    np.testing.assert_array_equal(picture("truth:gradient", scene, None).field, picture("truth:gradient", *sea).field)


def test_other_variables_offer_no_currents(open_page):
    scene = open_page(field="sst").settle().session.outcome.scene
    quantities = {key.partition(":")[2] for key in choices(scene).values() if ":" in key and not pictures.slow(key)}
    assert quantities == {"gradient"}


def test_without_a_truth_there_is_neither_truth_nor_error(open_page):
    session = open_page(source="toy_unseen").settle().session
    assert not [key for key in choices(session.outcome.scene).values() if key.startswith("truth")]
    for key in ("truth", "error", "truth:speed"):
        assert picture(key, session.outcome.scene, session.outcome.result) is None


def test_without_a_result_only_what_needs_none_is_there(page):
    scene = page.session.outcome.scene
    for key in (*UPPER, *choices(scene).values()):
        assert (picture(key, scene, None) is None) == needs_a(key), key


@pytest.mark.parametrize("key", ["", ":", "guide:", "guide:ssh", "guide:x", "nobody", "nobody:speed", "error:beauty",
                                 "truth:beauty", "estimate:", "input:consistency", "<b>:<b>"])  # fmt: skip
def test_a_key_that_means_nothing_is_no_picture_and_no_error(page, key):
    shown = picture(key, page.session.outcome.scene, page.session.outcome.result)
    assert shown is None or key == "estimate:"


def test_the_defaults_are_on_offer_and_compare_like_with_like(seen):
    scene, _ = seen
    keys = list(choices(scene).values())
    first, second = defaults(scene, keys)
    assert {first, second} <= set(keys)
    if scene.problem.guides:
        assert first == "guide:sst"
    else:
        assert first.partition(":")[2] == second.partition(":")[2]
        assert first.startswith("truth" if scene.truth is not None else "input")
    assert second.startswith("estimate")


def test_limits_are_fitted_to_the_scene_not_to_a_method(sea):
    """To the truth, and of errors to those of bicubic interpolation; to nothing where nobody knows the truth."""
    scene, result = sea
    for role in ("gradient", "speed", "vorticity"):
        np.testing.assert_array_equal(fitted_to(role, scene), picture(f"truth:{role}", scene, result).field)
    np.testing.assert_array_equal(fitted_to("field", scene), scene.truth[scene.variable])
    reference = methods.create("bicubic").predict(scene.problem)[scene.variable]
    np.testing.assert_allclose(fitted_to("error", scene), reference - scene.truth[scene.variable], atol=1e-6)
    for role in ("guide:sst", "consistency", "spread", ""):
        assert fitted_to(role, scene) is None
    assert fitted_to("error", replace(scene, truth=None)) is None


def test_every_quantity_has_words():
    for name in VARIABLES:
        assert {*derived.names(name)} - {"field"} <= set(pictures.QUANTITIES)
