"""Bridges between pixels that almost touch: Matlab's ``bwmorph(..., 'bridge')``, after which Beggan's step is named.

Not a closing with 3 by 3 pixels, though that, too, joins what is one pixel apart: it fills every notch of an outline
besides, and takes away what touches the picture's border.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
import scipy

Mask = npt.NDArray[np.bool_]

NEIGHBOURS = [(row, column) for row in range(3) for column in range(3) if (row, column) != (1, 1)]
"""Place of each neighbour in a square of 3 by 3 pixels."""


def bridge(mask: Mask) -> Mask:
    """Set each pixel that has two neighbours which are not connected around it; shape (row, column).

    Two corners of one side alone are left to the pixel between them: of the 256 neighbourhoods 119 are bridged.

    >>> bridge(np.array([[1, 0, 0], [1, 0, 1], [0, 0, 1]], dtype=bool)).astype(int)
    array([[1, 1, 0],
           [1, 1, 1],
           [0, 1, 1]])
    """
    rows, columns = mask.shape
    padded = np.pad(mask, 1).astype(np.uint8)
    around = np.zeros(mask.shape, dtype=np.uint8)
    for bit, (row, column) in enumerate(NEIGHBOURS):
        around |= padded[row : row + rows, column : column + columns] << bit
    return np.asarray(mask | _bridging()[around])


@cache
def _bridging() -> Mask:
    """Whether neighbours, as the bits of a number, are in two parts or more: bool, shape (256,)."""
    table = np.zeros(256, dtype=bool)
    for around in range(256):
        square = np.zeros((3, 3), dtype=bool)
        for bit, place in enumerate(NEIGHBOURS):
            square[place] = around >> bit & 1
        table[around] = scipy.ndimage.label(square, np.ones((3, 3)))[1] > 1 and not _is_side(square)
    return table


def _is_side(square: Mask) -> bool:
    """Whether nothing but the two corners of one side is set."""
    (row, column), corners = np.nonzero(square), square[::2, ::2].sum()
    return bool(len(row) == corners == 2 and (row[0] == row[1] or column[0] == column[1]))
