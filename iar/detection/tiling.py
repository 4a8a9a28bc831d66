"""Pictures larger than memory, tile by tile: each pixel from a tile that holds all that the network sees of it.

The overlap-tile strategy of the U-net (Ronneberger et al. 2015, doi:10.1007/978-3-319-24574-4_28), with the picture's
own surroundings where the paper mirrors them: the result is that of the whole picture.
"""

from collections.abc import Callable, Iterator
from math import isqrt
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from iar.detection.planes import padded_size
from iar.detection.unet import UnetConfig

Network: TypeAlias = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""Pictures, shape (batch, slot, frequency, planes), to probability, shape (batch, slot, frequency)."""

MOST_BYTES = 2**30
"""What a network may need for the values between its layers."""
PLANES_AT_ONCE = 8
"""Pictures of `base_filters` planes that a network holds at its fullest, about: measured, and rounded up."""


def reach(config: UnetConfig) -> int:
    """Pixels along each axis beyond which nothing changes the probability of a pixel; never too few.

    A level counts in pixels of twice the size of the one above. Down: two convolutions of 3, and a pixel for where the
    pool begins. Up: the same, and the convolution of 2 after the enlargement.

    >>> reach(UnetConfig(stem=1, depth=2))
    14
    """
    above = sum(2**level for level in range(config.depth - 1))
    bottom = 2 * 2 ** (config.depth - 1)
    ends = 3  # the stem, and a convolution before the last
    return int(config.stem * (3 * above + bottom + 4 * above + ends))


def most_pixels(config: UnetConfig, most_bytes: int = MOST_BYTES) -> int:
    """Pixels of a picture that the network takes at once in that much memory."""
    bytes_per_pixel = 4 * PLANES_AT_ONCE * config.base_filters / config.stem**2
    return int(most_bytes / bytes_per_pixel)


def tiled(network: Network, config: UnetConfig, *, pixels: int | None = None) -> Network:
    """The same network, which takes pictures of more than that many `pixels` (`most_pixels`) in tiles.

    Raises
    ------
    ValueError
        By the network that is returned, if a picture needs tiles, and the network's group normalisation looks at a
        whole picture.
    """
    limit = most_pixels(config) if pixels is None else pixels
    halo = padded_size(reach(config), config.step)

    def run(pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probability, whole where a picture fits, else tile by tile."""
        slots, bins = pictures.shape[1:3]
        if slots * bins <= limit:
            return network(pictures)
        if config.normalisation == "group":
            raise ValueError(
                f"picture of {slots} x {bins} pixels is above the {limit} that fit at once, and a network with group "
                "normalisation, which looks at the whole picture, cannot take it in tiles"
            )
        return _in_tiles(network, pictures, _tile_shape(slots, bins, limit, config.step, halo), halo)

    return run


def _tile_shape(slots: int, bins: int, limit: int, step: int, halo: int) -> tuple[int, int]:
    """Sides of the tiles: as near to a square as the picture lets them, and no less than twice what they overlap."""
    side = max(isqrt(limit) // step * step, 4 * halo)
    if bins <= side:
        return min(slots, max(limit // bins // step * step, 4 * halo)), bins
    if slots <= side:
        return slots, min(bins, max(limit // slots // step * step, 4 * halo))
    return side, side


def _in_tiles(
    network: Network, pictures: npt.NDArray[np.float32], shape: tuple[int, int], halo: int
) -> npt.NDArray[np.float32]:
    """Probability of the pictures from tiles of one shape, so the network is made ready once."""
    probability = np.empty(pictures.shape[:3], dtype=np.float32)
    for slot, slots in _tiles(pictures.shape[1], shape[0], halo):
        for column, columns in _tiles(pictures.shape[2], shape[1], halo):
            tile = network(np.ascontiguousarray(pictures[:, slot : slot + shape[0], column : column + shape[1]]))
            inside = np.s_[:, slots.start - slot : slots.stop - slot, columns.start - column : columns.stop - column]
            probability[:, slots, columns] = tile[inside]
    return probability


def _tiles(size: int, side: int, halo: int) -> Iterator[tuple[int, slice]]:
    """Start of each tile along an axis, and the part of the axis that it gives.

    Starts are multiples of the network's step, as sizes are, so every tile is pooled at the same pixels as the whole.
    """
    end = 0
    while end < size:
        start = max(0, min(end - halo, size - side))
        stop = size if start + side >= size else start + side - halo
        yield start, slice(end, stop)
        end = stop
