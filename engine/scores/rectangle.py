"""The part of a region that has no land: spectra are taken there, and nowhere else."""

from functools import lru_cache

import numpy as np

from engine.resample import without_specks

Rectangle = tuple[slice, slice]


def largest_rectangle(valid: np.ndarray) -> Rectangle | None:
    """The best gap-free rectangle of a mask.

    Small and narrow gaps count as valid (they are to be filled, see `without_specks`). Best is the largest area, of
    which only what lies within an aspect of 2 : 1 counts, so that a strip along a coast does not win.

    Args:
        valid: True on valid cells, (y, x).

    Returns:
        Its rows and columns; None where no cell is valid.
    """
    valid = np.ascontiguousarray(valid, dtype=bool)
    if valid.all():
        return slice(0, valid.shape[0]), slice(0, valid.shape[1])
    return _search(valid.tobytes(), valid.shape)


@lru_cache(maxsize=16)
def _search(mask: bytes, shape: tuple[int, int]) -> Rectangle | None:
    valid = without_specks(np.frombuffer(mask, dtype=bool).reshape(shape))
    heights = np.zeros(shape[1] + 1, dtype=int)  # the last, of height 0, closes every open rectangle
    best, where = 0, None
    for row, cells in enumerate(valid):
        heights[:-1] = np.where(cells, heights[:-1] + 1, 0)
        for height, left, right in _maximal(heights.tolist()):
            worth = min(height, 2 * (right - left)) * min(right - left, 2 * height)
            if worth > best:
                best, where = worth, (slice(row + 1 - height, row + 1), slice(left, right))
    return where


def _maximal(heights: list[int]):
    """Every maximal rectangle (height, left, right) under a histogram that ends in 0, by a stack of open left ends."""
    stack: list[tuple[int, int]] = []
    for column, height in enumerate(heights):
        left = column
        while stack and stack[-1][1] >= height:
            left, open_height = stack.pop()
            if open_height:
                yield open_height, left, column
        stack.append((left, height))
