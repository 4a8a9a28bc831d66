"""What machines leave in a spectrum: bins that stand out of their surroundings, by the night or for ten minutes."""

import numpy as np
import numpy.typing as npt
import scipy

BASELINE_HZ = 1.0
"""Width of the running median under a line: a quarter of the distance to the next resonance's flank."""
SIGMAS = 6.0
LOBE_BINS = 2
"""Half width of a line under a Hann window."""


def line_bins(
    level: npt.NDArray[np.float64], variance: npt.NDArray[np.float64], *, bin_hz: float
) -> npt.NDArray[np.bool_]:
    """Bins of each interval that hold a line.

    Parameters
    ----------
    level
        Natural logarithm of amplitude, shape (channel, interval, frequency); NaN intervals have none.
    variance
        Of one bin of it, shape (channel, interval).
    bin_hz
        Width of a bin.
    """
    found = np.zeros(level.shape, dtype=bool)
    width = 2 * round(BASELINE_HZ / bin_hz / 2) + 1
    for one, noise, lines in zip(level, variance, found, strict=True):
        there = np.isfinite(noise)
        if there.any():
            lines[there] = _of_coil(one[there], noise[there], width)
    return found


def _of_coil(level: npt.NDArray[np.float64], variance: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.bool_]:
    """Lines of a coil's intervals, shape (interval, frequency): those of the whole night, and each one's own."""
    profile = level.mean(axis=0)
    base = scipy.ndimage.median_filter(profile, width, mode="nearest")
    excess = profile - base
    steady = excess > SIGMAS * np.median(np.abs(excess)) / 0.6745
    own = level - base
    own -= np.median(own, axis=1, keepdims=True)
    smooth = scipy.ndimage.uniform_filter1d(np.where(steady, 0, own), width, axis=1, mode="nearest")
    passing = own - smooth > SIGMAS * np.sqrt(variance)[:, None]
    lobe = np.ones((1, 2 * LOBE_BINS + 1), dtype=bool)
    return np.asarray(scipy.ndimage.binary_dilation(steady[None] | passing, lobe))
