"""Ensembles on the page: which member is shown, the spread, thumbnails, reliability."""

import numpy as np
import pytest
import xarray as xr
from bokeh.events import Tap

from engine import scores
from explorer.base import link
from explorer.base.widgets.text import number
from explorer.drawing.lines import thinned
from explorer.drawing.pictures import picture
from explorer.jobs import events, resolution_run
from explorer.pages.resolution.choices import threshold
from explorer.pages.resolution.details import ALWAYS, OF_MEMBERS, Details
from explorer.pages.resolution.views import reliability
from explorer.pages.resolution.views.film import Film, chosen
from explorer.pages.resolution.views.members import PIXELS, Members, _places
from explorer.pages.resolution.views.reliability import Reliability
from explorer.pages.resolution.views.schedule import Schedule
from explorer.pages.resolution.views.scores import Scores, value
from explorer.pages.resolution.views.spectrum import Spectrum
from explorer.pages.resolution.views.status import Status

pytestmark = pytest.mark.filterwarnings("ignore:Both 'variant' and 'button_style':PendingDeprecationWarning")


@pytest.fixture
def dice(open_page):
    """A page with three members of the toy sea."""
    return run(open_page(method="toy_members"))


def run(page):
    page.settle().session.start()
    return page.settle()


def test_a_member_or_the_mean_is_shown_and_the_title_says_which(dice):
    session = dice.session
    members = session.outcome.result.estimate["ssh"]
    assert session.chosen.ensemble
    shown = session.display.picture("estimate")
    np.testing.assert_allclose(shown.field, members.mean("member"), atol=1e-6)
    assert shown.title == "Prediction: Toy, members, mean of 3"
    session.display.member = 2
    shown, error = session.display.picture("estimate"), session.display.picture("error")
    np.testing.assert_array_equal(shown.field, members[1])
    assert shown.title == "Prediction: Toy, members, member 2"
    np.testing.assert_array_equal(error.field, members[1].values - session.outcome.scene.truth["ssh"].values)
    session.display.member = 9  # there is none: the mean
    np.testing.assert_allclose(session.display.picture("estimate").field, members.mean("member"), atol=1e-6)


def test_the_member_is_in_the_link_and_back_forgets_it(dice):
    session = dice.session
    assert "member" not in session.query()
    session.display.member = 3
    assert session.query()["member"] == "3"
    assert session.select({"member": ""}) == []
    assert session.display.member is None
    (complaint,) = session.select({"member": "0"})
    assert "member" in complaint


def test_the_spread_is_offered_with_members_alone(dice):
    session = dice.session
    assert "spread" in session.display.lower_choices.values()
    spread = picture("spread", session.outcome.scene, session.outcome.result)
    np.testing.assert_allclose(spread.field, session.outcome.result.estimate["ssh"].std("member", ddof=1), rtol=1e-5)
    assert spread.field.attrs["units"] == "m"
    assert picture("spread", session.outcome.scene, None) is None
    session.select({"lower_b": "spread", "method": "bicubic"})
    dice.settle()
    assert not session.chosen.ensemble
    assert "spread" not in session.display.lower_choices.values()
    assert session.display.lower_b in session.display.lower_choices.values()


def test_thumbnails_show_every_member_on_the_colours_of_the_maps(dice):
    session = dice.session
    view = Members(session)
    session.outcome.param.trigger("result")
    assert len(view.images.data["image"]) == 3
    for image, member in zip(
        view.images.data["image"], thinned(session.outcome.result.members.values, PIXELS), strict=True
    ):
        np.testing.assert_array_equal(image, member)
    low, high = session.display.limits_of(session.display.picture("estimate"))
    assert (view.mapper.low, view.mapper.high) == (low, high)
    assert list(view.numbers.data["Label"]) == ["1", "2", "3"]
    assert "3 members; the maps show the mean" in view.title.object


def test_thumbnails_and_frames_are_framed_by_the_browser_with_true_aspect(dice):
    for view in (Members(dice.session), Film(dice.session)):
        x0, x1, y0, y1, aspect = view.box.data["box"]
        image = next(r.data_source.data for r in view.figure.renderers if "dw" in r.data_source.data)
        assert aspect == 1
        assert x0 < min(image["x"])
        assert max(np.add(image["x"], image["dw"])) <= x1
        assert y0 < min(image["y"])
        assert max(np.add(image["y"], image["dh"])) < y1
        ny, nx = np.shape(image["image"][0])
        assert image["dh"][0] / image["dw"][0] == pytest.approx(ny / nx)


