"""The sea-ice run: physics against theory, the file it writes, interruption, and the shipped sample."""

import math
import shutil
from collections import deque
from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr

from engine.errors import InputError
from engine.grid import Grid
from engine.paths import assets
from engine.simulate.ice import Ice, IceParameters, _corner_dx, _corner_dy, _gradient, advected, at_centres
from engine.simulate.ice_runs import VARIABLES, simulate_ice
from engine.simulate.ice_statistics import deformation_scaling, ice_statistics

CALM = IceParameters(size=32, wind_rms=0.0, wind_mean=0.0, current_rms=0.0)
SMALL = IceParameters(size=48)
TINY_RUN = {"days": 2, "skip_days": 2, "every_days": 2, "size": 16, "compiled": False}


def ice(parameters=SMALL, seed=0, dtype=torch.float64):
    return Ice(parameters, seed, "cpu", dtype, compiled=False)


def steps(model, state, count):
    for _ in range(count):
        state = model.step(state)
    return state


@pytest.fixture(scope="module")
def broken():
    """A small model after a day of storms small enough for it, and its state."""
    model = ice(replace(SMALL, size=64, wind_rms=20.0, wind_scale=40e3))
    return model, steps(model, model.initial_state(), 88)


def test_rest_stays_at_rest():
    model = ice(CALM)
    start = model.initial_state()
    end = steps(model, start, 3)
    assert end.u.abs().max() == end.v.abs().max() == end.stress.abs().max() == 0
    torch.testing.assert_close(end.undamaged, start.undamaged)
    grown = start.thickness + 3 * model.parameters.time_step * model.parameters.growth * (1 / start.thickness - 1 / 2)
    torch.testing.assert_close(end.thickness, grown, atol=1e-7, rtol=0)


def test_a_uniform_wind_gives_free_drift():
    p = replace(CALM, wind_mean=10.0, thickness_range=0.0)
    model = ice(p)
    state = steps(model, model.initial_state(), 90)
    assert float(state.u.std() + state.v.std()) < 1e-10
    w = 10 * complex(math.cos(model.direction), math.sin(model.direction))
    u = complex(state.u[0, 0], state.v[0, 0])
    h = float(state.thickness[0, 0])
    left = p.air_drag * abs(w) * w - p.water_drag * abs(u) * u - 1j * p.density * h * p.coriolis * u
    assert abs(left) < 1e-4 * p.air_drag * abs(w) ** 2
    assert 0.01 < abs(u) / 10 < 0.025  # about two percent of the wind
    assert -60 < math.degrees(np.angle(u / w)) < -5  # to its right


def test_strain_rate_and_force_are_adjoint():
    """The work of the stress on the strain is what its divergence does on the velocity, to round-off."""
    draw = torch.Generator().manual_seed(2)
    u, v, s11, s22, s12 = torch.randn(5, 12, 12, generator=draw, dtype=torch.float64)
    (ux, uy), (vx, vy) = _gradient(u, 3.0), _gradient(v, 3.0)
    work = (s11 * ux + s22 * vy + s12 * (uy + vx)).sum()
    force = u * (_corner_dx(s11, 3.0) + _corner_dy(s12, 3.0)) + v * (_corner_dx(s12, 3.0) + _corner_dy(s22, 3.0))
    assert float(work + force.sum()) == pytest.approx(0, abs=1e-12 * float(work.abs() + 1))


def test_transport_conserves_mass_and_stays_positive(broken):
    model, state = broken
    state = replace(state, concentration=0.5 * state.concentration)  # nothing is clipped
    moved = model.transport(state)
    for name in ("thickness", "concentration"):
        before, after = getattr(state, name), getattr(moved, name)
        assert float((after - before).abs().max()) > 1e-5
        assert float(after.sum()) == pytest.approx(float(before.sum()), rel=1e-12)
        assert after.min() >= 0
    damaged = (state.concentration * (1 - state.undamaged)).sum()
    assert float((moved.concentration * (1 - moved.undamaged)).sum()) == pytest.approx(float(damaged), rel=1e-4)


