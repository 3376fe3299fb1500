"""The NetCDF of both pages holds what is on the screen, by the CF conventions, with the method's card and licence."""

import json
from urllib.parse import parse_qsl

import cf_xarray  # noqa: F401
import numpy as np
import pytest
import xarray as xr
from motions import moved

from engine import methods, scores
from explorer.figures import cf
from explorer.pages.motion.figure import MotionScreen
from explorer.pages.resolution.figure import ResolutionScreen


@pytest.fixture
def reopened(tmp_path):
    """Writes a screen's data and reads them again."""

    def read(screen, **options) -> xr.Dataset:
        path = tmp_path / "shown.nc"
        path.write_bytes(cf.written(screen.dataset()))
        with xr.open_dataset(path, engine="netcdf4", **options) as data:
            return data.load()

    return read


def test_it_holds_what_is_on_the_screen(page, reopened):
    session, data = page.session, reopened(ResolutionScreen.of(page.session))
    fields = {"input", "guide_sst", "prediction", "truth", "error", "prediction_vorticity"}
    assert fields <= set(data.data_vars)
    np.testing.assert_array_equal(data["input"], session.outcome.scene.problem.low["ssh"])
    np.testing.assert_array_equal(data["guide_sst"], session.outcome.scene.problem.guides["sst"])
    np.testing.assert_array_equal(data["prediction"], session.outcome.result.values)
    np.testing.assert_array_equal(data["truth"], session.outcome.scene.truth["ssh"])
    np.testing.assert_array_equal(data["error"], data["prediction"] - data["truth"])
    np.testing.assert_array_equal(data["prediction_vorticity"], session.display.picture("estimate:vorticity").field)
    np.testing.assert_array_equal(data["power_error"], session.outcome.result.curves["error"])
    np.testing.assert_array_equal(data["density_truth"], session.outcome.result.densities["truth"])
    assert float(data["score_rmse"]) == float(session.outcome.result.table["rmse"])
    for name in ("y", "x"):
        np.testing.assert_array_equal(data[name], session.outcome.scene.problem.target[name])
        np.testing.assert_array_equal(data[f"{name}_input"], session.outcome.scene.problem.low[name])
    assert data["time"] == np.datetime64("2010-01-01")


def test_detail_leaves_as_energies_not_as_colours(open_page, reopened):
    session = (
        open_page(lower_a="detail:fine", lower_b="b:detail", method="nearest", method_b="bilinear").settle().session
    )
    scene, data = session.outcome.scene, reopened(ResolutionScreen.of(session))
    for side, result, bands in (("", session.outcome.result, ["fine"]),
                                ("b_", session.comparison.judged, ["medium", "fine", "finest"])):  # fmt: skip
        maps = scores.detail(result.estimate, scene)
        for band in bands:
            for name in ("recovered", "invented", "missed"):
                np.testing.assert_allclose(
                    data[f"{side}{name}_{band}"], maps[name].sel(band=band), rtol=1e-6, atol=1e-12
                )
    assert "recovered_medium" not in data
    assert not [name for name in data if "detail" in str(name)]
    assert data["invented_fine"].attrs["units"] == "(m)2"


@pytest.mark.parametrize("source", ["toy_sea", "toy_coast", "toy_reef", "toy_unseen"])
def test_it_says_what_it_is(open_page, reopened, source):
    session = open_page(source=source).settle().session
    data = reopened(ResolutionScreen.of(session))
    assert data.attrs["Conventions"] == "CF-1.11"
    assert data.attrs["kind"] == session.outcome.scene.kind
    assert data.attrs["split"] == session.outcome.scene.split
    assert data.attrs["source"] == session.outcome.scene.source
    assert data.attrs["license"] == "CC0"
    assert data.attrs["time_shown"] == session.outcome.scene.time
    assert data.attrs["history"] == ResolutionScreen.of(session).provenance
    assert dict(parse_qsl(data.attrs["link"].lstrip("?"))) == session.query()
    for name in set(data.variables) - {"crs", "time"}:
        assert data[name].attrs["units"], name
        assert {"standard_name", "long_name"} & set(data[name].attrs), name
    assert data["prediction"].attrs["standard_name"] == "sea_surface_height_above_geoid"
    assert "standard_name" not in data["error" if source != "toy_unseen" else "consistency"].attrs
    assert ("truth" in data) == (source != "toy_unseen")


def test_others_find_its_axes(open_page, reopened):
    coast = reopened(ResolutionScreen.of(open_page(source="toy_coast").settle().session))
    field = coast["prediction"]
    assert (field.cf["latitude"].name, field.cf["longitude"].name, field.cf["time"].name) == ("y", "x", "time")
    assert (field.cf["X"].name, field.cf["Y"].name) == ("x", "y")
    assert coast["input"].cf["longitude"].name == "x_input"
    assert coast[field.attrs["grid_mapping"]].attrs["grid_mapping_name"] == "latitude_longitude"
    sea = reopened(ResolutionScreen.of(open_page().settle().session))["prediction"]
    assert sea.cf["X"].attrs == {"standard_name": "projection_x_coordinate", "long_name": "projection x coordinate",
                                 "units": "km", "axis": "X"}  # fmt: skip
    assert "grid_mapping" not in sea.attrs


