"""How a page is looked at is in its link: zoom of maps and lines, hidden curves, the open tab, a run."""

import numpy as np
import panel as pn
import pytest
from bokeh.events import RangesUpdate, Reset
from motions import moved

from explorer.base.widgets.later import Tabs
from explorer.base.zoom import LineZoom, MapZoom
from explorer.drawing.lines import line_figure
from explorer.drawing.panes import Frame
from explorer.jobs import resolution_run
from explorer.jobs.cache import Cache
from explorer.pages.motion import run as descending

CURVES = ("truth", "input", "estimate")


@pytest.fixture
def line(page):
    f, _ = line_figure("spectrum", "x", "y", CURVES, [])
    look = LineZoom(page.session.look, f, CURVES)
    look.fit((1, 100), (0, 5))
    return page.session, f, look


def ends(f) -> tuple[float, ...]:
    return f.x_range.start, f.x_range.end, f.y_range.start, f.y_range.end


def zoom(f, x0, x1, y0, y1) -> None:
    """What the browser does: it shows the zoom, then tells."""
    f.x_range.update(start=x0, end=x1)
    f.y_range.update(start=y0, end=y1)
    f._trigger_event(RangesUpdate(model=f, x0=x0, x1=x1, y0=y0, y1=y1))


def move(maps: MapZoom, *box: float, turn: int = 0) -> None:
    """What the browser does when a reader zooms into a map."""
    aspect, shown = maps.box.data["box"][4:]
    maps.box.data = {"box": [*box, aspect, turn or shown]}


def test_a_zoom_is_kept_to_the_bit_and_stays_with_other_data(line, open_page):
    session, f, look = line
    zoom(f, 0.1, 1 / 3, -1e-9, 2.0)
    assert session.query()["zooms"] == "spectrum.x:0.1,0.3333333333333333;spectrum.y:-1e-09,2"
    look.fit((2, 50), (0, 7))
    assert ends(f) == (0.1, 1 / 3, -1e-9, 2.0)
    assert (f.x_range.reset_start, f.y_range.reset_end) == (2, 7)
    other = open_page(**session.query()).settle().session
    assert other.look.zooms == session.look.zooms
    again, _ = line_figure("spectrum", "x", "y", CURVES, [])
    LineZoom(other.look, again, CURVES).fit((1, 100), (0, 5))
    assert ends(again) == ends(f)


def test_reset_leads_back_to_the_whole(line):
    session, f, _ = line
    zoom(f, 3, 4, 1, 2)
    f._trigger_event(Reset(model=f))
    assert session.look.zooms == {}
    session.select({"zooms": "spectrum.x:3,4;spectrum.y:1,2"})
    assert ends(f) == (3, 4, 1, 2)
    session.select({"zooms": ""})  # which is what Back brings
    assert ends(f) == (1, 100, 0, 5)


def test_a_zoom_of_another_source_is_forgotten(line):
    session, f, _ = line
    zoom(f, 3, 4, 1, 2)
    session.selection.time = "2010-01-02"
    assert session.look.zooms
    session.selection.source = "toy_coast"
    assert session.look.zooms == {}


def test_curves_taken_away_are_in_the_link(line, open_page):
    session, f, _ = line
    f.renderers[1].visible = False
    f.renderers[2].visible = False
    assert session.query()["hidden"] == "spectrum.estimate,spectrum.input"
    session.select({"hidden": "spectrum.input,histogram.truth"})
    assert [renderer.visible for renderer in f.renderers] == [True, False, True]
    f.renderers[1].visible = True
    assert session.look.hidden == "histogram.truth"


def test_maps_share_a_zoom_that_is_in_the_link(page):
    f, _ = line_figure("map", "x", "y", CURVES, [])
    maps = MapZoom(page.session, Frame(), f, [f], lambda: None)
    page.session.outcome.param.trigger("scene")
    assert maps.box.data["box"][:4] == [0, 128, 0, 96]
    move(maps, 10, 20, 30, 40)
    zoomed = maps.box.data["box"]
    assert page.session.look.view == (10, 20, 30, 40)
    page.session.outcome.param.trigger("scene")
    assert maps.box.data["box"] == zoomed  # the browser shows it already
    page.session.look.view = (1, 2, 3, 4)
    assert maps.box.data["box"][:4] == [1, 2, 3, 4]
    f._trigger_event(Reset(model=f))
    assert page.session.look.view is None
    assert maps.box.data["box"][:4] == [0, 128, 0, 96]


