"""The ocean run: physics against theory, the file it writes, interruption, and the statistics of the shipped sample."""

import math
from collections import deque
from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr

from engine.errors import InputError
from engine.paths import assets
from engine.simulate.ocean import Ocean, OceanParameters, cell_centres, refined
from engine.simulate.ocean_runs import simulate_ocean
from engine.simulate.statistics import bicubic_rmse, ocean_statistics

DAY = 86400.0
SMALL = OceanParameters(size=64, spacing=16e3)
FREE = replace(  # neither forcing nor friction of any kind
    OceanParameters(size=96, spacing=1024e3 / 96, steps_per_day=96),
    jet_time=math.inf,
    temperature_time=math.inf,
    bottom_drag=0.0,
    diffusivity=0.0,
    filter_strength=0.0,
    compensation=0.0,
    temperature_drop=0.0,
    front_drop=0.0,
)
TINY_RUN = {"days": 4, "spinup_days": 3, "adjust_days": 1, "every_days": 2, "size": 32, "spacing_km": 16.0}


def advance(model, state, days):
    return deque(model.days(state, days), maxlen=1).pop()


def eddies(model, seed=0, wavelength=500e3, speed=0.3):
    """Random eddies of about one wavelength, different in the two layers, and a smooth random temperature."""
    size, generator = model.parameters.size, torch.Generator().manual_seed(seed)
    noise = torch.fft.rfft2(torch.randn(3, size, size, generator=generator, dtype=model.dtype))
    wavenumber = (-model.laplacian).sqrt()
    noise = noise * torch.exp(-(((wavenumber - 2 * math.pi / wavelength) * wavelength / 2) ** 2))
    noise[:, 0, 0] = 0
    psi1, psi2, temperature = noise * (speed * wavelength / 6 / model.on_grid(noise).std())
    return model.state(torch.cat([model.potential_vorticity(psi1, 0.5 * psi2), 1e-4 * temperature[None]]))


def energy(model, state):
    """Kinetic and available potential energy of both layers per area and density, m3 s-2."""
    p = model.parameters
    psi1, psi2, _ = model.streamfunctions(state.fields)
    kinetic = sum(
        depth * (model.on_grid(model.ddx * psi) ** 2 + model.on_grid(model.ddy * psi) ** 2).mean()
        for depth, psi in ((p.upper_depth, psi1), (p.lower_depth, psi2))
    )
    return 0.5 * (kinetic + p.upper_depth * model.stretching[0] * (model.on_grid(psi1 - psi2) ** 2).mean())


def enstrophy(model, state):
    """Potential enstrophy of both layers, m s-2."""
    q1, q2, _ = model.on_grid(state.fields)
    return 0.5 * (model.parameters.upper_depth * (q1**2).mean() + model.parameters.lower_depth * (q2**2).mean())


def test_energy_and_potential_enstrophy_are_conserved_without_forcing():
    model = Ocean(FREE, "cpu", torch.float64)
    start = eddies(model)
    end = advance(model, start, 3)
    moved = (model.ssh(end) - model.ssh(start)).std() / model.ssh(start).std()
    assert moved > 0.25
    assert float(energy(model, end) / energy(model, start)) == pytest.approx(1, abs=1e-5)
    assert float(enstrophy(model, end) / enstrophy(model, start)) == pytest.approx(1, abs=1e-5)


