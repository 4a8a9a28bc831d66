"""Ridges of a probability picture: the frequencies of its fringes, slot by slot."""

import numpy as np
import numpy.typing as npt
import scipy

MAX_RIDGES = 24
SMOOTHING_SLOTS = 5
CENTROID_BINS = 3


def find_ridges(
    probability: npt.NDArray[np.float32], frequency_hz: npt.NDArray[np.float64], *, threshold: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Frequency and probability of each ridge.

    Parameters
    ----------
    probability
        Shape (slot, frequency), NaN where there is no data; averaged over five slots first, which drifting fringes
        allow and single pixels do not survive.
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    threshold
        Probability that a ridge reaches at its crest.

    Returns
    -------
    Frequency (Hz, at the centroid of the crest, so finer than a bin) and probability, both of shape (slot, 24), rising
    in frequency, NaN where there are fewer ridges.
    """
    smooth = scipy.ndimage.uniform_filter1d(np.nan_to_num(probability).astype(np.float64), SMOOTHING_SLOTS, axis=0)
    crest = scipy.ndimage.maximum_filter1d(smooth, 2 * CENTROID_BINS + 1, axis=1) == smooth
    crest &= smooth >= threshold
    crest[np.isnan(probability).all(axis=1)] = False  # what is smeared into a gap is no ridge
    crest[:, 1:] &= ~crest[:, :-1]  # a flat top is one crest
    centroid = _centroid(smooth, frequency_hz)
    slot, column = np.nonzero(crest)
    rank = np.arange(len(slot)) - np.searchsorted(slot, slot)  # 0, 1, 2 ... within each slot
    kept = rank < MAX_RIDGES
    ridge_hz = np.full((len(probability), MAX_RIDGES), np.nan)
    weight = np.full((len(probability), MAX_RIDGES), np.nan)
    ridge_hz[slot[kept], rank[kept]] = centroid[slot[kept], column[kept]]
    weight[slot[kept], rank[kept]] = smooth[slot[kept], column[kept]]
    return ridge_hz, weight


def _centroid(smooth: npt.NDArray[np.float64], frequency_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    width = 2 * CENTROID_BINS + 1
    total = scipy.ndimage.uniform_filter1d(smooth, width, axis=1, mode="constant")
    moment = scipy.ndimage.uniform_filter1d(smooth * frequency_hz, width, axis=1, mode="constant")
    return moment / np.maximum(total, 1e-12)
