"""What the average of overlapping segments and neighbouring bins is worth, in independent spectra."""

import numpy as np
import scipy

NEIGHBOURS = (4 / 9, 1 / 36)
"""Correlation of the power of bins one and two apart under a Hann window (Harris 1978, doi:10.1109/PROC.1978.10837)."""


def slot_averages(*, segment_samples: int, hop_samples: int, segments: float) -> float:
    """Independent spectra that the mean of a slot's overlapping segments is worth (Welch 1967).

    >>> round(slot_averages(segment_samples=4096, hop_samples=2048, segments=3), 2)
    2.89
    """
    window = scipy.signal.windows.hann(segment_samples, sym=False)
    lags = np.arange(1, min(np.ceil(segments), -(-segment_samples // hop_samples)))
    shared = [np.dot(window[lag * hop_samples :], window[: segment_samples - lag * hop_samples]) for lag in lags]
    likeness = (np.array(shared) / np.dot(window, window)) ** 2
    return float(segments / (1 + 2 * np.sum((1 - lags / segments) * likeness)))


def bins_worth(bins: int) -> float:
    """Independent bins that the mean of so many neighbouring ones is worth.

    >>> bins_worth(1), round(bins_worth(3), 2)
    (1.0, 1.86)
    """
    return bins / (1 + 2 * sum((1 - lag / bins) * r for lag, r in enumerate(NEIGHBOURS, 1) if lag < bins))
