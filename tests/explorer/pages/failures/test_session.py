"""The page "Failure cases" without a server: what is scored, what is known, what is said of one case."""

import contextlib
import io
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pytest
import stage
from cases import run
from stage import get

from engine import scenes, scores
from engine.evaluation import rows
from explorer.base.widgets.code import Code
from explorer.jobs.worker import WORKER, Ticket
from explorer.pages.failures.evaluation import EVALUATOR
from explorer.pages.failures.session import FailureSession


def test_first_nothing_is_known_and_no_training_date_is_in(opened):
    session = opened().session
    assert session.scored.frame.empty
    assert session.request.regions == ["all", "west"]
    assert (session.scored.total, session.scored.scenes_left) == (2 * 2 * 3, 2 * 3)
    assert session.request.training == 0
    assert {session.data.split_of(date) for date in session.request.chosen_dates} == {"test"}


def test_the_ocean_s_first_choice_is_the_test_run_in_all_named_regions(no_data):
    session = FailureSession()
    assert session.selection.source == "ocean_run"
    assert session.request.split == "test"
    assert len(session.request.chosen_dates) == 31
    assert session.request.regions == list(scenes.get("ocean_run").regions)
    assert len(session.request.methods) == 4


def test_run_scores_every_case_and_looks_at_the_worst(opened):
    session = run(opened())
    assert len(session.scored.frame) == session.scored.total == 12
    assert session.scored.scenes_left == 0
    assert not session.scored.running
    worst = session.scored.frame[session.scored.frame["method"] == "bicubic"].sort_values("rmse").iloc[-1]
    assert session.case.place == (worst["method"], worst["region"], worst["time"])
    failure = session.outcome.result.failure
    scene = session.outcome.scene
    assert (scene.key, scene.time) == ("toy_sea", worst["time"])
    assert failure.box.whole == pytest.approx(worst["rmse"])
    for part in (failure.box, failure.quantile):
        assert " m" in part.sentence
        stage.one_sentence(part.sentence)
    for part in (failure.band, failure.detail):
        stage.one_sentence(part.sentence)
    usual = session.scored.frame[
        (session.scored.frame["method"] == "bicubic") & (session.scored.frame["region"] == worst["region"])
    ]
    others = usual[usual["time"] != worst["time"]]
    assert failure.band.usual["large"] == pytest.approx(others["skill_large"].median())


def test_what_was_cancelled_goes_on_and_opens_at_once_afterwards(opened, monkeypatch):
    page = opened()
    page.session.start()
    page.until(lambda: len(page.session.scored.frame) >= 4)
    page.session.cancel()
    assert not page.session.scored.running
    known = len(opened().settle().scored.frame)
    assert 4 <= known < 12
    again = opened()
    assert len(run(again).scored.frame) == 12
    monkeypatch.setattr("engine.evaluation.evaluate.score_scene", None)  # nothing is left to be scored
    last = opened().session
    assert len(last.scored.frame) == 12
    pd.testing.assert_frame_equal(last.scored.frame, again.session.scored.frame)


def test_a_link_brings_the_same_page_and_the_same_words(opened):
    asked = {"methods": "bicubic:consistent=true;nearest", "against": "nearest", "score": "mae", "sort": "-bias",
             "only": "region = west", "method": "nearest", "region": "west", "time": "2010-01-05", "factor": "2",
             "shown": "bicubic:consistent=true", "view": "10,60,5,50", "theme": "dark"}  # fmt: skip
    page = opened(**asked)
    first = run(page)
    again = opened(**first.query()).session
    assert again.query() == first.query()
    assert asked.items() <= first.query().items()
    pd.testing.assert_frame_equal(again.scored.table(), first.scored.table())
    pd.testing.assert_frame_equal(again.scored.grid(), first.scored.grid())
    assert again.scored.heading() == "MAE (m) of Bicubic(consistent=True) minus Nearest"
    for part in ("box", "band", "quantile"):
        assert (
            getattr(again.outcome.result.failure, part).sentence == getattr(first.outcome.result.failure, part).sentence
        )


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
    assert page.session.run.message == complaint
    assert page.session.query() == before


def test_the_explorer_shows_the_case_that_the_link_names(opened, open_page):
    dice = "toy_dice:rounds=4,mode=hard"
    page = opened(methods=f"{dice};bicubic", shown=dice, factor="2", noise="0.01", seed="3")
    session = run(page)
    box = session.current.failure.box
    query = dict(parse_qsl(session.case.link(session.current.failure).lstrip("?")))
    assert query["m.rounds"] == "4"
    other = open_page()
    assert other.session.select(query) == []
    assert other.session.look.view == (*box.x, *box.y)
    assert get(other.session, "probe") == box.peak
    assert get(other.session, "quantity") == "field", "what is worst there is the field, not what is derived of it"
    error = np.abs(session.current.failure.error)
    assert float(error.sel(x=box.peak[0], y=box.peak[1])) == float(error.sel(x=slice(*box.x), y=slice(*box.y)).max())
    other.session.start()
    other.settle()
    shown = session.outcome.result.result
    np.testing.assert_array_equal(other.session.outcome.result.estimate["ssh"], shown.estimate["ssh"])
    table = scores.table(other.session.outcome.result.estimate, other.session.outcome.scene)
    assert float(table["rmse"]) == pytest.approx(session.scored.row(session.case.place)["rmse"])


