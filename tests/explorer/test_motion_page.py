"""The page "Motion" without a server: what is selected, what descends, what is drawn."""

import time

import numpy as np
import pytest
from motions import moved, settled

from engine import scenes, scores
from explorer.jobs import CACHE
from explorer.motion import MotionSession
from explorer.moving import colours_of
from explorer.views.motion import MotionControls, MotionStatus
from explorer.views.motion_curves import Costs, Judgement
from explorer.views.motion_maps import MotionMaps

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
    assert session.scene.key == "rain_run"
    assert session.result.final
    assert "forecast" in session.result.estimate
    assert session.result.costs["cost"].size == session.result.index  # every iterate and the forecast
    relative, rmse = session.result.errors["estimate"]
    assert relative == pytest.approx(scores.relative_endpoint_error(session.result.estimate, session.scene))
    assert rmse.shape == (3,)
    assert session.result.errors["persistence"][0] == pytest.approx(1)
    assert set(session.result.errors) == {"estimate", "persistence", "dis", "farneback"}


def test_only_what_moves_is_offered():
    session = opened(method="persistence")
    assert "ocean_run" not in session.param.source.objects
    assert {"sst_run", "rain_run", "radar_brest"} <= set(session.param.source.objects)
    assert "bicubic" not in session.param.method.objects
    assert "consistent" not in session.query()


def test_a_cheap_method_follows_at_once_and_4dvar_waits_for_run():
    session = opened(method="persistence")
    session.time = session.param.time.objects[3]
    assert not settled(session).stale
    assert session.result.scene.time == session.time
    session.method = "fourdvar"
    settled(session)
    assert session.stale
    session.configured.iterations = 2
    session.run()
    assert not settled(session).stale
    assert session.result.title == "4D-Var with a spectral prior"


def test_cancel_keeps_the_best_iterate():
    session = MotionSession()
    session.select({"m.iterations": "300", "source": "sst_run"})
    end = time.monotonic() + 60
    while session.result is None and time.monotonic() < end:
        time.sleep(0.01)
    session.cancel()
    assert not session.busy
    found = session.result
    time.sleep(1)
    assert session.result is found
    assert not found.final
    assert np.isfinite(found.estimate["u"]).all()
    status = MotionStatus(session)
    session.param.trigger("result")
    assert "cancelled: the best flow so far" in status.text.object


def test_a_link_brings_the_same_settings():
    session = opened(source="sst_run", region="north", gaps="0.2", method="optical_flow", image="3", lead="2")
    again = MotionSession()
    assert again.select(session.query()) == []
    assert settled(again).query() == session.query()
    np.testing.assert_array_equal(again.result.estimate["u"], session.result.estimate["u"])


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
    assert session.message == complaint
    assert session.result is not None


def test_what_is_missing_is_offered_for_download(monkeypatch, tmp_path):
    monkeypatch.setenv("FINESCALE_DATA", str(tmp_path))
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path))
    session = opened(source="radar_brest", method="persistence")
    assert "not downloaded" in session.message
    assert len(session.missing) == 1


def test_maps_show_the_image_the_flow_and_what_came():
    session = opened(method="optical_flow")
    maps, controls = MotionMaps(session), MotionControls(session)
    for name in ("scene", "result"):
        session.param.trigger(name)
    shown = {name: pane.image.data_source.data["image"][0] for name, pane in maps.panes.items()}
    low, truth, estimate = session.scene.problem.low["rain_rate"], session.scene.truth, session.result.estimate
    np.testing.assert_array_equal(shown["given"], low[0])
    np.testing.assert_array_equal(shown["happened"], truth["rain_rate"][0])
    np.testing.assert_array_equal(shown["forecast"], estimate["forecast"][0])
    np.testing.assert_allclose(shown["difference"], estimate["forecast"][0] - truth["rain_rate"][0], atol=1e-6)
    np.testing.assert_allclose(shown["error"], scores.endpoint_error(estimate, truth)[0], atol=1e-5)
    assert len(maps.arrows.data["xs"]) > 100
    assert maps.flow.image.data["image"][0].shape == (128, 128)
    session.flow = "none"
    assert len(maps.arrows.data["xs"]) == 0
    controls.image.value, controls.lead.value = controls.image.options[2], controls.lead.options[1]
    assert (session.image, session.lead) == (3, 2)
    np.testing.assert_array_equal(maps.panes["given"].image.data_source.data["image"][0], low[2])
    np.testing.assert_array_equal(maps.panes["forecast"].image.data_source.data["image"][0], estimate["forecast"][1])
    assert "after 10 min" in maps.panes["forecast"].title.object


def test_costs_and_errors_are_drawn():
    session = opened()
    costs, judgement = Costs(session), Judgement(session)
    session.param.trigger("result")
    found = session.result
    np.testing.assert_allclose(costs.sources["cost"].data["y"], found.costs["cost"])
    assert len(costs.sources["cost_gradient"].data["y"]) == 0
    shown = {item.label["value"]: item.visible for item in costs.figure.legend[0].items}
    assert shown["cost"]
    assert not shown["jumps"]
    np.testing.assert_allclose(judgement.sources["dis"].data["y"], found.errors["dis"][1])
    np.testing.assert_allclose(judgement.sources["estimate"].data["x"], [5, 10, 15])
    assert "end-point error" in judgement.table.object
    session.method = "persistence"
    settled(session)
    assert "no cost" in costs.title.object


def test_the_wheel_has_every_direction_and_no_colour_at_rest():
    still = colours_of(np.zeros((1, 1)), np.zeros((1, 1)), 1.0)[0, 0]
    assert tuple(still) == (255, 255, 255, 255)
    east, north, west, south = (
        tuple(int(part) for part in colours_of(np.array([[u]]), np.array([[v]]), 1.0)[0, 0, :3])
        for u, v in ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))
    )
    assert east == (255, 0, 0)
    assert len({east, north, west, south}) == 4
    assert colours_of(np.array([[np.nan]]), np.array([[0.0]]), 1.0)[0, 0, 3] == 0


def test_the_motion_scenes_are_not_in_the_explorer(open_page):
    page = open_page()
    assert all(scenes.get(key).task == "resolution" for key in page.session._catalogue if key in scenes.SCENES)
    assert "fourdvar" not in page.session.param.method.objects
