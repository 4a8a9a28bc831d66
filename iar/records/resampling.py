"""Samples at a digitiser's own rate to the archive's 100 Hz, each in its place.

Each file is resampled by itself, so that it gives the same counts whichever neighbours are there. What the filter reads
beyond its ends is predicted from the file by Burg's method (Burg 1975, Maximum entropy spectral analysis), which goes
on with a line of the mains where it was. Cutting files in two shows the price: 3000 counts of 50 Hz at 256 Hz are wrong
by less than 1 count beside the cut, where zeros beyond the end made it 1200 on average, and an odd reflection 1400; the
real hours of the Sierra Nevada are wrong by 93 counts of 930 in NS and 32 of 430 in EW at the worst of the 15 samples
(zeros: 166 and 65): noise, which nothing predicts.
"""

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from iar.night import MISSING, RATE_HZ, Counts, samples_there

FILTER = ("kaiser", 8.0)
"""Window of the anti-alias filter: flat to 37 Hz, 80 dB down from 63 Hz on, for rates above 126 Hz."""
CARRIED = 0.4
"""Share of a rate below 100 Hz up to which its samples carry what was there."""
FLAT_TO_HZ = 37.0
"""What is above 63 Hz is gone, so that nothing of it comes back below this."""
PREDICTION_ORDER = 32
"""Coefficients of the prediction beyond the ends: 16 lines. From 16 to 128 coefficients make no difference of 10 %."""
PREDICTED_FROM = 1024
"""Samples at an end that the prediction is made from."""
_REACH = 10
"""Of the filter that SciPy makes of a window, to either side, in samples at the lower of both rates."""
_CUTS = 8
"""Samples that each of them is cut into to look at the filter: more change nothing below the Nyquist frequency."""
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
    int32, shape (`resampled_length`,); see `resample_samples`.
    """
    if rate_ratio(rate_hz) == 1 or not len(counts):
        return counts
    resampled = resample_samples(np.where(samples_there(counts), counts, np.nan), rate_hz)
    whole = np.rint(np.clip(np.nan_to_num(resampled), -MOST_COUNTS, MOST_COUNTS)).astype(np.int32)
    whole[np.isnan(resampled)] = MISSING
    return whole


def resample_samples(samples: npt.NDArray[np.float64], rate_hz: float) -> npt.NDArray[np.float64]:
    """Samples at 100 Hz from samples at `rate_hz`, through a polyphase anti-alias filter; NaN stays NaN.

    Parameters
    ----------
    samples
        Of any unit at `rate_hz`, NaN where there is none, shape (sample,).

    Returns
    -------
    Shape (`resampled_length`,). The filter reads a straight line across a gap, and a prediction beyond the ends; a
    sample whose neighbours on either side are not both there is missing. What it takes away is `resampling_gain`.
    """
    ratio, new = rate_ratio(rate_hz), resampled_length(len(samples), rate_hz)
    there = samples_there(samples)
    if ratio == 1:
        return samples
    if not there.any():
        return np.full(new, np.nan)
    filled = samples
    if not there.all():
        filled = np.interp(np.arange(len(samples)), np.flatnonzero(there), samples[there])
    bent = filled - _line(filled, np.arange(len(samples)))
    resampled = _resample_predicted(bent, ratio)[:new]
    resampled += _line(filled, np.arange(new) / float(ratio))
    resampled[~_between(there, ratio, new)] = np.nan
    return resampled


def resampling_gain(frequency_hz: npt.NDArray[np.float64], rate_hz: float) -> npt.NDArray[np.float64]:
    """What the anti-alias filter leaves of an amplitude at each frequency, 0 to 1, shape (frequency,).

    It is the same at each share of the lower of both rates: 1 up to 0.37 of it, 0.87 at 0.45, 0.5 at its Nyquist
    frequency. At 100 Hz there is no filter.
    """
    ratio = rate_ratio(rate_hz)
    if ratio == 1:
        return np.ones(len(frequency_hz))
    taps = scipy.signal.firwin(2 * _REACH * _CUTS + 1, 1 / _CUTS, window=FILTER)
    share = np.asarray(frequency_hz) / min(rate_hz, RATE_HZ)
    return np.asarray(np.abs(scipy.signal.freqz(taps, worN=2 * np.pi * share / _CUTS)[1]))


def carried_hz(rate_hz: float) -> float:
    """Highest frequency that samples at `rate_hz` carry into the archive, Hz.

    Of a lower rate than 100 Hz that is 0.4 of it: above that digitisers filter. Of a higher one it is 37 Hz, from where
    on what lies above 50 Hz is not taken away yet. At 100 Hz all of it is as the files have it.
    """
    if rate_ratio(rate_hz) == 1:
        return RATE_HZ / 2
    return CARRIED * rate_hz if rate_hz < RATE_HZ else FLAT_TO_HZ


def _resample_predicted(samples: npt.NDArray[np.float64], ratio: Fraction) -> npt.NDArray[np.float64]:
    """Samples at the new rate, as if they went on at both ends; the prediction is as long as the filter reaches.

    It is also a whole number of `ratio.denominator`, so that the first sample keeps its place.
    """
    up, down = ratio.numerator, ratio.denominator
    reach = -(-_REACH * max(up, down) // up)
    beyond = down * -(-reach // down)
    before, after = predict_samples(samples[::-1], beyond)[::-1], predict_samples(samples, beyond)
    resampled = scipy.signal.resample_poly(np.concatenate([before, samples, after]), up, down, window=FILTER)
    return np.asarray(resampled[beyond // down * up :])


def predict_samples(samples: npt.NDArray[np.float64], number: int) -> npt.NDArray[np.float64]:
    """Next `number` samples after the last, shape (number,), by the autoregression of the end; it is stable."""
    end = samples[-PREDICTED_FROM:]
    mean = end.mean()
    polynomial = _burg_polynomial(end - mean, min(PREDICTION_ORDER, len(end) // 3))
    if len(polynomial) == 1:
        return np.full(number, mean)
    state = scipy.signal.lfiltic([1.0], polynomial, (end - mean)[::-1])
    return np.asarray(mean + scipy.signal.lfilter([1.0], polynomial, np.zeros(number), zi=state)[0])


def _burg_polynomial(samples: npt.NDArray[np.float64], order: int) -> npt.NDArray[np.float64]:
    """Polynomial of the error of a linear prediction, shape (up to `order` + 1,): shorter if nothing is left of it."""
    polynomial = np.ones(1)
    forward, backward = samples[1:], samples[:-1]
    for _ in range(order):
        power = forward @ forward + backward @ backward
        if power <= np.finfo(np.float64).eps * (samples @ samples):
            break
        reflection = -2 * (forward @ backward) / power  # from -1 to 1, so the prediction is stable
        longer = np.append(polynomial, 0.0)
        polynomial = longer + reflection * longer[::-1]
        forward, backward = (forward + reflection * backward)[1:], (backward + reflection * forward)[:-1]
    return polynomial


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
