"""Two methods beside each other: what is run, what is shown, what a link keeps. No server."""

import numpy as np
import pytest
import stage

from explorer.drawing import pictures
from explorer.pages.resolution.figure import Resolution
from explorer.pages.resolution.script import code
from explorer.pages.resolution.views.details import Histogram, Scores, Transect
from explorer.pages.resolution.views.maps import Maps, Swipe
from explorer.pages.resolution.views.spectrum import Spectrum
from explorer.base.widgets.status import Status


@pytest.fixture
def compared(open_page):
    return open_page(method="bilinear", method_b="nearest").settle()


def test_both_run_on_the_same_scene_with_the_same_seed(compared):
    session = compared.session
    first, second = session.result, session.result_b
    assert (first.method, second.method) == ("bilinear", "nearest")
    assert first.scene is second.scene is session.scene
    assert first.asked[2] == second.asked[2]
    assert first.judged
    assert second.judged
    assert float(first.table["rmse"]) != float(second.table["rmse"])


def test_the_lower_maps_show_method_b_and_both_errors(compared):
    session = compared.session
    assert (session.lower_a, session.lower_b) == ("b:estimate", "b:error")
    truth = session.scene.truth["ssh"].values
    estimate, error = session.picture("b:estimate"), session.picture("b:error")
    np.testing.assert_array_equal(error.field.values, estimate.field.values - truth)
    assert error.limits_key == session.picture("error").limits_key
    assert estimate.title.startswith("B: ")
    session.method_b = ""
    compared.settle()
    assert session.result_b is None
    assert not any(map(pictures.needs_b, (session.lower_a, session.lower_b)))


def test_the_difference_is_a_minus_b(compared):
    session = compared.session
    shown = session.picture("difference")
    expected = session.picture("estimate").field.values - session.picture("b:estimate").field.values
    np.testing.assert_array_equal(shown.field.values, expected)
    assert np.abs(expected).max() > 0
    assert shown.field.attrs["units"] == "m"


def test_a_method_beside_itself_has_settings_of_its_own(open_page):
    page = open_page(method="bilinear", **{"m.consistent": "true"}).settle()
    session = page.session
    session.method_b = "bilinear"
    page.settle()
    assert session.configured_b.consistent  # it starts as A is
    session.configured_b.consistent = False
    page.settle()
    assert session.configured.consistent
    assert np.abs(session.picture("difference").field.values).max() > 0
    query = session.query()
    assert (query["m.consistent"], query["b.consistent"]) == ("true", "false")


def test_a_link_brings_both_back(compared, open_page):
    session = compared.session
    session.param.update(swipe="estimate,b:error", swipe_at=30, lower_b="difference")
    other = open_page(**session.query()).settle().session
    assert other.query() == session.query()
    for key in ("estimate", "b:estimate", "difference"):
        np.testing.assert_array_equal(other.picture(key).field.values, session.picture(key).field.values)
    assert other.swiped == ("estimate", "b:error")


@pytest.mark.parametrize(
    "text", ["estimate", "estimate,", "nothing,truth", "estimate,truth,50", "<b>,truth", "b:truth,input"]
)
def test_a_swipe_that_is_not_understood_is_refused(page, text):
    (complaint,) = page.session.select({"swipe": text})
    stage.one_sentence(complaint)
    assert page.session.swiped is None


def test_a_slow_method_b_waits_for_run_and_a_answers_at_once(open_page):
    page = open_page(method="bilinear", method_b="toy_dice").settle()
    session = page.session
    assert session.result.method == "bilinear"
    assert session.result_b is None
    session.run()
    page.settle()
    assert session.result_b.final
    assert not session.stale_b
    session.step_date(1)
    page.settle()
    assert not session.stale
    assert session.stale_b
    assert session.picture("b:estimate") is None  # of another scene
    assert session.dated("b:estimate")
    assert not session.dated("estimate")


def test_progress_counts_both_runs_and_never_falls(open_page):
    page = open_page(method="toy_dice", method_b="toy_dice").settle()
    seen = []
    page.session.param.watch(lambda event: seen.append(event.new), "progress")
    page.session.run()
    page.settle()
    shares = [share for share in seen if share is not None]
    assert shares == sorted(shares)
    assert any(share <= 0.5 for share in shares)
    assert shares[-1] == 1