def test_a_zoom_of_before_the_browser_had_another_place_is_not_taken_for_one_of_it(page):
    f, _ = line_figure("map", "x", "y", CURVES, [])
    maps = MapZoom(page.session, Frame(), f, [f], lambda: None)
    page.session.outcome.param.trigger("scene")
    turn = maps.box.data["box"][5]
    page.session.look.view = (1, 2, 3, 4)
    move(maps, 10, 20, 30, 40, turn=turn)
    assert page.session.look.view == (1, 2, 3, 4)


def test_the_open_tab_is_in_the_link(page):
    tabs = Tabs(page.session, {"Scores": pn.Column, "Code": pn.Column}).tabs
    assert "tab" not in page.session.query()
    tabs.active = 1
    assert page.session.query()["tab"] == "code"
    page.session.select({"tab": ""})
    assert tabs.active == 0
    assert page.session.select({"tab": "film"}) == ["The tab cannot be 'film'; it has to be one of scores, code."]


def test_nothing_is_written_for_the_tab_in_front(page):
    front = [1]
    tabs = Tabs(page.session, {"A": pn.Column, "B": pn.Column}, lambda: front[0]).tabs
    assert tabs.active == 1
    tabs.active = 0
    assert page.session.look.tab == "a"
    tabs.active = 1
    assert page.session.look.tab == ""


def test_the_content_of_a_tab_is_made_when_it_is_opened_first(page):
    made = []

    def make(name: str) -> pn.Column:
        made.append(name)
        return pn.Column()

    tabs = Tabs(page.session, {name: lambda name=name: make(name) for name in ("Scores", "Code", "Probe")}).tabs
    assert made == ["Scores"]
    page.session.select({"tab": "code"})
    tabs.active = 0
    tabs.active = 1
    assert made == ["Scores", "Code"]


# ---- a run in a link ------------------------------------------------------------------------------------------------


def test_a_link_to_the_end_of_a_run_runs_again(open_page, monkeypatch):
    page = open_page(method="toy_dice", seed="4").settle()
    session = page.session
    assert "run" not in session.query()
    session.start()
    page.settle()
    link = session.query()
    assert link["run"] == "true"
    monkeypatch.setattr(resolution_run, "CACHE", Cache())  # made again, not remembered
    other = open_page(**link).settle().session
    assert not other.outcome.result.cached
    np.testing.assert_array_equal(other.outcome.result.estimate["ssh"], session.outcome.result.estimate["ssh"])
    assert not other.outcome.stale
    assert other.query() == link


def test_other_settings_are_not_run(open_page):
    page = open_page(method="toy_dice").settle()
    page.session.start()
    page.settle()
    page.session.chosen.seed = 9
    page.settle()
    assert "run" not in page.session.query()
    page.session.cancel()
    assert "run" not in page.session.query()


def test_what_answers_at_once_needs_no_run_and_a_wrong_link_starts_none(open_page):
    assert "run" not in open_page().settle().session.query()
    page = open_page(method="toy_dice", run="true", noise="many")
    page.settle()
    assert page.session.outcome.result is None
    assert "noise" in page.session.run.message


def test_an_iterate_comes_back_with_its_link(monkeypatch):
    session = moved(**{"m.iterations": "4"}, source="sst_run", region="north")
    kept = session.outcome.result.iterates
    assert list(kept)[:3] == [1, 2, 3]
    session.images.iterate = 3
    np.testing.assert_array_equal(session.moving.flow["u"], kept[3]["u"].isel(time=0))
    assert session.moving.forecast().why == "Forecast: at the end of the descent"
    assert not np.array_equal(kept[3]["u"], session.outcome.result.estimate["u"])
    link = session.query()
    assert (link["iterate"], link["run"]) == ("3", "true")
    monkeypatch.setattr(descending, "CACHE", Cache())  # made again, not remembered
    again = moved(**link)
    assert again.query() == link
    np.testing.assert_array_equal(again.moving.flow["v"], session.moving.flow["v"])
    again.start()
    assert again.images.iterate is None
    again.cancel()


def test_an_iterate_that_was_not_kept_is_the_last_one():
    session = moved(**{"m.iterations": "3"}, iterate="250")
    assert session.images.iterate is None
