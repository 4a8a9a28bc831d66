"""Spacing by autocorrelation, the field's earlier method: kept beside the others to compare with, and for nothing else.

It takes any regular pattern for fringes: a fence's comb gives it a spacing with a high coefficient.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from iar.fringes.trials import summit

Curve = npt.NDArray[np.float64]

LEAST = 0.3
"""Coefficient from which a spacing is reported."""


@dataclass(frozen=True)
class Autocorrelation:
    """Highest peak of each slot: its lag `delta_f_hz`, Hz, NaN below `LEAST`, and its `coefficient`; shape (slot,)."""

    delta_f_hz: Curve
    coefficient: Curve


def autocorrelation_spacing(
    joined: npt.NDArray[np.float64], frequency_hz: Curve, *, min_spacing_hz: float, max_spacing_hz: float
) -> Autocorrelation:
    """Lag of the highest peak of the autocorrelation along frequency.

    Parameters
    ----------
    joined
        From `iar.fringes.residual.joined_residual`, lines left in: dB, shape (slot, frequency), NaN slots left aside.
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    min_spacing_hz, max_spacing_hz
        Range of lags, Hz.
    """
    slots, bins = joined.shape
    bin_hz = float(frequency_hz[1] - frequency_hz[0])
    picture = np.nan_to_num(joined)
    products = scipy.signal.fftconvolve(picture, picture[:, ::-1], axes=1)[:, bins - 1 :]  # of lags from 0 on
    power = products[:, :1]
    coefficient = np.divide(products, power, out=np.zeros_like(products), where=power > 0)
    first, last = max(round(min_spacing_hz / bin_hz), 1), min(round(max_spacing_hz / bin_hz), bins - 2)
    if first > last:
        return Autocorrelation(np.full(slots, np.nan), np.full(slots, np.nan))
    inside = coefficient[:, first : last + 1]
    peak = (inside > coefficient[:, first - 1 : last]) & (inside >= coefficient[:, first + 1 : last + 2])
    best = np.where(peak, inside, -np.inf).argmax(axis=1) + first
    slot = np.arange(slots)
    left, here, right = (coefficient[slot, best + step] for step in (-1, 0, 1))
    shift = summit(left, here, right)
    found = peak.any(axis=1) & ~np.isnan(joined).any(axis=1)
    return Autocorrelation(
        np.where(found & (here >= LEAST), (best + shift) * bin_hz, np.nan), np.where(found, here, np.nan)
    )
