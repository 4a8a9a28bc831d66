"""How deep each harmonic is in each slot, and how far from where it was thought to be."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from iar.fringes.crest import Shape
from iar.fringes.frame import TOP
from iar.fringes.picture import Picture

Values = npt.NDArray[np.float64]

DEPTH_SLOTS = 21
"""Slots, half an hour, over which the depth of a harmonic is averaged."""
SURE_SIGMAS = 1.5
"""Depth in its standard errors from which a harmonic has a say in where the ladder is."""


@dataclass(frozen=True)
class Cells:
    """Sums over the neighbourhood of each harmonic in each slot, less its mean level; all (slot, harmonic from 0)."""

    height: Values
    slope: Values
    mixed: Values
    along_height: Values
    along_slope: Values
    level: Values


def sum_cells(picture: Picture, number: npt.NDArray[np.int32], away: npt.NDArray[np.float32], shape: Shape) -> Cells:
    """Sums from pixels by the harmonic they are nearest to, and how far `away`, in spacings; (slot, frequency)."""
    slots = len(number)
    height, slope = shape.at(away)
    cell = (np.arange(slots)[:, None] * (TOP + 1) + number).ravel()

    def total(values: npt.NDArray[np.float32]) -> Values:
        """Sum over the pixels of each slot and harmonic."""
        return np.asarray(
            np.bincount(cell, values.ravel(), slots * (TOP + 1)).reshape(slots, TOP + 1), dtype=np.float64
        )

    weight, level = picture.weight, picture.weight * picture.level_db
    weighed = weight * height, weight * slope
    count = np.maximum(total(weight), 1e-6)
    h, s, y = total(weighed[0]), total(weighed[1]), total(level)
    return Cells(
        height=total(weighed[0] * height) - h**2 / count,
        slope=total(weighed[1] * slope) - s**2 / count,
        mixed=total(weighed[0] * slope) - h * s / count,
        along_height=total(level * height) - y * h / count,
        along_slope=total(level * slope) - y * s / count,
        level=y / count,
    )


def find_shifts(
    cells: Cells, variance: float, slots: npt.NDArray[np.intp], *, first: bool
) -> tuple[Values, Values, Values, Values]:
    """Depth of each harmonic, its variance, its shift in spacings, and the information in that; (slot, harmonic).

    At first the shape is a cosine, and the shift its phase, however large; later it is small.
    """
    height = np.maximum(_over_time(cells.height, slots), 1e-6)
    along = _over_time(cells.along_height, slots)
    depth, phase = along / height, np.zeros_like(along)
    if first:
        across = _over_time(cells.along_slope, slots) / (2 * np.pi)
        depth, phase = np.hypot(along, across) / height, -np.arctan2(across, along) / (2 * np.pi)
    depth_variance = variance / height
    depth = np.maximum(depth, 0)
    depth *= np.maximum(1 - depth_variance / np.maximum(depth**2, 1e-9), 0)  # noise alone has a depth, too
    depth[:, [0, TOP]] = 0  # what lies below the first and above the last is nearest to these
    information = depth**2 * np.maximum(cells.slope, 0) / variance  # rounding may leave less than nothing
    information[depth < SURE_SIGMAS * np.sqrt(depth_variance)] = 0  # the crests of noise are anywhere
    if first:
        return depth, depth_variance, phase, information
    shift = (depth * cells.mixed - cells.along_slope) / np.maximum(depth * cells.slope, 1e-9)
    return depth, depth_variance, shift, information


def _over_time(values: Values, slots: npt.NDArray[np.intp]) -> Values:
    """Sum over half an hour: (slot, harmonic)."""
    span = np.zeros((slots[-1] - slots[0] + 1, values.shape[1]))
    span[slots - slots[0]] = values
    smooth = scipy.ndimage.uniform_filter1d(span, DEPTH_SLOTS, axis=0, mode="constant")
    return np.asarray(DEPTH_SLOTS * smooth[slots - slots[0]])