def test_cancel_leaves_a_and_says_that_b_is_unfinished(open_page):
    page = open_page(method="bilinear", method_b="toy_dice").settle()
    session = page.session
    session.run()
    page.settle()
    before = session.result_b
    session.seed = 1
    page.settle()
    session.run()
    page.until(lambda: session.result_b is not before)
    assert not session.result_b.final
    session.cancel()
    assert not session.busy
    assert session.stale_b
    assert not session.stale


def test_a_method_b_that_breaks_leaves_a(open_page, quiet_log):
    page = open_page(method="bilinear", method_b="toy_broken").settle()
    session = page.session
    session.run()
    page.settle()
    stage.one_sentence(session.message)
    assert session.result.judged
    assert session.result.method == "bilinear"


def test_views_show_both(open_page):
    page = open_page()
    parts = {kind: kind(session=page.session) for kind in (Maps, Swipe, Spectrum, Scores, Histogram, Transect, Status)}
    page.session.select({"method": "bilinear", "method_b": "nearest", "probe": "60,40"})
    page.settle()
    session = page.session
    spectrum = parts[Spectrum]
    curve = session.result_b.curves["estimate"]
    np.testing.assert_array_equal(spectrum.sources["b:estimate"].data["y"], curve)
    for view in (spectrum, parts[Histogram], parts[Transect]):
        shown = [item.visible for item in view.figure.legend[0].items]
        assert shown[list(view.sources).index("b:estimate")]
    assert f"{float(session.result_b.table['rmse']):.4g}" in parts[Scores].view.object
    words = parts[Status].words()
    assert {"A", "B"} <= {word.split()[0] for word in words}
    assert sum("network calls" in word for word in words) == 2
    session.method_b = ""
    page.settle()
    assert len(spectrum.sources["b:estimate"].data["x"]) == 0
    assert not spectrum.figure.legend[0].items[list(spectrum.sources).index("b:estimate")].visible


def test_a_swipe_draws_its_two_maps_and_no_others(open_page):
    page = open_page()
    six, two = Maps(session=page.session), Swipe(session=page.session)
    shown = six.__panel__(), two.__panel__()
    page.settle()
    assert [part.visible for part in shown] == [True, False]
    page.session.swipe = "input,truth"
    assert [part.visible for part in shown] == [False, True]
    truth = page.session.scene.truth["ssh"].values
    np.testing.assert_array_equal(two.panes["right"].image.data_source.data["image"][0], truth)
    before = six.panes["truth"].image.data_source.data
    page.session.step_date(1)
    page.settle()
    assert six.panes["truth"].image.data_source.data is before  # nobody sees it
    page.session.swipe = ""
    now = page.session.scene.truth["ssh"].values
    np.testing.assert_array_equal(six.panes["truth"].image.data_source.data["image"][0], now)


def test_figure_and_file_have_both(compared):
    session = compared.session
    session.lower_b = "difference"
    screen = Resolution.of(session)
    seen = [text.get_text() for ax in screen.figure().axes for text in (*ax.texts, ax.title)]
    assert {"A", "B", "bicubic", f"{float(session.result_b.table['rmse']):.4g}"} <= set(seen)
    assert any("Difference: Bilinear - Nearest" in text for text in seen)
    data = screen.dataset()
    np.testing.assert_array_equal(data["b_prediction"], session.picture("b:estimate").field)
    np.testing.assert_array_equal(data["difference"], session.picture("difference").field)
    assert "standard_name" not in data["difference"].attrs


def test_the_code_has_both(compared):
    session = compared.session
    space: dict = {}
    session.lower_b = "difference"
    exec(code(session), space)
    for key in ("estimate", "error", "b:estimate", "difference"):
        np.testing.assert_array_equal(space["maps"][key].values, session.picture(key).field.values)


def test_a_link_to_the_end_of_both_runs_runs_both_again(open_page):
    page = open_page(method="bilinear", method_b="toy_dice").settle()
    assert "run" not in page.session.query()
    page.session.run()
    page.settle()
    query = page.session.query()
    assert query["run"] == "true"
    other = open_page(**query).settle().session
    np.testing.assert_array_equal(other.picture("b:error").field, page.session.picture("b:error").field)