def test_a_bump_is_carried_round_the_domain_without_new_extremes():
    x = torch.arange(64, dtype=torch.float64)
    bump = torch.exp(-(((x - 32) / 6) ** 2)).expand(3, -1) + 1
    q = bump
    for _ in range(128):
        q = advected(q, torch.full_like(q, 0.5), -1)
    assert q.max() <= bump.max() + 1e-12
    assert q.min() >= bump.min() - 1e-12
    assert float((q - bump).abs().max()) < 0.08


def test_a_courant_number_of_one_is_a_shift():
    q = torch.randn(2, 20, dtype=torch.float64)
    torch.testing.assert_close(advected(q, torch.ones_like(q), -1), q.roll(1, -1))
    torch.testing.assert_close(advected(q, -torch.ones_like(q), -1), q.roll(-1, -1))


def test_stress_stays_within_the_mohr_coulomb_envelope(broken):
    """After the sub-steps, of the thickness that they saw: transport changes it afterwards."""
    model, state = broken
    weather, _ = model._advance_weather(state)
    s11, s22, s12 = model.dynamics(state, *model.wind(weather)).stress
    shear = torch.sqrt((0.5 * (s11 - s22)) ** 2 + s12**2)
    excess = shear + model.parameters.friction * 0.5 * (s11 + s22)
    limit = model.cohesion * state.thickness
    assert float((excess > 0.5 * limit).double().mean()) > 0.1  # there is something to hold
    assert float((excess / limit).quantile(0.999)) < 1.1
    assert float((excess / limit).max()) < 1.25  # stress falls back within a few sub-steps, not at once


def test_damage_is_where_ice_moves_against_ice(broken):
    _, state = broken
    assert 0 < state.undamaged.min() < 0.1
    assert state.undamaged.max() <= 1
    (ux, uy), (vx, vy) = _gradient(state.u, 4000.0), _gradient(state.v, 4000.0)
    rate = torch.sqrt((ux + vy) ** 2 + (ux - vy) ** 2 + (uy + vx) ** 2).flatten()
    weak = state.undamaged.flatten() < state.undamaged.quantile(0.2)
    assert rate[weak].mean() > 1.5 * rate[~weak].mean()


def test_wind_is_as_strong_as_asked_and_blows_into_lows():
    model = ice(replace(SMALL, size=128, wind_mean=0.0))
    state = model.initial_state()
    speeds, inward = [], []
    for _ in range(20):
        for _ in range(88):
            weather, random = model._advance_weather(state)
            state = replace(state, weather=weather, random=random)
        u, v = model.wind(state.weather)
        speeds.append(float((u**2 + v**2).mean()))
        psi = torch.fft.irfft2(state.weather[1])
        (ux, _), (_, vy) = _gradient(u, 1.0), _gradient(v, 1.0)
        inward.append(float((psi * (ux + vy)).mean()))
    assert math.sqrt(np.mean(speeds)) == pytest.approx(7.5, rel=0.15)
    assert np.mean(inward) > 0  # low pressure: psi is low, divergence negative


@pytest.mark.long
@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no compiler")
@pytest.mark.filterwarnings("ignore")  # of the compiler itself
def test_the_compiled_sub_step_does_the_same(caplog):
    model = Ice(SMALL, 1, "cpu", torch.float32, compiled=True)
    start = model.initial_state()
    one, other = model.step(start), Ice(SMALL, 1, "cpu", torch.float32, compiled=False).step(start)
    torch.testing.assert_close(one.u, other.u, atol=1e-4, rtol=0)
    torch.testing.assert_close(one.thickness, other.thickness, atol=1e-4, rtol=0)
    assert "uncompiled" not in caplog.text


@pytest.mark.filterwarnings("ignore")
def test_without_a_compiler_it_runs_all_the_same(caplog, monkeypatch):
    def broken(function, **options):
        raise RuntimeError("no compiler")

    monkeypatch.setattr(torch, "compile", broken)
    model = Ice(CALM, 1, "cpu", compiled=True)
    assert model.step(model.initial_state()).step == 1
    assert "runs uncompiled" in caplog.text


