"""The page "Failure cases" without a server: what is scored, what is known, what is said of one case."""

import contextlib
import io
import json
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pytest
import stage
from cases import Page, run

from engine import rowcache, scenes, scores
from explorer import bookmarks
from explorer.evaluating import EVALUATOR, Known
from explorer.failures import FailureSession
from explorer.jobs import WORKER, Ticket, Worker
from explorer.views.asking import Evaluator, FailureControls
from explorer.views.bookmarks import Bookmarks, EvaluationCode
from explorer.views.heat import HeatMap
from explorer.views.status import Headline
from explorer.views.table import Table
from explorer.views.why import Why

pytestmark = [
    pytest.mark.filterwarnings("ignore:Both 'variant' and 'button_style':PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning"),  # Panel's table, pandas 3.1
]


def test_first_nothing_is_known_and_no_training_date_is_in(opened):
    session = opened().session
    assert session.frame.empty
    assert session.regions == ["all", "west"]
    assert (session.total, session.scenes_left) == (2 * 2 * 3, 2 * 3)
    assert session.training == 0
    assert {session.data.split_of(date) for date in session.chosen_dates} == {"test"}


def test_the_ocean_s_first_choice_is_the_test_run_in_all_named_regions(no_data):
    session = FailureSession()
    assert session.source == "ocean_run"
    assert session.split == "test"
    assert len(session.chosen_dates) == 31
    assert session.regions == list(scenes.get("ocean_run").regions)
    assert len(session.methods) == 4


def test_run_scores_every_case_and_looks_at_the_worst(opened):
    session = run(opened())
    assert len(session.frame) == session.total == 12
    assert session.scenes_left == 0
    assert not session.running
    worst = session.frame[session.frame["method"] == "bicubic"].sort_values("rmse").iloc[-1]
    assert session.focused == (worst["method"], worst["region"], worst["time"])
    failure = session.result.failure
    scene = session.scene
    assert (scene.key, scene.time) == ("toy_sea", worst["time"])
    assert failure.box.whole == pytest.approx(worst["rmse"])
    for part in (failure.box, failure.quantile):
        assert " m" in part.sentence
        stage.one_sentence(part.sentence)
    stage.one_sentence(failure.band.sentence)
    usual = session.frame[(session.frame["method"] == "bicubic") & (session.frame["region"] == worst["region"])]
    others = usual[usual["time"] != worst["time"]]
    assert failure.band.usual["large"] == pytest.approx(others["skill_large"].median())


def test_what_was_cancelled_goes_on_and_opens_at_once_afterwards(opened, monkeypatch):
    page = opened()
    page.session.run()
    page.until(lambda: len(page.session.frame) >= 4)
    page.session.cancel()
    assert not page.session.running
    known = len(opened().settle().frame)
    assert 4 <= known < 12
    again = opened()
    assert len(run(again).frame) == 12
    monkeypatch.setattr("engine.evaluate.score_scene", None)  # nothing is left to be scored
    last = opened().session
    assert len(last.frame) == 12
    pd.testing.assert_frame_equal(last.frame, again.session.frame)


def test_the_headline_says_what_kind_of_data_is_scored_and_whether_it_was_trained_on(opened):
    session = opened().session
    line = Headline(session).view
    assert session.data.title in line.object
    assert ">SIMULATED<" in line.object
    assert ">test date<" in line.object
    session.split = "train"
    assert ">TRAINING date<" in line.object


def test_training_dates_are_said_loudly(opened):
    page = opened(split="train")
    assert page.session.training == 3
    assert "3 of 3 are TRAINING dates" in Evaluator(page.session).text.object
    mixed = opened(dates="2010-01-03/2010-01-05")
    assert mixed.session.training == 1
    assert "1 of 3 are TRAINING dates" in Evaluator(mixed.session).text.object
    assert "Split" in list(run_table(mixed).table.value.columns)


def run_table(page: Page) -> Table:
    run(page)
    return Table(page.session)