def test_a_click_on_a_thumbnail_shows_that_member_and_another_the_mean(dice):
    session = dice.session
    view = Members(session)
    session.outcome.param.trigger("result")
    left, bottom, wide, high = _places(thinned(session.outcome.result.members.values, PIXELS))
    tap = Tap(view.figure, x=left[1] + wide / 2, y=bottom[1] + high / 2)
    view._tapped(tap)
    assert session.display.member == 2
    assert view.frame.data["left"] == [left[1]]
    assert "the maps show the member 2" in view.title.object
    view._tapped(Tap(view.figure, x=left[0] - 0.5, y=0.0))  # beside them all
    assert session.display.member == 2
    view._tapped(tap)
    assert session.display.member is None
    assert view.frame.data["left"] == []


@pytest.mark.parametrize("count", [1, 3, 8, 16, 64])
@pytest.mark.parametrize("shape", [(64, 64), (30, 90), (90, 30)])
def test_thumbnails_do_not_overlap(count, shape):
    left, bottom, wide, high = _places(np.zeros((count, *shape)))
    assert len(set(zip(left, bottom, strict=True))) == count
    assert high / wide == pytest.approx(shape[0] / shape[1])
    for x, y in zip(left, bottom, strict=True):
        near = [(a, b) for a, b in zip(left, bottom, strict=True) if abs(a - x) < wide and abs(b - y) < high]
        assert near == [(x, y)]


def test_play_shows_one_member_after_the_other(dice):
    session = dice.session
    view = Members(session)
    session.outcome.param.trigger("result")
    seen = []
    for _ in range(4):
        view.advance()
        seen.append(session.display.member)
    assert seen == [1, 2, 3, 1]
    assert not view.play.disabled
    view.play.value = True
    assert view._film is not None
    view.play.value = False
    assert view._film is None
    assert session.display.member is None
    view.play.value = True
    session.chosen.method = "bicubic"  # nothing is left to play
    dice.settle()
    assert view.play.disabled
    assert view._film is None


def test_spectrum_ranks_and_scores_fill_up_while_members_are_made(open_page, monkeypatch):
    monkeypatch.setattr(resolution_run.Glimpse, "PACE", 0)
    page = open_page(method="toy_growing").settle()
    session = page.session
    spectrum, reliability, table = Spectrum(session), Reliability(session), Scores(session)
    seen = []

    def note(event) -> None:
        power = spectrum.sources["members"].data["y"]
        titles = spectrum.title.object, reliability.titles[0].object, table.view.object
        seen.append((event.new.scored, np.array(power), session.outdated, titles))

    session.outcome.param.watch(note, "result", precedence=1)
    session.start()
    page.settle()
    of_two, of_four, of_all = (next(one for one in seen if one[0] == count and one[1].size) for count in (2, 4, 0))
    assert not np.array_equal(of_two[1], of_four[1])
    assert not np.array_equal(of_four[1], of_all[1])
    assert not any(outdated for _, _, outdated, _ in (of_two, of_four, of_all))
    assert "of the first 2 members" in of_two[3][0]
    assert "4 members so far" in of_four[3][1]
    assert "So far of 4 members" in of_four[3][2]
    assert not any(words in title for title in of_all[3] for words in ("so far", "So far", "of the first"))


def test_the_crps_of_a_single_field_is_its_mean_absolute_error(dice):
    result = dice.session.outcome.result
    assert "crps" in result.table
    assert value(result.reference, "crps") == number(float(result.reference["mae"]))
    assert value(result.table, "crps") == number(float(result.table["crps"]))
    assert value(result.reference, "spread_skill") == ""


def test_chances_given_to_a_few_cells_are_not_drawn(dice, monkeypatch):
    chances = events.reliability(dice.session.outcome.result)
    counts = np.sort(chances["cells"].values)
    monkeypatch.setattr(reliability, "FEWEST", counts[1])
    drawn = Reliability(dice.session).chances.renderers[0].data_source.data
    many = chances["cells"].values >= counts[1]
    assert not many.all()
    np.testing.assert_array_equal(drawn["x"], chances["forecast"].values[many])


def test_the_film_shows_what_was_seen_and_what_it_was_taken_for(dice):
    session = dice.session
    view = Film(session)
    film = session.outcome.result.film
    for name, source in (("noisy", view.noisy), ("clean", view.clean)):
        for image, frame in zip(source.data["image"], thinned(film[name].values, 56), strict=True):
            np.testing.assert_array_equal(image, frame)
    assert list(view.words.data["Label"]) == ["1", "2", "3", "seen", "taken\nfor"]
    assert (view.mapper.low, view.mapper.high) == session.display.limits_of(session.display.picture("estimate"))
    session.chosen.method = "bicubic"
    dice.settle()
    assert len(view.noisy.data["image"]) == 0
    assert "start from noise" in view.title.object


