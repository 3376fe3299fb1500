"""A part of a scene is judged as if it were all there is."""

import numpy as np
import pytest

from engine import methods, scenes, scores
from engine.errors import InputError

BOX = (400.0, 1300.0, 300.0, 1500.0)


@pytest.fixture(scope="module")
def ocean():
    return scenes.open("ocean_run", time="2005-01-21", factor=27)


def test_a_part_is_whole_cells_of_the_input_and_the_truth_over_them(ocean):
    seen = scores.part(ocean, BOX)
    low, truth = seen.problem.low["ssh"], seen.truth["ssh"]
    assert truth.shape == tuple(27 * n for n in low.shape)
    means = truth.values.reshape(low.shape[0], 27, low.shape[1], 27).mean((1, 3))
    np.testing.assert_allclose(means, low.values, atol=1e-5)  # the input is the mean over its cells
    assert float(low.x.min()) >= BOX[0]
    assert float(low.y.max()) <= BOX[3]


def test_its_error_is_that_of_its_cells(ocean):
    estimate = methods.create("bicubic").predict(ocean.problem)
    seen = scores.part(ocean, BOX)
    here = estimate.sel(x=seen.problem.target.x, y=seen.problem.target.y)
    off = here["ssh"].values - seen.truth["ssh"].values
    table = scores.table(here, seen, here)
    assert float(table["rmse"]) == pytest.approx(float(np.sqrt(np.mean(off.astype(float) ** 2))), rel=1e-5)
    assert "consistency" not in table


def test_too_small_a_part_is_refused_in_one_sentence(ocean):
    with pytest.raises(InputError, match="zoom out"):
        scores.part(ocean, (400.0, 420.0, 300.0, 1500.0))
