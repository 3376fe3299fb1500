"""What the page "Failure cases" shows and what a click on it does: heat map, table, why, bookmarks, widgets."""

import html
import json
from urllib.parse import parse_qsl

import numpy as np
import pytest
import stage
from cases import Page, run

from engine import scenes
from explorer.base.widgets.status import Headline
from explorer.jobs.worker import Worker
from explorer.pages.failures import bookmarks
from explorer.pages.failures.controls import FailureControls
from explorer.pages.failures.evaluation import Known
from explorer.pages.failures.session import FailureSession
from explorer.pages.failures.views.bookmarks import Bookmarks
from explorer.pages.failures.views.evaluator import Evaluator
from explorer.pages.failures.views.heat import HeatMap
from explorer.pages.failures.views.table import Table
from explorer.pages.failures.views.why import Why

pytestmark = [
    pytest.mark.filterwarnings("ignore:Both 'variant' and 'button_style':PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning"),  # Panel's table, pandas 3.1
]


def test_the_headline_says_what_kind_of_data_is_scored_and_whether_it_was_trained_on(opened):
    session = opened().session
    line = Headline(session).view
    assert session.data.title in line.object
    assert ">SIMULATED<" in line.object
    assert ">test date<" in line.object
    session.request.split = "train"
    assert ">TRAINING date<" in line.object


def test_training_dates_are_said_loudly(opened):
    page = opened(split="train")
    assert page.session.request.training == 3
    assert "3 of 3 are TRAINING dates" in Evaluator(page.session).text.object
    mixed = opened(dates="2010-01-03/2010-01-05")
    assert mixed.session.request.training == 1
    assert "1 of 3 are TRAINING dates" in Evaluator(mixed.session).text.object
    assert "Split" in list(run_table(mixed).table.value.columns)


def run_table(page: Page) -> Table:
    run(page)
    return Table(page.session)


def test_the_heat_map_shows_what_is_known_and_a_click_looks_closely(opened):
    page = opened(method="nearest", region="west", time="2010-01-05", shown="nearest")
    session = page.session
    heat = HeatMap(session)
    assert list(heat.view) == [heat.empty]
    assert "Run scores 6 scenes" in heat.sentence.object
    run(page)
    assert list(heat.view) == [heat.full]
    cells = heat.cells.data
    assert len(cells["value"]) == 6
    shown = dict(zip(zip(cells["where"], cells["when"], strict=True), cells["value"], strict=True))
    row = session.scored.row(("nearest", "west", "2010-01-05"))
    assert shown["West", "2010-01-05"] == row["rmse"]
    tip = cells["shown"][list(zip(cells["where"], cells["when"], strict=True)).index(("West", "2010-01-05"))]
    assert tip == f"{row['rmse']:.4g} m"
    assert (heat.mapper.low, heat.mapper.high) == (min(cells["value"]), max(cells["value"]))
    assert heat.chosen.data["left"] == [1.0]
    tapped = type("Tapped", (), {"x": 2.4, "y": 1.2})()
    heat._tapped(tapped)
    assert session.case.place == ("nearest", "all", "2010-01-06")
    session.scored.against = "bicubic"
    difference = session.scored.grid()
    expected = row["rmse"] - session.scored.row(("bicubic", "west", "2010-01-05"))["rmse"]
    assert difference.at["west", "2010-01-05"] == pytest.approx(expected)
    assert heat.mapper.low == -heat.mapper.high


def test_arrow_keys_go_from_cell_to_cell_and_are_told(opened):
    page = opened(method="nearest", region="west", time="2010-01-05", shown="nearest")
    session, heat, table = run(page), HeatMap(page.session), Table(page.session)

    def press(key: str) -> tuple:
        heat.keys._handle_msg(key)
        page.settle()
        assert table.rows.iloc[table.table.selection[0]]["region"] == session.case.region
        assert session.current.place == session.case.place, "why it failed is said of the same case"
        return session.case.region, session.case.time

    assert "RMSE (m) of Nearest: 2 regions × 3 dates" in heat.keys.label
    assert press("ArrowRight") == ("west", "2010-01-06")
    assert press("ArrowRight") == ("west", "2010-01-06"), "there is no later date"
    assert press("ArrowUp") == ("all", "2010-01-06")
    assert press("Home") == ("all", "2010-01-04")
    value = session.scored.row(("nearest", "all", "2010-01-04"))["rmse"]
    assert heat.keys.said == f"Everything, 2010-01-04: {value:.4g} m"
    heat.keys._handle_msg("Delete")
    assert session.case.time == "2010-01-04"
    session.focus("", "", "")
    assert heat.keys.said == ""
    assert press("ArrowLeft") == ("all", "2010-01-04")


