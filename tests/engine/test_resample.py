"""Block means, gaps and interpolation between grids that share their edges."""

import numpy as np
import pytest
import torch

from engine.resample import MODES, block_mean, fill_gaps, replicate, upsample


def test_block_mean_of_a_known_field():
    values = torch.arange(24.0).reshape(4, 6)
    torch.testing.assert_close(block_mean(values, 2), torch.tensor([[3.5, 5.5, 7.5], [15.5, 17.5, 19.5]]))
    torch.testing.assert_close(block_mean(values.expand(2, 3, 4, 6), 2)[1, 2], block_mean(values, 2))


def test_block_mean_ignores_what_is_missing_until_half_is():
    values = torch.arange(16.0).reshape(4, 4)
    values[0, :2] = torch.nan
    values[2:, 2:] = torch.nan
    values[2, 0] = values[2, 1] = values[3, 0] = torch.nan
    low = block_mean(values, 2)
    assert float(low[0, 0]) == 4.5  # two of four cells: just enough
    assert float(low[0, 1]) == 4.5
    assert torch.isnan(low[1]).all()
    assert float(block_mean(values, 2, min_valid=0.25)[1, 0]) == 13


def test_replicate_is_undone_by_block_mean():
    low = torch.randn(3, 5, 7)
    torch.testing.assert_close(block_mean(replicate(low, 4), 4), low)


def test_filling_keeps_every_cell_that_has_a_value_to_the_bit():
    values = np.random.default_rng(0).standard_normal((2, 20, 30)).astype(np.float32)
    gap = np.random.default_rng(1).random(values.shape) < 0.3
    holed = np.where(gap, np.nan, values)
    filled = fill_gaps(holed)
    np.testing.assert_array_equal(filled[~gap], values[~gap])
    assert np.isfinite(filled).all()
    assert np.isnan(holed[gap]).all()  # the caller's array is left alone


def test_filling_stays_within_the_values_and_continues_a_constant():
    values = np.random.default_rng(0).standard_normal((20, 30))
    values[5:15, 8:20] = np.nan
    filled = fill_gaps(values)
    assert np.nanmin(values) <= filled.min() <= filled.max() <= np.nanmax(values)
    values[np.isfinite(values)] = 7
    np.testing.assert_allclose(fill_gaps(values), 7, rtol=1e-15)


def test_filling_a_layer_without_any_value_gives_zero():
    values = np.ones((2, 4, 4))
    values[1] = np.nan
    np.testing.assert_array_equal(fill_gaps(values)[1], 0)


@pytest.mark.parametrize("mode", MODES)
def test_upsampling_keeps_constants_and_shape(mode):
    high = upsample(torch.full((2, 4, 5), 3.0), (12, 20), mode)
    assert high.shape == (2, 12, 20)
    torch.testing.assert_close(high, torch.full_like(high, 3.0))


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_upsampling_shares_the_outer_edges(mode):
    """A ramp keeps its place on the ground: no half-cell shift, at an odd factor and at an even one."""
    for factor in (2, 3):
        n = 12
        low = (torch.arange(n) + 0.5).expand(n, n) * factor
        high = upsample(low.contiguous(), (n * factor, n * factor), mode)
        expected = torch.arange(n * factor) + 0.5
        inner = slice(3 * factor, -3 * factor)
        error = high[0, inner] - expected[inner]
        assert float(error.abs().max()) < (1e-5 if mode == "bilinear" else 0.15)  # a = -0.75 bends a ramp a little
        assert float(error.mean()) == pytest.approx(0, abs=1e-5)


def test_nearest_takes_the_cell_it_lies_in():
    low = torch.randn(4, 6)
    torch.testing.assert_close(upsample(low, (12, 18), "nearest"), replicate(low, 3))


def test_bicubic_is_keys_convolution():
    """Factor 2, weights at distances 0.25, 0.75, 1.25, 1.75 with a = -0.75."""
    a = -0.75

    def w(s):
        near = (a + 2) * s**3 - (a + 3) * s**2 + 1
        return near if s <= 1 else a * s**3 - 5 * a * s**2 + 8 * a * s - 4 * a

    line = torch.randn(8, dtype=torch.float64)
    high = upsample(line.expand(8, 8).contiguous(), (16, 16))[5]
    expected = w(1.25) * line[2] + w(0.25) * line[3] + w(0.75) * line[4] + w(1.75) * line[5]
    torch.testing.assert_close(high[7], expected)  # centre at 3.25 cells
