"""Two methods beside each other: what is run, what is shown, what a link keeps. No server."""

import numpy as np
import pytest
import stage

from explorer.base.widgets.forms import Settings
from explorer.drawing import pictures
from explorer.pages.resolution.figure import ResolutionScreen
from explorer.pages.resolution.page import picture as picture_of
from explorer.pages.resolution.script import code
from explorer.pages.resolution.views.histogram import Histogram
from explorer.pages.resolution.views.large import Large
from explorer.pages.resolution.views.maps import Maps
from explorer.pages.resolution.views.scores import Scores
from explorer.pages.resolution.views.spectrum import Spectrum
from explorer.pages.resolution.views.status import Status
from explorer.pages.resolution.views.transect import Transect


@pytest.fixture
def compared(open_page):
    return open_page(method="bilinear", method_b="nearest").settle()


def test_both_run_on_the_same_scene_with_the_same_seed(compared):
    session = compared.session
    first, second = session.outcome.result, session.comparison.result_b
    assert (first.method, second.method) == ("bilinear", "nearest")
    assert first.scene is second.scene is session.outcome.scene
    assert first.asked[2] == second.asked[2]
    assert first.judged
    assert second.judged
    assert float(first.table["rmse"]) != float(second.table["rmse"])


def test_the_lower_maps_show_method_b_and_both_errors(compared):
    session = compared.session
    assert (session.display.lower_a, session.display.lower_b) == ("b:estimate", "b:error")
    truth = session.outcome.scene.truth["ssh"].values
    estimate, error = session.display.picture("b:estimate"), session.display.picture("b:error")
    np.testing.assert_array_equal(error.field.values, estimate.field.values - truth)
    assert error.limits_key == session.display.picture("error").limits_key
    assert estimate.title.startswith("B: ")
    session.comparison.method_b = ""
    compared.settle()
    assert session.comparison.result_b is None
    assert not any(map(pictures.needs_b, (session.display.lower_a, session.display.lower_b)))


def test_the_difference_is_a_minus_b(compared):
    session = compared.session
    shown = session.display.picture("difference")
    expected = session.display.picture("estimate").field.values - session.display.picture("b:estimate").field.values
    np.testing.assert_array_equal(shown.field.values, expected)
    assert np.abs(expected).max() > 0
    assert shown.field.attrs["units"] == "m"


def test_a_method_beside_itself_has_settings_of_its_own(open_page):
    page = open_page(method="bilinear", **{"m.consistent": "true"}).settle()
    session = page.session
    session.comparison.method_b = "bilinear"
    page.settle()
    assert session.comparison.configured_b.consistent  # it starts as A is
    session.comparison.configured_b.consistent = False
    page.settle()
    assert session.chosen.configured.consistent
    assert np.abs(session.display.picture("difference").field.values).max() > 0
    query = session.query()
    assert (query["m.consistent"], query["b.consistent"]) == ("true", "false")


def test_a_method_that_has_been_taken_away_may_still_change(open_page):
    session = open_page(method="bilinear", method_b="bilinear").settle().session
    own, gone = Settings(session.comparison, "configured_b"), session.comparison.configured_b
    widget = own.widgets["consistent"]
    session.comparison.method_b = ""
    gone.consistent = widget.value = True
    assert session.comparison.configured_b is None


def test_a_link_brings_both_back(compared, open_page):
    session = compared.session
    session.stage.param.update(stage="swipe", shown="estimate,b:error", swipe_at=30)
    session.display.lower_b = "difference"
    other = open_page(**session.query()).settle().session
    assert other.query() == session.query()
    for key in ("estimate", "b:estimate", "difference"):
        np.testing.assert_array_equal(
            other.display.picture(key).field.values, session.display.picture(key).field.values
        )
    assert other.stage.large == ["estimate", "b:error"]


@pytest.mark.parametrize("text", ["estimate,,", "nothing,truth", "estimate,truth,50", "<b>,truth", "b:truth,input"])
@pytest.mark.parametrize("name", ["shown", "swipe"])
def test_maps_that_are_not_understood_are_refused(page, name, text):
    before = page.session.stage.shown
    (complaint,) = page.session.select({name: text})
    stage.one_sentence(complaint)
    assert page.session.stage.shown == before


def test_a_link_of_before_the_stage_shows_what_it_showed(page):
    session = page.session
    session.select({"source": "toy_sea", "lower_a": "guide:sst", "swipe": "input,truth"})
    assert (session.stage.stage, session.stage.large, session.stage.quantity) == ("swipe", ["input", "truth"], "field")
    session.select({"source": "toy_sea", "lower_a": "guide:sst", "lower_b": "estimate:vorticity"})
    assert (session.stage.stage, session.stage.quantity) == ("6", "field")


def test_a_slow_method_b_waits_for_run_and_a_answers_at_once(open_page):
    page = open_page(method="bilinear", method_b="toy_dice").settle()
    session = page.session
    assert session.outcome.result.method == "bilinear"
    assert session.comparison.result_b is None
    session.start()
    page.settle()
    assert session.comparison.result_b.final
    assert not session.comparison.stale_b
    session.step_date(1)
    page.settle()
    assert not session.outcome.stale
    assert session.comparison.stale_b
    assert session.display.picture("b:estimate") is None  # of another scene
    assert session.display.dated("b:estimate")
    assert not session.display.dated("estimate")


