"""Derived quantities against closed forms: a Gaussian eddy, a plane, a zonal jet on the sphere."""

import numpy as np
import pytest
import toy
import xarray as xr

from engine.derived import EARTH_ROTATION, GRAVITY, derive, names
from engine.errors import InputError
from engine.grid import EARTH_RADIUS

F = 1.0e-4
AMPLITUDE, RADIUS = 0.3, 50e3  # m


def eddy(spacing_km=1.0, n=240):
    """A Gaussian eddy in the middle and the squared distance from its centre in m^2."""
    axis = 1e3 * spacing_km * (np.arange(n) - (n - 1) / 2)
    r2 = axis[:, None] ** 2 + axis**2
    return toy.field(AMPLITUDE * np.exp(-r2 / (2 * RADIUS**2)), (spacing_km, spacing_km)), r2


def test_a_gaussian_eddy_turns_at_its_geostrophic_speed():
    height, r2 = eddy()
    expected = GRAVITY / F * height.values * np.sqrt(r2) / RADIUS**2
    speed = derive(height, "speed", coriolis=F)
    np.testing.assert_allclose(speed[1:-1, 1:-1], expected[1:-1, 1:-1], atol=1e-3 * expected.max())
    assert speed.attrs["units"] == "m s-1"
    fastest = np.sqrt(r2.flat[np.argmax(speed.values)])
    assert fastest == pytest.approx(RADIUS, rel=0.02)


def test_a_gaussian_eddy_has_its_vorticity():
    height, r2 = eddy()
    expected = GRAVITY / F**2 * height.values * (r2 / RADIUS**4 - 2 / RADIUS**2)
    vorticity = derive(height, "vorticity", coriolis=F)
    np.testing.assert_allclose(vorticity[2:-2, 2:-2], expected[2:-2, 2:-2], atol=2e-3 * np.abs(expected).max())
    assert vorticity.attrs["units"] == "1"
    assert float(vorticity.min()) == pytest.approx(-2 * GRAVITY * AMPLITUDE / (F * RADIUS) ** 2, rel=2e-3)  # a high


def test_a_coarse_grid_works_as_well_and_errs_with_the_square_of_its_spacing():
    errors = []
    for spacing in (2.0, 4.0):
        height, r2 = eddy(spacing, int(240 / spacing))
        expected = GRAVITY / F * height.values * np.sqrt(r2) / RADIUS**2
        errors.append(np.abs(derive(height, "speed", coriolis=F).values - expected)[1:-1, 1:-1].max())
    assert errors[1] / errors[0] == pytest.approx(4, rel=0.15)


def test_the_gradient_of_a_plane_is_its_slope_per_km():
    y, x = np.indices((12, 20))
    plane = toy.field(3.0 * x + 4.0 * y, (1.0, 1.0), name="sst", units="degC")
    slope = derive(plane, "gradient")
    np.testing.assert_allclose(slope, 5.0, rtol=1e-6)
    assert slope.attrs["units"] == "degC km-1"
    anisotropic = toy.field(3.0 * x + 4.0 * y, (2.0, 4.0), name="ndvi", units="1")
    np.testing.assert_allclose(derive(anisotropic, "gradient"), np.hypot(3 / 4, 4 / 2), rtol=1e-6)
    assert derive(anisotropic, "gradient").attrs["units"] == "km-1"


def geographic(height, lat, lon):
    coords = {"y": ("y", lat, {"units": "degrees_north"}), "x": ("x", lon, {"units": "degrees_east"})}
    return xr.DataArray(height, dims=("y", "x"), coords=coords, name="ssh", attrs={"units": "m"})


def test_coriolis_and_metric_follow_the_latitude():
    """Solid rotation, u = U cos(latitude): its vorticity is 2 U sin(latitude) / R."""
    lat, lon = np.arange(-60, 60, 0.1) + 0.05, np.arange(8) * 0.25
    phi, speed = np.deg2rad(lat), 0.5
    # g dh/dphi = -R f u with f = 2 Omega sin(phi) integrates to g h = R Omega U cos(phi)^2
    height = EARTH_RADIUS * EARTH_ROTATION * speed / GRAVITY * np.cos(phi) ** 2
    field = geographic(np.broadcast_to(height[:, None], (lat.size, lon.size)).copy(), lat, lon)
    far = np.abs(lat) > 5
    far[:2] = far[-2:] = False
    np.testing.assert_allclose(
        derive(field, "speed").values[far], speed * np.cos(phi[far])[:, None].repeat(8, 1), rtol=1e-4
    )
    expected = 2 * speed * np.sin(phi) / EARTH_RADIUS / (2 * EARTH_ROTATION * np.sin(phi))
    np.testing.assert_allclose(derive(field, "vorticity").values[far], expected[far][:, None].repeat(8, 1), rtol=1e-3)


def test_an_eddy_turns_the_other_way_in_the_south_but_is_as_anticyclonic():
    height, _ = eddy(10.0, 40)
    north = geographic(height.values, 40 + 0.1 * np.arange(40), 0.1 * np.arange(40))
    south = geographic(height.values, -43.9 + 0.1 * np.arange(40), 0.1 * np.arange(40))
    for field in (north, south):
        assert float(derive(field, "vorticity")[15:25, 15:25].mean()) < 0


def test_no_geostrophy_at_the_equator():
    lat = np.arange(-6, 6, 0.5) + 0.25
    field = geographic(np.random.default_rng(0).standard_normal((lat.size, 10)), lat, 0.5 * np.arange(10))
    near = np.abs(lat) < 3
    for name in ("speed", "vorticity"):
        missing = np.isnan(derive(field, name).values).all(axis=1)
        assert missing[near].all(), name
        assert not missing[np.abs(lat) > 4].any(), name
    assert np.isfinite(derive(field, "gradient")).all()


def test_a_projected_grid_takes_the_coriolis_parameter_of_its_field():
    height, _ = eddy(10.0, 40)
    default, stated, given = (
        float(derive(field, "speed", coriolis=f).max())
        for field, f in ((height, None), (height.assign_attrs(coriolis_parameter=1.8e-4), None), (height, 0.45e-4))
    )
    assert default / stated == pytest.approx(2)
    assert given / default == pytest.approx(2)


def test_land_spreads_one_cell_a_derivative():
    height, _ = eddy(10.0, 40)
    height[20, 20] = np.nan
    assert int(np.isnan(derive(height, "gradient")).sum()) == 5
    rows, columns = np.nonzero(np.isnan(derive(height, "vorticity").values))
    assert max(np.abs(rows - 20).max(), np.abs(columns - 20).max()) == 2


def test_only_sea_surface_height_has_a_velocity():
    assert names("ssh") == ("field", "gradient", "speed", "vorticity")
    assert names("sst") == ("field", "gradient")
    field = toy.field(np.zeros((5, 5)), name="sst", units="degC")
    with pytest.raises(InputError, match="sst has no derived quantity 'speed'; it has field, gradient"):
        derive(field, "speed")
    assert derive(field, "field") is field


def test_days_and_members_keep_their_dimensions():
    height, _ = eddy(10.0, 20)
    stack = xr.concat([height, 2 * height], xr.DataArray([0, 1], dims="time", name="time"))
    speed = derive(stack, "speed")
    assert speed.dims == ("time", "y", "x")
    np.testing.assert_allclose(speed[1], 2 * speed[0], rtol=1e-6)
