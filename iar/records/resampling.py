"""Samples at a digitiser's own rate to the archive's 100 Hz, each in its place."""

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import signal

from iar.night import MISSING, RATE_HZ
from iar.records.record import Counts

FILTER = ("kaiser", 8.0)
"""Window of the anti-alias filter: flat to 37 Hz, 80 dB down from 63 Hz on, for rates above 126 Hz."""
MOST_COUNTS = np.iinfo(np.int32).max
MOST_DENOMINATOR = 100_000
"""Largest denominator of a ratio of rates: it holds the place of a sample to 0.04 s over an hour, whatever the rate."""


def rate_ratio(rate_hz: float) -> Fraction:
    """Samples at 100 Hz for each sample at `rate_hz`: 1953/5000 for a period of 3906 us."""
    return Fraction(RATE_HZ / rate_hz).limit_denominator(MOST_DENOMINATOR)


def resampled_length(samples: int, rate_hz: float) -> int:
    """Samples at 100 Hz that `samples` at `rate_hz` become."""
    ratio = rate_ratio(rate_hz)
    return -(-samples * ratio.numerator // ratio.denominator)


def resample_counts(counts: Counts, rate_hz: float) -> Counts:
    """Counts at 100 Hz from counts at `rate_hz`, through a polyphase anti-alias filter; missing stays missing.

    Parameters
    ----------
    counts
        Samples at `rate_hz`, `MISSING` where there is none, shape (sample,).

    Returns
    -------
    int32, shape (`resampled_length`,). The filter reads a straight line across a gap, and no offset steps to zero at
    the ends; a sample whose neighbours on either side are not both there is missing.
    """
    ratio, new = rate_ratio(rate_hz), resampled_length(len(counts), rate_hz)
    there = counts != MISSING
    if ratio == 1 or not len(counts):
        return counts
    if not there.any():
        return np.full(new, MISSING)
    filled = counts.astype(np.float64)
    if not there.all():
        filled[~there] = np.interp(np.flatnonzero(~there), np.flatnonzero(there), filled[there])
    bent = filled - _line(filled, np.arange(len(counts)))
    resampled = signal.resample_poly(bent, ratio.numerator, ratio.denominator, window=FILTER)
    resampled += _line(filled, np.arange(new) / float(ratio))
    out = np.rint(np.clip(resampled, -MOST_COUNTS, MOST_COUNTS)).astype(np.int32)
    out[~_between(there, ratio, len(out))] = MISSING
    return out


def _line(samples: npt.NDArray[np.float64], place: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The straight line through the first and the last sample, at `place`."""
    slope = (samples[-1] - samples[0]) / max(len(samples) - 1, 1)
    return np.asarray(samples[0] + slope * place)


def _between(there: npt.NDArray[np.bool_], ratio: Fraction, length: int) -> npt.NDArray[np.bool_]:
    """Whether the samples on both sides of each new one are there."""
    place = np.arange(length, dtype=np.int64) * ratio.denominator
    before = place // ratio.numerator
    after = np.minimum(-(-place // ratio.numerator), len(there) - 1)
    return there[before] & there[after]
