"""Statistics across scales: what is known of self-similar fields comes out."""

import numpy as np
import pytest
import xarray as xr

from engine import scenes, scores
from engine.errors import InputError
from engine.simulate.land import fractal

AXIS = {"units": "km"}


def field(values: np.ndarray, units: str = "m", spacing: float = 1.0) -> xr.DataArray:
    coords = {axis: (axis, spacing * (np.arange(n) + 0.5), AXIS) for axis, n in zip("yx", values.shape, strict=True)}
    return xr.DataArray(values, dims=("y", "x"), coords=coords, attrs={"units": units, "long_name": "a"})


def test_the_mean_stays_and_the_variance_falls_from_scale_to_scale():
    across = scores.across_scales(field(np.random.default_rng(0).normal(3.0, 2.0, (256, 256))))
    assert across["scale"].values.tolist() == [1, 2, 4, 8, 16, 32]
    across = across.sel(scale=slice(None, 16))  # 64 cells are few
    np.testing.assert_allclose(across["mean"], 3, atol=0.02)
    np.testing.assert_allclose(across["std"] * across["scale"], 2, rtol=0.12)  # of white noise by the cell's width
    np.testing.assert_allclose(across["skewness"][:-1], 0, atol=0.3)
    np.testing.assert_allclose(across["flatness"][:3], 3, rtol=0.1)  # Gaussian


@pytest.mark.parametrize("roughness", [0.3, 0.6])
def test_the_differences_of_a_fractal_field_grow_with_its_roughness_exponent(roughness):
    """S2(r) ~ r^2H: Voss 1985; a mean over draws, as one field is one sample of its largest waves."""
    found, slopes = [], []
    for seed in range(4):
        surface = field(fractal(np.random.default_rng(seed), 256, roughness))
        across, moments = scores.across_scales(surface), scores.structure_function(surface)
        found.append(np.log2(across["neighbours"].values[3] / across["neighbours"].values[1]) / 2)
        slopes.append(np.log2(moments.values[4] / moments.values[2]) / 4)
    assert np.mean(found) == pytest.approx(roughness, abs=0.12)
    assert np.mean(slopes) == pytest.approx(roughness, abs=0.12)


def test_temperatures_are_averaged_as_radiance_and_others_are_not():
    values = np.where(np.indices((64, 64)).sum(axis=0) % 2, 280.0, 320.0)
    kelvin, metres = (scores.across_scales(field(values, units)) for units in ("K", "m"))
    assert float(kelvin["mean"][1]) == pytest.approx(((280.0**4 + 320.0**4) / 2) ** 0.25, abs=1e-3)
    assert float(metres["mean"][1]) == pytest.approx(300.0)


def test_the_slope_on_a_guide_is_that_of_the_scale_it_was_made_at():
    """Coarse and fine waves of the guide act differently: whole fields show the one, details the other."""
    x = np.arange(256)
    coarse, fine = 5 * np.sin(2 * np.pi * x / 128), 0.3 * np.sin(2 * np.pi * x / 4 + 0.4)
    guide = np.tile(coarse + fine, (256, 1))
    across = scores.across_scales(field(np.tile(-2.0 * coarse + 1.0 * fine, (256, 1)), "m"), field(guide, "1"))
    assert float(across["guide_slope"][0]) == pytest.approx(-2, abs=0.05)
    assert float(across["detail_slope"][0]) > -0.5
    assert float(across["detail_slope"][-1]) == pytest.approx(-2, abs=0.1)
    assert float(across["guide_correlation"][-1]) == pytest.approx(-1, abs=0.01)
    assert across["guide_slope"].attrs["units"] == "m"


def test_missing_cells_are_left_out_and_everything_has_a_unit():
    values = np.random.default_rng(1).normal(300.0, 5.0, (64, 80))
    holed = values.copy()
    holed[10:14, 20:50] = np.nan
    whole, gaps = scores.across_scales(field(values, "K")), scores.across_scales(field(holed, "K"))
    np.testing.assert_allclose(gaps["std"], whole["std"], rtol=0.08)
    assert all(gaps[name].attrs["units"] for name in scores.STATISTICS)
    assert np.isnan(gaps["guide_slope"]).all()


def test_a_field_that_is_too_small_is_refused():
    with pytest.raises(InputError, match="7 x 7"):
        scores.across_scales(field(np.zeros((6, 40))))


def test_a_constant_field_has_no_shape():
    across = scores.across_scales(field(np.full((32, 32), 290.0), "K"), field(np.ones((32, 32)), "1"))
    np.testing.assert_allclose(across["std"], 0, atol=1e-4)
    assert np.isnan(across["guide_slope"]).all()


@pytest.mark.needs_data("lst_tvdi", "lst_ecostress")
@pytest.mark.parametrize("key", ["lst_tvdi", "lst_ecostress"])
def test_observed_land_is_followed_up_to_two_kilometres(key):
    """On the region that the page opens with; a spectral slope needs more cells."""
    scene = scenes.open(key)
    across = scores.across_scales(scene.truth["lst"])
    assert float(across["scale"][-1]) > 1.9
    assert np.isfinite(across["neighbours"]).all()
    assert np.isnan(across["spectral_slope"][-1])


def test_the_unit_of_a_power_of_a_compound_unit_holds_all_of_it():
    speed = xr.DataArray(np.eye(8), dims=("y", "x"), attrs={"units": "m s-1"})
    axis = ("y", 1000.0 * np.arange(8), {"units": "m"})
    speed = speed.assign_coords(y=axis, x=("x", *axis[1:]))
    assert scores.structure_function(speed, 2).units == "(m s-1)2"
    assert scores.structure_function(speed.assign_attrs(units="K"), 2).units == "K2"