def test_progress_counts_both_runs_and_never_falls(open_page):
    page = open_page(method="toy_dice", method_b="toy_dice").settle()
    seen = []
    page.session.watch(lambda event: seen.append(event.new), "progress")
    page.session.start()
    page.settle()
    shares = [share for share in seen if share is not None]
    assert shares == sorted(shares)
    assert any(share <= 0.5 for share in shares)
    assert shares[-1] == 1


def test_cancel_leaves_a_and_says_that_b_is_unfinished(open_page, keeping_up):
    page = open_page(method="bilinear", method_b="toy_dice").settle()
    session = page.session
    session.start()
    page.settle()
    before = session.comparison.result_b
    session.chosen.seed = 1
    page.settle()
    session.start()
    page.until(lambda: session.comparison.result_b is not before)
    assert not session.comparison.result_b.final
    session.cancel()
    page.settle()
    assert not session.run.busy
    assert not session.comparison.stale_b
    assert not session.outcome.stale
    assert not session.ran


def test_a_method_b_that_breaks_leaves_a(open_page, quiet_log):
    page = open_page(method="bilinear", method_b="toy_broken").settle()
    session = page.session
    session.start()
    page.settle()
    stage.one_sentence(session.run.message)
    assert session.outcome.result.judged
    assert session.outcome.result.method == "bilinear"


def test_views_show_both(open_page):
    page = open_page()
    parts = {kind: kind(session=page.session) for kind in (Maps, Large, Spectrum, Scores, Histogram, Transect, Status)}
    page.session.select({"method": "bilinear", "method_b": "nearest", "probe": "60,40"})
    page.settle()
    session = page.session
    spectrum = parts[Spectrum]
    curve = session.comparison.result_b.curves["estimate"]
    np.testing.assert_array_equal(spectrum.sources["b:estimate"].data["y"], curve)
    for view in (spectrum, parts[Histogram], parts[Transect]):
        shown = [item.visible for item in view.figure.legend[0].items]
        assert shown[list(view.sources).index("b:estimate")]
    assert f"{float(session.comparison.result_b.table['rmse']):.4g}" in parts[Scores].view.object
    words = parts[Status].words()
    assert {"A", "B"} <= {word.split()[0] for word in words}
    assert sum("network calls" in word for word in words) == 2
    session.comparison.method_b = ""
    page.settle()
    assert len(spectrum.sources["b:estimate"].data["x"]) == 0
    assert not spectrum.figure.legend[0].items[list(spectrum.sources).index("b:estimate")].visible


def test_a_swipe_draws_its_two_maps_and_no_others(open_page):
    page = open_page()
    page.session.stage.param.update(stage="6", quantity="field")
    six, two = Maps(session=page.session), Large(session=page.session)
    shown = picture_of(page.session)
    page.settle()
    assert [part.visible for part in shown[:2]] == [True, False]
    page.session.stage.param.update(stage="swipe", shown="input,truth")
    assert [part.visible for part in shown[:2]] == [False, True]
    truth = page.session.outcome.scene.truth["ssh"].values
    np.testing.assert_array_equal(two.panes["second"].image.data_source.data["image"][0], truth)
    before = six.panes["truth"].image.data_source.data
    page.session.step_date(1)
    page.settle()
    assert six.panes["truth"].image.data_source.data is before  # nobody sees it
    page.session.stage.stage = "6"
    now = page.session.outcome.scene.truth["ssh"].values
    np.testing.assert_array_equal(six.panes["truth"].image.data_source.data["image"][0], now)


def test_figure_and_file_have_both(compared):
    session = compared.session
    session.display.lower_b = "difference"
    screen = ResolutionScreen.of(session)
    seen = [text.get_text() for ax in screen.figure().axes for text in (*ax.texts, ax.title)]
    assert {"A", "B", "bicubic", f"{float(session.comparison.result_b.table['rmse']):.4g}"} <= set(seen)
    assert any("Difference: Bilinear - Nearest" in text for text in seen)
    data = screen.dataset()
    np.testing.assert_array_equal(data["b_prediction"], session.display.picture("b:estimate").field)
    np.testing.assert_array_equal(data["difference"], session.display.picture("difference").field)
    assert "standard_name" not in data["difference"].attrs


def test_the_code_has_both(compared):
    session = compared.session
    space: dict = {}
    session.display.lower_b = "difference"
    exec(code(session), space)
    for key in ("estimate", "error", "b:estimate", "difference"):
        np.testing.assert_array_equal(space["maps"][key].values, session.display.picture(key).field.values)


def test_a_link_to_the_end_of_both_runs_runs_both_again(open_page):
    page = open_page(method="bilinear", method_b="toy_dice").settle()
    assert "run" not in page.session.query()
    page.session.start()
    page.settle()
    query = page.session.query()
    assert query["run"] == "true"
    other = open_page(**query).settle().session
    np.testing.assert_array_equal(other.display.picture("b:error").field, page.session.display.picture("b:error").field)
