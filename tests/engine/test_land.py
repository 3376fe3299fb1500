"""The made-up country has the physics it is made of; variograms and kriging are those of fields with known answers."""

import tracemalloc

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from engine.physics.variogram import area_to_point, between, covariance, deconvolved, empirical
from engine.resample import block_mean, replicate, upsample
from engine.simulate.land import COVERS, LAPSE, LandParameters, fractal, land

PURE = LandParameters(size=128, residual=0.0)
NAMES = [name for name, *_ in COVERS]
SHARES, STARTS, SLOPES = (np.array([cover[column] for cover in COVERS]) for column in (1, 4, 5))


def explained(made: dict[str, np.ndarray], parameters: LandParameters) -> dict[str, np.ndarray]:
    """Least squares of the temperature over covers, index within each, height and the slope to the north."""
    cover, dry = made["cover"], range(1, len(COVERS))
    north = np.gradient(made["elevation"].astype(float), parameters.spacing, axis=0)
    terms = [cover == number for number in range(len(COVERS))] + [made["ndvi"] * (cover == number) for number in dry]
    columns = np.stack([np.ravel(term) for term in (*terms, made["elevation"], north * (cover > 0))], axis=1)
    found = np.linalg.lstsq(columns.astype(float), made["lst"].ravel().astype(float), rcond=None)[0]
    return dict(zip(("starts", "slopes", "lapse", "sun"), np.split(found, [5, 9, 10]), strict=True))


# -- the generator ----------------------------------------------------------------------------------------------------


def test_a_seed_is_a_country():
    one, again, other = land(5, PURE), land(5, PURE), land(6, PURE)
    for name, values in one.items():
        np.testing.assert_array_equal(values, again[name])
        assert not np.array_equal(values, other[name])
        assert np.isfinite(values).all()


def test_covers_have_their_share_and_water_its_index():
    made = land(5, PURE)
    counts = np.bincount(made["cover"].ravel(), minlength=len(COVERS)) / made["cover"].size
    np.testing.assert_allclose(counts, SHARES, atol=1e-3)
    assert (made["ndvi"][made["cover"] == NAMES.index("water")] < 0).all()
    assert (made["ndvi"][made["cover"] != NAMES.index("water")] < 0).mean() < 0.01
    assert np.abs(made["ndvi"]).max() <= 0.95
    assert made["lst"].min() > 270
    assert made["lst"].max() < 335


@pytest.mark.parametrize("seed", [5, 6])
def test_what_the_country_is_made_of_can_be_found_again(seed):
    """Without the residual a regression finds every line, the lapse rate and the sun, to single precision."""
    made = land(seed, PURE)
    found = explained(made, PURE)
    np.testing.assert_allclose(found["slopes"], SLOPES[1:], rtol=1e-3)
    np.testing.assert_allclose(np.diff(found["starts"]), np.diff(STARTS), atol=0.01)
    assert found["lapse"] == pytest.approx(-LAPSE, rel=1e-3)
    assert found["sun"] == pytest.approx(PURE.aspect, rel=1e-2)  # who looks south, where it rises to the north, is warm


def test_vegetation_cools_within_every_cover():
    found = [explained(land(seed), LandParameters()) for seed in range(1000, 1004)]
    assert (np.stack([each["slopes"] for each in found]) < -5).all()
    for seed in range(1000, 1004):
        made = land(seed)
        for number in range(1, len(COVERS)):
            there = made["cover"] == number
            assert np.corrcoef(made["lst"][there], made["ndvi"][there])[0, 1] < -0.1


@pytest.mark.parametrize(("roughness", "measured"), [(0.2, 0.3), (0.5, 0.52), (0.9, 0.81)])
def test_a_fractal_grows_apart_as_its_roughness_says(roughness, measured):
    """Squared differences go as distance^(2 H); on a grid the ends of the range are drawn towards the middle."""
    lags, found = np.array([2, 4, 8, 16]), []
    for seed in range(4):
        field = fractal(np.random.default_rng(seed), 256, roughness)
        assert field.mean() == pytest.approx(0, abs=1e-9)
        assert field.std() == pytest.approx(1)
        differences = [np.mean((field[lag:] - field[:-lag]) ** 2) for lag in lags]
        found.append(np.polyfit(np.log(lags), np.log(differences), 1)[0] / 2)
    assert np.mean(found) == pytest.approx(measured, abs=0.06)


