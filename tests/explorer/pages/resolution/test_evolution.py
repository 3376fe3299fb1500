"""The tab "Time" without a server: the method over the dates, at the probe, along a line, and between two dates."""

import numpy as np
import pandas as pd
import pytest
import stage
from bokeh.events import Tap

from engine import methods, scenes
from explorer.drawing.dates import DAY, edges
from explorer.pages.resolution.details import OVER_TIME
from explorer.pages.resolution.evolution import Evolution
from explorer.pages.resolution.moments import MOST, window
from explorer.pages.resolution.script import code
from explorer.pages.resolution.views.time import Time

pytestmark = pytest.mark.filterwarnings("ignore:Both 'variant' and 'button_style':PendingDeprecationWarning")
PLACE = (41.0, 33.0)
DATES = [f"2010-01-0{day}" for day in range(1, 7)]
SPEED = 6.0  # km a day


class Drifting(stage.Sea):
    """One hill that goes to the right at SPEED."""

    title = "Toy, drifting"
    fields = ("ssh",)
    guides = ()

    def values(self, name, day):
        _y, x = np.meshgrid(*(self.spacing * (np.arange(n) + 0.5) for n in self.shape), indexing="ij")
        return np.exp(-(((x - 30 - SPEED * day) / 12) ** 2)).astype(np.float32)


class Undated(stage.Sea):
    """Pairs of images that no calendar knows."""

    title = "Toy, pairs"

    def written(self, time):
        return f"pair {time.day}"

    def find_time(self, time=None):
        return super().find_time(time and f"2010-01-{str(time).removeprefix('pair '):0>2}"[:10])


class Single(stage.Sea):
    title = "Toy, one date"

    @property
    def times(self):
        return pd.DatetimeIndex(["2010-01-04"])


@pytest.fixture
def following(open_page, monkeypatch):
    """Opens a page with a probe and its tab open, and waits until what can be known at once is there."""
    for kind in (Drifting, Undated, Single):
        monkeypatch.setattr(kind, "key", kind.__name__.lower())
        monkeypatch.setitem(scenes.SCENES._items, kind.key, kind)

    def start(probe=PLACE, **chosen):
        page = open_page(**chosen).settle()
        page.session.look.param.tab.objects = ["", "time"]
        page.session.display.probe = probe
        evolution = Evolution(page.session)
        page.session.look.tab = "time"
        return rest(page, evolution), evolution

    return start


def rest(page, evolution):
    return page.until(lambda: not evolution.run.busy and not page.session.run.busy)


def opened(page, date: str):
    """A date of the page, as the engine opens it by itself."""
    asked = page.session.request
    return scenes.open(
        asked.source, time=date, region=asked.region, field=asked.field, factor=asked.factor,
        degradation=asked.degradation, noise=asked.noise,
    )  # fmt: skip


def cell(field) -> np.ndarray:
    return field.sel(x=PLACE[0], y=PLACE[1], method="nearest").values


# ---- the series ----------------------------------------------------------------------------------------------------


def test_the_series_is_what_the_engine_has_in_that_cell_on_every_date(following):
    page, evolution = following(method="bicubic")
    assert evolution.axis[0] == DATES
    for date in DATES:
        scene = opened(page, date)
        estimate = methods.create("bicubic").predict(scene.problem, seed=0)
        point = evolution.found[date].point
        assert point["truth"] == cell(scene.truth["ssh"])
        assert point["input"] == cell(scene.problem.low["ssh"])
        assert point["estimate"] == pytest.approx(float(cell(estimate["ssh"])), abs=1e-6)


def test_another_probe_gives_another_series_and_another_date_the_same(following):
    page, evolution = following(method="bicubic")
    before = evolution.found
    page.session.selection.time = DATES[4]
    rest(page, evolution)
    assert evolution.found is before
    page.session.display.probe = (91.0, 33.0)
    rest(page, evolution)
    assert evolution.found[DATES[0]].point["truth"] == float(
        opened(page, DATES[0]).truth["ssh"].sel(x=91.0, y=33.0, method="nearest")
    )