def test_a_cell_of_the_heat_map_is_the_row_of_the_table_and_the_case_that_is_explained(opened):
    page = opened(method="nearest", region="west", time="2010-01-05", shown="bicubic")
    session, heat, table, why = run(page), HeatMap(page.session), Table(page.session), Why(page.session)
    heat._tapped(type("Tapped", (), {"x": 0.5, "y": 1.5})())
    page.settle()
    row = table.rows.iloc[table.table.selection[0]]
    assert (row["method"], row["region"], row["time"]) == ("bicubic", "all", "2010-01-04")
    assert "Bicubic · Everything · 2010-01-04" in why.head.object
    assert session.current.failure.box.sentence in html.unescape(why.words["box"].object)
    session.scored.only = "method = nearest"
    assert table.table.selection == []
    assert table.count.object == "6 of 12 rows; the filter hides the case"


def test_a_switch_keeps_what_is_inside_its_training_and_the_link_says_so(opened):
    page = opened()
    session, table = run(page), Table(page.session)
    for (method, *_), row in session.scored._rows.items():
        row["outside"] = "noise 0.02 m" if method == "nearest" else ""
    session.scored.frame = session.scored.known
    assert table.count.object.startswith("12 of 12 rows")
    table.inside.value = True
    assert set(table.rows["method"]) == {"bicubic"}
    assert table.count.object.startswith("6 of 12 rows")
    assert session.query()["inside"] == "true"
    assert opened(**session.query()).session.scored.inside
    session.select({"inside": "false"})
    assert len(table.rows) == 12
    assert not table.inside.value


LAND_AND_SEA = sorted(key for key, data in scenes.catalogue().items() if data.task == "resolution")


@pytest.mark.parametrize("key", LAND_AND_SEA)
def test_the_heat_map_of_every_data_set_writes_its_dates_as_the_rows_do(key, monkeypatch):
    monkeypatch.setattr(Worker, "submit", lambda *_: None)  # what is asked for is not the question here
    session = FailureSession()
    session.select({"source": key})
    heat, dates = HeatMap(session), session.request.chosen_dates
    row = {session.scored.score: 1.0, "relative_improvement": 0.0, "error": "", "split": "test"}
    rows = [{**row, "method": name, "region": region, "time": date}
            for name in session.request.texts for region in session.request.regions for date in dates]  # fmt: skip
    session._show(Known(rows, len(rows), 0))
    assert (
        len(heat.cells.data["value"])
        == len(session.request.regions) * len(dates)
        == len(set(heat.when)) * len(heat.where)
    )
    assert np.isfinite(heat.cells.data["value"]).all()
    heat._tapped(type("Tapped", (), {"x": len(dates) - 0.5, "y": 0.5})())
    assert session.case.place == (session.scored.shown, session.request.regions[-1], session.data.written(dates[-1]))
    assert heat.chosen.data["left"] == [len(dates) - 1]
    session.close()


