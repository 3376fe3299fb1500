"""Motion from images on real and simulated sequences: what the authors state, what we ask of ourselves, odd images."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
import xarray as xr

from engine import methods, scenes, scores
from engine.errors import InputError
from engine.methods.fourdvar import fading
from engine.methods.shared.motion import Images
from engine.physics.variational import Model, Weights, cost, trajectory
from engine.resample import fill_gaps
from engine.scene import Problem, Scene, Step
from engine.simulate.rain import RainParameters, rain_sequence

RAIN = ("2021-06-01", "2021-06-03", "2021-06-09", "2021-06-14", "2021-06-20")
SST = ("2009-01-01", "2009-01-06", "2009-01-10")
FLOWS = ({"algorithm": "dis"}, {"algorithm": "farneback"})


@cache
def scene(key: str, time: str | None = None, region: str | None = None, gaps: float = 0.0) -> Scene:
    return scenes.open(key, time=time, region=region, gaps=gaps)


@cache
def last(key: str, time: str | None, method: str, gaps: float = 0.0, **settings) -> Step:
    *_, step = methods.create(method, **settings).steps(scene(key, time, None, gaps).problem)
    return step


def rmse(key: str, time: str | None, method: str, **settings) -> np.ndarray:
    return scores.forecast_rmse(last(key, time, method, **settings).estimate, scene(key, time)).values


def epe(key: str, times: tuple[str, ...], method: str, **settings) -> float:
    return float(np.mean([
        scores.relative_endpoint_error(last(key, time, method, **settings).estimate, scene(key, time))
        for time in times
    ]))  # fmt: skip


@pytest.mark.needs_data("radar_brest")
def test_the_published_cost_starts_where_it_is_published_to():
    """Filoche et al.: 3.1788e7 at rest, with the first image as it is."""
    method, images = methods.create("fourdvar_strong"), Images.of(scene("radar_brest").problem)
    window = method._window(scene("radar_brest").problem, images)
    weights = Weights(method.background, method.gradient, method.divergence)
    still = torch.zeros(2, *window.images.shape[1:])
    terms = cost(list(trajectory(still, window.images[0], window, Model(overwrite=True))), window, weights)
    assert float(sum(terms.values())) == pytest.approx(3.1788e7, rel=2e-5)


@pytest.mark.long
@pytest.mark.needs_data("radar_brest")
def test_the_published_cost_and_forecasts_are_reached():
    """Filoche et al.: their cost after 300 evaluations; their forecasts, carried twice as far as the clock goes."""
    problem = scene("radar_brest").problem
    steps = list(methods.create("fourdvar_strong").steps(problem))
    first, end = steps[0].trace, steps[-1].trace
    assert first["cost"] < 3.1788e7
    assert end["cost"] < 1.3184e7
    assert end["evaluations"] < 60
    assert end["cost"] == pytest.approx(sum(value for name, value in end.items() if name.startswith("cost_")))
    costs = [step.trace["cost"] for step in steps]
    assert costs == sorted(costs, reverse=True)
    assert (rmse("radar_brest", None, "fourdvar_strong") <= (4.16, 5.73, 6.33)).all()
    np.testing.assert_array_equal(
        rmse("radar_brest", None, "fourdvar_strong", pace=2.0), rmse("radar_brest", None, "fourdvar_strong")
    )
    np.testing.assert_allclose(rmse("radar_brest", None, "persistence"), (7.92, 9.54, 10.93), atol=0.01)


@pytest.mark.long
@pytest.mark.needs_data("radar_brest")
def test_forecasts_go_as_far_as_the_clock_but_on_the_published_sequence():
    """And say so where they do not."""
    strong = last("radar_brest", None, "fourdvar_strong").estimate
    assert strong["forecast"].attrs["pace"] == 2
    assert "pace" not in last("radar_brest", None, "fourdvar").estimate["forecast"].attrs
    assert "pace" not in last("radar_brest", None, "fourdvar_strong", pace=1.0).estimate["forecast"].attrs
    assert "pace" not in last("sst_run", SST[0], "fourdvar_strong").estimate["forecast"].attrs
    faster, true = (rmse("rain_run", RAIN[0], "fourdvar_strong", pace=pace) for pace in (2.0, None))
    np.testing.assert_array_equal(true, rmse("rain_run", RAIN[0], "fourdvar_strong", pace=1.0))
    assert not np.array_equal(true, faster)


def test_a_sea_that_is_smoothed_stays_as_warm_at_its_edges():
    """Nothing of 0 degC is averaged into it, as it is into rain."""
    forecast = last("sst_run", SST[0], "fourdvar_strong").estimate["forecast"].values
    low = scene("sst_run", SST[0]).problem.low["sst"].values
    assert forecast.min() > low.min() - 0.1
    assert (rmse("sst_run", SST[0], "fourdvar_strong") < rmse("sst_run", SST[0], "persistence")).all()


@pytest.mark.needs_data("radar_brest")
def test_ours_forecasts_the_published_sequence_better_in_true_time():
    ours = rmse("radar_brest", None, "fourdvar")
    assert (ours < rmse("radar_brest", None, "fourdvar_strong")).all()
    for flow in FLOWS:
        assert (ours < rmse("radar_brest", None, "optical_flow", **flow)).all()


@pytest.mark.long
def test_ours_finds_the_wind_of_the_rain_run():
    ours = epe("rain_run", RAIN, "fourdvar")
    assert ours < 0.07
    for flow in FLOWS:
        assert ours < 0.75 * epe("rain_run", RAIN, "optical_flow", **flow)


@pytest.mark.long
def test_ours_finds_the_currents_of_the_sst_run():
    ours, weak = (epe("sst_run", SST, key) for key in ("fourdvar", "fourdvar_weak"))
    assert ours < 0.37
    assert ours < 0.6 * weak
    assert weak < 0.85
    for flow in FLOWS:
        assert ours < 0.5 * epe("sst_run", SST, "optical_flow", **flow)
    for time in SST:
        assert (rmse("sst_run", time, "fourdvar") < rmse("sst_run", time, "persistence")).all()
        assert (rmse("sst_run", time, "fourdvar_weak") < rmse("sst_run", time, "persistence")).all()


@pytest.mark.long
@pytest.mark.parametrize(("key", "time"), [("rain_run", RAIN[0]), ("sst_run", SST[0])])
def test_the_descent_is_at_its_end_when_it_ends(key, time):
    """Twice as many iterates find no other flow: what is reported is not where the descent happened to stop."""
    flows = [
        np.stack([step.estimate["u"], step.estimate["v"]])
        for step in (last(key, time, "fourdvar", iterations=n) for n in (12, 24))
    ]
    speed = np.linalg.norm(scene(key, time).truth[["u", "v"]].to_array(), axis=0).mean()
    assert np.linalg.norm(flows[0] - flows[1], axis=0).mean() < (0.03 if key == "rain_run" else 0.15) * speed


def test_the_number_of_threads_changes_nothing():
    problem, threads, found = moving(), torch.get_num_threads(), []
    for number in (1, 2):
        torch.set_num_threads(number)
        found.append(methods.create("fourdvar").predict(problem))
        assert torch.get_num_threads() == number
    torch.set_num_threads(threads)
    xr.testing.assert_identical(*found)


def test_a_flow_that_changes_fades_in_its_forecast():
    """It keeps 0.8 of itself from image to image where it changes by 0.6; the way is the integral of that."""
    ways = np.array([fading(lead, 86400.0, 0.6) for lead in (1.0, 86400.0, 2 * 86400.0, 1e9)])
    np.testing.assert_allclose(ways[0], 1, rtol=1e-4)
    np.testing.assert_allclose(ways[2] - ways[1], 0.8 * ways[1], rtol=1e-9)
    np.testing.assert_allclose(ways[3], -86400 / np.log(0.8), rtol=1e-9)
    for image in rmse("sst_run", SST[0], "fourdvar") / rmse("sst_run", SST[0], "optical_flow"):
        assert image < 1


def test_persistence_is_wrong_by_the_whole_motion():
    assert epe("rain_run", RAIN[:1], "persistence") == pytest.approx(1)
    of, problem = scene("rain_run", RAIN[0]), scene("rain_run", RAIN[0]).problem
    u, v = (of.truth[name].values * 300 / 1000 for name in ("u", "v"))  # cells from image to image
    wet = problem.low["rain_rate"].values > 0.1
    angle = np.degrees(np.arctan(np.hypot(u, v)))[wet].mean()
    table = scores.table(last("rain_run", RAIN[0], "persistence").estimate, of)
    assert float(table["angular_error"]) == pytest.approx(angle, rel=1e-5)
    assert table["angular_error"].attrs["units"] == "degree"


def test_the_angular_error_is_that_of_the_directions_in_space_and_time():
    """1 cell east an image, found as 1 cell north: the angle between (1, 0, 1) and (0, 1, 1) is 60 degrees."""
    problem = moving()
    blank = xr.zeros_like(problem.low["rain_rate"])
    east, north = (xr.Dataset({"u": blank + u, "v": blank + v}) for u, v in ((10 / 3, 0), (0, 10 / 3)))
    truth = east.assign(rain_rate=problem.low["rain_rate"])
    of = Scene("rain_run", problem, truth, "simulated", "test", "here", "ours")
    assert scores.angular_error(north, of) == pytest.approx(60)
    assert scores.angular_error(east, of) == pytest.approx(0, abs=1e-3)
    assert np.isnan(scores.angular_error(north, replace(of, truth=None)))


def test_the_estimate_holds_the_flow_the_images_and_the_forecast():
    problem = scene("sst_run", SST[0]).problem
    steps = list(methods.create("fourdvar_weak", iterations=3).steps(problem))
    assert [step.index for step in steps] == [1, 2, 3, 4]
    assert ["forecast" in step.estimate for step in steps] == [False, False, False, True]
    estimate = steps[-1].estimate
    for name in ("u", "v", "sst"):
        assert estimate[name].dims == ("time", "y", "x")
    assert estimate["u"].attrs["units"] == "m s-1"
    assert estimate["forecast"].dims == ("lead", "y", "x")
    assert estimate["forecast"].attrs["units"] == "degC"
    np.testing.assert_array_equal(estimate["lead"], [86400, 172800, 259200])


@pytest.mark.parametrize("key", ["fourdvar", "fourdvar_strong"])
def test_any_iterate_can_be_carried_on(key):
    """Its forecast is what the last step has, where that is the iterate."""
    problem, method = scene("rain_run", RAIN[0]).problem, methods.create(key, iterations=2)
    *_, iterate, end = method.steps(problem)
    assert "forecast" not in iterate.estimate
    xr.testing.assert_identical(method.carried_on(problem, iterate.estimate), end.estimate)


def moving(step: float = 3.0, images: int = 4, **changes) -> Problem:
    """Blobs of rain that move by `step` km along x and half of it along y every five minutes."""
    y, x = np.meshgrid(np.arange(48) + 0.5, np.arange(56) + 0.5, indexing="ij")
    centres = ((12, 10), (30, 30), (20, 44), (38, 14))
    fields = [
        sum(10 * np.exp(-((y - cy - step / 2 * n) ** 2 + (x - cx - step * n) ** 2) / 25) for cy, cx in centres)
        for n in range(images)
    ]
    times = np.datetime64("2021-01-01T00:00", "ns") + np.arange(images) * np.timedelta64(5, "m")
    axes = {name: (name, np.arange(n) + 0.5, {"units": "km"}) for name, n in (("y", 48), ("x", 56))}
    low = xr.Dataset({"rain_rate": (("time", "y", "x"), np.array(fields, "f4"), {"units": "mm h-1"})},
                     {"time": times, **axes})  # fmt: skip
    target = xr.Dataset({"mask": (("y", "x"), np.ones((48, 56), bool))}, {**axes, "lead": ("lead", [300.0, 600.0])})
    return replace(Problem(low, xr.Dataset(), target), **changes)


@pytest.mark.parametrize(
    ("key", "settings"), [("fourdvar", {}), ("fourdvar_strong", {}), *(("optical_flow", flow) for flow in FLOWS)]
)
def test_everybody_sees_a_plain_shift(key, settings):
    """3 km in 300 s: 10 m/s east, 5 m/s north, also where the rows run from north to south."""
    problem = moving()
    found = methods.create(key, **settings).predict(problem)
    wet = problem.low["rain_rate"].values > 2
    for name, speed in (("u", 10), ("v", 5)):
        assert float(found[name].values[wet].mean()) == pytest.approx(speed, rel=0.3), name
    south = problem.low.isel(y=slice(None, None, -1)), problem.target.isel(y=slice(None, None, -1))
    turned = methods.create(key, **settings).predict(Problem(south[0], xr.Dataset(), south[1])).sortby("y")
    np.testing.assert_allclose(turned["v"], found["v"], atol=0.2)


@pytest.mark.long
@pytest.mark.parametrize("key", ["fourdvar", "fourdvar_strong", "fourdvar_weak", "optical_flow"])
def test_images_with_gaps_work(key):
    whole, gappy = scene("rain_run", RAIN[0]), scene("rain_run", RAIN[0], None, 0.2)
    images = gappy.problem.low["rain_rate"].values
    assert np.isnan(images).mean() == pytest.approx(0.2, abs=0.03)
    found = methods.create(key).predict(gappy.problem)
    assert all(np.isfinite(found[name]).all() for name in ("u", "v", "rain_rate", "forecast"))
    without = scores.relative_endpoint_error(last("rain_run", RAIN[0], key).estimate, whole)
    assert scores.relative_endpoint_error(found, whole) < min(1.0, without + 0.2)


@pytest.mark.long
@pytest.mark.parametrize(("key", "time"), [("rain_run", RAIN[0]), ("sst_run", SST[0])])
def test_what_was_not_seen_is_what_the_flow_carries_in(key, time):
    """The analysed tracer: nearer to what was there than smooth filling, in every image; the same where it was seen."""
    whole, gappy = scene(key, time), scene(key, time, None, 0.2)
    name = whole.variable
    low, true = gappy.problem.low[name].values, whole.problem.low[name].values
    found = last(key, time, "fourdvar", gaps=0.2).estimate[name].values
    np.testing.assert_array_equal(found[np.isfinite(low)], low[np.isfinite(low)])
    smooth = fill_gaps(low)
    for image, hole in enumerate(np.isnan(low)):
        by_flow, by_hand = (np.sqrt(((field - true)[image][hole] ** 2).mean()) for field in (found, smooth))
        assert by_flow < 0.8 * by_hand, image


ALL = ("fourdvar", "fourdvar_strong", "fourdvar_weak", "optical_flow", "persistence")


@pytest.mark.parametrize("key", ALL)
def test_constant_images_do_not_move(key):
    problem = moving()
    low = problem.low.map(lambda field: xr.full_like(field, 3.0), keep_attrs=True)
    found = methods.create(key).predict(replace(problem, low=low))
    assert float(np.hypot(found["u"], found["v"]).max()) < 0.2
    inside = slice(6, -6)  # published: the average over 5 x 5 cells takes zeros from outside
    np.testing.assert_allclose(found["forecast"][:, inside, inside], 3.0, atol=0.01)


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize(
    ("key", "settings"), [("fourdvar", {}), ("fourdvar", {"kind": "changing"}), *(("optical_flow", f) for f in FLOWS)]
)
def test_one_constant_image_among_moving_ones_is_passed_over(key, settings, number):
    """A dropout: the others move by 10 m/s east and 5 m/s north, and nothing by more than a little faster."""
    problem = moving()
    wet = problem.low["rain_rate"].max("time").values > 2
    problem.low["rain_rate"].values[number] = 2.0
    found = methods.create(key, **settings).predict(problem)
    assert float(np.hypot(found["u"], found["v"]).max()) < 15
    for name, speed in (("u", 10), ("v", 5)):
        assert float(found[name].values[:, wet].mean()) == pytest.approx(speed, rel=0.1), name


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("key", ["fourdvar_strong", "fourdvar_weak"])
def test_a_constant_image_pulls_at_no_published_flow(key, number):
    problem, spoilt = moving(), moving()
    spoilt.low["rain_rate"].values[number] = 2.0
    speeds = [
        float(np.hypot(found["u"], found["v"]).max()) for found in map(methods.create(key).predict, (problem, spoilt))
    ]
    assert speeds[1] < 1.5 * speeds[0]


@pytest.mark.parametrize(
    ("key", "settings"), [("fourdvar", {}), ("fourdvar_strong", {}), *(("optical_flow", f) for f in FLOWS)]
)
def test_images_at_unequal_times_work(key, settings):
    problem = moving(images=5, step=2.0)
    uneven = problem.low.isel(time=[0, 1, 3, 4])
    found = methods.create(key, **settings).predict(replace(problem, low=uneven))
    wet = uneven["rain_rate"].values > 2
    for name, speed in (("u", 20 / 3), ("v", 10 / 3)):
        assert float(found[name].values[wet].mean()) == pytest.approx(speed, rel=0.3), name


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda low: low.isel(time=[0]), "at least two images"),
        (lambda low: low.isel(time=0, drop=True), "at least two images"),
        (lambda low: low.where(low["time"] != low["time"][1]), "holds no value at all"),
        (lambda low: low.isel(time=[1, 0]), "have to ascend"),
        (lambda low: low.isel(y=slice(8)), "target's grid"),
        (lambda low: low.where(low["x"] > 1, 1e15), "as large as 1e\\+15 mm h-1: what stands for a gap"),
        (lambda low: low.where(low["x"] > 1, -32768.0), "as large as 3.28e\\+04 mm h-1"),
    ],
)
@pytest.mark.parametrize("key", ALL)
def test_images_that_cannot_be_used_are_one_sentence(key, spoil, words):
    problem = moving()
    low = spoil(problem.low)
    low["rain_rate"].attrs["units"] = "mm h-1"
    with pytest.raises(InputError, match=words):
        methods.create(key).predict(Problem(low, xr.Dataset(), problem.target))


def test_images_of_three_cells_are_too_small():
    problem = moving()
    small = Problem(problem.low.isel(x=slice(3)), xr.Dataset(), problem.target.isel(x=slice(3)))
    with pytest.raises(InputError, match="at least 4 x 4 cells"):
        methods.create("fourdvar").predict(small)


ODD = [
    {"background": 1e-44}, {"background": 1e6}, {"background": 0.0, "observation": 1e6}, {"gradient": 0.0},
    {"gradient": 1e15, "divergence": 1e15}, {"observation": 0.0, "dry": 0.0, "background": 0.0}, {"dry": 1e6},
]  # fmt: skip


@pytest.mark.parametrize("settings", ODD, ids=str)
@pytest.mark.parametrize("key", ["fourdvar_strong", "fourdvar_weak"])
def test_weights_at_their_bounds_end_no_process(key, settings):
    """Torch's kernel did, on the way back from a flow that is no number."""
    if key == "fourdvar_weak":
        settings = {name: value for name, value in settings.items() if name != "dry"} | {"error": 1e15}
    found = methods.create(key, iterations=5, **settings).predict(moving())
    assert all(np.isfinite(found[name]).all() for name in ("u", "v", "rain_rate", "forecast"))


