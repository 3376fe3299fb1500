"""Evaluation over dates, regions and methods on a small data set of its own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import toy

from engine import methods, scenes, scores, weights
from engine.errors import InputError
from engine.evaluate import Evaluation, dates_between, dates_of, evaluate, summary
from engine.evaluation import rows, scoring, source
from engine.grid import Region
from engine.methods.base import Method
from engine.scenes.base import DataSet

KEY = "toy_sea"


class ToySea(DataSet):
    """Eight days of a random sea with an island."""

    key = KEY
    title = "Toy sea"
    kind = "simulated"
    source = licence = "made for the test"
    fields = ("ssh",)
    factors = (4,)
    regions = {"west": Region("West", (0, 256), (0, 256)), "east": Region("East", (256, 512), (0, 256))}
    splits = {"train": ("2001-01-01", "2001-01-05"), "test": ("2001-01-06", "2001-01-08")}
    times = pd.date_range("2001-01-01", periods=8)

    def load(self, time, variables):
        values = toy.power_law((64, 128), -3, seed=time.day).astype(np.float32)
        values[:6, :10] = np.nan
        return toy.field(values).to_dataset()

    def version(self, time):
        return "seeded"


class Broken(Method):
    """A method with a fault."""

    key, equations, source = "broken", ("x = y",), "none"

    def estimate(self, problem, seed):
        return 1 / 0


class Picky(Method):
    """Refuses a date, as a network refuses a factor it was not trained for."""

    key, equations, source = "picky", ("x = y",), "none"

    def estimate(self, problem, seed):
        raise InputError("Picky was trained for another factor.")


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setitem(scenes.SCENES._items, KEY, ToySea)
    monkeypatch.setitem(methods.METHODS._items, "picky", Picky)
    scenes.forget()
    yield
    scenes.forget()


def test_one_row_for_each_method_region_and_date():
    frame = evaluate(KEY, ["bicubic", "nearest"], regions=["west", "east"])
    assert len(frame) == 2 * 2 * 3
    assert not frame.duplicated(["method", "region", "time"]).any()
    assert set(frame["time"]) == set(pd.date_range("2001-01-06", periods=3))
    assert set(frame["split"]) == {"test"}
    assert (frame["error"] == "").all()
    assert (frame["seconds"] > 0).all()
    assert (frame["network_calls"] == 0).all()


def test_a_row_holds_the_scores_of_its_scene():
    frame = evaluate(KEY, ["nearest"], times=["2001-01-07"], regions=["east"], factor=2)
    scene = scenes.open(KEY, time="2001-01-07", region="east", factor=2)
    table = scores.table(methods.create("nearest").predict(scene.problem), scene)
    for name, value in table.data_vars.items():
        assert frame[name].item() == float(value), name


def test_a_row_has_the_skill_of_every_band_and_the_published_number():
    frame = evaluate("ocean_run", ["bicubic", "resac"], times=["2005-01-21"], factor=27)
    scene = scenes.open("ocean_run", time="2005-01-21", factor=27)
    curves = scores.spectra(methods.create("bicubic").predict(scene.problem), scene)
    for band, skill in scores.band_skill(curves, scores.bands(scene)).items():
        assert frame[f"skill_{band}"][0] == pytest.approx(skill), band
    assert frame["skill_large"].min() > 0.9
    assert frame["rmse_published"].tolist() == [0.0672, 0.0611]


def test_parameters_of_a_method_are_in_its_name():
    frame = evaluate(KEY, ["bicubic", ("bicubic", {"consistent": True})], times=["2001-01-06"])
    assert frame["method"].tolist() == ["bicubic", "bicubic(consistent=True)"]
    assert frame["consistency"][1] < 1e-5 < frame["consistency"][0]
    assert frame["rmse"][1] < frame["rmse"][0]


def test_the_degradation_can_be_chosen():
    one = evaluate(KEY, ["bicubic"], times=["2001-01-06"], degradation="box", width_km=24.0)
    other = evaluate(KEY, ["bicubic"], times=["2001-01-06"])
    assert one["rmse"].item() != other["rmse"].item()


@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
def test_progress_counts_the_scenes(scheduler):
    seen = []
    evaluate(KEY, ["nearest"], progress=lambda done, total: seen.append((done, total)), scheduler=scheduler)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_the_summary_is_the_mean_of_the_days_and_relative_to_bicubic():
    frame = evaluate(KEY, ["nearest", "bicubic"], regions=["west", "east"])
    means = summary(frame)
    assert means.index.tolist() == ["bicubic", "nearest"]  # the best first
    rmse = frame.groupby("method")["rmse"].mean()
    assert means.loc["nearest", "rmse"] == pytest.approx(rmse["nearest"])
    assert means.loc["bicubic", "relative_improvement"] == pytest.approx(0)
    assert means.loc["nearest", "relative_improvement"] == pytest.approx(1 - rmse["nearest"] / rmse["bicubic"])
    assert means.loc["nearest", "scenes"] == 6
    assert means.loc["nearest", "failed"] == 0


def test_a_refusal_is_a_row_with_its_reason():
    frame = evaluate(KEY, ["nearest", "picky"], times=["2001-01-06", "2001-01-07"])
    refused = frame[frame["method"] == "picky"]
    assert refused["error"].tolist() == ["Picky was trained for another factor."] * 2
    assert refused["rmse"].isna().all()
    means = summary(frame)
    assert means.loc["picky", "failed"] == 2
    assert means.loc["nearest", "failed"] == 0
    assert np.isnan(means.loc["picky", "rmse"])


def test_without_a_truth_consistency_is_all_there_is(monkeypatch):
    whole = ToySea.open
    monkeypatch.setattr(ToySea, "open", lambda *a, **k: replace(whole(*a, **k), truth=None))
    frame = evaluate(KEY, ["nearest", "bicubic"])
    assert frame["rmse"].isna().all()
    assert summary(frame).loc["nearest", "consistency"] < 1e-6


def test_a_nan_score_is_not_averaged_away():
    frame = evaluate(KEY, ["nearest"])
    frame.loc[1, "rmse"] = np.nan
    assert np.isnan(summary(frame).loc["nearest", "rmse"])


def test_what_is_not_on_offer_is_refused():
    with pytest.raises(InputError, match="no field on 1999-01-01"):
        evaluate(KEY, ["nearest"], times=["1999-01-01"])
    with pytest.raises(InputError, match="west, east"):
        evaluate(KEY, ["nearest"], regions=["north"])
    with pytest.raises(InputError, match="at least one date"):
        evaluate(KEY, [])
    with pytest.raises(InputError, match="'validation'; its splits are train, test"):
        dates_of(KEY, "validation")


def test_an_unknown_method_is_refused_and_not_a_row():
    with pytest.raises(InputError, match="no 'bicubbic'"):
        evaluate(KEY, ["bicubbic"])
    with pytest.raises(InputError, match="no parameter wings"):
        evaluate(KEY, [("bicubic", {"wings": 2})])


def test_a_dask_cluster_gives_the_same_table():
    distributed = pytest.importorskip("dask.distributed")
    local = evaluate(KEY, ["nearest"])
    quiet = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, scheduler_kwargs=quiet
    ) as cluster:
        seen = []
        remote = evaluate(KEY, ["nearest"], scheduler=cluster.scheduler_address, progress=lambda *n: seen.append(n))
    pd.testing.assert_frame_equal(remote.drop(columns="seconds"), local.drop(columns="seconds"))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_bands_of_one_s_own_replace_the_four():
    frame = evaluate("ocean_run", ["bicubic"], times=[dates_of("ocean_run")[0]], factor=27, edges_km=(400, 200, 100))
    powers = {name for name in frame.columns if name.startswith("power_")}
    assert powers == {"power_400_200", "power_200_100"}
    assert frame["power_400_200"][0] > frame["power_200_100"][0]


@pytest.mark.parametrize("edges", [(120,), (60, 120), (120, 120), (60, 0)])
def test_bands_that_are_none_are_one_sentence(edges):
    with pytest.raises(InputError, match="falling"):
        evaluate("ocean_run", ["bicubic"], edges_km=edges)


def test_rows_come_as_scenes_finish_and_closing_stops_the_work():
    asked = Evaluation(KEY, ["nearest", "bicubic"], regions=["west", "east"])
    assert (asked.total, asked.scenes) == (12, 6)
    running = asked.run()
    first = next(running)
    assert [row["method"] for row in first] == ["nearest", "bicubic"]
    running.close()
    assert asked.known() == first
    assert asked.scenes == 5


@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
def test_what_was_interrupted_goes_on_from_the_disk(scheduler, no_data):
    whole = evaluate(KEY, ["nearest", "bicubic"], regions=["west", "east"])
    running = Evaluation(KEY, ["nearest", "bicubic"], regions=["west", "east"], cache=True).run(scheduler)
    for _ in range(2):
        next(running)
    running.close()
    seen = []
    options = {"regions": ["west", "east"], "cache": True, "scheduler": scheduler}
    again = evaluate(KEY, ["nearest", "bicubic"], progress=lambda *n: seen.append(n), **options)
    assert len(seen) <= 4
    pd.testing.assert_frame_equal(again.drop(columns="seconds"), whole.drop(columns="seconds"))
    third = evaluate(KEY, ["bicubic"], progress=lambda *n: seen.append("run"), **options)
    assert "run" not in seen
    expected = again[again["method"] == "bicubic"].reset_index(drop=True)
    pd.testing.assert_frame_equal(third, expected)  # to the bit, seconds and all


def test_a_line_cut_short_or_foreign_is_scored_again(no_data):
    whole = evaluate(KEY, ["nearest"], cache=True)
    (path,) = rows.folder().glob("*.jsonl")
    path.write_text(path.read_text()[:-40] + '\n[1]\n{"data": 1}\n"x"\n\0\n')
    seen = []
    again = evaluate(KEY, ["nearest"], cache=True, progress=lambda *n: seen.append(n))
    assert seen == [(1, 1)]
    pd.testing.assert_frame_equal(again.drop(columns="seconds"), whole.drop(columns="seconds"))


CHANGES = {
    "the selection": {"factor": 2},
    "a setting": {"methods": [("nearest", {"consistent": True})]},
    "the seed": {"seed": 1},
    "the bands": {"edges_km": (60, 30)},
}


@pytest.mark.parametrize("what", [*CHANGES, "the code", "the weights", "the data", "nothing"])
def test_a_row_is_of_what_it_was_made_of(what, no_data, monkeypatch):
    asked = {"methods": ["nearest"], "times": ["2001-01-06"], "cache": True}
    evaluate(KEY, **asked)
    if what == "the code":
        monkeypatch.setattr(source, "version", lambda kinds: "another")
    elif what == "the weights":
        monkeypatch.setattr(methods.METHODS["nearest"], "weights", ("liif",))
    elif what == "the data":
        monkeypatch.setattr(ToySea, "version", lambda self, time: "another")
    seen = []
    evaluate(KEY, **asked | CHANGES.get(what, {}), progress=lambda *n: seen.append(n))
    assert seen == ([] if what == "nothing" else [(1, 1)])


def test_a_row_bears_the_name_by_which_it_is_asked_for(no_data):
    evaluate(KEY, ["bicubic"], times=["2001-01-06"], cache=True)
    seen = []
    said = ("bicubic", {"consistent": False})
    frame = evaluate(KEY, [said], times=["2001-01-06"], cache=True, progress=lambda *n: seen.append(n))
    assert not seen
    assert frame["method"].tolist() == ["bicubic(consistent=False)"]


def test_the_weights_in_the_key_are_those_of_the_card(no_data, monkeypatch):
    choice = ("resac", {})
    before = rows.RowCache("ocean_run", {}, choice, 0, ()).path
    changed = {**weights.card("resac"), "sha256": "0" * 64}
    monkeypatch.setattr(weights, "card", lambda key: changed)
    assert rows.RowCache("ocean_run", {}, choice, 0, ()).path != before


def test_the_usual_selection_said_or_not_is_the_same(no_data):
    said = {"factor": 4, "field": "ssh", "degradation": "block_mean", "noise": 0.0, "width_km": None}
    paths = {rows.RowCache(KEY, chosen, ("nearest", {}), 0, ()).path for chosen in ({}, said)}
    assert len(paths) == 1


def test_nothing_is_kept_of_data_that_say_no_version(no_data, monkeypatch):
    monkeypatch.delattr(ToySea, "version")
    evaluate(KEY, ["nearest"], cache=True)
    assert not rows.folder().exists()


def test_a_method_that_fails_is_a_row_and_is_tried_again(no_data, monkeypatch, caplog):
    monkeypatch.setitem(methods.METHODS._items, "broken", Broken)
    frame = evaluate(KEY, ["nearest", "broken"], times=["2001-01-06"], cache=True)
    assert frame["error"].tolist() == ["", "broken stopped with ZeroDivisionError; see the log."]
    assert "division by zero" in caplog.text
    assert Evaluation(KEY, ["nearest", "broken"], times=["2001-01-06"], cache=True).scenes == 1


def test_a_refusal_is_kept(no_data):
    evaluate(KEY, ["picky"], times=["2001-01-06"], cache=True)
    (row,) = Evaluation(KEY, ["picky"], times=["2001-01-06"], cache=True).known()
    assert row["error"] == "Picky was trained for another factor."


def test_only_so_many_files_are_kept(no_data, monkeypatch):
    monkeypatch.setattr(rows, "FILES", 3)
    for seed in range(5):
        evaluate(KEY, ["nearest"], times=["2001-01-06"], cache=True, seed=seed)
    assert len(list(rows.folder().iterdir())) == 3
    assert Evaluation(KEY, ["nearest"], times=["2001-01-06"], cache=True, seed=4).scenes == 0


def test_slow_methods_come_after_the_cheap_ones(monkeypatch):
    monkeypatch.setattr(methods.METHODS["nearest"], "cheap", False)
    asked = Evaluation(KEY, ["nearest", "bicubic", "bilinear"])
    order = [[row["method"] for row in rows] for rows in asked.run()]
    assert order == [["bicubic", "bilinear"]] * 3 + [["nearest"]] * 3


def test_two_who_want_the_same_share_the_work(no_data, monkeypatch):
    scored = []
    whole = scoring.score_scene
    monkeypatch.setattr(
        "engine.evaluation.evaluate.score_scene", lambda *call: scored.append(call[1:3]) or whole(*call)
    )
    asked = [Evaluation(KEY, ["nearest"], regions=["west", "east"], cache=True) for _ in range(3)]
    runs = [one.run() for one in asked]
    while runs:  # in turns, scene by scene, as the page's worker does it
        runs = [run for run in runs if next(run, None) is not None]
    assert len(scored) == 6
    assert [len(one.known()) for one in asked] == [6, 6, 6]


def test_dates_are_single_ones_and_ranges():
    assert [date.day for date in dates_between(KEY, ["2001-01-02, 2001-01-06/2001-02-01", "2001-01-02"])] == [
        2,
        6,
        7,
        8,
    ]
    assert dates_between(KEY, ["2001-03-01/2001-02-01"]) == []
    for text in ("2001-02-01", "2001-01-02/soon", "soon/2001-01-02"):
        with pytest.raises(InputError):
            dates_between(KEY, [text])
