"""The page "Motion" without a server: what is selected, what descends, what is drawn."""

import time

import numpy as np
import pytest
from motions import moved, settled

from engine import scenes, scores
from explorer import app
from explorer.base.widgets.forms import Settings
from explorer.jobs.cache import CACHE
from explorer.pages.motion import run as descending
from explorer.pages.motion.controls import MotionControls
from explorer.pages.motion.fields import HUES, colours_of, wheel
from explorer.pages.motion.session import MotionSession
from explorer.pages.motion.views.costs import Costs
from explorer.pages.motion.views.judgement import Judgement
from explorer.pages.motion.views.maps import MotionMaps
from explorer.pages.motion.views.status import MotionStatus

pytestmark = pytest.mark.filterwarnings("ignore:Both 'variant' and 'button_style':PendingDeprecationWarning")
QUICK = {"m.iterations": "3"}


def opened(**chosen) -> MotionSession:
    return moved(**(QUICK | chosen))


@pytest.fixture(autouse=True)
def forgetful():
    yield
    with CACHE._lock:
        CACHE._items.clear()
        CACHE._size = 0


def test_the_first_picture_needs_no_click():
    session = opened()
    assert session.outcome.scene.key == "rain_run"
    assert session.outcome.result.final
    assert "forecast" in session.outcome.result.estimate
    assert session.outcome.result.costs["cost"].size == session.outcome.result.index  # every iterate and the forecast
    relative, rmse = session.outcome.result.errors["estimate"]
    assert relative == pytest.approx(
        scores.relative_endpoint_error(session.outcome.result.estimate, session.outcome.scene)
    )
    assert rmse.shape == (3,)
    assert session.outcome.result.errors["persistence"][0] == pytest.approx(1)
    assert set(session.outcome.result.errors) == {"estimate", "persistence", "dis", "farneback"}


def test_only_what_moves_is_offered():
    session = opened(method="persistence")
    assert "ocean_run" not in session.selection.param.source.objects
    assert {"sst_run", "rain_run", "radar_brest"} <= set(session.selection.param.source.objects)
    assert "bicubic" not in session.chosen.param.method.objects
    assert "consistent" not in session.query()


def test_a_cheap_method_follows_at_once_and_4dvar_waits_for_run():
    session = opened(method="persistence")
    session.selection.time = session.selection.param.time.objects[3]
    assert not settled(session).outcome.stale
    assert session.outcome.result.scene.time == session.selection.time
    session.chosen.method = "fourdvar"
    settled(session)
    assert session.outcome.stale
    session.chosen.configured.iterations = 2
    session.start()
    assert not settled(session).outcome.stale
    assert session.outcome.result.title == "4D-Var with a spectral prior"


def test_cancel_keeps_what_was_found_last_and_carries_it_on(monkeypatch):
    """Not the iterate that was drawn last; with its forecast, judged beside the others."""
    computed = []
    monkeypatch.setattr(descending, "EVERY", 1e9)
    monkeypatch.setattr(descending, "require", lambda method, step, problem: computed.append(step.index))
    session = MotionSession()
    session.select({"m.iterations": "300", "source": "sst_run", "method": "fourdvar_weak"})
    end = time.monotonic() + 60
    while len(computed) < 8 and time.monotonic() < end:
        time.sleep(0.01)
    before = computed[-1]
    session.cancel()
    assert not session.run.busy
    assert session.outcome.result.index >= before - 1  # one may be in the making
    while session.outcome.result.errors is None and time.monotonic() < end:
        time.sleep(0.01)
    found = session.outcome.result
    assert computed[-1] <= before + 2
    assert not found.final
    assert np.isfinite(found.estimate["forecast"]).all()
    assert found.errors["estimate"][0] == pytest.approx(scores.relative_endpoint_error(found.estimate, found.scene))
    assert not session.run.busy
    assert "run" not in session.query()
    status = MotionStatus(session)
    session.outcome.param.trigger("result")
    assert "cancelled: the best flow so far" in status.text.object