def test_the_table_is_filtered_ordered_and_clicked(opened):
    page = opened()
    session, table = page.session, Table(page.session)
    run(page)
    assert list(table.table.value.columns[:4]) == ["Method", "Region", "Date", "RMSE (m)"]
    assert table.table.value["RMSE (m)"].is_monotonic_decreasing
    table.filter.value = "rmse > 0 and method = nearest"
    assert set(table.table.value["Method"]) == {"Nearest"}
    assert session.query()["only"] == "rmse > 0 and method = nearest"
    table.filter.value = "rmse >"
    stage.one_sentence(session.run.message)
    assert session.query()["only"] == "rmse > 0 and method = nearest"
    table.table.sorters = [{"field": "Bias (m)", "dir": "asc"}]  # as the browser sends it
    assert session.scored.sort == "bias"
    assert table.table.value["Bias (m)"].is_monotonic_increasing
    table._clicked(type("Clicked", (), {"row": 2})())
    row = table.rows.iloc[2]
    assert session.case.place == (row["method"], row["region"], row["time"])
    assert table.table.selection == [2]


def test_why_says_place_score_and_three_sentences(opened):
    page = opened(methods="nearest;bicubic")
    why = Why(page.session)
    assert "Click a cell" in why.head.object
    assert why.keep.disabled
    session = run(page)
    row = session.scored.row(session.case.place)
    assert f"RMSE {row['rmse']:.4g} m, the worst of 3 dates" in why.head.object
    assert "Open in the explorer" in why.head.object
    failure = session.outcome.result.failure
    for part in ("box", "band", "quantile", "detail"):
        assert html.escape(getattr(failure, part).sentence) in why.words[part].object
    assert why.frame.transect.data["xs"][0][:2] == list(failure.box.x)
    for name in ("invented", "missed"):
        assert why.lost[name].data["xs"][0][:2] == list(getattr(failure.detail, name).box.x)
        assert why.lost[name].data["ys"][0][1:3] == list(getattr(failure.detail, name).box.y)
    np.testing.assert_allclose(why.map.image.data_source.data["image"][0], failure.error.values, atol=1e-6)
    assert len(why.band.bars.data["top"]) == len(failure.band.skills)
    np.testing.assert_allclose(why.quantile.bars.data["top"], failure.quantile.rmse)
    assert why.quantile.bars.data["colour"].count("#d55e00") == 1
    why.note.value = "an eddy <script>"
    why._mark()
    (marked,) = session.shelf.bookmarks
    assert marked["note"] == "an eddy <script>"
    assert dict(parse_qsl(marked["query"])) == session.query()


def test_what_invents_nothing_has_no_box_for_it(opened):
    page = opened(methods="bicubic")
    why, session = Why(page.session), run(page)
    assert session.current.failure.detail.invented is None
    assert why.lost["invented"].data["xs"] == []
    assert len(why.lost["missed"].data["xs"]) == 1
    assert "It invents no detail." in why.words["detail"].object


def test_what_is_said_belongs_to_the_case_that_it_is_said_of(opened):
    page = opened(methods="nearest;bicubic")
    session, why = run(page), Why(page.session)
    session.focus("nearest", "all", "2010-01-05")
    page.settle()
    told = session.outcome.result.failure.box.sentence
    assert told in why.words["box"].object
    session.focus("bicubic", "west", "2010-01-06")
    session.scored.param.trigger("frame")  # a row comes before the other case has been looked at
    assert "Running Bicubic on this scene" in why.head.object
    assert not any(words.object for words in why.words.values())
    assert why.keep.disabled
    assert "scores.diagnose" not in session.code()
    session.cancel()
    assert session.case.place == ("", "", "")
    assert "Click a cell" in why.head.object
    assert list(why.above) == list(why.below) == []
    session.focus("bicubic", "west", "2010-01-06")
    page.settle()
    assert "Bicubic · West · 2010-01-06" in why.head.object
    assert why.words["box"].object
    assert told not in why.words["box"].object


def test_a_case_of_another_input_is_none_of_this_one(opened):
    page = opened(methods="nearest;bicubic")
    session, why = run(page), Why(page.session)
    told = session.outcome.result.failure.box.sentence
    session.input.factor = 2
    page.until(lambda: not session.run.busy)  # nothing of it is known, and the case is on its way
    assert session.current is None
    assert told not in why.words["box"].object
    assert "Running" in why.head.object
    page.settle()
    assert session.current is session.outcome.result
    assert session.outcome.result.result.scene.problem.observation.factor == 2


