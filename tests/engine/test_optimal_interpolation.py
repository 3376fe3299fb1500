"""Optimal interpolation: against the same equations with dense matrices, against known fields, and calibrated."""

import numpy as np
import pytest
import scipy.fft
import torch
import toy
import xarray as xr

from engine import methods, observation, scenes
from engine.grid import Grid
from engine.methods.shared.linear import Estimate, told_by
from engine.observation.kernels import KERNELS
from engine.observation.noise import Noise
from engine.physics.cosines import inverse, smoothed, transform
from engine.physics.covariance import Covariance
from engine.physics.optimal_interpolation import Gappy, Regular, covariances
from engine.scene import Problem

SHAPE = (12, 18)
STEP = 4.0  # km
RANDOM = np.random.default_rng(0)
PRIOR = torch.as_tensor(RANDOM.uniform(0.01, 1, SHAPE))
LINEAR = [key for key, kind in KERNELS.items() if kind.linear]


def made(key, factor, shape=SHAPE, **options):
    return observation.create(key, Grid.of(toy.field(np.zeros(shape), (STEP, STEP))), factor, **options)


def columns(linear, shape):
    """A linear map as a matrix, column by column."""
    unit = torch.eye(shape[0] * shape[1], dtype=torch.float64).reshape(-1, *shape)
    return torch.stack([linear(one).flatten() for one in unit], dim=1)


def covariance_matrix(prior=PRIOR):
    """B = C^T P C, from scipy's transform of every unit vector."""
    n, m = prior.shape
    unit = np.eye(n * m).reshape(-1, n, m)
    basis = scipy.fft.dctn(unit, axes=(-2, -1), norm="ortho").reshape(n * m, -1).T  # C
    return torch.as_tensor(basis.T @ np.diag(prior.numpy().ravel()) @ basis)


def solved(h, r, d, b):
    """B H^T (H B H^T + R)^-1 d, literally."""
    return b @ h.T @ torch.linalg.solve(h @ b @ h.T + r, d)


@pytest.mark.parametrize("shape", [(7, 12), (16, 16), (31, 2), (1, 9)])
def test_the_cosine_transform_is_scipys(shape):
    x = RANDOM.normal(size=(2, *shape))
    mine = transform(torch.as_tensor(x))
    np.testing.assert_allclose(mine, scipy.fft.dctn(x, axes=(-2, -1), norm="ortho"), atol=1e-12)
    np.testing.assert_allclose(inverse(mine), x, atol=1e-12)
    assert float(mine.square().sum()) == pytest.approx((x**2).sum())  # Parseval


def test_a_gaussian_smooths_as_scipys_does_where_edges_reflect():
    x = RANDOM.normal(size=(40, 50))
    wanted = scipy.ndimage.gaussian_filter(x, 3.0, mode="reflect", truncate=8)
    np.testing.assert_allclose(smoothed(torch.as_tensor(x), 3.0), wanted, atol=1e-6)


@pytest.mark.parametrize("factor", [1, 2, 3, 6])
@pytest.mark.parametrize("key", LINEAR)
def test_a_kernel_on_cosines_is_the_kernel(key, factor):
    """Each cosine of the fine grid becomes one of the coarse grid, whatever is sampled."""
    h = made(key, factor, width_km=14.0)
    x = torch.as_tensor(RANDOM.normal(size=(2, *SHAPE)))
    found = inverse(h.kernel.sampling(SHAPE).forward(transform(x)))
    torch.testing.assert_close(found, h.apply(x), atol=1e-6, rtol=0)


@pytest.mark.parametrize("sampling", ["", "clouds:0.4"])
@pytest.mark.parametrize("factor", [2, 3])
@pytest.mark.parametrize("key", LINEAR)
def test_the_adjoint_is_exact(key, factor, sampling):
    """<M H x, y> = <x, H^T M y>, with M H as data are made and H^T as the estimate uses it."""
    h = made(key, factor, width_km=14.0, sampling=sampling)
    x = torch.as_tensor(RANDOM.normal(size=SHAPE))
    seen = h.apply(x)
    y = torch.as_tensor(RANDOM.normal(size=seen.shape))
    assert float((seen.nan_to_num(0.0) * y).sum()) == pytest.approx(float((x * h.adjoint(y, SHAPE)).sum()), abs=1e-5)


