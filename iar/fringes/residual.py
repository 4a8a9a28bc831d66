"""What the estimators that need no network look at: the residual of both channels, averaged."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy

SMOOTHING_SLOTS = 15
LOUD_DB = 8.0
"""What stands higher or lower than this, a burst or a line, counts no more than this."""
LINE_HALF_WIDTH_BINS = 2
"""Of a sine through a Hann window."""

Residual = npt.NDArray[np.float32]


def joined_residual(
    residual: Residual, frequency_hz: npt.NDArray[np.float64], lines_hz: Sequence[Sequence[float]] = ()
) -> npt.NDArray[np.float64]:
    """Mean over channels and 15 slots of the residual, less its mean over frequency.

    Parameters
    ----------
    residual
        dB above the background, shape (channel, slot, frequency), NaN slots left aside.
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    lines_hz
        Lines of each channel that stand still, Hz: what is around them takes their place.

    Returns
    -------
    dB, shape (slot, frequency); NaN in slots without data.
    """
    total, channels = np.zeros(residual.shape[1:]), np.zeros(residual.shape[1])
    for channel, one in enumerate(residual):
        there = ~np.isnan(one).any(axis=1)
        picture = np.where(there[:, None], one, 0)
        if len(lines_hz) and len(lines_hz[channel]):
            picture = _without_lines(picture, frequency_hz, lines_hz[channel])
        total += np.clip(picture, -LOUD_DB, LOUD_DB)
        channels += there
    weight = np.maximum(scipy.ndimage.uniform_filter1d(channels, SMOOTHING_SLOTS), 0.5 / SMOOTHING_SLOTS)
    mean = scipy.ndimage.uniform_filter1d(total, SMOOTHING_SLOTS, axis=0) / weight[:, None]
    mean[channels == 0] = np.nan
    return np.asarray(mean - mean.mean(axis=1, keepdims=True))


def _without_lines(
    picture: Residual, frequency_hz: npt.NDArray[np.float64], lines_hz: Sequence[float]
) -> npt.NDArray[np.float32]:
    """Picture (slot, frequency) with straight lines from one side of each line to the other."""
    bins = np.searchsorted(frequency_hz, np.array(lines_hz) - (frequency_hz[1] - frequency_hz[0]) / 2)
    struck = np.zeros(len(frequency_hz), dtype=bool)
    for column in bins:
        struck[max(column - LINE_HALF_WIDTH_BINS, 0) : column + LINE_HALF_WIDTH_BINS + 1] = True
    left = np.flatnonzero(~struck)
    lines = scipy.interpolate.make_interp_spline(left, picture[:, left], k=1, axis=1)
    between = picture.copy()
    between[:, struck] = lines(np.clip(np.flatnonzero(struck), left[0], left[-1]))
    return between
