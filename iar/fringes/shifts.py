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
SURE_SIGMAS = 2.0
"""Depth in its standard errors from which a harmonic has a say in where the ladder is."""
REACH_SLOTS = 63
"""Slots over which it is asked whether the harmonics between one and the deepest are there."""
LEAK = 0.3
"""Share of its say that a harmonic keeps for each one between it and the deepest that is not there."""
OF_FAN_BEFORE = 0.7
"""How likely a crest that is deep enough is one of the fan, before its place is looked at."""
ASTRAY = 0.03
"""Standard deviation of what a ladder may still be off a harmonic, in spacings."""


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
    height = np.maximum(over_time(cells.height, slots), 1e-6)
    along = over_time(cells.along_height, slots)
    depth, phase = along / height, np.zeros_like(along)
    if first:
        across = over_time(cells.along_slope, slots) / (2 * np.pi)
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


def reach_of(depth: Values, depth_variance: Values, slots: npt.NDArray[np.intp]) -> Values:
    """Weight of each harmonic by what lies between it and those that stand out most, 0 to 1; (slot, harmonic).

    Harmonics of a fan are neighbours: depth goes smoothly from one to the next. What stands out by itself, harmonics
    away, is a crest of noise or the flank of a Schumann resonance, and the farther away it is the more it would turn
    the ladder. Each harmonic between that is not there leaves `LEAK` of its say.
    """
    there = (depth > 0) & (depth >= SURE_SIGMAS * np.sqrt(depth_variance))
    share = over_time(there.astype(float), slots, REACH_SLOTS) / over_time(np.ones(there.shape), slots, REACH_SLOTS)
    strong = over_time(np.where(there, depth**2 / depth_variance, 0), slots, REACH_SLOTS)
    middle = scipy.ndimage.uniform_filter1d(strong, 3, axis=1, mode="constant").argmax(axis=1)[:, None]
    upwards = np.cumsum(np.log(np.clip(share, LEAK, 1)), axis=1)
    before = np.pad(upwards, ((0, 0), (1, 0)))[:, :-1]
    number = np.arange(depth.shape[1])
    above = before - np.take_along_axis(upwards, middle, axis=1)
    below = np.take_along_axis(before, middle, axis=1) - upwards
    return np.asarray(np.exp(np.where(number > middle, above, np.where(number < middle, below, 0))))


def of_fan(shift: Values, information: Values, slots: npt.NDArray[np.intp]) -> Values:
    """How likely each harmonic is one of the fan by where it lies, 0 to 1; (slot, harmonic).

    A crest of noise is anywhere within a spacing, all alike likely; one of the fan lies where the ladder says, but for
    the noise of half an hour and `ASTRAY` for what the ladder does not know yet.
    """
    known = np.maximum(over_time(information, slots), 1e-9)
    mean, variance = over_time(information * shift, slots) / known, 1 / known + ASTRAY**2
    likely = OF_FAN_BEFORE * np.exp(-(mean**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    return np.asarray(likely / (likely + 1 - OF_FAN_BEFORE))


def over_time(values: Values, slots: npt.NDArray[np.intp], width: int = DEPTH_SLOTS) -> Values:
    """Sum over half an hour, or so many slots: (slot, harmonic)."""
    span = np.zeros((slots[-1] - slots[0] + 1, values.shape[1]))
    span[slots - slots[0]] = values
    smooth = scipy.ndimage.uniform_filter1d(span, width, axis=0, mode="constant")
    return np.asarray(width * smooth[slots - slots[0]])
