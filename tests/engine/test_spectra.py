"""Power spectra against closed forms: Parseval, plane waves, power laws, cut-offs."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import scipy.signal
import toy
import xarray as xr

from engine import scenes, scores
from engine.errors import InputError
from engine.grid import Grid
from engine.resample import without_specks
from engine.scores.rectangle import largest_rectangle
from engine.scores.spectral import plan


def window(shape):
    return np.outer(*(np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2 for n in shape))


def windowed_variance(values):
    """Variance with weight w^2 of what is left of a plane fitted with weight w, by least squares."""
    w = window(values.shape)
    y, x = np.indices(values.shape)
    basis = np.stack([np.ones(values.size), y.ravel(), x.ravel()], axis=1)
    root = np.sqrt(w).ravel()[:, None]
    plane = basis @ np.linalg.lstsq(basis * root, values.ravel() * root[:, 0], rcond=None)[0]
    return (((values.ravel() - plane) * w.ravel()) ** 2).sum() / (w**2).sum()


def peak(power):
    """Wavenumber of the highest value."""
    return float(power.wavenumber[int(np.argmax(power.values))])


@pytest.mark.parametrize("shape", [(64, 64), (63, 80), (40, 121), (128, 31)])
@pytest.mark.parametrize("spacing", [(4.0, 4.0), (4.0, 2.5)])
def test_parseval(shape, spacing):
    values = toy.power_law(shape, -2) + 3 + 0.05 * np.arange(shape[1])
    power = scores.power_spectrum(toy.field(values, spacing))
    assert float(power.sum()) * power.attrs["ring_width"] == pytest.approx(windowed_variance(values), rel=1e-10)


def test_white_noise_keeps_its_variance_and_its_flat_modes():
    values = np.random.default_rng(1).standard_normal((256, 256))
    power = scores.power_spectrum(toy.field(values))
    assert float(power.sum()) * power.attrs["ring_width"] == pytest.approx(1, rel=0.03)
    # variance 1 spread evenly over the square |kx|, |ky| < k_N = 1/8: P(k) = 2 pi k / (2 k_N)^2
    rings = power.isel(wavenumber=slice(10, 120))
    expected = 2 * np.pi * rings["wavenumber"] / (2 / 8) ** 2
    np.testing.assert_allclose((rings / expected).coarsen(wavenumber=22).mean(), 1, atol=0.1)
    assert float((rings / expected).mean()) == pytest.approx(1, abs=0.02)


def test_equals_scipy_for_a_field_that_varies_along_x_only():
    n, spacing = 128, 4.0
    line = np.random.default_rng(2).standard_normal(n)
    w = np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2
    x = np.arange(n) - (n - 1) / 2
    line = line - (w * line).sum() / w.sum()
    line = line - x * (w * x * line).sum() / (w * x**2).sum()
    k, one = scipy.signal.periodogram(line, 1 / spacing, window=w, detrend=False, scaling="density")
    power = scores.power_spectrum(toy.field(np.broadcast_to(line, (n, n)).copy(), (spacing, spacing)))
    # along y only the window varies; its modes 0 and +-1 share the power 2/3 : 1/6 : 1/6, and (1, m) rounds to ring m
    np.testing.assert_allclose(power.wavenumber[:63], k[1:64])
    np.testing.assert_allclose(power[2:60], one[3:61], rtol=1e-9)


@pytest.mark.parametrize(("kx", "ky"), [(12, 0), (0, 20), (9, 12)])
def test_a_plane_wave_puts_its_power_at_its_wavenumber(kx, ky):
    n = 128
    y, x = np.indices((n, n))
    wave = 2 * np.cos(2 * np.pi * (kx * x + ky * y) / n)
    power = scores.power_spectrum(toy.field(wave, (3.0, 3.0)))
    k = np.hypot(kx, ky) / (3.0 * n)
    near = np.abs(power.wavenumber - k) < 2 / (3.0 * n)
    width = power.attrs["ring_width"]
    assert peak(power) == pytest.approx(k, abs=0.5 * width)
    assert float(power.where(near, 0).sum()) * width == pytest.approx(2.0, rel=1e-3)  # amplitude^2 / 2


def test_anisotropic_spacing_puts_both_axes_on_one_scale():
    dy, dx, wavelength = 6.0, 2.0, 48.0
    shape = (64, 192)  # 384 km x 384 km
    y, x = np.indices(shape)
    for wave in (np.sin(2 * np.pi * y * dy / wavelength), np.sin(2 * np.pi * x * dx / wavelength)):
        power = scores.power_spectrum(toy.field(wave, (dy, dx)))
        assert 1 / peak(power) == pytest.approx(wavelength)
        assert power.attrs["nyquist"] == pytest.approx(1 / (2 * dy))


def test_geographic_spacing_is_the_mean_over_rows():
    y, x = 59.5 + np.arange(40) * 0.025, np.arange(80) * 0.025
    coords = {"y": ("y", y, {"units": "degrees_north"}), "x": ("x", x, {"units": "degrees_east"})}
    wave = np.broadcast_to(np.sin(2 * np.pi * np.arange(80) / 8), (40, 80)).copy()
    power = scores.power_spectrum(xr.DataArray(wave, dims=("y", "x"), coords=coords, attrs={"units": "m"}))
    wavelength = 8 * 0.025 * 111.195 * np.cos(np.deg2rad(y)).mean()
    assert 1 / peak(power) == pytest.approx(wavelength, rel=0.05)


@pytest.mark.parametrize("slope", [-2, -3, -4, -5])
def test_a_power_law_is_recovered(slope):
    runs = np.stack([toy.power_law((256, 256), slope, seed) for seed in range(4)])
    power = scores.power_spectrum(toy.field(runs, time=range(4))).mean("time")
    assert scores.spectral_slope(power, 200, 12) == pytest.approx(slope, abs=0.1)


def test_a_slope_needs_rings():
    power = scores.power_spectrum(toy.field(toy.power_law((32, 32), -2)))
    with pytest.raises(InputError, match="needs 3"):
        scores.spectral_slope(power, 10, 9.9)


def test_units():
    values = toy.power_law((16, 16), -2)
    for units, square in (("m", "m2 km"), ("m s-1", "(m s-1)2 km"), ("1", "km")):
        power = scores.power_spectrum(toy.field(values, units=units))
        assert power.attrs["units"] == square
        assert power.wavenumber.attrs["units"] == "km-1"


def test_a_plane_has_no_power():
    y, x = np.indices((48, 32))
    assert float(scores.power_spectrum(toy.field(3.0 + 2 * y - x)).max()) < 1e-20


def low_passed(shape, cut, seed=0):
    """A periodic random field and the same with everything above `cut` cycles per cell removed."""
    truth = toy.power_law(shape, -2, seed)
    k = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1]))
    return truth, np.fft.irfft2(np.fft.rfft2(truth) * (k <= cut), s=shape)


@pytest.mark.parametrize("cut_km", [20.0, 32.0, 64.0])
def test_effective_resolution_of_a_sharp_low_pass_is_its_cut_off(cut_km):
    truth, estimate = low_passed((256, 256), 4 / cut_km)
    curves = scores.spectra(toy.field(estimate), toy.scene(toy.field(truth)))
    ring = curves["truth"].attrs["ring_width"]
    found = scores.effective_resolution(curves["skill"])
    assert 1 / found == pytest.approx(1 / cut_km, abs=ring)


def skill_curve(values):
    k = 0.01 * np.arange(1, len(values) + 1)
    return xr.DataArray(np.asarray(values, float), dims="wavenumber", coords={"wavenumber": k})


def test_effective_resolution_interpolates_in_the_logarithm():
    assert scores.effective_resolution(skill_curve([1, 0.75, 0.25, 0])) == pytest.approx(1 / np.sqrt(0.02 * 0.03))
    assert scores.effective_resolution(skill_curve([1, 0.5, 0.25, 0.9])) == pytest.approx(
        1 / 0.02
    )  # the first fall counts


def test_effective_resolution_that_never_falls_is_the_smallest_wavelength():
    assert scores.effective_resolution(skill_curve([1, 0.9, 0.8, 0.7])) == pytest.approx(1 / 0.04)


def test_effective_resolution_that_never_holds_is_nan():
    assert np.isnan(scores.effective_resolution(skill_curve([0.4, 0.9, 0.8, 0.1])))
    assert np.isnan(scores.effective_resolution(skill_curve([0.9, np.nan, 0.8, 0.1])))


def test_coherence_of_a_field_with_itself_and_with_a_stranger():
    truth = toy.field(toy.power_law((256, 256), -3, seed=1))
    np.testing.assert_allclose(scores.coherence(-2 * truth, truth), 1, rtol=1e-9)
    stranger = toy.field(toy.power_law((256, 256), -3, seed=2))
    assert float(scores.coherence(stranger, truth)[20:].mean()) < 0.02


def test_coherence_with_noise_has_its_closed_form():
    truth = toy.field(np.random.default_rng(0).standard_normal((256, 256)))
    noisy = truth + 2 * np.random.default_rng(1).standard_normal(truth.shape)
    assert float(scores.coherence(noisy, truth)[20:].mean()) == pytest.approx(1 / (1 + 4), abs=0.02)  # 1 / (1 + N/S)


@pytest.fixture
def scene():
    return toy.scene(toy.field(toy.power_law((96, 128), -3)))


def test_all_curves_of_one_estimate(scene):
    estimate = scores.bicubic(scene.problem)
    curves = scores.spectra(estimate, scene)
    assert set(curves) == {"truth", "estimate", "error", "input", "skill", "coherence"}
    whole = slice(0, curves.sizes["wavenumber"])
    truth = scene.truth["ssh"]
    for name, field in {"truth": truth, "estimate": estimate, "error": estimate.astype(float) - truth}.items():
        np.testing.assert_allclose(curves[name], scores.power_spectrum(field)[whole], rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(
        curves["input"], scores.power_spectrum(scene.problem.low["ssh"])[: curves.sizes["wavenumber_input"]]
    )
    np.testing.assert_allclose(curves["skill"], 1 - curves["error"] / curves["truth"])
    np.testing.assert_allclose(curves["coherence"], scores.coherence(estimate, truth)[whole], rtol=1e-6)
    assert (
        float(curves.wavenumber[-1]) <= 1 / 8 * (1 + 1e-9) < float(curves.wavenumber[-1]) + curves["truth"].ring_width
    )
    assert float(curves.wavenumber_input[-1]) <= 1 / 32 * (1 + 1e-9)


def test_input_and_truth_agree_at_large_scales(scene):
    curves = scores.spectra(scores.bicubic(scene.problem), scene)
    np.testing.assert_allclose(curves["input"][:4], curves["truth"][:4], rtol=0.2)


def test_days_are_averaged():
    days = np.stack([toy.power_law((64, 64), -3, seed) for seed in range(3)])
    scene = toy.scene(toy.field(days, time=[0, 1, 2]))
    curves = scores.spectra(scene.truth, scene)
    mean = scores.power_spectrum(scene.truth["ssh"]).mean("time")
    np.testing.assert_allclose(curves["truth"], mean[: curves.sizes["wavenumber"]])
    np.testing.assert_array_equal(curves["error"], 0)


def test_without_truth_there_are_estimate_and_input(scene):
    estimate = scores.bicubic(scene.problem)
    curves = scores.spectra(estimate, replace(scene, truth=None))
    assert set(curves) == {"estimate", "input"}
    xr.testing.assert_allclose(curves, scores.spectra(estimate, scene)[["estimate", "input"]])


def test_land_never_matters_and_every_curve_uses_the_same_rectangle():
    values = toy.power_law((96, 128), -3)
    water = toy.island(values.shape)
    scene = toy.scene(toy.field(np.where(water, values, np.nan)))
    curves = scores.spectra(toy.field(np.where(water, values + 0.1, np.nan)), scene)
    rows, columns = slice(*curves.attrs["rows"]), slice(*curves.attrs["columns"])
    assert water[rows, columns].all()
    part = scores.power_spectrum(toy.field(values[rows, columns]))
    np.testing.assert_allclose(curves["truth"], part[: curves.sizes["wavenumber"]])
    wild = scores.spectra(toy.field(np.where(water, values + 0.1, 1e9)), scene)
    xr.testing.assert_identical(curves, wild)


def test_a_speck_is_filled_and_land_avoided():
    valid = np.ones((40, 50), bool)
    valid[10:12, 20:22] = False
    assert largest_rectangle(valid) == (slice(0, 40), slice(0, 50))
    valid[10:13, 20:23] = False
    assert largest_rectangle(valid) == (slice(13, 40), slice(0, 50))
    assert largest_rectangle(np.zeros((5, 5), bool)) is None


def test_lines_that_a_scanner_lost_are_filled_and_a_cape_is_not():
    valid = np.ones((60, 80), bool)
    for row in range(60):
        valid[row, (row + 7) % 80 : (row + 9) % 80] = False  # two cells wide, across the whole field
    assert largest_rectangle(valid) == (slice(0, 60), slice(0, 80))
    cape = np.ones((60, 80), bool)
    cape[:, :20], cape[30:32, 20:26] = False, False
    assert largest_rectangle(cape)[1].start >= 20
    assert not without_specks(cape)[30:32, 20:26].any()


def test_the_rectangle_is_the_largest_of_all():
    rng = np.random.default_rng(0)
    for _ in range(20):
        valid = rng.random((7, 9)) > 0.2
        valid = valid.repeat(3, 0).repeat(3, 1)  # gaps of 9 cells or more

        def worth(rows, columns):
            h, w = rows.stop - rows.start, columns.stop - columns.start
            return min(h, 2 * w) * min(w, 2 * h)

        best = max(
            worth(slice(a, b), slice(c, d))
            for a in range(0, 21, 3) for b in range(a + 3, 22, 3)
            for c in range(0, 27, 3) for d in range(c + 3, 28, 3)
            if valid[a:b, c:d].all()
        )  # fmt: skip
        found = largest_rectangle(valid)
        assert valid[found].all()
        assert worth(*found) == best


def test_a_missing_cell_of_the_estimate_is_loud_even_outside_the_rectangle():
    values = toy.power_law((64, 64), -3)
    values[:, 20:24] = np.nan
    scene = toy.scene(toy.field(values))
    estimate = scene.truth["ssh"].copy(deep=True)
    estimate[5, 3] = np.nan
    curves = scores.spectra(estimate, scene)
    assert curves.attrs["columns"] == [24, 64]
    for name in ("estimate", "error", "skill", "coherence"):
        assert np.isnan(curves[name]).all(), name
    assert np.isfinite(curves["truth"]).all()
    assert np.isfinite(curves["input"]).all()


def test_no_rectangle_is_an_error():
    values = toy.power_law((64, 64), -3)
    for row in range(3):  # land of three cells, water of three
        values[row::6] = np.nan
    with pytest.raises(InputError, match="gap-free rectangle"):
        scores.power_spectrum(toy.field(values))


def test_too_few_cells_of_the_input_are_nan():
    values = toy.power_law((48, 48), -3)
    values[:, 20:] = np.nan
    scene = toy.scene(toy.field(values), factor=8)
    assert np.isnan(scores.spectra(scene.truth, scene)["input"]).all()


def test_bands_meet_and_split_geometrically():
    grid = Grid.of(toy.field(np.zeros((108, 108)), (2.0, 2.0)))
    large, medium, fine, finest = scores.bands(54.0, grid)
    assert large == ("large", np.inf, 108)
    assert medium.wavelength_max_km == 108
    assert medium.wavelength_min_km == fine.wavelength_max_km == pytest.approx(np.sqrt(108 * 8))
    assert fine.wavelength_min_km == finest.wavelength_max_km == 8
    assert finest.wavelength_min_km == 4


@pytest.mark.parametrize("factor", [1, 2, 3, 27])
def test_bands_never_overlap(factor):
    grid = Grid.of(toy.field(np.zeros((108, 108)), (2.0, 2.0)))
    edges = scores.bands(2.0 * factor, grid)
    for upper, lower in pairwise(edges):
        assert upper.wavelength_min_km == lower.wavelength_max_km
        assert lower.wavelength_max_km >= lower.wavelength_min_km
    assert edges[0].wavelength_min_km == max(4.0 * factor, 4.0)


def test_band_scores(scene):
    edges = scores.bands(scene)
    truth = scene.truth["ssh"]
    half = scores.spectra(truth / 2, scene)
    for name, ratio in scores.band_power_ratio(half, edges).items():
        assert ratio == pytest.approx(0.25), name
    for name, skill in scores.band_skill(half, edges).items():
        assert skill == pytest.approx(0.75), name
    smooth = scores.spectra(scores.bicubic(scene.problem), scene)
    skill = scores.band_skill(smooth, edges)
    assert skill["large"] > 0.95
    assert skill["large"] > skill["medium"] > skill["fine"]
    assert abs(skill["finest"]) < 0.1


def test_the_bands_hold_all_rings_once(scene):
    curves = scores.spectra(scene.truth, scene)
    ones = curves.copy(deep=True)
    ones["truth"][:] = ones["estimate"][:] = 1.0
    from engine.scores.bands import _power

    total = sum(_power(ones["truth"], band) for band in scores.bands(scene))
    assert total == pytest.approx(curves.sizes["wavenumber"] * curves["truth"].ring_width)


def test_plans_are_made_once():
    assert plan((64, 48), (4.0, 4.0)) is plan((64, 48), (4.0, 4.0))


@pytest.mark.benchmark(group="spectra")
def test_one_spectrum_is_fast(benchmark):
    field = toy.field(toy.power_law((432, 432), -3))
    benchmark(scores.power_spectrum, field)
    assert benchmark.stats["min"] < 8e-3


def test_the_spectrum_of_members_is_the_mean_of_theirs_and_not_that_of_their_mean():
    scene = scenes.open("ocean_run", factor=27)
    truth = scene.truth["ssh"]
    noise = xr.DataArray(np.random.default_rng(0).normal(0, 0.05, (6, *truth.shape)), dims=("member", "y", "x"))
    members = (truth + noise).transpose("member", "y", "x").rename("ssh")
    curves = scores.spectra(members, scene)
    single = [scores.spectra(members.isel(member=n), scene)["estimate"] for n in range(6)]
    np.testing.assert_allclose(curves["members"], np.mean(single, axis=0))
    np.testing.assert_allclose(curves["estimate"], scores.spectra(members.mean("member"), scene)["estimate"], rtol=1e-6)
    assert float(curves["members"][-10:].mean()) > 4 * float(curves["estimate"][-10:].mean())
    edges = scores.bands(scene)
    assert (
        scores.band_power_ratio(curves, edges, "members")["finest"] > scores.band_power_ratio(curves, edges)["finest"]
    )
    assert "members" not in scores.spectra(members.isel(member=0), scene)
