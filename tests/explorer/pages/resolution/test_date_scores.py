"""The curve under the date slider, and the player, without a server."""

import numpy as np
import pytest
import stage
from bokeh.events import Tap

from engine.evaluation.evaluate import evaluate
from explorer.base.widgets.player import FASTEST, SLOWEST, date_player
from explorer.pages.resolution.controls import Controls
from explorer.pages.resolution.views.date_scores import DateScoresView

pytestmark = pytest.mark.filterwarnings("ignore:Both 'variant' and 'button_style':PendingDeprecationWarning")
DATES = [f"2010-01-0{day}" for day in range(1, 7)]


@pytest.fixture
def scored(open_page, no_data, monkeypatch):
    """Opens a page with the curve, whose data say their version, with an empty cache of rows."""
    monkeypatch.setattr(stage.Sea, "version", lambda self, time: "analytic", raising=False)

    def start(**chosen):
        page = open_page()
        view = DateScoresView(page.session)
        page.session.select({"source": "toy_sea", **chosen})
        page.settle()
        return page, view

    return start


def learned(page, count: int):
    return page.until(lambda: len(page.session.over_time.errors) >= count)


def test_it_is_made_when_a_second_date_is_known_and_the_others_are_gaps(scored):
    page, view = scored(method="nearest", time=DATES[3])
    learned(page, 1)
    assert not view.view.visible
    assert not view.view.objects
    page.session.selection.time = DATES[5]
    learned(page.settle(), 2)
    assert view.view.visible
    method, bicubic = (view.source.data[name] for name in ("method", "bicubic"))
    np.testing.assert_array_equal(np.isfinite(method), [False, False, False, True, False, True])
    result = page.session.outcome.result
    assert method[5] == float(result.table["rmse"])
    assert bicubic[5] == float(result.reference["rmse"])
    assert view.now.location == 5.0


def test_what_was_evaluated_before_is_known_at_once(scored):
    kept = evaluate("toy_sea", ["nearest"], times=DATES, regions=["all"], cache=True, scheduler="synchronous")
    bicubic = evaluate("toy_sea", ["bicubic"], times=DATES, regions=["all"], scheduler="synchronous")
    page, view = scored(method="nearest", region="all")
    learned(page, 6)
    np.testing.assert_allclose(view.source.data["method"], kept["rmse"])
    np.testing.assert_allclose(view.source.data["bicubic"], bicubic["rmse"], rtol=1e-6)


def test_rows_of_other_settings_are_not_taken_for_these(scored):
    evaluate("toy_sea", ["nearest"], times=DATES, regions=["all"], factor=2, cache=True, scheduler="synchronous")
    page, _view = scored(method="nearest", region="all")
    learned(page, 1)
    page.session.selection.time = DATES[4]
    learned(page.settle(), 2)
    assert len(page.session.over_time.errors) == 2


def test_each_choice_has_its_own_curve_which_is_there_again_after_a_look_at_another(scored):
    page, _view = scored(method="nearest", time=DATES[3])
    page.session.selection.time = DATES[5]
    learned(page.settle(), 2)
    before = dict(page.session.over_time.errors)
    page.session.chosen.method = "bilinear"
    page.settle()
    assert len(page.session.over_time.errors) == 1
    page.session.chosen.method = "nearest"
    learned(page.settle(), 2)
    assert page.session.over_time.errors == before


def test_a_click_chooses_a_date(scored):
    page, view = scored(method="nearest", time=DATES[3])
    page.session.selection.time = DATES[5]
    learned(page.settle(), 2)
    view.figure._trigger_event(Tap(view.figure, x=3.8, y=0.0))
    assert page.settle().session.selection.time == DATES[4]
    view.figure._trigger_event(Tap(view.figure, x=9.0, y=0.0))
    assert page.settle().session.selection.time == DATES[5]


def test_the_player_is_no_faster_than_pictures_can_come(open_page):
    player = date_player()
    player.interval = 3
    assert player.interval == FASTEST
    player.interval = 60_000
    assert player.interval == SLOWEST


def test_the_curve_stands_below_the_dates(open_page):
    controls = Controls(open_page(method="bicubic").settle().session)
    panel = controls.__panel__()
    scene = next(part for part in panel if controls.dates in list(getattr(part, "objects", [])))
    assert scene.objects.index(controls.date_scores.view) == scene.objects.index(controls.dates) + 1