def test_a_link_brings_the_same_page_and_the_same_words(opened):
    asked = {"methods": "bicubic:consistent=true;nearest", "against": "nearest", "score": "mae", "sort": "-bias",
             "only": "region = west", "method": "nearest", "region": "west", "time": "2010-01-05", "factor": "2",
             "shown": "bicubic:consistent=true", "view": "10,60,5,50", "theme": "dark"}  # fmt: skip
    page = opened(**asked)
    first = run(page)
    again = opened(**first.query()).session
    assert again.query() == first.query()
    assert asked.items() <= first.query().items()
    pd.testing.assert_frame_equal(again.table(), first.table())
    pd.testing.assert_frame_equal(again.grid(), first.grid())
    assert again.heading() == "MAE (m) of Bicubic(consistent=True) minus Nearest"
    for part in ("box", "band", "quantile"):
        assert getattr(again.result.failure, part).sentence == getattr(first.result.failure, part).sentence


@pytest.mark.parametrize(
    "wrong",
    [{"methods": "bicubbic"}, {"methods": "bicubic:wings=2"}, {"methods": "fourdvar"}, {"methods": ""},
     {"methods": "bicubic;bicubic:"}, {"methods": ";".join(["bicubic"] * 13)}, {"methods": "x" * 1001},
     {"regions": "moon"}, {"regions": "<b>"}, {"dates": "1999-01-01"}, {"dates": "2010-01-05/2010-01-04"},
     {"split": "dreams"}, {"score": "beauty"}, {"shown": "liif"}, {"only": "rmse"}, {"sort": "beauty"},
     {"method": "liif"}, {"region": "east"}, {"time": "2010-01-01"}, {"time": "x"},
     {"view": "1,0,0,1"}, {"view": "1,2"}, {"m.consistent": "true"}],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_used_is_one_sentence_and_keeps_the_rest(opened, wrong):
    page = opened()
    before = page.session.query()
    (complaint,) = page.session.select(wrong)
    stage.one_sentence(complaint)
    page.settle()
    assert page.session.message == complaint
    assert page.session.query() == before


def test_the_explorer_shows_the_case_that_the_link_names(opened, open_page):
    dice = "toy_dice:rounds=4,mode=hard"
    page = opened(methods=f"{dice};bicubic", shown=dice, factor="2", noise="0.01", seed="3")
    session = run(page)
    query = dict(parse_qsl(session.explorer_link().lstrip("?")))
    assert query["m.rounds"] == "4"
    other = open_page()
    assert other.session.select(query) == []
    other.session.run()
    other.settle()
    shown = session.result.result
    np.testing.assert_array_equal(other.session.result.estimate["ssh"], shown.estimate["ssh"])
    table = scores.table(other.session.result.estimate, other.session.scene)
    assert float(table["rmse"]) == pytest.approx(session.row(session.focused)["rmse"])


def test_a_method_that_fails_takes_nothing_down(opened, quiet_log):
    page = opened(methods="bicubic;toy_broken")
    session = run(page)
    broken = session.frame[session.frame["method"] == "toy_broken"]
    assert broken["error"].tolist() == ["toy_broken stopped with RuntimeError; see the log."] * 6
    assert session.frame.loc[session.frame["method"] == "bicubic", "rmse"].notna().all()
    session.focus("toy_broken", "all", "2010-01-04")
    page.until(lambda: "log has the details" in session.looking)
    assert session.result is None
    session.shown = "toy_broken"
    assert set(session.tips().values()) == {"toy_broken stopped with RuntimeError; see the log."}


def test_an_evaluation_keeps_nobody_waiting(opened, toys):
    page = opened(methods="toy_gated")
    page.session.run()
    assert toys.Gated.entered.wait(stage.PATIENCE)  # and stays there
    done = []
    WORKER.submit(Ticket(iter([1]), lambda *_: None, lambda *_: None, done.append))
    stage.wait_for(lambda: done)
    page.session.cancel()
    toys.Gated.gate.set()
    EVALUATOR.submit(Ticket(iter([1]), lambda *_: None, lambda *_: None, done.append))
    stage.wait_for(lambda: len(done) == 2)  # the scene under way is left, whoever comes next is not kept


def test_two_pages_share_what_is_scored(opened, monkeypatch):
    from engine import evaluate

    scored, whole = [], evaluate.score_scene
    monkeypatch.setattr(evaluate, "score_scene", lambda *call: scored.append(call[1:3]) or whole(*call))
    one, other = opened(), opened()
    one.session.run()
    other.session.run()
    assert len(one.settle().frame) == len(other.settle().frame) == 12
    assert len(scored) == 6


def test_scenes_are_scored_on_a_cluster_where_one_is_named(opened, monkeypatch):
    distributed = pytest.importorskip("dask.distributed")
    quiet = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, scheduler_kwargs=quiet
    ) as cluster:
        monkeypatch.setenv("FINESCALE_SCHEDULER", cluster.scheduler_address)
        session = run(opened())
    assert len(session.frame) == 12
    assert session.message == ""