def test_the_fan_encloses_the_members_of_every_date(following):
    page, evolution = following(method="toy_members")
    assert evolution.missing == DATES
    evolution.start()
    rest(page, evolution)
    view = Time(evolution, OVER_TIME)
    whole, half = (source.data for source in view.made[""].fan)
    assert len(whole["xs"]) == 1
    count = len(DATES)
    for number, date in enumerate(DATES):
        estimate = methods.create("toy_members").predict(opened(page, date).problem, seed=0)
        members = cell(estimate["ssh"])
        np.testing.assert_allclose(evolution.found[date].members, members, atol=1e-6)
        low, high = whole["ys"][0][number], whole["ys"][0][2 * count - 1 - number]
        assert (low, high) == pytest.approx((members.min(), members.max()), abs=1e-6)
        assert low < half["ys"][0][number] < half["ys"][0][2 * count - 1 - number] < high
        assert evolution.found[date].point["estimate"] == pytest.approx(members.mean(), abs=1e-6)


def test_a_click_on_the_series_chooses_the_date_next_to_it(following):
    page, evolution = following(method="bicubic")
    view = Time(evolution, OVER_TIME)
    f = view.made[""].figure
    f._trigger_event(Tap(f, x=pd.Timestamp("2010-01-03 05:00").timestamp() * 1000, y=0.0))
    rest(page, evolution)
    assert page.session.selection.time == "2010-01-03"
    assert view.made[""].now.location == pd.Timestamp("2010-01-03").timestamp() * 1000


def test_a_slow_method_is_run_only_when_it_is_asked_for(following):
    page, evolution = following(method="toy_dice")
    view = Time(evolution, OVER_TIME)
    assert set(evolution.found) == set(DATES)
    assert all("truth" in at.point and "estimate" not in at.point for at in evolution.found.values())
    assert view.button.visible
    assert view.button.label == "Run over 6 dates"
    evolution.start()
    assert view.cancel.visible
    rest(page, evolution)
    assert not evolution.missing
    assert not view.button.visible
    assert not view.cancel.visible


def test_cancel_keeps_what_is_known_and_leaves_the_page_working(following):
    page, evolution = following(method="toy_gated")
    view = Time(evolution, OVER_TIME)
    evolution.start()
    stage.wait_for(stage.Gated.entered.is_set)
    evolution.cancel()
    stage.Gated.gate.set()
    assert not evolution.run.busy
    assert view.button.visible
    page.session.chosen.method = "bicubic"
    rest(page, evolution)
    assert page.session.outcome.current.judged
    assert all("estimate" in at.point for at in evolution.found.values())


@pytest.mark.parametrize("method", ["bicubic", "toy_members"])
def test_the_lines_of_code_make_the_same_series(following, method):
    page, evolution = following(method=method)
    page.session.start()
    evolution.start()
    rest(page.settle(), evolution)
    page.until(lambda: not evolution.run.busy and not evolution.missing)
    names: dict = {}
    exec(code(page.session), names)  # our own
    assert list(names["series"]) == DATES
    for date, made in names["series"].items():
        assert made == pytest.approx(evolution.found[date].point, abs=1e-6)


def test_nothing_is_run_while_the_tab_is_closed(open_page):
    page = open_page(method="bicubic").settle()
    page.session.display.probe = PLACE
    evolution = Evolution(page.session)
    assert evolution.asked is None
    assert evolution.found == {}


def test_a_date_that_cannot_be_opened_is_a_gap(following, monkeypatch):
    load = stage.Sea.load

    def clouded(self, time, variables):
        found = load(self, time, variables)
        return found.where(False).assign(ssh=found.ssh * np.nan) if time.day == 3 else found

    monkeypatch.setattr(stage.Sea, "load", clouded)
    _page, evolution = following(method="bicubic")
    assert evolution.found["2010-01-03"].point == {}
    assert "estimate" in evolution.found["2010-01-04"].point
    assert evolution.missing == []


@pytest.mark.parametrize(("chosen", "words"), [
    ({"probe": None}, "Click a map"),
    ({"source": "single"}, "Toy, one date has one date"),
    ({"source": "undated"}, "not dates of one place"),
])  # fmt: skip
def test_where_there_is_nothing_to_follow_a_sentence_says_why(following, chosen, words):
    _, evolution = following(**{"method": "bicubic", **chosen})
    view = Time(evolution, OVER_TIME)
    assert words in view.note.object
    assert not any(place.visible for place in view.places.values())
    assert not view.button.visible