def test_what_does_not_change_from_iterate_to_iterate_is_sent_once(monkeypatch):
    """The images and what happened stay as they are while a flow descends."""
    monkeypatch.setattr(descending, "EVERY", 0.0)
    session, events = opened(method="optical_flow"), []
    maps = MotionMaps(session)
    session.outcome.param.trigger("scene", "result")
    session.watch(lambda event: events.append(event.name), "scene", "result")
    before = {name: maps.panes[name].image.data_source.data for name in ("given", "happened")}
    session.chosen.method = "fourdvar"
    session.chosen.configured.iterations = 2
    session.start()
    settled(session)
    assert events.count("scene") == 0
    assert events.count("result") > 1
    for name, data in before.items():
        assert maps.panes[name].image.data_source.data is data, name


def test_a_run_after_a_cancelled_one_is_its_own():
    session = MotionSession()
    session.select({"m.iterations": "300", "source": "sst_run", "method": "fourdvar_weak"})
    end = time.monotonic() + 60
    while session.outcome.result is None and time.monotonic() < end:
        time.sleep(0.01)
    session.cancel()
    session.select({"method": "persistence"})
    settled(session)
    time.sleep(0.5)
    assert session.outcome.result.method == "persistence"
    assert session.outcome.result.final
    session.cancel()  # nothing runs
    assert session.outcome.result.final


def test_a_link_brings_the_same_settings():
    session = opened(source="sst_run", region="north", gaps="0.2", method="optical_flow", image="3", lead="2")
    again = MotionSession()
    assert again.select(session.query()) == []
    assert settled(again).query() == session.query()
    np.testing.assert_array_equal(again.outcome.result.estimate["u"], session.outcome.result.estimate["u"])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"gaps": "2"}, "missing cannot be"), ({"image": "9"}, "image cannot be"), ({"source": "ocean_run"}, "source"),
     ({"region": "<b>"}, "not known"), ({"method": "bicubic"}, "method cannot be"), ({"lead": "x"}, "lead time")],
)  # fmt: skip
def test_what_cannot_be_used_is_one_sentence(wrong, says):
    session = MotionSession()
    (complaint,) = session.select({"method": "persistence", **wrong})
    assert says in complaint
    settled(session)
    assert session.run.message == complaint
    assert session.outcome.result is not None


def test_what_is_missing_is_offered_for_download(monkeypatch, tmp_path):
    monkeypatch.setenv("FINESCALE_DATA", str(tmp_path))
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path))
    session = opened(source="radar_brest", method="persistence")
    assert "not downloaded" in session.run.message
    assert len(session.run.missing) == 1


def test_maps_show_the_image_the_flow_and_what_came():
    session = opened(method="optical_flow")
    maps, controls = MotionMaps(session), MotionControls(session)
    for name in ("scene", "result"):
        session.outcome.param.trigger(name)
    shown = {name: pane.image.data_source.data["image"][0] for name, pane in maps.panes.items()}
    low, truth, estimate = (
        session.outcome.scene.problem.low["rain_rate"],
        session.outcome.scene.truth,
        session.outcome.result.estimate,
    )
    np.testing.assert_array_equal(shown["given"], low[0])
    np.testing.assert_array_equal(shown["happened"], truth["rain_rate"][0])
    np.testing.assert_array_equal(shown["forecast"], estimate["forecast"][0])
    np.testing.assert_allclose(shown["difference"], estimate["forecast"][0] - truth["rain_rate"][0], atol=1e-6)
    np.testing.assert_allclose(shown["error"], scores.endpoint_error(estimate, truth)[0], atol=1e-5)
    assert len(maps.arrows.data["xs"]) > 100
    assert maps.flow.image.data["image"][0].shape == (128, 128)
    session.images.flow = "none"
    assert len(maps.arrows.data["xs"]) == 0
    controls.image.value, controls.lead.value = controls.image.options[2], controls.lead.options[1]
    assert (session.images.image, session.images.lead) == (3, 2)
    np.testing.assert_array_equal(maps.panes["given"].image.data_source.data["image"][0], low[2])
    np.testing.assert_array_equal(maps.panes["forecast"].image.data_source.data["image"][0], estimate["forecast"][1])
    assert "after 10 min" in maps.panes["forecast"].title.object


