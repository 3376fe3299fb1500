"""Fields on their way to the browser: what arrives is what was meant, to the last decimal that is printed."""

import numpy as np
import pytest
from bokeh.core.serialization import Deserializer, Serializer
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from explorer.drawing.coded import Coded, coded, decimals, small


def arrived(field: np.ndarray) -> np.ndarray:
    """What comes out at the other end of a page's connection."""
    serializer = Serializer()
    sent = serializer.serialize(field)
    return Deserializer().deserialize(sent)


def words(value: float, places: int) -> str:
    return f"{value:.{places}f}"


values = st.floats(-3e4, 3e4, width=32) | st.just(float("nan"))


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=values))
def test_every_number_is_printed_as_it_was(field):
    places = decimals(field)
    got = arrived(coded(field, places))
    assert got.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(got), np.isnan(field))
    if places is None:
        np.testing.assert_array_equal(got, field)
        return
    exact = np.round(field[np.isfinite(field)].astype(float) * 10.0**places)
    told = np.array([int(words(value, places).replace(".", "")) for value in got[np.isfinite(got)].astype(float)])
    np.testing.assert_array_equal(told, exact)


@pytest.mark.parametrize(("span", "expected"), [(1.6, 4), (8.0, 3), (400.0, 2), (60_000.0, 0), (70_000.0, None)])
def test_so_many_decimals_fit_into_sixteen_bits(span, expected):
    assert decimals(np.array([[0.0, span]])) == expected


def test_what_is_too_wide_or_too_fine_is_sent_as_it_is():
    for field in (np.array([[0.0, 1e9]], np.float32), np.array([[1e-12, 3e-12]], np.float32)):
        got = coded(field, decimals(field))
        assert not isinstance(got, Coded)
        np.testing.assert_array_equal(arrived(got), field)
    wide = np.array([[0.0, 700.0]], np.float32)
    np.testing.assert_array_equal(arrived(coded(wide, 2)), wide)


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=values))
def test_a_small_picture_has_the_steps_of_a_palette(field):
    got, span = arrived(small(field)), np.nanmax(field) - np.nanmin(field) if np.isfinite(field).any() else 0.0
    np.testing.assert_allclose(got, field, rtol=1e-6, atol=span / 254 / 2 * 1.01)


def test_a_small_picture_takes_a_byte_a_cell():
    sent = Serializer().serialize(small(np.random.default_rng(1).normal(size=(64, 64))))
    assert sum(memoryview(buffer.data).nbytes for buffer in sent.buffers) == 64 * 64


def test_a_field_that_is_the_same_everywhere_or_missing_arrives():
    np.testing.assert_array_equal(arrived(small(np.full((3, 4), 2.5, np.float32))), np.full((3, 4), 2.5))
    assert np.isnan(arrived(small(np.full((3, 4), np.nan, np.float32)))).all()


def test_an_infinite_value_is_missing():
    got = arrived(small(np.array([[1.0, np.inf], [2.0, -np.inf]], np.float32)))
    np.testing.assert_array_equal(np.isnan(got), [[False, True], [False, True]])