def test_a_cluster_that_does_not_answer_is_one_sentence(opened, monkeypatch):
    def nobody(*_):
        raise OSError("timed out")

    monkeypatch.setattr("engine.evaluate._run_distributed", nobody)
    monkeypatch.setenv("FINESCALE_SCHEDULER", "tcp://127.0.0.1:1")
    session = run(opened())
    assert "No dask scheduler answers at tcp://127.0.0.1:1" in stage.one_sentence(session.message)
    assert not session.running


def test_what_has_to_be_fetched_is_offered(opened):
    session = run(opened(source="toy_absent", methods="bicubic"))
    assert len(session.missing) == 1
    stage.one_sentence(session.message)


def test_the_code_makes_the_same_table_and_the_same_words(opened):
    session = run(opened(methods="bicubic:consistent=true;nearest", score="bias"))
    with contextlib.redirect_stdout(io.StringIO()) as out:
        made: dict = {}
        exec(compile(session.code(), "code", "exec"), made)
    assert made["frame"]["rmse"].tolist() == pytest.approx(sorted_like(session, made["frame"]))
    failure = session.result.failure
    assert all(part.sentence in out.getvalue() for part in (failure.box, failure.band, failure.quantile))
    worst = made["worst"].iloc[0]
    assert abs(worst["bias"]) == session.frame["bias"].abs().max()
    assert "exec" not in EvaluationCode(session).view.object


def sorted_like(session: FailureSession, frame: pd.DataFrame) -> list[float]:
    names = {name: text for name, text in session.texts.items()}
    return [session.row((names[row.method], row.region, f"{row.time:%Y-%m-%d}"))["rmse"] for row in frame.itertuples()]


def test_the_heat_map_shows_what_is_known_and_a_click_looks_closely(opened):
    page = opened(method="nearest", region="west", time="2010-01-05", shown="nearest")
    session = page.session
    heat = HeatMap(session)
    assert heat.empty.visible
    assert "6 scenes wait for Run" in heat.sentence.object
    run(page)
    assert heat.full.visible
    assert not heat.empty.visible
    cells = heat.cells.data
    assert len(cells["value"]) == 6
    shown = dict(zip(zip(cells["where"], cells["when"], strict=True), cells["value"], strict=True))
    row = session.row(("nearest", "west", "2010-01-05"))
    assert shown["West", "2010-01-05"] == row["rmse"]
    tip = cells["shown"][list(zip(cells["where"], cells["when"], strict=True)).index(("West", "2010-01-05"))]
    assert tip == f"{row['rmse']:.4g} m"
    assert (heat.mapper.low, heat.mapper.high) == (min(cells["value"]), max(cells["value"]))
    assert heat.chosen.data["left"] == [1.0]
    tapped = type("Tapped", (), {"x": 2.4, "y": 1.2})()
    heat._tapped(tapped)
    assert session.focused == ("nearest", "all", "2010-01-06")
    session.against = "bicubic"
    difference = session.grid()
    expected = row["rmse"] - session.row(("bicubic", "west", "2010-01-05"))["rmse"]
    assert difference.at["west", "2010-01-05"] == pytest.approx(expected)
    assert heat.mapper.low == -heat.mapper.high


LAND_AND_SEA = sorted(key for key, data in scenes.catalogue().items() if data.task == "resolution")


