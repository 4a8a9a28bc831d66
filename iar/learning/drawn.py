"""Fringes that a person drew, as masks over the slots and frequencies of a night."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from iar.errors import InputError
from iar.night import SLOT_S, SLOTS
from iar.simulation.truth import fringe_mask

FROM_HOUR, HOURS = 18, 12
BAND_HZ = (0.5, 6.3)
"""What a drawn picture covers: hours of UTC from its bottom on, frequencies from left to right."""
MOST_SLOTS, MOST_BINS = 3, 4
"""How far a drawing may lie off, either way: 5 minutes, 0.1 Hz, a few of its pixels."""

Mask = npt.NDArray[np.bool_]
Frequencies = npt.NDArray[np.float64]
Line = tuple[npt.NDArray[np.datetime64], Frequencies]
"""Times (UTC, rising) and frequencies (Hz) of the points of a line, both of shape (point,)."""


def picture_mask(drawn: Mask, frequency_hz: Frequencies, *, boundary_hour: int) -> tuple[Mask, Mask]:
    """Fringes of a drawn picture, and what the picture covers: bool, both of shape (slot, frequency).

    A pixel of the night is fringe if the centre of a drawn one lies in it, so thin strokes stay whole.

    Parameters
    ----------
    drawn
        Shape (time, frequency), both rising, at least as fine as the night.
    frequency_hz
        Frequencies of the night, Hz, equally spaced.
    boundary_hour
        Hour of UTC at which the station's night begins.

    Raises
    ------
    InputError
        If the hours of a picture are not within one night of the station, or no drawn pixel is within its frequencies.
    """
    slot = (FROM_HOUR - boundary_hour) % 24 * 3600 // SLOT_S
    slots = HOURS * 3600 // SLOT_S
    if slot + slots > SLOTS:
        raise InputError(f"nights that begin at {boundary_hour}:00 UTC do not hold the hours of a drawn mask, 18 to 06")
    bin_hz = frequency_hz[1] - frequency_hz[0]
    time = slot + (np.arange(drawn.shape[0]) + 0.5) / drawn.shape[0] * slots
    hz = BAND_HZ[0] + (np.arange(drawn.shape[1]) + 0.5) / drawn.shape[1] * (BAND_HZ[1] - BAND_HZ[0])
    rows, columns = time.astype(np.intp), np.rint((hz - frequency_hz[0]) / bin_hz).astype(np.intp)
    inside = (columns >= 0) & (columns < len(frequency_hz))
    mask, covered = np.zeros((2, SLOTS, len(frequency_hz)), dtype=bool)
    row, column = np.nonzero(drawn & inside)
    if not len(row):
        raise InputError(f"no drawn pixel is from {frequency_hz[0]:.2f} to {frequency_hz[-1]:.2f} Hz")
    mask[rows[row], columns[column]] = True
    covered[np.ix_(np.unique(rows), np.unique(columns[inside]))] = True
    return mask, covered


def best_shift(mask: Mask, residual: npt.NDArray[np.float32]) -> tuple[int, int]:
    """Slots and bins by which `mask`, moved, lies best on what stands out of the background.

    That is where the mean over its pixels is highest: the cross-correlation of both, a few pixels around no shift at
    all, which is taken where another is no better.

    Parameters
    ----------
    mask
        Shape (slot, frequency), True somewhere.
    residual
        dB above the background, shape (channel, slot, frequency), NaN where there are no samples.
    """
    present = np.isfinite(residual)
    level = np.where(present, residual, 0).sum(axis=0) / np.maximum(present.sum(axis=0), 1)
    level = np.pad(level, ((MOST_SLOTS, MOST_SLOTS), (MOST_BINS, MOST_BINS)))
    slot, column = np.nonzero(mask)
    shifts = [(s, b) for s in range(-MOST_SLOTS, MOST_SLOTS + 1) for b in range(-MOST_BINS, MOST_BINS + 1)]
    shifts.sort(key=lambda shift: shift[0] ** 2 + shift[1] ** 2)
    means = [level[slot + MOST_SLOTS + s, column + MOST_BINS + b].mean() for s, b in shifts]
    return shifts[int(np.argmax(means))]


def lines_mask(
    lines: Sequence[Line], frequency_hz: Frequencies, slot_start: npt.NDArray[np.datetime64]
) -> tuple[Mask, Mask]:
    """Fringes along drawn lines, and the slots from the first to the last point of any, as `picture_mask` gives them.

    Between its points a line is straight; a fringe is as wide as that of a simulated night.

    Parameters
    ----------
    lines
        Points in time and frequency.
    frequency_hz
        Frequencies of the night, Hz.
    slot_start
        Start of each slot, UTC, datetime64[ms], shape (slot,).

    Raises
    ------
    InputError
        If a point is outside the night or its frequencies, or no line crosses the middle of a slot.
    """
    middle_s = (np.arange(len(slot_start)) + 0.5) * SLOT_S
    tracks = np.full((len(slot_start), len(lines)), np.nan)
    for number, (time, hz) in enumerate(lines):
        second = (time - slot_start[0]) / np.timedelta64(1, "s")
        for one, at, one_hz in zip(time, second, hz, strict=True):
            if not 0 <= at <= len(slot_start) * SLOT_S:
                raise InputError(f"point at {one}, {one_hz:g} Hz is outside the night from {slot_start[0]} UTC on")
            if not frequency_hz[0] <= one_hz <= frequency_hz[-1]:
                raise InputError(
                    f"point at {one}, {one_hz:g} Hz is outside the band from {frequency_hz[0]:.2f} to "
                    f"{frequency_hz[-1]:.2f} Hz"
                )
        tracks[:, number] = np.interp(middle_s, second, hz, left=np.nan, right=np.nan)
    mask = fringe_mask(tracks, frequency_hz)
    if not mask.any():
        raise InputError(f"no line is as long as a slot, {SLOT_S} s")
    drawn = np.flatnonzero(mask.any(axis=1))
    covered = np.zeros_like(mask)
    covered[drawn[0] : drawn[-1] + 1] = True
    return mask, covered
