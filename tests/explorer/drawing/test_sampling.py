"""Of a field a pane gets what it can show: cells where they are, and no more of them than it has pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.grid import Grid
from explorer.drawing.sampling import AROUND, Window

GRID = Grid(y=np.arange(300) * 2.0 + 1, x=np.arange(400) * 2.0 + 1, units="km")  # 800 km by 600 km
X, Y = np.meshgrid(GRID.x, GRID.y)


def shown(view, pixels) -> tuple[np.ndarray, np.ndarray, tuple]:
    """The coordinates of the cells that are sent, where they are drawn, and the edges."""
    window = Window.of(GRID, view, pixels)
    return window.sample(X), window.sample(Y), window.extent(GRID)


def test_what_fits_is_sent_cell_by_cell():
    x, y, edges = shown(None, (400, 300))
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)
    assert edges == (0, 800, 0, 600)


def test_a_large_field_has_a_cell_for_every_pixel_each_within_it():
    x, y, edges = shown(None, (150, 90))
    assert x.shape == (90, 150)
    assert edges == (0, 800, 0, 600)
    middles = (np.arange(150) + 0.5) * 800 / 150
    assert np.abs(x[0] - middles).max() <= 1.0, "half a cell"
    assert np.abs(y[:, 0] - (np.arange(90) + 0.5) * 600 / 90).max() <= 1.0


def test_a_zoom_has_all_its_cells_and_some_around():
    x, y, (left, right, low, high) = shown((200, 280, 100, 160), (150, 90))
    np.testing.assert_array_equal(np.unique(np.diff(x[0])), 2.0)
    np.testing.assert_array_equal(np.unique(np.diff(y[:, 0])), 2.0)
    assert (left, right) == (200 - AROUND * 80, 280 + AROUND * 80)
    assert (low, high) == pytest.approx((100 - AROUND * 60, 160 + AROUND * 60), abs=2)


views = st.tuples(st.floats(-100, 900), st.floats(1, 900), st.floats(-100, 700), st.floats(1, 700)).map(
    lambda v: (v[0], v[0] + v[1], v[2], v[2] + v[3])
)
sizes = st.tuples(st.integers(1, 900), st.integers(1, 900))


@given(views, sizes)
def test_whatever_is_looked_at_cells_are_where_they_belong(view, pixels):
    window = Window.of(GRID, view, pixels)
    x0, x1, y0, y1 = window.extent(GRID)
    assert 0 <= x0 < x1 <= 800
    assert 0 <= y0 < y1 <= 600
    for along, cells, (low, high) in (
        (window.sample(X)[0], window.x, (x0, x1)),
        (window.sample(Y)[:, 0], window.y, (y0, y1)),
    ):
        drawn = low + (np.arange(cells.count) + 0.5) * (high - low) / cells.count
        assert np.abs(along - drawn).max() <= 1.0 + 1e-6
    assert window.x.count <= 2.6 * (pixels[0] + 2)
    assert window.y.count <= 2.6 * (pixels[1] + 2)
    assert window.serves(window)


@given(views, sizes)
def test_who_has_all_cells_needs_no_others_and_who_has_a_part_needs_them_for_the_whole(view, pixels):
    all_of_it, part = Window.of(GRID, None, (400, 300)), Window.of(GRID, view, pixels)
    assert all_of_it.serves(part)
    assert part.serves(all_of_it) == (part == all_of_it)