@pytest.mark.parametrize(("key", "factor"), [("block_mean", 3), ("point", 2), ("bicubic_resize", 3), ("gaussian", 1)])
def test_without_gaps_the_estimate_solves_the_dense_equations(key, factor):
    h = made(key, factor, width_km=10.0)
    dense, b = columns(h.apply, SHAPE), covariance_matrix()
    d = torch.as_tensor(RANDOM.normal(size=h.apply(PRIOR).shape))
    r = 0.3 * torch.eye(d.numel(), dtype=torch.float64)
    equations = Regular(PRIOR, h.kernel.sampling(SHAPE), torch.tensor(0.3, dtype=torch.float64))
    torch.testing.assert_close(equations.update(d).flatten(), solved(dense, r, d.flatten(), b), atol=1e-6, rtol=0)
    left = b - b @ dense.T @ torch.linalg.solve(dense @ b @ dense.T + r, dense @ b)
    assert float(equations.spread()[0, 0] ** 2) == pytest.approx(float(left.diagonal().mean()), rel=1e-5)


def test_with_gaps_and_noise_of_its_own_at_every_place_too():
    h = made("block_mean", 2)
    dense, b = columns(h.apply, SHAPE), covariance_matrix()
    seen = torch.as_tensor(RANDOM.uniform(size=(6, 9)) < 0.6)
    noise = torch.as_tensor(RANDOM.uniform(0.1, 0.4, seen.shape))
    d = torch.where(seen, torch.as_tensor(RANDOM.normal(size=seen.shape)), torch.nan)
    own = seen.flatten()
    wanted = solved(dense[own], torch.diag(noise.flatten()[own]), d.flatten()[own], b)
    equations = Gappy(lambda _: PRIOR, h.kernel.sampling, SHAPE, seen, noise)
    torch.testing.assert_close(equations.update(d).flatten(), wanted, atol=1e-6, rtol=0)


def test_correlated_noise_is_part_of_the_equations():
    """By dense matrices: R is the covariance that the noise itself has."""
    h, error = made("block_mean", 2), Noise(white=0.2, correlated=0.5, length_km=20.0)
    dense, b, size = columns(h.apply, SHAPE), covariance_matrix(), (6, 9)
    coloured = error.coloured(size, h.spacing_km)
    r = covariance_matrix(coloured) + 0.04 * torch.eye(54, dtype=torch.float64)
    d = torch.as_tensor(RANDOM.normal(size=size))
    for equations in (
        Regular(PRIOR, h.kernel.sampling(SHAPE), error.variance(size) + coloured),
        Gappy(lambda _: PRIOR, h.kernel.sampling, SHAPE, torch.ones(size, dtype=torch.bool), error.variance(size),
              lambda _: coloured),
    ):  # fmt: skip
        torch.testing.assert_close(equations.update(d).flatten(), solved(dense, r, d.flatten(), b), atol=1e-6, rtol=0)


def test_covariances_of_cells_are_those_of_the_cosines():
    seen = torch.as_tensor(RANDOM.uniform(size=SHAPE) < 0.5)
    own = seen.flatten()
    torch.testing.assert_close(covariances(PRIOR, seen), covariance_matrix()[own][:, own])


def test_correlated_noise_has_its_size_and_its_length():
    error, shape = Noise(correlated=0.3, length_km=40.0), (128, 128)
    draws = np.stack([error.drawn(shape, (8.0, 8.0), np.random.default_rng(seed)) for seed in range(40)])
    assert draws.std() == pytest.approx(0.3, rel=0.05)
    beside = [(draws[..., lag:] * draws[..., : 128 - lag]).mean() / draws.var() for lag in (2, 5, 10)]
    assert beside == pytest.approx(np.exp([-16 / 40, -40 / 40, -80 / 40]), abs=0.06)