@pytest.mark.parametrize("key", LAND_AND_SEA)
def test_the_heat_map_of_every_data_set_writes_its_dates_as_the_rows_do(key, monkeypatch):
    monkeypatch.setattr(Worker, "submit", lambda *_: None)  # what is asked for is not the question here
    session = FailureSession()
    session.select({"source": key})
    heat, dates = HeatMap(session), session.chosen_dates
    texts = list(session.texts.values())
    row = {session.score: 1.0, "relative_improvement": 0.0, "error": "", "split": "test"}
    rows = [{**row, "method": name, "region": region, "time": date}
            for name in session.texts for region in session.regions for date in dates]  # fmt: skip
    session._show(Known(rows, len(rows), 0))
    assert len(heat.cells.data["value"]) == len(session.regions) * len(dates) == len(set(heat.when)) * len(heat.where)
    assert np.isfinite(heat.cells.data["value"]).all()
    heat._tapped(type("Tapped", (), {"x": len(dates) - 0.5, "y": 0.5})())
    assert session.focused == (texts[0], session.regions[-1], session.data.written(dates[-1]))
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
    stage.one_sentence(session.message)
    assert session.query()["only"] == "rmse > 0 and method = nearest"
    table.table.sorters = [{"field": "Bias (m)", "dir": "asc"}]  # as the browser sends it
    assert session.sort == "bias"
    assert table.table.value["Bias (m)"].is_monotonic_increasing
    table._clicked(type("Clicked", (), {"row": 2})())
    row = table.rows.iloc[2]
    assert session.focused == (row["method"], row["region"], row["time"])
    assert table.table.selection == [2]


def test_why_says_place_score_and_three_sentences(opened):
    page = opened(methods="nearest;bicubic")
    why = Why(page.session)
    assert "Click a cell" in why.head.object
    assert why.keep.disabled
    session = run(page)
    row = session.row(session.focused)
    assert f"RMSE {row['rmse']:.4g} m, the worst of 3 dates" in why.head.object
    assert "Open in the explorer" in why.head.object
    failure = session.result.failure
    assert failure.box.sentence in why.words["box"].object
    assert why.frame.transect.data["xs"][0][:2] == list(failure.box.x)
    np.testing.assert_allclose(why.map.image.data_source.data["image"][0], failure.error.values, atol=1e-6)
    assert len(why.band.bars.data["top"]) == len(failure.band.skills)
    np.testing.assert_allclose(why.quantile.bars.data["top"], failure.quantile.rmse)
    assert why.quantile.bars.data["colour"].count("#d55e00") == 1
    why.note.value = "an eddy <script>"
    why._mark()
    (marked,) = session.bookmarks
    assert marked["note"] == "an eddy <script>"
    assert dict(parse_qsl(marked["query"])) == session.query()


def test_what_is_said_belongs_to_the_case_that_it_is_said_of(opened):
    page = opened(methods="nearest;bicubic")
    session, why = run(page), Why(page.session)
    session.focus("nearest", "all", "2010-01-05")
    page.settle()
    told = session.result.failure.box.sentence
    assert told in why.words["box"].object
    session.focus("bicubic", "west", "2010-01-06")
    session.param.trigger("frame")  # a row comes before the other case has been looked at
    assert "Running Bicubic on this scene" in why.head.object
    assert not any(words.object for words in why.words.values())
    assert why.keep.disabled
    assert "scores.diagnose" not in session.code()
    session.cancel()
    assert session.focused == ("", "", "")
    assert "Click a cell" in why.head.object
    assert not why.pictures.visible
    session.focus("bicubic", "west", "2010-01-06")
    page.settle()
    assert "Bicubic · West · 2010-01-06" in why.head.object
    assert why.words["box"].object
    assert told not in why.words["box"].object


def test_a_case_of_another_input_is_none_of_this_one(opened):
    page = opened(methods="nearest;bicubic")
    session, why = run(page), Why(page.session)
    told = session.result.failure.box.sentence
    session.factor = 2
    page.until(lambda: not session.busy)  # nothing of it is known, and the case is on its way
    assert session.current is None
    assert told not in why.words["box"].object
    assert "Running" in why.head.object
    page.settle()
    assert session.current is session.result
    assert session.result.result.scene.problem.degradation.factor == 2