def test_costs_and_errors_are_drawn():
    session = opened()
    costs, judgement = Costs(session), Judgement(session)
    session.outcome.param.trigger("result")
    found = session.outcome.result
    drawn = costs.sources["cost"].data
    np.testing.assert_allclose(drawn["y"][np.isfinite(drawn["y"])], found.costs["cost"])
    np.testing.assert_array_equal(drawn["x"][~np.isfinite(drawn["y"])], [3.5, 6.5, 9.5])
    assert drawn["label"][:5] == ["cost, blur 4 cells"] * 3 + ["cost", "cost, blur 2 cells"]
    assert costs.stages.data["words"] == ["blur 4 cells", "blur 2 cells", "blur 1 cell", "blur 0 cells"]
    assert costs.stages.data["x"] == [1, 4, 7, 10]
    assert costs.title.object.count("blur 0 cells") == 1
    for first in (0, 3, 6, 9):  # within a blur it falls
        assert (np.diff(found.costs["cost"][first : first + 3]) < 0).all()
    assert len(costs.sources["cost_gradient"].data["y"]) == 0
    shown = {item.label["value"]: item.visible for item in costs.figure.legend[0].items}
    assert shown["cost"]
    assert not shown["jumps"]
    np.testing.assert_allclose(judgement.sources["dis"].data["y"], found.errors["dis"][1])
    np.testing.assert_allclose(judgement.sources["estimate"].data["x"], [5, 10, 15])
    assert "end-point error" in judgement.table.object
    assert f"{found.angles['estimate']:.2g}°" in judgement.table.object
    assert found.angles["estimate"] == pytest.approx(scores.angular_error(found.estimate, found.scene))
    session.chosen.method = "persistence"
    settled(session)
    assert "no cost" in costs.title.object


def test_a_cost_without_stages_is_one_line():
    session = opened(method="fourdvar_strong")
    costs = Costs(session)
    session.outcome.param.trigger("result")
    np.testing.assert_allclose(costs.sources["cost"].data["y"], session.outcome.result.costs["cost"])
    assert set(costs.sources["cost"].data["label"]) == {"cost"}
    assert costs.stages.data["words"] == []


@pytest.mark.needs_data("radar_brest")
def test_a_forecast_that_goes_further_than_the_clock_says_so():
    session = opened(source="radar_brest", method="fourdvar_strong")
    assert session.moving.forecast().picture.title == "Forecast after 5 min, carried twice as far"
    session.chosen.configured.pace = 1.0
    session.start()
    assert settled(session).moving.forecast().picture.title == "Forecast after 5 min"
    session.select({"source": "rain_run"})
    settled(session)
    session.start()
    assert settled(session).moving.forecast().picture.title == "Forecast after 5 min"


def test_the_wheel_has_no_colour_at_rest_and_is_darker_beyond_its_rim():
    def colour(u: float, v: float) -> tuple[int, ...]:
        return tuple(int(part) for part in colours_of(np.array([[u]]), np.array([[v]]), 2.0)[0, 0])

    assert colour(0, 0) == (255, 255, 255, 255)
    assert colour(2, 0) == (255, 0, 0, 255)
    assert colour(1, 0) == (255, 127, 127, 255)  # 1 - r (1 - c)
    assert colour(4, 0) == (191, 0, 0, 255)  # 3/4 c
    assert colour(np.nan, 0)[3] == 0
    drawn = wheel()
    assert drawn[0, 0, 3] == 0
    assert tuple(drawn[40, 40]) == (255, 255, 255, 255)


def test_the_hues_are_the_55_of_baker():
    """RY 15, YG 6, GC 4, CB 11, BM 13, MR 6, as the code beside the paper makes them; rows running down there."""
    assert HUES.shape == (55, 3)
    for at, rgb in {0: (1, 0, 0), 15: (1, 1, 0), 21: (0, 1, 0), 25: (0, 1, 1), 36: (0, 0, 1), 49: (1, 0, 1)}.items():
        np.testing.assert_array_equal(HUES[at], rgb)
    np.testing.assert_allclose(HUES[5], (1, 1 / 3, 0))
    np.testing.assert_allclose(HUES[54], (1, 0, 1 / 6))
    south, north, west = (
        colours_of(np.array([[u]]), np.array([[v]]), 1.0)[0, 0, :3] for u, v in ((0, -1), (0, 1), (-1, 0))
    )
    np.testing.assert_allclose(south / 255, (HUES[13] + HUES[14]) / 2, atol=1 / 255)  # a quarter of 54 hues on
    np.testing.assert_allclose(north / 255, (HUES[40] + HUES[41]) / 2, atol=1 / 255)
    np.testing.assert_allclose(west / 255, HUES[27], atol=1 / 255)