def power_law(shape, slope=-4.0, seed=0, scale=0.3):
    return scale * toy.power_law(shape, slope, seed)


def test_a_fitted_table_holds_the_variance_and_the_power_law():
    """White noise has the same power everywhere, variance times the area of a cell; the sum is the variance."""
    white = [0.5 * np.random.default_rng(seed).normal(size=(96, 96)) for seed in range(8)]
    table = Covariance.fitted(white, (4000.0, 4000.0))
    np.testing.assert_allclose(table.density[18:], 0.25 * 16e6, rtol=0.1)  # of hundreds of waves each
    power = table.power((64, 80), (4000.0, 4000.0))
    assert float(power.flatten()[1:].mean()) == pytest.approx(0.25, rel=0.05)
    steep = Covariance(table.wavenumber, table.wavenumber**-3.0)
    finer = steep.power((256, 256), (1000.0, 1000.0)).numpy()
    assert finer[0, 200] / finer[0, 100] == pytest.approx(2.0**-3, rel=0.02)  # and goes on as it ends


def problem_of(field, h, seed=0):
    fine = toy.field(field, (STEP, STEP)).to_dataset()
    low = h(fine, seed)
    mask = xr.ones_like(fine["ssh"], dtype=bool)
    return Problem(low, xr.Dataset(), xr.Dataset({"mask": mask}), h)


def known(shape=(96, 96), slope=-3.0):
    """A covariance and a draw from it."""
    waves = np.geomspace(1e-6, 2e-4, 30)
    table = Covariance(waves, 1e-9 * waves**slope)
    power = table.power(shape, (1000 * STEP, 1000 * STEP))

    def drawn(seed):
        white = np.random.default_rng(seed).normal(size=shape)
        return inverse(power.sqrt() * torch.as_tensor(white)).numpy()

    return table, drawn


CASES = [
    ("block_mean", {"noise": 0.0}), ("block_mean", {"noise": 0.1}), ("gaussian", {"noise": 0.1, "width_km": 30.0}),
    ("box", {"noise": 0.1, "width_km": 30.0}), ("point", {"noise": 0.1}), ("bicubic_resize", {"noise": 0.0}),
    ("block_mean", {"noise": Noise(0.1, 0.1, 60.0)}), ("block_mean", {"noise": 0.1, "sampling": "clouds:0.5"}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "options"), CASES, ids=str)
def test_the_error_is_as_large_as_it_says(key, options):
    """Fields drawn from the prior itself: the standard error, and the members, have the error's size."""
    table, drawn = known()
    square, said, away = [], [], []
    for seed in range(24):
        truth = drawn(seed)
        found = Estimate.of(problem_of(truth, made(key, 4, truth.shape, **options), seed), table, adapt=False)
        error = found.field.numpy() - truth
        square.append((error**2).mean())
        said.append(float(found.spread().square().mean()))
        away.append(float((found.draws(range(2), seed) - found.field).square().mean()))
    assert np.sqrt(np.mean(said) / np.mean(square)) == pytest.approx(1, abs=0.1)
    assert np.sqrt(np.mean(away) / np.mean(square)) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(("key", "options"), CASES, ids=str)
def test_no_other_covariance_does_better(key, options):
    """It is the estimate of least error: twice as much noise in the equations, or half, is worse on average."""
    table, drawn = known()

    def error(scale):
        total = 0.0
        for seed in range(6):
            truth = drawn(seed)
            other = Covariance(table.wavenumber, scale * table.density)
            found = Estimate.of(problem_of(truth, made(key, 4, truth.shape, **options), seed), other, adapt=False)
            total += float(((found.field.numpy() - truth) ** 2).mean())
        return total

    assert error(1.0) <= 1.0005 * min(error(0.3), error(3.0))


