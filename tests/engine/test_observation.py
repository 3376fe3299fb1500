"""The observation operators as physics: constants, masks, linearity, transfer functions, consistency."""

import numpy as np
import pytest
import torch
import toy
import xarray as xr

from engine import methods, observation, scenes
from engine.errors import InputError
from engine.grid import Grid
from engine.observation import project
from engine.observation.kernels import KERNELS
from engine.observation.noise import Noise

SHAPE, FACTOR = (48, 60), 4
LOW_PASS = ("gaussian", "box")
LINEAR = [key for key, kind in KERNELS.items() if kind.linear]
GRID = Grid.of(toy.field(np.zeros(SHAPE), (4.0, 4.0)))
SEA = torch.as_tensor(toy.island(SHAPE))
FULL = torch.ones(SHAPE, dtype=torch.bool)


def operator(key, factor=FACTOR, grid=GRID, **options):
    return observation.create(key, grid, factor, **options)


def random(seed=0, dtype=torch.float64, shape=SHAPE):
    return torch.as_tensor(toy.power_law(shape, -3, seed)).to(dtype)


def on(mask, values):
    return torch.where(mask, values, torch.nan)


def rms(values):
    return float(values[torch.isfinite(values)].square().mean().sqrt())


def test_block_mean_of_a_known_field():
    y, x = np.indices((8, 12))
    fine = toy.field(10.0 * (y // 4) + x // 4, (2.0, 2.0)).to_dataset()
    low = observation.create("block_mean", Grid.of(fine), 4)(fine)
    np.testing.assert_array_equal(low["ssh"], [[0, 1, 2], [10, 11, 12]])
    np.testing.assert_array_equal(low.x, [4, 12, 20])
    assert low["ssh"].attrs["units"] == "m"
    assert low.x.attrs["units"] == "km"


@pytest.mark.parametrize("mask", [FULL, SEA], ids=["full", "sea"])
@pytest.mark.parametrize("key", KERNELS)
def test_a_constant_is_preserved(key, mask):
    low = operator(key).apply(on(mask, torch.full(SHAPE, 7.5, dtype=torch.float64)))
    valid = torch.isfinite(low)
    assert valid.double().mean() > 0.7
    torch.testing.assert_close(low[valid], torch.full_like(low[valid], 7.5))


@pytest.mark.parametrize("key", KERNELS)
def test_what_lies_under_the_mask_never_matters(key):
    """Neither in H x nor in the projection does a single bit depend on the values on land."""
    one, other = random(), torch.where(SEA, random(), 1e3 * random(5))
    h = operator(key)
    low = h.apply(on(SEA, random(1)))
    assert torch.equal(h.apply(on(SEA, one)).nan_to_num(-9), h.apply(on(SEA, other)).nan_to_num(-9))
    results = [project(x, low, h, SEA)[SEA] for x in (one, other)]
    assert torch.equal(*results)


@pytest.mark.parametrize("mask", [FULL, SEA], ids=["full", "sea"])
@pytest.mark.parametrize("key", LINEAR)
def test_the_operators_are_linear(key, mask):
    h, x, y = operator(key), on(mask, random(0)), on(mask, random(1))
    torch.testing.assert_close(h.apply(2 * x - 3 * y), 2 * h.apply(x) - 3 * h.apply(y), equal_nan=True)


@pytest.mark.parametrize("key", KERNELS)
def test_days_are_degraded_one_by_one(key):
    h, days = operator(key), 300 + torch.stack([on(SEA, random(0)), random(1)])
    together = h.apply(days)
    torch.testing.assert_close(together[0], h.apply(days[0]), equal_nan=True)
    torch.testing.assert_close(together[1], h.apply(days[1]), equal_nan=True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("mask", [FULL, SEA], ids=["full", "sea"])
@pytest.mark.parametrize("key", ["block_mean", "bicubic_resize", "point"])
def test_projection_agrees_with_the_input(key, mask, dtype):
    h = operator(key)
    low = h.apply(on(mask, random(0, dtype)))
    projected = project(random(1, dtype), low, h, mask)
    residual = h.apply(on(mask, projected)) - low
    assert torch.equal(torch.isfinite(residual), torch.isfinite(low))
    assert rms(residual) < 1e-5
    assert rms(h.apply(on(mask, random(1, dtype))) - low) > 0.1  # there was something to mend


@pytest.mark.parametrize("key", LOW_PASS)
def test_low_pass_projection_agrees_with_a_smooth_truth(key):
    h = operator(key, width_km=20.0)
    low = h.apply(h.apply(random(0)))
    assert rms(h.apply(low) - low) > 0.03 * rms(low)  # the input itself is not consistent: no low-pass is idempotent
    assert rms(h.apply(project(low, low, h, FULL)) - low) < 1e-4 * rms(low)


@pytest.mark.parametrize("key", LOW_PASS)
def test_low_pass_projection_leaves_only_what_the_floor_leaves(key):
    """A rough estimate keeps its power where the transfer function is below the floor, damped by it."""
    h = operator(key, width_km=20.0)
    low, estimate = h.apply(random(0)), random(1)
    left = rms(h.apply(project(estimate, low, h, FULL)) - low)
    assert left < 1e-3 * rms(low)
    assert left < h.kernel.floor * rms(estimate - random(0)) / 10


@pytest.mark.parametrize("key", LOW_PASS)
def test_low_pass_projection_with_land_comes_close(key):
    h = operator(key, width_km=20.0)
    low = h.apply(on(SEA, h.apply(h.apply(random(0)))))
    before = rms(h.apply(on(SEA, random(1))) - low)
    after = rms(h.apply(on(SEA, project(random(1), low, h, SEA))) - low)
    assert after < 0.02 * before


@pytest.mark.parametrize("key", LOW_PASS)
def test_low_pass_projection_is_done_once(key):
    """The pseudo-inverse divides by the transfer function, so a second projection changes nothing."""
    h = operator(key, width_km=20.0)
    low = h.apply(random(0))
    once = project(random(1), low, h, FULL)
    torch.testing.assert_close(project(once, low, h, FULL), once, atol=1e-9, rtol=0)


@pytest.mark.parametrize("mask", [FULL, SEA], ids=["full", "sea"])
def test_block_mean_projection_never_raises_the_error(mask):
    """An orthogonal projection on a set that holds the truth: Pythagoras, for any estimate whatever."""
    h, truth = operator("block_mean"), random(0)
    low = h.apply(on(mask, truth))
    for seed in range(40):
        estimate = truth + (0.1 + seed / 10) * torch.randn(SHAPE, generator=torch.manual_seed(seed), dtype=truth.dtype)
        projected = project(estimate, low, h, mask)
        before, after = rms(on(mask, estimate - truth)), rms(on(mask, projected - truth))
        assert after <= before * (1 + 1e-12)


# -- radiance ---------------------------------------------------------------------------------------------------------


def temperature(seed=0, dtype=torch.float64):
    return 310 + 8 * random(seed, dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_even_temperature_stays_itself(dtype):
    low = operator("radiance_mean").apply(torch.full(SHAPE, 311.37, dtype=dtype))
    assert float((low - 311.37).abs().max()) < 1e-4


def test_a_pixel_of_two_temperatures_has_the_mean_of_their_fourth_powers():
    fine = torch.full((4, 8), 290.0, dtype=torch.float64)
    fine[:, 1::2], fine[:, 4:] = 330.0, 300.0
    low = operator("radiance_mean").apply(fine)
    assert float(low[0, 0]) == pytest.approx(((290**4 + 330**4) / 2) ** 0.25, abs=1e-9)
    assert float(low[0, 0]) > 311  # by Stefan and Boltzmann more than a kelvin above the mean of the two
    assert float(low[0, 1]) == pytest.approx(300, abs=1e-9)


def test_radiance_is_never_below_the_mean_temperature():
    """Jensen's inequality; the excess is 3/2 of the variance over the temperature."""
    fine = temperature()
    excess = operator("radiance_mean").apply(fine) - operator("block_mean").apply(fine)
    assert float(excess.min()) >= 0
    variance = operator("block_mean").apply(fine**2) - operator("block_mean").apply(fine) ** 2
    torch.testing.assert_close(excess, 1.5 * variance / operator("block_mean").apply(fine), rtol=0.05, atol=1e-4)


def test_missing_cells_have_no_part_in_the_radiance():
    fine = temperature()
    fine[:4, 4:6] = torch.nan  # 8 of 16
    fine[:4, 8:10], fine[0, 10] = torch.nan, torch.nan  # 9 of 16
    low = operator("radiance_mean").apply(fine)
    assert float(low[0, 1]) == pytest.approx(float((fine[:4, 6:8] ** 4).mean() ** 0.25), abs=1e-9)
    assert bool(low[0, 2].isnan())
    assert int(low.isnan().sum()) == 1


def test_radiance_is_linear_in_the_fourth_power():
    h, one, other = operator("radiance_mean"), temperature(0), temperature(1)
    mixed = h.apply((0.3 * one**4 + 0.7 * other**4) ** 0.25)
    torch.testing.assert_close(mixed**4, 0.3 * h.apply(one) ** 4 + 0.7 * h.apply(other) ** 4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("mask", [FULL, SEA], ids=["full", "gaps"])
def test_energy_is_conserved_after_projection(mask, dtype):
    h = operator("radiance_mean")
    low = h.apply(on(mask, temperature(0, dtype)))
    wrong = temperature(1, dtype) - 10
    residual = h.apply(on(mask, project(wrong, low, h, mask))) - low
    assert torch.equal(torch.isfinite(residual), torch.isfinite(low))
    assert float(residual[torch.isfinite(residual)].abs().max()) < 1e-3
    assert rms(h.apply(on(mask, wrong)) - low) > 5


def test_radiance_is_for_kelvin_alone():
    assert "radiance_mean" in observation.fitting("K")
    assert set(observation.fitting("m")) == set(observation.fitting("")) == set(KERNELS) - {"radiance_mean"}
    with pytest.raises(InputError, match=r"^The degradation 'radiance_mean' takes a temperature in K; ssh has an.*\.$"):
        scenes.open("ocean_run", degradation="radiance_mean")


def test_the_scale_is_the_width_on_the_ground():
    assert operator("block_mean").scale_km == pytest.approx(16)
    assert operator("bicubic_resize").scale_km == pytest.approx(16)
    assert operator("gaussian").scale_km == pytest.approx(16)
    assert operator("box", width_km=50).scale_km == 50
    assert operator("box", width_km=50).factor == 1
    anisotropic = Grid.of(toy.field(np.zeros(SHAPE), (1.0, 4.0)))
    assert operator("block_mean", grid=anisotropic).scale_km == pytest.approx(8)


@pytest.mark.parametrize(
    ("key", "options", "sentence"),
    [
        (
            "median",
            {},
            "'median' is not known; there are block_mean, radiance_mean, gaussian, box, bicubic_resize, point",
        ),
        ("block_mean", {"factor": 0}, "whole number of at least 1, not 0"),
        ("block_mean", {"factor": 2.5}, "whole number of at least 1, not 2.5"),
        ("block_mean", {"noise": -1}, "noise must not be negative: -1"),
        ("box", {"width_km": 3.0}, r"width of 3 km does not fit between one cell \(4 km\)"),
        ("gaussian", {"width_km": 193.0}, "width of 193 km does not fit"),
        ("gaussian", {"width_km": float("nan")}, "does not fit"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(key, options, sentence):
    with pytest.raises(InputError, match=sentence):
        operator(key, **options)


def transfer(h, n, k):
    """Measured gain of H on the k-th cosine of a reflecting line of n cells along x."""
    wave = torch.as_tensor(np.cos(np.pi * k * (np.arange(n) + 0.5) / n)).expand(n, n).contiguous()
    low = h.apply(wave)
    gain = (low * wave).sum() / wave.square().sum()
    torch.testing.assert_close(low, gain * wave)  # an eigenvector: nothing but its amplitude changes
    return float(gain)


@pytest.mark.parametrize("width_cells", [1.0, 3.0, 4.0, 5.4, 8.75])
def test_a_box_of_any_width_has_its_transfer_function(width_cells):
    """Inner cells weigh 1, the two end cells what is left of the width: the sum of cosines over them."""
    n = 96
    grid = Grid.of(toy.field(np.zeros((n, n)), (2.0, 2.0)))
    h = operator("box", grid=grid, width_km=2.0 * width_cells)
    reach = (width_cells - 1) / 2
    whole, rest = int(reach), reach - int(reach)
    for k in (0, 1, 7, 20, 60):
        theta = np.pi * k / n
        cosines = 1 + 2 * sum(np.cos(j * theta) for j in range(1, whole + 1)) + 2 * rest * np.cos((whole + 1) * theta)
        assert transfer(h, n, k) == pytest.approx(cosines / width_cells, abs=1e-12)
    if width_cells > 3:  # and for long waves that of the continuous box, sin(a)/a
        a = np.pi * 4 / n * width_cells / 2
        assert transfer(h, n, 4) == pytest.approx(np.sin(a) / a, abs=4e-3)


def test_a_gaussian_halves_at_its_half_width():
    """Impulse response: half its peak at a distance of half the full width at half maximum."""
    n, fwhm = 65, 8.0
    grid = Grid.of(toy.field(np.zeros((n, n)), (1.0, 1.0)))
    impulse = torch.zeros(n, n, dtype=torch.float64)
    impulse[32, 32] = 1
    response = operator("gaussian", grid=grid, width_km=fwhm).apply(impulse)
    assert float(response[32, 36] / response[32, 32]) == pytest.approx(0.5, rel=1e-6)
    assert float(response[36, 32] / response[32, 32]) == pytest.approx(0.5, rel=1e-6)
    assert float(response.sum()) == pytest.approx(1)


def test_a_gaussian_has_a_gaussian_transfer_function():
    n = 96
    grid = Grid.of(toy.field(np.zeros((n, n)), (2.0, 2.0)))
    h = operator("gaussian", grid=grid, width_km=12.0)
    sigma = 6 / np.sqrt(8 * np.log(2))
    for k in (1, 7, 20):
        assert transfer(h, n, k) == pytest.approx(np.exp(-((np.pi * k / n * sigma) ** 2) / 2), abs=1e-3)


@pytest.mark.parametrize("key", LOW_PASS)
def test_low_pass_width_is_in_km_on_both_axes(key):
    """The same width on cells of 1 km x 4 km: an impulse spreads as far on the ground both ways."""
    grid = Grid.of(toy.field(np.zeros((160, 40)), (1.0, 4.0)))
    h = operator(key, grid=grid, width_km=40.0)
    impulse = torch.zeros(160, 40, dtype=torch.float64)
    impulse[80, 20] = 1
    response = h.apply(impulse).numpy()
    y, x = 1.0 * (np.arange(160) - 80), 4.0 * (np.arange(40) - 20)
    spread = [np.sqrt((response.sum(axis) * at**2).sum()) for axis, at in ((1, y), (0, x))]
    assert spread[0] == pytest.approx(spread[1], rel=0.02)


def test_bicubic_resize_aliases_and_block_mean_does_not():
    """A wave of 2 cells vanishes in means over 4 cells; sampled without a filter it stays."""
    x = torch.arange(SHAPE[1], dtype=torch.float64)
    wave = torch.cos(np.pi * x).expand(SHAPE).contiguous()
    tilted = torch.cos(2 * np.pi * 0.27 * x).expand(SHAPE).contiguous()
    assert rms(operator("block_mean").apply(wave)) < 1e-12
    assert rms(operator("bicubic_resize").apply(tilted)) > 3 * rms(operator("block_mean").apply(tilted))


def test_noise_is_drawn_from_the_seed_and_has_its_size():
    fine = toy.field(np.zeros((160, 160))).to_dataset()
    h = observation.create("block_mean", Grid.of(fine), 4, noise=0.2)
    low = h(fine, seed=3)["ssh"]
    assert float(low.std()) == pytest.approx(0.2, rel=0.1)
    xr.testing.assert_identical(low, h(fine, seed=3)["ssh"])
    assert not low.equals(h(fine, seed=4)["ssh"])
    assert rms(h.apply(torch.zeros(160, 160))) == 0  # H itself is free of noise
    assert "noise 0.2" in h(fine).attrs["degradation"]


def test_a_dataset_keeps_its_dates_and_units():
    fine = toy.field(np.zeros((2, 16, 16)), time=[5, 6]).to_dataset()
    low = observation.create("box", Grid.of(fine), 1, width_km=12.0)(fine)
    assert low["ssh"].dims == ("time", "y", "x")
    assert low.time.values.tolist() == [5, 6]
    assert low["ssh"].attrs["units"] == "m"


def test_the_residual_is_what_the_input_would_have_to_change():
    fine = toy.field(toy.power_law((32, 32), -3)).to_dataset()
    h = observation.create("block_mean", Grid.of(fine), 4)
    low = h(fine)["ssh"]
    np.testing.assert_allclose(observation.residual(fine["ssh"] + 0.5, low, h), 0.5)
    assert observation.residual(fine["ssh"], low, h).shape == (8, 8)


@pytest.mark.parametrize("key", LOW_PASS)
def test_a_noisy_low_pass_is_not_deconvolved_into_noise(key):
    scene = scenes.open("ocean_run", degradation=key, width_km=120.0, factor=3, noise=0.01, region="jet")
    truth = scene.truth["ssh"].values
    errors = [
        np.sqrt(np.mean((methods.create("bicubic", consistent=c).predict(scene.problem)["ssh"].values - truth) ** 2))
        for c in (False, True)
    ]
    assert errors[1] < errors[0]


# ---- projection onto a noisy input ---------------------------------------------------------------------------------


def noisy(key: str, noise) -> tuple[torch.Tensor, torch.Tensor, observation.Observation]:
    """A smooth truth, its input with noise, and how it came to be."""
    fine = toy.field(toy.power_law((128, 128), -3, seed=1)).to_dataset()
    h = observation.create(key, Grid.of(fine), 4, noise=noise)
    return torch.as_tensor(fine["ssh"].values), torch.as_tensor(h(fine, seed=2)["ssh"].values), h


SIZES = [
    0.2,
    Noise(correlated=0.2, length_km=50.0),
    Noise(places=np.where(np.arange(32) < 16, 0.05, 0.4) + np.zeros((32, 1))),
]


@pytest.mark.parametrize("noise", SIZES, ids=["white", "correlated", "by place"])
def test_the_truth_is_left_where_it_is_by_a_noisy_input(noise):
    """Its residual is the noise, whose RMS over n cells is the standard deviation to 1/sqrt(2n): that at most moves."""
    truth, low, h = noisy("block_mean", noise)
    moved = project(truth, low, h, torch.ones_like(truth, dtype=torch.bool)) - truth
    exact = observation.create("block_mean", Grid.of(toy.field(truth.numpy())), 4)
    all_of_it = project(truth, low, exact, torch.ones_like(truth, dtype=torch.bool)) - truth
    assert rms(all_of_it) == pytest.approx(h.noise.total, rel=0.3), "taken for free of noise, all of it is followed"
    assert rms(moved) < 0.15 * h.noise.total


@pytest.mark.parametrize("key", LOW_PASS)
def test_of_a_low_pass_the_waves_that_it_does_not_pass_keep_their_noise(key):
    """They cannot be followed: the noise in them is left beside as much of the others, sqrt(2) of it in all."""
    truth, low, h = noisy(key, 0.2)
    found = project(truth + 1.0, low, h, torch.ones_like(truth, dtype=torch.bool))
    left = observation.in_noise((h.apply(found) - low).numpy(), h.noise)
    assert 1 <= left <= np.sqrt(2)
    assert abs(float((found - truth).mean())) < 0.25, "the offset of 1 is brought down to the noise"


@pytest.mark.parametrize("key", ["block_mean", "bicubic_resize", "point"])
def test_a_field_that_is_far_from_a_noisy_input_is_brought_as_near_as_the_noise(key):
    truth, low, h = noisy(key, 0.2)
    mask = torch.ones_like(truth, dtype=torch.bool)
    found = project(truth + 1.0, low, h, mask)
    left = (h.apply(found) - low).numpy()
    assert observation.in_noise(left, h.noise) == pytest.approx(1, abs=0.03)
    assert rms(found - truth) < 0.5 * rms(torch.ones_like(truth)), "the offset, or most of it, is gone"
    again = project(found, low, h, mask)
    assert rms(again - found) < 0.03


def test_members_are_projected_one_by_one():
    truth, low, h = noisy("block_mean", 0.2)
    mask = torch.ones_like(truth, dtype=torch.bool)
    members = torch.stack([truth, truth + 1.0, truth - 0.5])
    together = project(members, low, h, mask)
    for member, one in zip(members, together, strict=True):
        torch.testing.assert_close(one, project(member, low, h, mask))