@pytest.mark.parametrize("settings", [{"observation": 1e30}, {"gradient": float("inf")}, {"background": -1.0}], ids=str)
def test_absurd_weights_are_one_sentence(settings):
    with pytest.raises(InputError, match="out of range"):
        methods.create("fourdvar_strong", **settings)


def test_the_rain_run_moves_with_its_flow():
    """A steady flow without renewal: each image is the one before, carried on."""
    still = RainParameters(lifetime=1e4, images=3, eddies=0.0, mean_speed=(10.0, 10.0), minutes=5.0)
    rates, flow = rain_sequence(3, still)
    u, v = flow[:, 0, 0]
    assert np.hypot(u, v) == pytest.approx(10, rel=1e-5)
    spectrum = np.fft.fft2(rates[0] - rates[0].mean()) * np.conj(np.fft.fft2(rates[1] - rates[1].mean()))
    shift = np.unravel_index(np.argmax(np.fft.ifft2(spectrum).real), rates[0].shape)
    moved = [(-k + 64) % 128 - 64 for k in shift]
    np.testing.assert_allclose(moved, [3 * v / 10, 3 * u / 10], atol=0.6)
    assert 0.1 < (rates > 0).mean() < 0.45


def test_the_rain_renews_itself():
    rates, _ = rain_sequence(3, RainParameters(images=7, eddies=0.0, mean_speed=(0.0, 1e-6)))
    logs = np.log1p(rates.reshape(7, -1))
    agreement = [np.corrcoef(logs[0], later)[0, 1] for later in logs[1:]]
    assert agreement == sorted(agreement, reverse=True)
    assert 0.3 < agreement[-1] < agreement[0] < 0.995


@pytest.mark.parametrize("key", ["radar_bom", "radar_fmi"])
def test_radar_sequences_can_be_followed(key):
    if not scenes.get(key).available:
        pytest.skip(f"the files of {key} are not here")
    ours, nothing = (rmse(key, None, method) for method in ("fourdvar", "persistence"))
    assert (ours < 0.85 * nothing).all()