def test_the_zoom_of_the_error_is_kept_for_its_region(opened):
    page = opened(method="nearest", region="west", time="2010-01-05", view="4,40,8,60")
    why = Why(page.session)
    session = run(page)
    assert why.zoom.box.data["box"][:4] == [4, 40, 8, 60]
    why.zoom.box.data = {"box": [5.0, 30.0, 9.0, 50.0, *why.zoom.box.data["box"][4:]]}  # what a browser sends
    assert session.query()["view"] == "5,30,9,50"
    session.case.time = "2010-01-06"
    page.settle()
    assert session.look.view == (5, 30, 9, 50)
    session.case.region = "all"
    page.settle()
    assert session.look.view is None
    assert why.zoom.box.data["box"][:4] == [0, 128, 0, 96]


def test_where_nobody_knows_the_truth_nobody_knows_why(opened):
    page = opened(source="toy_unseen", methods="bicubic", score="consistency")
    why = Why(page.session)
    session = run(page)
    assert session.outcome.result.failure is None
    assert "Nobody knows the truth" in why.head.object


def test_the_widgets_follow_and_lead(opened):
    page = opened()
    session, controls = page.session, FailureControls(page.session)
    controls.more.value = "bicubic:consistent=true"
    assert session.request.methods == ["bicubic", "nearest", "bicubic:consistent=true"]
    assert controls.more.value == ""
    assert controls.methods.value == session.request.methods
    controls.more.value = "bicubic:wings=3"
    stage.one_sentence(session.run.message)
    assert len(session.request.methods) == 3
    controls.methods.value = []
    stage.one_sentence(session.run.message)
    assert controls.methods.value == session.request.methods
    controls.regions.value = ["west"]
    controls.dates.value = "2010-01-05"
    page.settle()
    assert (session.request.regions, session.scored.total) == (["west"], 3)
    session.select({"source": "toy_coast"})
    page.settle()
    assert controls.regions.value == ["basin"]


def test_bookmarks_come_from_the_browser_and_from_files(opened):
    page = opened()
    session, view = page.session, Bookmarks(page.session)
    one = bookmarks.bookmark("One", "note", {"source": "toy_sea"}, "now")
    view.keeper._handle_msg(["stored", "[1]"])
    assert session.shelf.bookmarks == []
    view.keeper._handle_msg(["stored", json.dumps([1, one, {**one, "query": "wings=2"}])])
    assert session.shelf.bookmarks == view.list.items == view.keeper.items == [one]
    view.list._handle_msg(["note", 0, "better"])
    assert session.shelf.bookmarks[0]["note"] == "better"
    for wrong in (["note", 7, "x"], ["delete", "x", ""], ["note", 0, "x" * 3000], "what", 3):
        view.list._handle_msg(wrong)
    assert len(session.shelf.bookmarks) == 1
    other = bookmarks.bookmark("Two", "", {"source": "toy_coast"}, "now")
    view.bring.value = bookmarks.write([other]).encode()
    assert [item["title"] for item in session.shelf.bookmarks] == ["One", "Two"]
    assert bookmarks.read(view.export.callback().getvalue(), session.held) == session.shelf.bookmarks
    view.bring.value = b"<html>"
    stage.one_sentence(session.run.message)
    view.list._handle_msg(["delete", 0, ""])
    assert [item["title"] for item in session.shelf.bookmarks] == ["Two"]


def test_what_a_browser_has_kept_is_not_written_over_before_it_has_come(opened):
    page = opened(method="bicubic", region="west", time="2010-01-05")
    session, view = page.session, Bookmarks(page.session)
    old = bookmarks.bookmark("Old", "", {"source": "toy_coast"}, "before")
    session.mark("early")
    assert view.list.items == session.shelf.bookmarks
    assert view.keeper.items == [], "what it shows to the browser is stored there"
    view.keeper._handle_msg(["stored", json.dumps([old])])
    assert [item["note"] for item in view.keeper.items] == ["", "early"]
    assert session.shelf.bookmarks == view.keeper.items
    view.keeper._handle_msg(["stored", json.dumps([old])])  # deleted in another window
    assert view.keeper.items == [old]
