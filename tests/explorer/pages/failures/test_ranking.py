"""Scores as a table: which is worse, what a filter keeps, in which order; nothing typed is ever executed."""

import numpy as np
import pandas as pd
import pytest
import stage

from engine.errors import InputError
from explorer.pages.failures import ranking

FRAME = pd.DataFrame(
    {
        "method": ["bicubic", "bicubic", "resac", "resac"],
        "title": ["Bicubic", "Bicubic", "RESAC", "RESAC"],
        "region": ["box", "jet", "box", "jet"],
        "time": ["2005-01-01", "2005-01-03", "2005-01-01", "2005-01-03"],
        "rmse": [0.06, 0.09, 0.04, np.nan],
        "relative_improvement": [0.0, 0.0, 0.3, 0.2],
        "bias": [-0.02, 0.01, 0.0, 0.005],
        "spread_skill": [1.0, 0.4, 1.3, 0.9],
    }
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", [0, 1, 2, 3]),
        ("rmse > 0.05", [0, 1]),
        ("RMSE<=0.06 and region = Box", [0, 2]),
        ("method = resac; date >= 2005-01-02", [3]),
        ("method = RESAC", [2, 3]),
        ("method != Bicubic", [2, 3]),
        ("time = 2005-01-01 & relative_improvement != 0", [2]),
        ("skill_fine > 0", []),
    ],
)
def test_a_filter_keeps_the_rows_it_names(text, kept):
    assert ranking.kept(FRAME, text).index.tolist() == kept


@pytest.mark.parametrize(
    "text", ["rmse", "rmse >", "wings > 2", "rmse > many", "rmse > nan", "__import__('os')", "rmse > 1 or 1", "= 3"]
)
def test_what_is_no_filter_is_one_sentence(text):
    with pytest.raises(InputError) as caught:
        ranking.kept(FRAME, text)
    stage.one_sentence(str(caught.value))


@pytest.mark.parametrize(
    ("score", "worst"), [("rmse", [1, 0, 2, 3]), ("relative_improvement", [0, 1, 3, 2]), ("bias", [0, 1, 3, 2]),
                         ("spread_skill", [1, 2, 3, 0])]
)  # fmt: skip
def test_without_an_order_the_worst_comes_first_and_nothing_last(score, worst):
    assert ranking.ranked(FRAME, "", score).index.tolist() == worst


def test_rows_outside_their_training_can_be_left_out():
    """A method without training is inside; rows of before anybody looked say nothing."""
    told = FRAME.assign(outside=["", np.nan, "noise 0.02 m", ""])
    assert ranking.within(told).index.tolist() == [0, 1, 3]
    assert ranking.within(FRAME).index.tolist() == [0, 1, 2, 3]


def test_a_column_orders_the_rows_up_or_down():
    assert ranking.ranked(FRAME, "rmse", "bias").index.tolist() == [2, 0, 1, 3]
    assert ranking.ranked(FRAME, "-time", "rmse").index.tolist() == [1, 3, 0, 2]
    assert ranking.ranked(FRAME, "-nothing", "rmse").index.tolist() == [1, 0, 2, 3]


def test_every_score_has_its_unit():
    assert ranking.unit("rmse", "m") == "m"
    assert ranking.unit("gradient_rmse", "degC") == "°C km⁻¹"
    assert ranking.unit("gradient_rmse", "1") == "km⁻¹"
    assert ranking.unit("effective_resolution", "m") == "km"
    assert ranking.unit("correlation", "m") == ""
    assert ranking.unit("seconds", "m") == "s"