def test_surface_mode_carries_vorticity_and_temperature_without_changing_their_variance():
    model = Ocean(replace(FREE, compensation=0.18, beta=0.0), "cpu", torch.float64)
    start = eddies(model)
    end = advance(model, start, 3)
    for field in (0, 2):
        before, after = (model.on_grid(state.fields[field]) for state in (start, end))
        assert float((after**2).mean() / (before**2).mean()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("mode", ["barotropic", "baroclinic"])
def test_rossby_waves_move_at_the_speed_of_theory(mode):
    model = Ocean(FREE, "cpu", torch.float64)
    p = model.parameters
    k, l = 2 * math.pi * 2 / p.length, 2 * math.pi * 3 / p.length  # noqa: E741
    x = torch.as_tensor(cell_centres(p))
    psi1 = torch.fft.rfft2(2000 * torch.cos(k * x[None, :] + l * x[:, None]))
    psi2 = psi1 if mode == "barotropic" else -p.upper_depth / p.lower_depth * psi1
    start = model.state(torch.cat([model.potential_vorticity(psi1, psi2), 0 * psi1[None]]))
    days = 10
    end = advance(model, start, days)
    screening = 0 if mode == "barotropic" else 1 / p.deformation_radius**2
    speed = -p.beta / (k**2 + l**2 + screening)  # Vallis (2017): -beta / K2 and -beta / (K2 + kd2)
    turned = torch.angle(end.fields[0, 3, 2] / start.fields[0, 3, 2])
    assert float(turned) == pytest.approx(-k * speed * days * DAY, rel=1e-4)
    assert float(abs(end.fields[0, 3, 2] / start.fields[0, 3, 2])) == pytest.approx(1, abs=1e-5)


def test_zonal_jet_stays_zonal_without_a_perturbation():
    model = Ocean(SMALL, "cpu", torch.float64)
    start = model.initial_state(perturbation=0.0)
    end = advance(model, start, 10)
    u, v = model.velocity(end)
    assert float(v.abs().max()) < 1e-9
    assert float(u.std(dim=1).max()) < 1e-9
    jet = model.velocity(start)[0]
    assert float((u - jet).abs().max()) < 0.05 * float(jet.max())
    assert float(jet.max()) == pytest.approx(SMALL.jet_speed, rel=0.2)


def test_refinement_keeps_the_field_in_place():
    coarse, fine = SMALL, SMALL.at_size(128)
    x = torch.as_tensor(cell_centres(coarse))
    wave = 2 * math.pi * 3 / coarse.length
    field = torch.fft.rfft2(torch.cos(wave * x[None, :] - 2 * wave * x[:, None]).expand(3, -1, -1))
    values = torch.fft.irfft2(refined(field, coarse, fine), s=(128, 128))[0]
    x = torch.as_tensor(cell_centres(fine))
    assert torch.allclose(values, torch.cos(wave * x[None, :] - 2 * wave * x[:, None]), atol=1e-9)


def test_two_resolutions_agree_at_large_scale():
    coarse = Ocean(SMALL, "cpu", torch.float64)
    fine = Ocean(SMALL.at_size(128), "cpu", torch.float64)
    start = eddies(coarse)
    low = advance(coarse, start, 4)
    high = advance(fine, fine.state(refined(start.fields, coarse.parameters, fine.parameters)), 4)
    before, low, high = (coarse.ssh(start), coarse.ssh(low), fine.ssh(high))
    blocks = [values.reshape(16, side, 16, side).mean((1, 3)) for values, side in ((before, 4), (low, 4), (high, 8))]
    assert float((blocks[1] - blocks[2]).std()) < 0.02 * float((blocks[1] - blocks[0]).std())


def test_single_precision_follows_double_precision():
    ends = []
    for kind in (torch.float32, torch.float64):
        model = Ocean(SMALL, "cpu", kind)
        ends.append(model.ssh(advance(model, model.initial_state(1), 5)).double())
    assert float((ends[0] - ends[1]).std()) < 1e-4 * float(ends[1].std())


def test_a_blow_up_is_noticed_and_says_what_to_change():
    model = Ocean(replace(SMALL, steps_per_day=4), "cpu")
    with pytest.raises(InputError, match=r"smaller time step .*steps_per_day above 4.* coarser grid"):
        advance(model, eddies(model, wavelength=300e3, speed=2.0), 20)


def test_parameters_that_make_no_ocean_are_refused():
    with pytest.raises(InputError, match="even size"):
        OceanParameters(size=33)
    with pytest.raises(InputError, match="positive number of metres"):
        OceanParameters(spacing=0)
    with pytest.raises(InputError, match="shape"):
        Ocean(SMALL, "cpu").state(torch.zeros(3, 8, 8))
    with pytest.raises(InputError, match="cannot be refined"):
        refined(torch.zeros(3, 64, 33), SMALL, OceanParameters(size=128, spacing=16e3))


def test_file_holds_what_the_scene_reads(tmp_path):
    path = simulate_ocean(tmp_path / "run.nc", seed=1, device="cpu", command="the command", **TINY_RUN)
    with xr.open_dataset(path) as run:
        assert run.ssh.dims == run.sst.dims == ("time", "y", "x")
        assert run.ssh.dtype == np.float32
        assert list(run.time.values.astype("datetime64[D]").astype(str)) == ["2003-01-01", "2003-01-03", "2003-01-05"]
        assert np.allclose(run.x, 16 * (np.arange(32) + 0.5))
        assert (run.x.units, run.x.standard_name) == ("km", "projection_x_coordinate")
        assert (run.ssh.units, run.ssh.standard_name) == ("m", "sea_surface_height_above_geoid")
        assert (run.sst.units, run.sst.standard_name) == ("degC", "sea_surface_temperature")
        assert run.ssh.attrs["coriolis_parameter"] == OceanParameters().coriolis
        assert run.attrs["kind"] == "simulated"
        assert run.attrs["command"] == "the command"
        assert run.attrs["seed"] == 1
        assert run.attrs["coriolis_parameter"] == OceanParameters().coriolis
        assert "Not realistic" in run.attrs["comment"]
    assert not list(tmp_path.glob("*.parts"))


def test_packing_keeps_fifteen_bits_and_zarr_reads_the_same(tmp_path):
    files = [
        simulate_ocean(tmp_path / name, device="cpu", packed=packed, **TINY_RUN)
        for name, packed in (("run.nc", False), ("packed.nc", True), ("run.zarr", False))
    ]
    plain, packed, zarr = (xr.open_dataset(file) for file in files)
    for name in ("ssh", "sst"):
        span = float(plain[name].max() - plain[name].min())
        assert packed[name].encoding["dtype"] == np.int16
        assert float(abs(packed[name] - plain[name]).max()) < span / 2**15
        assert np.array_equal(zarr[name], plain[name])


def test_same_seed_gives_the_same_bits_and_another_seed_does_not(tmp_path):
    runs = [
        xr.load_dataset(simulate_ocean(tmp_path / f"{number}.nc", seed=seed, device="cpu", **TINY_RUN))
        for number, seed in enumerate((5, 5, 6))
    ]
    assert np.array_equal(runs[0].ssh, runs[1].ssh)
    assert not np.allclose(runs[0].ssh, runs[2].ssh, atol=1e-3)


@pytest.mark.parametrize("calls", [2, 6])  # interrupted in the spin-up and among the saved days
def test_resumed_run_has_the_bits_of_an_uninterrupted_one(tmp_path, calls):
    whole = xr.load_dataset(simulate_ocean(tmp_path / "whole.nc", device="cpu", **TINY_RUN))
    parts, done = [], []

    def interrupt(part, text):
        parts.append(part)
        if len(parts) == calls:
            raise KeyboardInterrupt

    arguments = {"device": "cpu", "checkpoint_every_days": 1, **TINY_RUN}
    with pytest.raises(KeyboardInterrupt):
        simulate_ocean(tmp_path / "broken.nc", progress=interrupt, **arguments)
    assert not (tmp_path / "broken.nc").exists()
    with pytest.raises(InputError, match="other settings"):
        simulate_ocean(tmp_path / "broken.nc", seed=7, **arguments)
    path = simulate_ocean(tmp_path / "broken.nc", progress=lambda part, text: done.append(part), **arguments)
    resumed = xr.load_dataset(path)
    assert len(done) == 8 - calls
    assert done[-1] == pytest.approx(1)
    for name in ("ssh", "sst"):
        assert np.array_equal(whole[name], resumed[name])


def test_bad_requests_are_answered_in_one_sentence(tmp_path):
    (tmp_path / "there.nc").touch()
    for name, settings, words in (
        ("run.txt", {}, "must end in"),
        ("there.nc", {}, "exists already"),
        ("none/run.nc", {}, "folder"),
        ("run.nc", {"every_days": 0}, "every_days"),
        ("run.nc", {"precision": "half"}, "precision"),
        ("run.nc", {"size": 31}, "even size"),
        ("run.nc", {"size": 12}, "at least 16 points"),
    ):
        with pytest.raises(InputError, match=words):
            simulate_ocean(tmp_path / name, **settings)
    with pytest.raises(InputError, match="simulate it first"):
        ocean_statistics(tmp_path / "none.nc")
    xr.Dataset({"ssh": 1.0}).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(InputError, match="no ocean run"):
        ocean_statistics(tmp_path / "other.nc")
    with pytest.raises(InputError, match="neither"):
        ocean_statistics(tmp_path / "there.nc")


def test_bicubic_error_of_a_wave_shorter_than_the_cells_is_its_own_size():
    x = np.arange(108)
    wave = np.sin(2 * np.pi * x / 9) * np.ones((108, 1))
    assert bicubic_rmse(wave) == pytest.approx(wave.std(), rel=0.02)


def test_shipped_sample_has_the_statistics_of_a_usable_run():
    """The ranges stand in `_about` of engine/simulate/statistics.py."""
    path = assets() / "scenes" / "ocean_run_test.nc"
    assert path.stat().st_size < 25e6
    statistics = ocean_statistics(path)
    assert set(statistics) >= {"ssh_std", "ssh_slope", "sst_slope", "bicubic_rmse"}
    for statistic in statistics.values():
        assert statistic.within, str(statistic)
    with xr.open_dataset(path) as run:
        assert run.sizes["time"] >= 30
        assert run.ssh.shape[1:] == (432, 432)
        assert run.attrs["seed"] == 2
