"""The verdict of a night, each with its reason: an honest "no" is an answer, "no data" is another."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage, signal

LINE_HEIGHT_DB = 1.0
LINE_WIDTH_BINS = 4
BASELINE_BINS = 15
MIN_LINES = 3
MIN_SLOTS_FOR_LINES = 72

Name = Literal["no_data", "no_fringes", "fringes", "interference"]


@dataclass(frozen=True)
class Verdict:
    """Name and reason."""

    name: Name
    reason: str


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
    excess = profile - ndimage.median_filter(profile, BASELINE_BINS)
    peaks, _ = signal.find_peaks(excess, height=LINE_HEIGHT_DB, width=(None, LINE_WIDTH_BINS))
    return [float(f) for f in frequency_hz[peaks]]


def judge_night(
    delta_f_hz: npt.NDArray[np.float64],
    lines_hz: dict[str, list[float]],
    dark_effort: float,
    *,
    min_effort: float,
    min_slots: int,
) -> Verdict:
    """Verdict of a night.

    Parameters
    ----------
    delta_f_hz
        Spacing of the dark slots, NaN where there is none.
    lines_hz
        Standing lines of each channel.
    dark_effort
        Share of the dark part that has samples in at least one channel.
    min_effort, min_slots
        Less effort is `no_data`; fewer slots with a spacing are no fringes.
    """
    slots = int(np.isfinite(delta_f_hz).sum())
    if not dark_effort >= min_effort:  # also where it is NaN
        return Verdict("no_data", f"{dark_effort:.0%} of the dark part has samples, {min_effort:.0%} are needed")
    combs = {name: lines for name, lines in lines_hz.items() if len(lines) >= MIN_LINES}
    told = "; ".join(f"{len(lines)} lines stand still in {name}" for name, lines in combs.items())
    if slots >= min_slots:
        flagged = f"; {told}" if told else ""
        return Verdict(
            "fringes", f"{slots} dark slots have a spacing, median {np.nanmedian(delta_f_hz):.2f} Hz{flagged}"
        )
    if combs:
        return Verdict("interference", told)
    return Verdict("no_fringes", f"{slots} dark slots have a spacing, {min_slots} are needed")