@pytest.mark.parametrize("count", [1, 6, 31, 32, 91])
def test_the_dates_that_are_followed_hold_the_one_that_is_shown(count):
    dates = [str(number) for number in range(count)]
    for now in dates:
        assert now in window(dates, now)
        assert len(window(dates, now)) == min(count, MOST)
    assert window(dates, "0") == dates[:MOST]
    assert window(dates, dates[-1]) == dates[-MOST:]


# ---- along a line --------------------------------------------------------------------------------------------------


def test_what_moves_at_a_known_speed_has_that_slope_in_the_diagram(following):
    _page, evolution = following(source="drifting", method="bicubic", over="hovmoeller")
    view = Time(evolution, OVER_TIME)
    diagram = view.made["hovmoeller"].diagrams["truth"]
    data = diagram.source.data
    rows = np.array([image[0] for image in data["image"]])
    length = data["dw"][0]
    assert length == pytest.approx(128.0)
    assert np.isfinite(rows).all()
    crest = (rows.argmax(axis=1) + 0.5) / rows.shape[1] * length
    when = (np.array(data["y"]) + np.array(data["dh"]) / 2) / DAY
    assert np.polyfit(when, crest, 1)[0] == pytest.approx(SPEED, rel=0.05)


def test_the_diagram_follows_the_transect_and_has_the_colours_of_the_maps(following):
    page, evolution = following(source="drifting", method="bicubic", over="hovmoeller", probe=(20.0, 20.0))
    page.session.display.probe_end = (20.0, 80.0)
    rest(page, evolution)
    view = Time(evolution, OVER_TIME)
    for name in ("truth", "estimate", "error"):
        diagram, shown = view.made["hovmoeller"].diagrams[name], page.session.display.picture(name)
        assert (diagram.mapper.low, diagram.mapper.high) == page.session.display.limits_of(shown)
        assert diagram.view.visible
    truth = view.made["hovmoeller"].diagrams["truth"].source.data
    assert truth["dw"][0] == pytest.approx(60.0)
    for image in truth["image"]:  # the hill is the same all along this line
        assert np.ptp(image) < 1e-5
    assert not view.made["hovmoeller"].diagrams["input"].view.visible


def test_rows_reach_to_the_middle_between_dates_but_not_over_a_gap():
    low, high = edges(np.array([0.0, 1.0, 2.0, 10.0, 11.0]))
    np.testing.assert_allclose(low, [-0.5, 0.5, 1.5, 9.5, 10.5])
    np.testing.assert_allclose(high, [0.5, 1.5, 2.5, 10.5, 11.5])


# ---- two dates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("since", "earlier", "later"), [
    ("", "2010-01-03", "2010-01-04"), ("2010-01-02", "2010-01-02", "2010-01-04"),
    ("2010-01-06", "2010-01-04", "2010-01-06"),
])  # fmt: skip
def test_the_change_is_the_later_date_minus_the_earlier_one(following, since, earlier, later):
    page, evolution = following(method="bicubic", time="2010-01-04", over="change", since=since, probe=None)
    one, other = opened(page, earlier), opened(page, later)
    shown = evolution.change.pictures
    np.testing.assert_array_equal(shown["truth"].field, other.truth["ssh"].values - one.truth["ssh"].values)
    first, second = (methods.create("bicubic").predict(scene.problem, seed=0)["ssh"].values for scene in (one, other))
    np.testing.assert_allclose(shown["estimate"].field, second - first, atol=1e-6)
    view = Time(evolution, OVER_TIME)
    image = view.made["change"].panes["truth"].image.data_source.data["image"][0]
    np.testing.assert_allclose(image, shown["truth"].field, atol=1e-5)
    assert "correlates with that by" in view.made["change"].words.object


def test_a_date_has_no_change_since_itself(following):
    page, evolution = following(method="bicubic", time="2010-01-04", over="change", since="2010-01-04")
    assert "Both dates are the same" in evolution.obstacle
    page.session.over_time.since = "2010-01-01"
    rest(page, evolution)
    assert evolution.change is not None


def test_another_data_set_keeps_no_date_that_it_does_not_have(following):
    page, evolution = following(method="bicubic", time="2010-01-04", over="change", since="2010-01-02")
    page.session.selection.source = "toy_coast"
    rest(page, evolution)
    assert page.session.over_time.since == ""
    assert evolution.change is not None