@pytest.mark.parametrize("count", [1, 2, 10, 11, 64])
def test_a_long_film_is_shown_from_its_first_to_its_last_frame(count):
    shown = chosen(count)
    assert len(shown) == min(count, 10)
    assert shown[0] == 0
    assert shown[-1] == count - 1
    assert shown == sorted(set(shown))


def test_the_probability_of_an_event_is_the_share_of_members(dice):
    session = dice.session
    members, truth = session.outcome.result.members, session.outcome.scene.truth["ssh"]
    high = float(truth.quantile(0.9))
    shown = session.display.picture("probability")
    np.testing.assert_allclose(shown.field, (members > high).mean("member"))
    assert f"above {high:.3g} m" in shown.title
    assert session.display.limits_of(shown) == (0.0, 1.0)
    assert shown.field.attrs["units"] == "1"


def test_without_a_truth_the_event_is_one_of_the_input(open_page):
    session = run(open_page(source="toy_unseen", method="toy_members")).session
    high = float(session.outcome.scene.problem.low["ssh"].quantile(0.9))
    assert f"above {high:.3g} m" in session.display.picture("probability").title


def test_reliability_shows_ranks_and_probabilities(dice):
    session, result = dice.session, dice.session.outcome.result
    view = Reliability(session)
    truth, members = result.scene.truth["ssh"], result.estimate["ssh"]
    np.testing.assert_allclose(result.ranks, scores.rank_histogram(members, truth))
    bars, flat = (r.data_source.data for r in view.ranks.renderers)
    np.testing.assert_allclose(bars["top"], result.ranks)
    assert flat["y"] == [0.25, 0.25]
    usual = float(truth.quantile(0.9))
    expected = scores.reliability(members, truth, usual)
    line = view.chances.renderers[0].data_source.data
    np.testing.assert_allclose(line["y"], expected["observed"])
    assert f"Above {usual:.3g} m" in view.titles[1].object
    assert f"{result.ranks.attrs['reliability_index']:.2f}" in view.titles[0].object


def test_the_threshold_of_the_event_can_be_chosen(dice):
    session, truth = dice.session, dice.session.outcome.result.scene.truth["ssh"]
    view = Reliability(session)
    session.display.threshold = middle = float(truth.median())
    expected = scores.reliability(session.outcome.result.members, truth, middle)
    np.testing.assert_allclose(view.chances.renderers[0].data_source.data["y"], expected["observed"])
    shown = session.display.picture("probability")
    np.testing.assert_allclose(shown.field, scores.probability(session.outcome.result.members, middle))
    assert f"above {middle:.3g} m" in shown.title
    assert session.query()["threshold"] == link.text(middle)
    session.input.field = next(name for name in session.input.param.field.objects if name != session.input.field)
    assert session.display.threshold is None  # another unit


def test_what_is_sent_is_what_the_figures_draw(dice):
    """Every field that a glyph reads is a column of its source, all of one length."""
    members, reliability, film = Members(dice.session), Reliability(dice.session), Film(dice.session)
    dice.session.display.member = 1
    for renderer in (
        *film.figure.renderers,
        *members.figure.renderers,
        *reliability.ranks.renderers,
        *reliability.chances.renderers,
    ):
        read = {spec.field for spec in renderer.glyph.properties_with_values().values() if hasattr(spec, "field")}
        columns = renderer.data_source.data
        assert read <= set(columns)
        assert len({len(column) for column in columns.values()}) == 1
        assert len(next(iter(columns.values()))) > 0


def test_a_method_without_members_empties_both(dice):
    session = dice.session
    views = Members(session), Reliability(session)
    session.chosen.method = "bicubic"
    dice.settle()
    assert "gives one field" in views[0].title.object
    assert len(views[0].images.data["image"]) == 0
    assert "gives one field" in views[1].titles[0].object
    assert all(
        len(r.data_source.data["x" if "x" in r.data_source.data else "top"]) == 0 for r in views[1].ranks.renderers
    )


