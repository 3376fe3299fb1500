"""The ice run as a data set, on a file of its own: four fields seen through 120 km, offered once there is a run."""

import numpy as np
import pytest
import torch
import xarray as xr

from engine import scenes
from engine.grid import Grid
from engine.observation.kernels import BoxLowPass
from engine.scenes.ice_run import IceRun
from engine.simulate.ice_runs import VARIABLES


@pytest.fixture
def ice(tmp_path, monkeypatch) -> IceRun:
    """Two dates of 256 x 256 cells of 4 km whose drift diverges and shears evenly."""
    draw, km = np.random.default_rng(0), (np.arange(256) + 0.5) * 4.0
    values = {name: draw.normal(1, 0.2, (2, 256, 256)) for name in VARIABLES}
    values["drift_x"][:] = 3e-6 * 1000 * km  # du/dx = 3e-6 s-1
    values["drift_y"][:] = -1e-6 * 1000 * km[:, None] + 4e-6 * 1000 * km  # dv/dy = -1e-6, dv/dx = 4e-6
    time = np.array(["2019-01-01", "2019-01-04"], "datetime64[ns]")
    path = tmp_path / "ice_run_test_9.nc"
    axes = {"time": time, "y": ("y", km, {"units": "km"}), "x": ("x", km, {"units": "km"})}
    xr.Dataset({name: (("time", "y", "x"), field.astype("f4")) for name, field in values.items()}, axes).to_netcdf(path)
    monkeypatch.setattr(IceRun, "shipped", staticmethod(lambda: [path]))
    monkeypatch.setattr(IceRun, "key", "ice_run")
    return IceRun()


def test_the_input_is_four_fields_through_120_km_on_the_fine_grid(ice):
    scene = ice.open()
    low = scene.problem.low
    assert scene.variable == "thickness"
    assert list(low.data_vars) == ["thickness", "concentration", "divergence", "shear"]
    assert all(field.shape == (256, 256) for field in low.values())
    assert scene.problem.observation.kernel == BoxLowPass(1, 120.0, spacing_km=(4.0, 4.0))
    expected = scene.problem.observation.apply(torch.as_tensor(scene.truth["thickness"].values))
    np.testing.assert_array_equal(low["thickness"], expected)
    assert list(scene.truth.data_vars) == ["thickness"]
    assert (scene.kind, scene.split, scene.time) == ("simulated", "test", "2019-01-01")


def test_deformation_is_that_of_the_drift(ice):
    low = ice.open().problem.low
    inner = {"y": slice(40, -40), "x": slice(40, -40)}
    np.testing.assert_allclose(low["divergence"].isel(inner), 2e-6, rtol=1e-3)
    np.testing.assert_allclose(low["shear"].isel(inner), np.hypot(4e-6, 4e-6), rtol=1e-3)
    assert low["divergence"].attrs["units"] == "s-1"


def test_kernel_and_width_can_be_chosen_and_noise_is_on_the_thickness_alone(ice):
    wide = ice.open(degradation="gaussian", width_km=80)
    assert wide.problem.observation.scale_km == 80
    assert wide.problem.low["thickness"].shape == (256, 256)
    noisy, clean = ice.open(noise=0.1).problem.low, ice.open().problem.low
    assert float((noisy["thickness"] - clean["thickness"]).std()) == pytest.approx(0.1, rel=0.05)
    xr.testing.assert_identical(noisy["shear"], clean["shear"])
    blocks = ice.open(degradation="block_mean", factor=8)
    assert blocks.problem.low["thickness"].shape == (32, 32)


def test_half_the_domain_keeps_its_cells(ice):
    grid = Grid.of(ice.open(region="west").problem.target)
    assert grid.shape == (256, 128)


def test_it_is_offered_once_there_is_a_run(ice, tmp_path, monkeypatch):
    assert IceRun.offered()
    assert ice.available
    assert [f"{time:%Y-%m-%d}" for time in ice.times] == ["2019-01-01", "2019-01-04"]
    monkeypatch.setattr(IceRun, "shipped", staticmethod(lambda: []))
    assert not IceRun.offered()

    class Nothing(IceRun):
        pass

    assert scenes.register("nothing_at_all")(Nothing) is Nothing
    assert "nothing_at_all" not in scenes.SCENES