def test_a_difference_of_temperatures_is_no_temperature(open_page, reopened):
    data = reopened(ResolutionScreen.of(open_page(field="sst").settle().session))
    assert data["prediction"].attrs["units_metadata"] == "temperature: on_scale"
    assert data["error"].attrs["units_metadata"] == "temperature: difference"


def test_the_card_is_that_of_what_was_run(open_page, reopened):
    page = open_page(method="toy_dice", seed="3", **{"m.rounds": "4"}).settle()
    assert "method_card" not in reopened(ResolutionScreen.of(page.session)).attrs
    page.session.start()
    page.settle()
    page.session.chosen.configured.rounds, page.session.chosen.seed = 7, 8
    page.settle()
    card = json.loads(reopened(ResolutionScreen.of(page.session)).attrs["method_card"])
    assert (card["method"], card["seed"], card["settings"]["rounds"]) == ("toy_dice", 3, 4)
    assert card["weights"] == {}


def test_a_trained_method_brings_the_cards_of_its_weights():
    card = json.loads(cf.method_card(methods.create("resac_sst"), 0))
    (weights,) = card["weights"].values()
    assert len(weights["sha256"]) == 64
    assert weights["data"].startswith("ocean_run")
    assert card["source"] == methods.METHODS["resac_sst"].source


def test_land_stays_missing(open_page, reopened):
    session = open_page(source="toy_coast").settle().session
    data = reopened(ResolutionScreen.of(session))
    for name in ("prediction", "truth", "error"):
        np.testing.assert_array_equal(np.isfinite(data[name].values), session.outcome.scene.problem.mask.values)


def test_members_leave_beside_the_mean_that_is_shown(open_page, reopened):
    page = open_page(method="toy_members", lower_b="spread").settle()
    page.session.start()
    page.settle()
    data, members = reopened(ResolutionScreen.of(page.session)), page.session.outcome.result.members
    assert data["prediction"].dims == ("y", "x")
    np.testing.assert_array_equal(data["prediction"], members.values.mean(axis=0))
    np.testing.assert_array_equal(data["members"], members)
    assert data["members"].cf["realization"].values.tolist() == [1, 2, 3]
    np.testing.assert_allclose(data["spread"], members.values.std(axis=0, ddof=1), rtol=1e-5)


def test_a_low_pass_input_keeps_its_own_axes(open_page, reopened):
    data = reopened(ResolutionScreen.of(open_page(degradation="gaussian").settle().session))
    assert data["input"].dims == ("y_input", "x_input")
    assert data["input"].shape == data["truth"].shape


def test_motion_leaves_with_flow_forecasts_cost_and_times(reopened):
    session = moved(**{"m.iterations": "3"})
    data, found, truth = reopened(MotionScreen.of(session)), session.outcome.result, session.outcome.scene.truth
    np.testing.assert_array_equal(data["images"], session.outcome.scene.problem.low["rain_rate"])
    np.testing.assert_array_equal(data["u"], found.estimate["u"])
    np.testing.assert_array_equal(data["true_v"], truth["v"])
    np.testing.assert_array_equal(data["forecast"], found.estimate["forecast"])
    np.testing.assert_array_equal(data["difference"], found.estimate["forecast"].values - truth["rain_rate"].values)
    np.testing.assert_array_equal(data["endpoint_error"], scores.endpoint_error(found.estimate, truth))
    np.testing.assert_array_equal(data["cost"], found.costs["cost"])
    np.testing.assert_array_equal(data["blur"], [4, 4, 4, 2, 2, 2, 1, 1, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(data["rmse_dis"], found.errors["dis"][1])
    np.testing.assert_array_equal(data["time"], session.outcome.scene.problem.low["time"])
    assert data["lead"].attrs["standard_name"] == "forecast_period"
    assert data["forecast_reference_time"] == np.datetime64("2021-06-01T00:15")
    assert data["valid_time"].values[-1] == np.datetime64("2021-06-01T00:30")
    assert data["images"].attrs["standard_name"] == "rainfall_rate"
    assert json.loads(data.attrs["method_card"])["settings"]["iterations"] == 3
    assert data.attrs["license"] == session.outcome.scene.licence
    session.images.iterate = 1
    assert "forecast" not in reopened(MotionScreen.of(session))
    np.testing.assert_array_equal(reopened(MotionScreen.of(session))["u"], found.iterates[1]["u"])