def test_a_method_that_fails_takes_nothing_down(opened, quiet_log):
    page = opened(methods="bicubic;toy_broken")
    session = run(page)
    broken = session.scored.frame[session.scored.frame["method"] == "toy_broken"]
    assert broken["error"].tolist() == ["toy_broken stopped with RuntimeError; see the log."] * 6
    assert session.scored.frame.loc[session.scored.frame["method"] == "bicubic", "rmse"].notna().all()
    session.focus("toy_broken", "all", "2010-01-04")
    page.until(lambda: "log has the details" in session.case.looking)
    assert session.outcome.result is None
    session.scored.shown = "toy_broken"
    assert set(session.scored.tips().values()) == {"toy_broken stopped with RuntimeError; see the log."}


def test_an_evaluation_keeps_nobody_waiting(opened, toys):
    page = opened(methods="toy_gated")
    page.session.start()
    assert toys.Gated.entered.wait(stage.PATIENCE)  # and stays there
    done = []
    WORKER.submit(Ticket(iter([1]), lambda *_: None, lambda *_: None, done.append))
    stage.wait_for(lambda: done)
    page.session.cancel()
    toys.Gated.gate.set()
    EVALUATOR.submit(Ticket(iter([1]), lambda *_: None, lambda *_: None, done.append))
    stage.wait_for(lambda: len(done) == 2)  # the scene under way is left, whoever comes next is not kept


def test_two_pages_share_what_is_scored(opened, monkeypatch):
    from engine.evaluation import evaluate

    scored, whole = [], evaluate.score_scene
    monkeypatch.setattr(evaluate, "score_scene", lambda *call: scored.append(call[1:3]) or whole(*call))
    one, other = opened(), opened()
    one.session.start()
    other.session.start()
    assert len(one.settle().scored.frame) == len(other.settle().scored.frame) == 12
    assert len(scored) == 6


def test_scenes_are_scored_on_a_cluster_where_one_is_named(opened, monkeypatch):
    distributed = pytest.importorskip("dask.distributed")
    quiet = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, scheduler_kwargs=quiet
    ) as cluster:
        monkeypatch.setenv("FINESCALE_SCHEDULER", cluster.scheduler_address)
        session = run(opened())
    assert len(session.scored.frame) == 12
    assert session.run.message == ""


def test_a_cluster_that_does_not_answer_is_one_sentence(opened, monkeypatch):
    def nobody(*_):
        raise OSError("timed out")

    monkeypatch.setattr("engine.evaluation.evaluate._run_distributed", nobody)
    monkeypatch.setenv("FINESCALE_SCHEDULER", "tcp://127.0.0.1:1")
    session = run(opened())
    assert "No dask scheduler answers at tcp://127.0.0.1:1" in stage.one_sentence(session.run.message)
    assert not session.scored.running


def test_what_has_to_be_fetched_is_offered(opened):
    session = run(opened(source="toy_absent", methods="bicubic"))
    assert len(session.run.missing) == 1
    stage.one_sentence(session.run.message)


def test_the_code_makes_the_same_table_and_the_same_words(opened):
    session = run(opened(methods="bicubic:consistent=true;nearest", score="bias"))
    with contextlib.redirect_stdout(io.StringIO()) as out:
        made: dict = {}
        exec(compile(session.code(), "code", "exec"), made)
    assert made["frame"]["rmse"].tolist() == pytest.approx(sorted_like(session, made["frame"]))
    failure = session.outcome.result.failure
    assert all(
        part.sentence in out.getvalue() for part in (failure.box, failure.band, failure.detail, failure.quantile)
    )
    worst = made["worst"].iloc[0]
    assert abs(worst["bias"]) == session.scored.frame["bias"].abs().max()
    assert "exec" not in Code(session, FailureSession.code).view.object


def sorted_like(session: FailureSession, frame: pd.DataFrame) -> list[float]:
    names = {name: text for name, text in session.request.texts.items()}
    return [
        session.scored.row((names[row.method], row.region, f"{row.time:%Y-%m-%d}"))["rmse"]
        for row in frame.itertuples()
    ]


def test_a_case_that_could_not_be_looked_at_is_tried_again_by_a_click(opened, quiet_log, monkeypatch):
    page = opened(methods="bicubic", method="bicubic", region="all", time="2010-01-05")
    session = page.session
    with monkeypatch.context() as patched:
        patched.setattr(scores, "diagnose", lambda *_: 1 / 0)
        session.focus("bicubic", "west", "2010-01-05")
        page.until(lambda: "log has the details" in session.case.looking)
    assert session.current is None
    session.focus("bicubic", "west", "2010-01-05")
    page.settle()
    assert session.current is session.outcome.result


def test_a_choice_that_is_too_long_is_not_marked_and_that_is_said(opened):
    page = opened(method="bicubic", region="west", time="2010-01-05")
    page.session.scored.only = " and ".join(["rmse > 0.05"] * 400)
    page.session.mark("")
    assert "fewer methods or regions" in stage.one_sentence(page.session.run.message)
    assert page.session.shelf.bookmarks == []


def test_rows_lie_under_the_user_s_cache_without_pickle(opened):
    run(opened())
    files = list(rows.folder().iterdir())
    assert len(files) == 2
    assert all(path.suffix == ".jsonl" for path in files)