def test_a_case_that_could_not_be_looked_at_is_tried_again_by_a_click(opened, quiet_log, monkeypatch):
    page = opened(methods="bicubic", method="bicubic", region="all", time="2010-01-05")
    session = page.session
    with monkeypatch.context() as patched:
        patched.setattr(scores, "diagnose", lambda *_: 1 / 0)
        session.focus("bicubic", "west", "2010-01-05")
        page.until(lambda: "log has the details" in session.looking)
    assert session.current is None
    session.focus("bicubic", "west", "2010-01-05")
    page.settle()
    assert session.current is session.result


def test_the_zoom_of_the_error_is_kept_for_its_region(opened):
    page = opened(method="nearest", region="west", time="2010-01-05", view="4,40,8,60")
    why = Why(page.session)
    session = run(page)
    assert why.zoom.box.data["box"][:4] == [4, 40, 8, 60]
    why.zoom._zoomed(type("Zoomed", (), {"x0": 5.0, "x1": 30.0, "y0": 9.0, "y1": 50.0})())
    assert session.query()["view"] == "5,30,9,50"
    session.time = "2010-01-06"
    page.settle()
    assert session.view == (5, 30, 9, 50)
    session.region = "all"
    page.settle()
    assert session.view is None
    assert why.zoom.box.data["box"][:4] == [0, 128, 0, 96]


def test_where_nobody_knows_the_truth_nobody_knows_why(opened):
    page = opened(source="toy_unseen", methods="bicubic", score="consistency")
    why = Why(page.session)
    session = run(page)
    assert session.result.failure is None
    assert "Nobody knows the truth" in why.head.object


def test_the_widgets_follow_and_lead(opened):
    page = opened()
    session, controls = page.session, FailureControls(page.session)
    controls.more.value = "bicubic:consistent=true"
    assert session.methods == ["bicubic", "nearest", "bicubic:consistent=true"]
    assert controls.more.value == ""
    assert controls.methods.value == session.methods
    controls.more.value = "bicubic:wings=3"
    stage.one_sentence(session.message)
    assert len(session.methods) == 3
    controls.methods.value = []
    stage.one_sentence(session.message)
    assert controls.methods.value == session.methods
    controls.regions.value = ["west"]
    controls.dates.value = "2010-01-05"
    page.settle()
    assert (session.regions, session.total) == (["west"], 3)
    session.select({"source": "toy_coast"})
    page.settle()
    assert controls.regions.value == ["basin"]


def test_bookmarks_come_from_the_browser_and_from_files(opened):
    page = opened()
    session, view = page.session, Bookmarks(page.session)
    one = bookmarks.bookmark("One", "note", {"source": "toy_sea"}, "now")
    view.keeper._handle_msg(["stored", "[1]"])
    assert session.bookmarks == []
    view.keeper._handle_msg(["stored", json.dumps([one])])
    assert session.bookmarks == view.shelf.items == view.keeper.items == [one]
    view.shelf._handle_msg(["note", 0, "better"])
    assert session.bookmarks[0]["note"] == "better"
    for wrong in (["note", 7, "x"], ["delete", "x", ""], ["note", 0, "x" * 3000], "what", 3):
        view.shelf._handle_msg(wrong)
    assert len(session.bookmarks) == 1
    other = bookmarks.bookmark("Two", "", {"source": "toy_coast"}, "now")
    view.bring.value = bookmarks.write([other]).encode()
    assert [item["title"] for item in session.bookmarks] == ["One", "Two"]
    assert bookmarks.read(view.export.callback().getvalue(), session.NAMES) == session.bookmarks
    view.bring.value = b"<html>"
    stage.one_sentence(session.message)
    view.shelf._handle_msg(["delete", 0, ""])
    assert [item["title"] for item in session.bookmarks] == ["Two"]


def test_rows_lie_under_the_user_s_cache_without_pickle(opened):
    run(opened())
    files = list(rowcache.folder().iterdir())
    assert len(files) == 2
    assert all(path.suffix == ".jsonl" for path in files)
