import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage import measure

from iar.detection.bridging import bridge


def drawn(*rows):
    return np.array([[pixel == "#" for pixel in row] for row in rows])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("#..", "#.#", "..#"), ("##.", "###", ".##")),  # the example of Matlab's manual
        (("...", "#.#", "..."), ("...", "###", "...")),
        (("#.#", "...", "#.#"), ("###", "###", "###")),
        (("#..", "...", "..#"), ("#..", ".#.", "..#")),
        ((".#.", "...", ".#."), (".#.", ".#.", ".#.")),
        (("#.#", "###", "..."), ("#.#", "###", "...")),  # a notch: its sides are connected around it
        (("....", "#..#", "...."), ("....", "#..#", "....")),  # too far
        (("##", "##"), ("##", "##")),
    ],
)
def test_pixels_one_apart_are_bridged_and_nothing_else(before, after):
    np.testing.assert_array_equal(bridge(drawn(*before)), drawn(*after))


@given(hnp.arrays(np.bool_, st.tuples(st.integers(1, 6), st.integers(1, 6))))
def test_a_pixel_is_set_where_its_neighbours_alone_are_in_two_parts_that_no_other_joins(mask):
    expected = mask.copy()
    padded = np.pad(mask, 1)
    for row, column in np.argwhere(~mask):
        around = padded[row : row + 3, column : column + 3]  # its middle is not set
        side = around.sum() == 2 and any(around[::2, ::2].all(axis=axis).any() for axis in (0, 1))
        expected[row, column] = measure.label(around, connectivity=2).max() > 1 and not side
    np.testing.assert_array_equal(bridge(mask), expected)