def test_the_tabs_of_ensembles_come_and_go_with_the_method(dice):
    session = dice.session
    details = Details(session)
    tabs, titles, own = details.tabs.tabs, list(ALWAYS | OF_MEMBERS), f"& .MuiTab-root:nth-of-type(n+{len(ALWAYS) + 1})"
    assert titles[-4:] == ["Members", "Reliability", "Film", "Schedule"]
    assert tabs.sx[own] == {"order": -1}
    session.chosen.method = "bicubic"
    assert tabs.sx[own] == {"display": "none"}
    assert tabs.active == 0
    session.chosen.method = "toy_members"
    assert tabs.sx[own] == {"order": -1}
    assert titles[tabs.active] == "Members"


def test_of_an_ensemble_without_a_truth_nothing_is_claimed(open_page):
    session = run(open_page(source="toy_unseen", method="toy_members")).session
    assert session.outcome.result.members is not None
    assert session.outcome.result.ranks is None
    view = Reliability(session)
    assert "Without a truth" in view.titles[0].object


def test_the_spectrum_shows_the_members_where_there_are_any(dice):
    session = dice.session
    view = Spectrum(session)
    session.outcome.param.trigger("result")
    np.testing.assert_array_equal(view.sources["members"].data["y"], session.outcome.result.curves["members"])
    shown = {item.label["value"]: item.visible for item in view.figure.legend[0].items}
    assert shown["members"]
    session.chosen.method = "bicubic"
    dice.settle()
    assert len(view.sources["members"].data["y"]) == 0
    shown = {item.label["value"]: item.visible for item in view.figure.legend[0].items}
    assert not shown["members"]
    assert shown["prediction"]


def test_the_schedule_follows_the_method_and_marks_its_step(dice):
    session = dice.session
    view = Schedule(session)
    np.testing.assert_allclose(view.sources["noise rate"].data["y"], [1, 2 / 3, 1 / 3, 0], atol=1e-9)
    assert len(view.sources["angle"].data["y"]) == 0
    assert view.mark.visible
    assert view.mark.location == 3
    session.chosen.configured.members = 5
    assert len(view.sources["noise rate"].data["y"]) == 6
    session.chosen.method = "bicubic"
    dice.settle()
    assert len(view.sources["noise rate"].data["y"]) == 0
    assert not view.mark.visible
    assert "no schedule" in view.title.object


def test_a_cancelled_ensemble_is_the_smaller_one_of_its_finished_members(open_page, keeping_up, monkeypatch):
    """Shown in full, counted, and judged as far as it is there; the settings have not changed."""
    page = open_page(method="toy_growing").settle()
    session, status = page.session, Status(page.session)
    monkeypatch.setattr(resolution_run.Glimpse, "PACE", 1e9)  # so that nothing is known of them but by the end
    session.watch(lambda event: event.new.index == 5 and session.cancel(), "result")
    session.start()
    page.settle()
    result = session.outcome.result
    assert (session.run.busy, session.outcome.stale, session.outdated, session.ran) == (False, False, False, False)
    assert result.members.sizes["member"] == result.scored == 4, "the two on their way are left out"
    assert "cancelled: 4 of 6 members" in status.words()
    assert not any("settings changed" in word or "left" in word for word in status.words())
    assert session.display.picture("estimate").title.endswith("mean of 4")
    xr.testing.assert_identical(result.table, scores.table(result.estimate, result.scene))
    assert result.curves["members"].equals(scores.spectra(result.estimate, result.scene)["members"])
    session.start()
    page.settle()
    assert session.outcome.result.members.sizes["member"] == 6, "what was cancelled is not kept as the end of a run"
    assert session.ran


def test_a_run_of_one_field_that_is_cancelled_says_how_far_it_came(open_page, keeping_up):
    page = open_page(method="toy_dice").settle()
    session, status = page.session, Status(page.session)
    session.watch(lambda event: event.new.index == 3 and session.cancel(), "result")
    session.start()
    page.settle()
    assert "cancelled after step 3 of 4" in status.words()
    assert not session.outcome.stale
    session.chosen.seed = 4
    page.settle()
    assert any("settings changed" in word for word in status.words())
    assert not any("cancelled" in word for word in status.words())


def test_the_threshold_in_force_is_the_one_that_is_shown(dice):
    """The usual one until another is set, and again where that is taken back."""
    session, truth = dice.session, dice.session.outcome.result.scene.truth["ssh"]
    widget = threshold(session)
    usual = float(truth.quantile(0.9))
    assert (widget.value, session.display.threshold) == (pytest.approx(usual), None)
    assert "threshold" not in session.query()
    widget.value = 0.25
    assert session.display.threshold == 0.25
    session.display.threshold = None
    assert widget.value == pytest.approx(usual)
