"""Rows that ship with the project: those of now, under what they were asked for, and nowhere else."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from engine import scenes
from engine.evaluate import Evaluation, evaluate
from engine.evaluation import rows, shipped
from engine.evaluation.scoring import label

METHODS = ["bicubic", "resac", "resac_sst", "spectral_liif"]
REGIONS = ["box", "jet"]
DATE = "2005-01-21"


@pytest.fixture(scope="module")
def ocean() -> Evaluation:
    return Evaluation("ocean_run", METHODS, times=[DATE], regions=REGIONS)


def test_they_agree_with_what_is_scored_now(ocean):
    there = {(row["method"], row["region"]): row for row in ocean.shipped()}
    fresh = evaluate("ocean_run", METHODS, times=[DATE], regions=REGIONS, scheduler="synchronous")
    names = fresh.select_dtypes("number").columns.drop(["seconds", "rmse_published"])
    assert len(there) == len(fresh) == len(METHODS) * len(REGIONS)
    for row in fresh.to_dict("records"):
        kept = there[row["method"], row["region"]]
        values = ([one[name] for name in names] for one in (kept, row))
        np.testing.assert_allclose(*values, rtol=2e-3, atol=5e-6, err_msg=f"{row['method']}, {row['region']}")


def test_they_say_when_and_by_which_command_they_were_made(ocean):
    about = shipped.read("ocean_run")
    assert {row["shipped"] for row in ocean.shipped()} == {about.made}
    assert pd.Timestamp(about.made) <= pd.Timestamp.now()
    assert about.command == "finescale evaluate ocean_run " + " ".join(
        [*(f"-m {name}" for name in METHODS), *(f"-r {name}" for name in scenes.get("ocean_run").regions), "--ship"]
    )
    assert shipped.path_of("ocean_run").stat().st_size < 200_000


def test_they_count_as_not_scored_yet(ocean):
    assert ocean.known() == []
    assert len(ocean.shipped()) == ocean.total
    assert ocean.scenes == len(REGIONS)


@pytest.mark.parametrize(
    ("method", "options"),
    [("bicubic", {"noise": 0.01}), ("bicubic", {"factor": 9}), ("bicubic", {"seed": 1}), ("nearest", {}),
     ("bicubic", {"edges_km": (216, 50, 17)}), (("bicubic", {"consistent": True}), {}), ("bicubic", {"field": "sst"})],
    ids=str,
)  # fmt: skip
def test_of_anything_else_none_ship(method, options):
    assert Evaluation("ocean_run", [method], times=[DATE], **options).shipped() == []


def test_weights_that_were_trained_anew_have_none(monkeypatch):
    monkeypatch.setattr("engine.weights.card", lambda name: {"sha256": "0" * 64})
    asked = Evaluation("ocean_run", ["bicubic", "resac"], times=[DATE])
    assert [row["method"] for row in asked.shipped()] == ["bicubic"]


def test_what_is_scored_takes_their_place(tmp_path, monkeypatch):
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path))
    asked = Evaluation("ocean_run", ["bicubic"], times=[DATE], regions=REGIONS, cache=True)
    states = [([row["region"] for row in asked.known()], [row["region"] for row in asked.shipped()])]
    states += [
        ([row["region"] for row in asked.known()], [row["region"] for row in asked.shipped()]) for _ in asked.run()
    ]
    assert states == [([], ["box", "jet"]), (["box"], ["jet"]), (["box", "jet"], [])]


def test_what_is_written_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "path_of", lambda key: tmp_path / "some" / f"{key}.csv")
    assert shipped.read("ocean_run") == shipped.NOTHING
    data, chosen = scenes.get("ocean_run"), [("bicubic", {"consistent": True})]
    frame = evaluate("ocean_run", chosen, times=[DATE], regions=["jet"], factor=9)
    failed = frame.assign(method="nearest", rmse=np.nan, error="It refuses, and says 'why', too.")
    keys = {label(*choice): rows.asked(data, {"factor": 9}, choice, 0, ()) for choice in chosen}
    shipped.write(
        pd.concat([frame, failed]), keys, "finescale evaluate", date(2026, 1, 2), shipped.path_of("ocean_run")
    )
    about = shipped.read("ocean_run")
    assert (about.made, about.command) == ("2026-01-02", "finescale evaluate")
    (row,) = Evaluation("ocean_run", chosen, times=[DATE], regions=["jet"], factor=9).shipped()
    assert row["rmse"] == pytest.approx(frame["rmse"].item(), rel=1e-4)
    assert row["time"] == pd.Timestamp(DATE)
    assert row["error"] == ""
    ((unusable,),) = (about.rows["nearest"].values(),)
    assert unusable["error"] == failed["error"].item()
    assert np.isnan(unusable["rmse"])


def test_a_file_of_ones_own_has_none_whatever_it_is_called():
    assert shipped.read("own:../../assets/evaluations/ocean_run") == shipped.NOTHING