def test_the_flow_says_its_speed_under_the_mouse_and_the_true_one_can_be_seen():
    session = opened(method="optical_flow", image="2")
    maps, controls = MotionMaps(session), MotionControls(session)
    session.outcome.param.trigger("scene", "result")
    source, estimate, truth = maps.flow.image, session.outcome.result.estimate, session.outcome.scene.truth
    np.testing.assert_array_equal(source.data["u"][0], estimate["u"][1])
    np.testing.assert_allclose(source.data["speed"][0], np.hypot(estimate["u"], estimate["v"])[1], rtol=1e-6)
    assert ("motion eastward", "@u{0.00} m/s") in maps.flow.hover.tooltips
    assert ("speed", "@speed{0.00} m/s") in maps.flow.hover.tooltips
    found = maps.flow.title.object
    assert controls.truth.visible
    controls.truth.value = True
    assert session.query()["flow_of"] == "true"
    np.testing.assert_array_equal(source.data["u"][0], truth["u"][1].astype("f4"))
    assert maps.flow.title.object == found.replace("Flow by", "True flow by")
    assert MotionSession().select({**session.query()}) == []
    session.select({"flow_of": ""})
    assert not controls.truth.value
    assert "flow_of" not in session.query()
    np.testing.assert_array_equal(source.data["v"][0], estimate["v"][1])


@pytest.mark.needs_data("radar_brest")
def test_where_nobody_knows_the_flow_the_found_one_is_shown():
    session = opened(source="radar_brest", method="optical_flow", flow_of="true")
    controls = MotionControls(session)
    session.outcome.param.trigger("scene")
    assert not controls.truth.visible
    assert session.moving.flow_title.startswith("Flow by colour")
    np.testing.assert_array_equal(session.moving.flow["u"], session.outcome.result.estimate["u"][0])


def test_weights_are_typed_and_their_arrows_go_by_their_size():
    session = opened(method="fourdvar_strong")
    own = Settings(session.chosen)
    gradient, pace, smoothing = (own.widgets[name] for name in ("gradient", "pace", "smoothing"))
    assert not hasattr(gradient, "orientation")  # no slider
    assert hasattr(smoothing, "orientation")
    assert (gradient.value, gradient.step) == (5e9, 5e8)
    gradient.value = 2e6
    assert session.chosen.configured.gradient == 2e6
    assert gradient.step == 5e5
    gradient.value = 0.0
    assert gradient.step == 5e8  # of the usual weight
    assert pace.value is None
    pace.value = 1.5
    assert session.chosen.configured.pace == 1.5
    pace.value = None
    assert session.chosen.configured.pace is None
    assert session.query().get("m.pace") is None


def test_the_space_key_plays_through_the_images():
    controls = MotionControls(opened(method="persistence"))
    controls.toggle_player()
    assert controls.image.direction == 1
    controls.toggle_player()
    assert controls.image.direction == 0


def test_a_server_is_warm_before_its_first_descent(monkeypatch):
    """Torch's optimiser imports for more than a second when it is first used."""
    done = []
    monkeypatch.setattr(app, "warm_up_descent", lambda: done.append(True))
    monkeypatch.setattr(app.gc, "freeze", lambda: None)
    monkeypatch.setattr(app, "_rehearse", lambda page: None)
    app.warm_up.__wrapped__()
    assert done


def test_the_motion_scenes_are_not_in_the_explorer(open_page):
    page = open_page()
    assert all(
        scenes.get(key).task == "resolution" for key in page.session.selection._catalogue if key in scenes.SCENES
    )
    assert "fourdvar" not in page.session.chosen.param.method.objects
