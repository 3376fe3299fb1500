"""Of a field a pane gets what it can show: cells where they are, and no more of them than it has pixels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.grid import Grid
from explorer.drawing.sampling import RUNG, UNKNOWN, Window, rung

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
    for seen, sent in (((200, 280), (left, right)), ((100, 160), (low, high))):
        width = seen[1] - seen[0]
        assert seen[0] - 0.5 * width <= sent[0] <= seen[0] - width / 16
        assert seen[1] + width / 16 <= sent[1] <= seen[1] + 0.5 * width


@given(st.floats(0, 1), st.floats(1, 2000))
def test_what_differs_by_rounding_has_the_same_cells(shift, pixels):
    """Somebody else's view is read from a link; a picture may not hang on the last bit, or on where one came from."""
    view = (200.0 + shift, 280.0 + shift, 100.0, 160.0)
    moved = tuple(value * (1 + 1e-13) for value in view)
    one, other = (Window.of(GRID, seen, (rung(pixels), 90)) for seen in (view, moved))
    assert one == other or (200 + shift) % 2 < 1e-9


@given(st.floats(1, 4000))
def test_a_size_is_taken_for_one_that_is_a_little_larger(pixels):
    assert pixels <= rung(pixels) <= max(UNKNOWN, RUNG * pixels + 1)


def test_what_is_sent_before_sizes_are_known_serves_the_pages_own_panes():
    """Else every map would be sent twice while a page opens; sizes as Chromium lays them out."""
    for screen, sides in {"1280 x 720": (211, 156), "1440 x 900": (265, 213)}.items():
        assert {rung(side) for side in sides} == {UNKNOWN}, screen


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