@pytest.mark.parametrize("sampling", ["", "clouds:0.5", "nadir:100"])
@pytest.mark.parametrize("amplitude", [0.5, 1.0, 2.0])
def test_the_amplitude_of_a_scene_is_found(amplitude, sampling):
    table, drawn = known()
    found = []
    for seed in range(4):
        truth = np.sqrt(amplitude) * drawn(seed)
        h = made("block_mean", 4, truth.shape, noise=0.02, sampling=sampling)
        found.append(Estimate.of(problem_of(truth, h, seed), table).amplitude)
    assert np.mean(found) == pytest.approx(amplitude, rel=0.25)


def test_members_agree_with_a_noise_free_input_and_differ_elsewhere():
    table, drawn = known()
    h = made("block_mean", 4, (96, 96))
    problem = problem_of(drawn(0), h)
    found = Estimate.of(problem, table)
    members = found.draws(range(3), 0, found.structure)
    low = torch.as_tensor(problem.low["ssh"].values)
    assert float((h.apply(members) - low).abs().max()) < 0.02 * float(low.std())
    assert float((members[0] - members[1]).std()) > 0.5 * float(found.spread()[0, 0])
    torch.testing.assert_close(found.draws(range(1, 3), 0), found.draws(range(3), 0)[1:])  # whoever asks for how many


def test_many_gaps_are_solved_by_means_over_blocks_nearly_as_well():
    table, drawn = known()
    truth = drawn(0)
    h = made("block_mean", 1, truth.shape, noise=0.05, sampling="clouds:0.5")
    problem = problem_of(truth, h)
    low = torch.as_tensor(problem.low["ssh"].values).double()
    seen, noise = torch.isfinite(low), torch.full(low.shape, 0.0025, dtype=torch.float64)
    d = low - low[seen].mean()

    def error(most):
        prior = lambda size: table.power(size, (4000.0, 4000.0))  # noqa: E731
        found = Gappy(prior, h.kernel.sampling, truth.shape, seen, noise, most=most)
        away = (found.update(d).numpy() - (truth - float(low[seen].mean())))[~seen.numpy()]
        return np.sqrt((away**2).mean())

    assert error(600) <= 1.15 * error(5000)


@pytest.mark.parametrize(("factor", "noise"), [(27, 0.0), (9, 0.02), (3, 0.02)])
def test_an_input_tells_a_covariance_of_its_own(factor, noise):
    """Where no table was fitted: still far better than bicubic, and the error is of the right size."""
    scene = scenes.open("ocean_run", time="2005-01-21", factor=factor, noise=noise)
    low, h = torch.as_tensor(scene.problem.low["ssh"].values).double(), scene.problem.observation
    grid = Grid.of(scene.problem.target)
    found = Estimate.of(scene.problem, told_by(low, h, grid.shape, grid.spacing))
    truth = scene.truth["ssh"].values
    bicubic = methods.create("bicubic").predict(scene.problem)["ssh"].values
    mine, theirs = (np.sqrt(((field - truth) ** 2).mean()) for field in (found.field.numpy(), bicubic))
    assert mine < 0.92 * theirs
    assert 0.7 < float(found.spread().mean()) / mine < 4


@pytest.mark.parametrize("text", ["clouds:0.5", "nadir:200", "swath", "swath:250"])
def test_gaps_of_every_kind_open_as_scenes(text):
    scene = scenes.open("ocean_run", time="2005-01-21", factor=9, noise=0.02, sampling=text)
    share = float(np.isfinite(scene.problem.low["ssh"]).mean())
    assert 0.05 < share < 0.9
    if text.startswith("clouds"):
        assert share == pytest.approx(0.5, abs=0.02)
    found = methods.create("optimal_interpolation").predict(scene.problem)["ssh"]
    assert bool(np.isfinite(found).all())
    assert float(((found - scene.truth["ssh"]) ** 2).mean()) < 0.35 * float(scene.truth["ssh"].var())


def test_a_sampling_that_there_is_not_is_said_in_a_sentence():
    for text in ("fog", "clouds", "clouds:2", "nadir:x", "swath:1", "nadir:nan"):
        with pytest.raises(observation.InputError, match=r"^The sampling .* is not understood; .*\.$"):
            scenes.open("ocean_run", factor=9, sampling=text)