def test_a_run_blown_too_hard_says_what_to_change():
    model = ice(replace(CALM, wind_mean=400.0))
    with pytest.raises(InputError, match=r"unstable at step 88.*weaker wind"):
        deque(model.days(model.initial_state(), 1))


@pytest.mark.long
def test_a_run_writes_what_it_says(tmp_path):
    told = []
    path = simulate_ice(tmp_path / "run.nc", seed=4, progress=lambda part, text: told.append((part, text)), **TINY_RUN)
    with xr.open_dataset(path) as run:
        assert dict(run.sizes) == {"time": 2, "y": 16, "x": 16}
        assert set(run.data_vars) == set(VARIABLES)
        assert run["thickness"].attrs["standard_name"] == "sea_ice_thickness"
        assert run["drift_x"].attrs["units"] == "m s-1"
        assert run.attrs["kind"] == "simulated"
        assert run.attrs["seed"] == 4
        assert str(run["time"].values[0])[:10] == "2009-01-01"
        assert 0.5 < float(run["thickness"].mean()) < 3
        assert float(run["concentration"].max()) <= 1
    assert told[-1] == (1.0, "day 2 of 2")
    assert not list(tmp_path.glob("*.parts"))


@pytest.mark.long
def test_an_interrupted_run_ends_in_the_same_bits(tmp_path):
    settings = {**TINY_RUN, "days": 5}
    whole = simulate_ice(tmp_path / "whole.nc", **settings)

    def stop(part, text):
        if text == "day 4 of 5":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_ice(tmp_path / "again.nc", progress=stop, **settings)
    with pytest.raises(InputError, match="other settings"):
        simulate_ice(tmp_path / "again.nc", **{**settings, "seed": 3})
    again = simulate_ice(tmp_path / "again.nc", **settings)
    with xr.open_dataset(whole) as one, xr.open_dataset(again) as other:
        for name in VARIABLES:
            np.testing.assert_array_equal(one[name], other[name])


@pytest.mark.parametrize("settings", [{"size": 4}, {"spacing_km": 0.0}, {"days": -1}, {"skip_days": 0}])
def test_settings_that_cannot_be_are_refused_before_anything_is_written(settings, tmp_path):
    with pytest.raises(InputError):
        simulate_ice(tmp_path / "run.nc", **{**TINY_RUN, **settings})
    assert not list(tmp_path.iterdir())


def test_corners_are_averaged_to_centres():
    corners = torch.arange(16.0).reshape(4, 4)
    assert float(at_centres(corners)[2, 2]) == float(corners[1:3, 1:3].mean())


@pytest.mark.parametrize("seed", [9, 10])
def test_the_shipped_runs_look_like_sea_ice(seed):
    statistics = ice_statistics(assets() / "scenes" / f"ice_run_test_{seed}.nc")
    assert all(item.within for item in statistics.values()), [str(item) for item in statistics.values()]
    assert -0.3 < statistics["deformation_scaling"].value < -0.15  # measured by RGPS: -0.2


def test_uniform_strain_is_the_same_at_every_scale_and_noise_averages_out():
    centres = 4.0 * np.arange(128) + 2.0
    grid = Grid(centres, centres, "km")
    x, y = np.meshgrid(1e3 * centres, 1e3 * centres)
    assert deformation_scaling(1e-6 * x + 3e-6 * y, -2e-6 * y, grid) == pytest.approx(0, abs=1e-9)
    u, v = np.random.default_rng(0).standard_normal((2, 128, 128))
    assert deformation_scaling(u, v, grid) < -1  # mean gradients of a box are what differs between its edges


def test_another_file_is_no_ice_run():
    with pytest.raises(InputError, match="is no ice run: thickness, drift_x, drift_y is missing"):
        ice_statistics(assets() / "scenes" / "ocean_run_test.nc")
