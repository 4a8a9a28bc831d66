"""Interference: what a machine leaves in a spectrum, told from what the ionosphere does.

A machine's line stands still for hours, is as narrow as the resolution, is there by day as well as by night, and is
often a multiple of one frequency, without the offset that fringes have; it may be in one channel alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

LINE_HEIGHT_DB = 1.0
LINE_WIDTH_BINS = 4
BASELINE_BINS = 15
MIN_LINES = 3
"""Lines of a channel that make a comb."""
MIN_SLOTS_FOR_LINES = 72
MIN_BASE_HZ, MAX_BASE_HZ = 0.5, 5.0
MAX_MULTIPLE = 20
BASE_TOLERANCE_BINS = 0.75
MULTIPLE_SHARE = 0.75
"""Share of a comb's lines that are multiples of its frequency, at least."""


@dataclass(frozen=True)
class Comb:
    """Lines of one channel that stand still.

    `lines_hz` frequencies, Hz; `base_hz` the frequency that they are multiples of, Hz, NaN where there is none;
    `by_day` how many of them are there outside the dark part as well, None where it has no data.
    """

    lines_hz: tuple[float, ...]
    base_hz: float
    by_day: int | None

    def described(self, channel: str) -> str:
        """Words for the reason of a verdict."""
        known = [] if np.isnan(self.base_hz) else [f"multiples of {self.base_hz:.3f} Hz"]
        known += [] if self.by_day is None else [f"{self.by_day} of them by day as well"]
        return f"{len(self.lines_hz)} lines stand still in {channel}" + (f" ({', '.join(known)})" if known else "")


def standing_lines(residual: npt.NDArray[np.float32], frequency_hz: npt.NDArray[np.float64]) -> list[float]:
    """Frequencies of narrow lines that stand still, Hz.

    The median over time of natural noise is flat within 0.2 dB in a dark part, and a fringe that drifts is smeared; a
    machine's line stays at its bin.

    Parameters
    ----------
    residual
        dB above the background of one channel, shape (slot, frequency), NaN slots left aside.
    """
    there = residual[~np.isnan(residual).any(axis=1)]
    if len(there) < MIN_SLOTS_FOR_LINES:
        return []
    profile = np.median(there, axis=0)
    excess = profile - scipy.ndimage.median_filter(profile, BASELINE_BINS)
    peaks, _ = scipy.signal.find_peaks(excess, height=LINE_HEIGHT_DB, width=(None, LINE_WIDTH_BINS))
    return [float(f) for f in frequency_hz[peaks]]


def find_combs(
    residual: npt.NDArray[np.float32],
    dark: npt.NDArray[np.bool_],
    channels: Sequence[str],
    frequency_hz: npt.NDArray[np.float64],
) -> dict[str, Comb]:
    """Combs of the channels that have one, by the channel's name.

    Parameters
    ----------
    residual
        dB above the background of a whole night, shape (channel, slot, frequency), NaN slots left aside.
    dark
        The slots of its dark part, shape (slot,).
    """
    found = (
        (name, find_comb(one[dark], one[~dark], frequency_hz)) for name, one in zip(channels, residual, strict=True)
    )
    return {name: comb for name, comb in found if comb is not None}


def find_comb(
    dark: npt.NDArray[np.float32], day: npt.NDArray[np.float32], frequency_hz: npt.NDArray[np.float64]
) -> Comb | None:
    """Comb of one channel, or None where fewer than three lines stand still in the dark part.

    Parameters
    ----------
    dark, day
        dB above the background in the dark part and outside it, shape (slot, frequency), NaN slots left aside.
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    """
    lines = standing_lines(dark, frequency_hz)
    if len(lines) < MIN_LINES:
        return None
    bin_hz = float(frequency_hz[1] - frequency_hz[0])
    by_day = None
    if np.count_nonzero(~np.isnan(day).any(axis=1)) >= MIN_SLOTS_FOR_LINES:
        also = np.array(standing_lines(day, frequency_hz))
        by_day = sum(bool((np.abs(also - line) <= 1.01 * bin_hz).any()) for line in lines)
    return Comb(tuple(lines), base_frequency(lines, bin_hz), by_day)


def base_frequency(lines_hz: Sequence[float], bin_hz: float) -> float:
    """Highest frequency of which most of the lines are multiples, Hz; NaN where there is none.

    Parameters
    ----------
    lines_hz
        Frequencies of the lines, Hz, each known to a bin of `bin_hz`.
    """
    lines = np.array(lines_hz)
    trials = np.unique(lines[:, None] / np.arange(1, MAX_MULTIPLE + 1))
    best = np.nan
    for trial in trials[(trials >= MIN_BASE_HZ) & (trials <= MAX_BASE_HZ)]:
        multiple = np.maximum(np.rint(lines / trial), 1)
        base = float(np.median(lines / multiple))
        near = np.abs(lines - multiple * base) <= BASE_TOLERANCE_BINS * bin_hz
        if near.sum() >= max(MIN_LINES, MULTIPLE_SHARE * len(lines)):
            n, f = multiple[near], lines[near]
            best = float((n * f).sum() / (n * n).sum())
    return best