def test_a_fractal_is_flat_beyond_its_longest_wave():
    for longest, growth in ((20, (1.0, 0.2)), (None, (3.0, 1.5))):
        field = fractal(np.random.default_rng(0), 256, 0.5, longest)
        difference = {lag: np.mean((field[lag:] - field[:-lag]) ** 2) for lag in (2, 20, 80)}
        assert difference[20] > 2 * difference[2]
        assert difference[80] / difference[20] == pytest.approx(growth[0], abs=growth[1])


# -- variograms -------------------------------------------------------------------------------------------------------


def exponential(cells: int, factor: int, reach: float, seed: int) -> torch.Tensor:
    """A Gaussian field of variance 4 with the exponential covariance, `factor` points per cell, by circulant embedding;
    Dietrich and Newsam 1997, doi:10.1137/S1064827592240555."""
    n = 2 * cells * factor
    apart = np.minimum(np.arange(n), n - np.arange(n)) / factor
    power = np.fft.fft2(covariance(np.hypot(apart[:, None], apart), 4.0, reach)).real.clip(min=0)
    noise = np.random.default_rng(seed).standard_normal((n, n))
    return torch.as_tensor(np.fft.ifft2(np.sqrt(power) * np.fft.fft2(noise)).real[: n // 2, : n // 2].copy())


def everywhere(field: torch.Tensor) -> torch.Tensor:
    return torch.ones_like(field, dtype=torch.bool)


def test_the_variogram_of_a_slope_is_a_parabola():
    field = 3.0 * torch.arange(30.0).expand(30, 30)
    lags, values = empirical(field, everywhere(field))
    np.testing.assert_array_equal(lags, np.arange(1, 13))
    np.testing.assert_allclose(values, 9 * lags**2 / 4)  # half along x, nothing along y


def test_the_variogram_of_noise_is_its_variance_at_any_distance():
    field = torch.as_tensor(np.random.default_rng(0).normal(scale=2.0, size=(100, 100)))
    np.testing.assert_allclose(empirical(field, everywhere(field))[1], 4, rtol=0.05)


def test_unknown_cells_have_no_part_in_the_variogram():
    field = exponential(40, 1, 6.0, 0)
    known = torch.as_tensor(np.random.default_rng(1).random(field.shape) < 0.5)
    lags, values = empirical(torch.where(known, field, 1e6), known)
    np.testing.assert_allclose(values, empirical(field, everywhere(field))[1], rtol=0.25)
    assert lags.size == 12
    assert all(part.size == 0 for part in empirical(field, ~everywhere(field)))


def test_few_pairs_are_not_trusted_but_the_first():
    known = torch.zeros(20, 20, dtype=torch.bool)
    known[4, 4:9] = True
    lags, _ = empirical(torch.rand(20, 20), known)
    np.testing.assert_array_equal(lags, [1])


@pytest.mark.parametrize(("reach", "factor"), [(3.0, 2), (6.0, 2), (3.0, 4), (6.0, 4), (3.0, 8)])
def test_the_points_variogram_is_found_from_the_cells(reach, factor):
    found = []
    for seed in range(3):
        points = exponential(96, factor, reach, seed)
        cells = block_mean(points, factor)
        found.append(deconvolved(*empirical(cells, everywhere(cells)), factor))
        assert found[-1][0] > float(cells.var())  # a mean hides what varies within it
        assert found[-1] == (pytest.approx(4, rel=0.3), pytest.approx(reach, rel=0.3))
    assert np.mean(found, axis=0) == pytest.approx([4, reach], rel=0.12)


def test_without_a_variogram_there_is_still_an_answer():
    for lags, cells in (([], []), ([1.0], [2.0]), ([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])):
        sill, reach = deconvolved(np.array(lags), np.array(cells), 4)
        assert sill > 0
        assert reach >= 0.3


def test_the_covariance_of_cells_is_that_of_their_points():
    dy, dx = np.array([0.0, 0.0, 1.0, 3.0]), np.array([0.0, 1.0, 2.0, 0.0])
    inside = np.stack(np.meshgrid(*(np.arange(3) / 3,) * 2), axis=-1).reshape(-1, 2)
    for y, x, found in zip(dy, dx, between(dy, dx, 3, 4.0), strict=True):
        apart = inside[:, None] - inside[None, :] + (y, x)
        assert found == pytest.approx(covariance(np.hypot(*np.moveaxis(apart, -1, 0)), 1.0, 4.0).mean(), abs=1e-12)
    np.testing.assert_allclose(between(dy, dx, 1, 4.0), covariance(np.hypot(dy, dx), 1.0, 4.0))
    assert between(np.zeros(1), np.zeros(1), 1, 4.0) == 1


# -- kriging ----------------------------------------------------------------------------------------------------------


def kriged(cells: torch.Tensor, factor: int, reach: float) -> torch.Tensor:
    """Points (Y, X) from cells (y, x), without the two cells along the edge."""
    weights = torch.as_tensor(area_to_point(factor, reach)).reshape(-1, 1, 5, 5)
    return F.pixel_shuffle(F.conv2d(cells[None, None], weights), factor)[0, 0]


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("reach", [0.3, 3.0, 20.0])
def test_kriging_weights_sum_to_one_and_keep_the_cells_mean(reach, factor):
    weights = area_to_point(factor, reach)
    assert weights.shape == (factor**2, 25)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-9)
    middle = np.arange(25) == 12
    np.testing.assert_allclose(weights.mean(axis=0), middle, atol=1e-9)


def test_the_weights_solve_the_kriging_system():
    """Of the upper left point, written out: covariances of cells with cells, and of cells with the point."""
    factor, reach = 3, 2.5
    at = np.array([(y, x) for y in range(-2, 3) for x in range(-2, 3)], float)
    parts = np.array([(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]) / 3
    cells = at[:, None] + parts
    point = parts[0]

    def mean(one, other):
        return covariance(np.linalg.norm(one[:, None] - other[None], axis=-1), 1.0, reach).mean()

    system = np.ones((26, 26))
    system[:25, :25] = [[mean(one, other) for other in cells] for one in cells]
    system[25, 25] = 0
    right = np.append([mean(one, point[None]) for one in cells], 1.0)
    np.testing.assert_allclose(area_to_point(factor, reach)[0], np.linalg.solve(system, right)[:25], atol=1e-9)


def test_without_memory_kriging_replicates_and_with_a_long_one_it_interpolates():
    ramp = torch.arange(12.0, dtype=torch.float64).expand(12, 12)
    exact = ((torch.arange(48) + 0.5) / 4 - 0.5)[8:-8].double().expand(32, 32)
    torch.testing.assert_close(kriged(ramp, 4, 0.01), replicate(ramp, 4)[8:-8, 8:-8], atol=1e-6, rtol=0)
    off = {reach: float((kriged(ramp, 4, reach) - exact).abs().max()) for reach in (0.01, 0.3, 3.0, 20.0)}
    assert sorted(off.values(), reverse=True) == list(off.values())
    assert off[0.01] == pytest.approx(0.375, abs=1e-6)
    assert off[20.0] < 0.03


def test_kriging_with_the_true_variogram_beats_interpolation():
    points = exponential(64, 4, 4.0, 0)
    cells = block_mean(points, 4)

    def rmse(field):
        return float((field - points)[8:-8, 8:-8].square().mean().sqrt())

    ours = float((kriged(cells, 4, 4.0) - points[8:-8, 8:-8]).square().mean().sqrt())
    assert ours < 0.97 * rmse(replicate(cells, 4))
    assert ours < 0.99 * rmse(upsample(cells, points.shape, "bicubic"))


def test_kriging_fits_in_memory_at_any_factor():
    """What is tabled is distances, not pairs of points, which at 24 took 330 MB and at 64 would take 17 GB."""
    tracemalloc.start()
    weights = area_to_point(24, 3.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert weights.shape == (24**2, 25)
    assert peak < 60e6
