"""Evaluation over dates, regions and methods on a small data set of its own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import toy

from engine import methods, scenes, scores
from engine.errors import InputError
from engine.evaluate import dates_of, evaluate, summary
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


class Picky(Method):
    """Refuses a date, as a network refuses a factor it was not trained for."""

    key, equations, source = "picky", ("x = y",), "none"

    def estimate(self, problem, seed):
        raise InputError("Picky was trained for another factor.")


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setitem(scenes.SCENES._items, KEY, ToySea)
    monkeypatch.setitem(methods.METHODS._items, "picky", Picky)
    scenes.get.cache_clear()
    yield
    scenes.get.cache_clear()


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
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
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
