"""The frequencies of a spectrogram, and how supple a background over them is."""

import numpy as np
import numpy.typing as npt

from iar.night import RATE_HZ

ORDER = 6
"""Order of the published spline: pieces of the fifth degree."""


def first_bin(low_hz: float, segment_samples: int) -> int:
    """Index of the first FFT bin at or above `low_hz`."""
    return int(np.ceil(low_hz * segment_samples / RATE_HZ - 1e-9))


def frequencies(low_hz: float, high_hz: float, segment_samples: int) -> npt.NDArray[np.float64]:
    """Frequencies of the FFT bins from `low_hz` to `high_hz`, Hz: f_k = k * 100 / segment_samples.

    >>> len(frequencies(0.5, 10.5, 4096))
    410
    """
    last = int(np.floor(high_hz * segment_samples / RATE_HZ + 1e-9))
    return np.asarray(np.arange(first_bin(low_hz, segment_samples), last + 1) * (RATE_HZ / segment_samples))


def pieces_over(frequency_hz: npt.NDArray[np.float64], *, pieces_per_10_hz: int) -> int:
    """Pieces of a spline that is as supple over these frequencies, whatever their span; at least one.

    >>> pieces_over(np.array([0.5, 10.5]), pieces_per_10_hz=3), pieces_over(np.array([0.5, 49.0]), pieces_per_10_hz=3)
    (3, 15)
    """
    return max(round(pieces_per_10_hz * float(frequency_hz[-1] - frequency_hz[0]) / 10), 1)
