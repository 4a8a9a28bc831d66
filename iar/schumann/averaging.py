"""Slots to one spectrum for each ten minutes, with the scatter that it has by the number of its averages."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy
from numpy.lib.stride_tricks import sliding_window_view

from iar.night import SLOT_S, SLOTS

INTERVAL_SLOTS = 6
INTERVAL_S = INTERVAL_SLOTS * SLOT_S
INTERVALS = SLOTS // INTERVAL_SLOTS
BURST = 1.5
"""A slot this many times louder than the median of those around it holds a burst of lightning, and does not count."""


@dataclass(frozen=True)
class Averages:
    """Spectra of all intervals.

    `level` is the mean natural logarithm of the amplitude density over the slots that count, its bias taken out, shape
    (channel, interval, frequency), NaN without a slot; `variance` that of one bin of it, and `share` the share of its
    slots that count, shape (channel, interval).
    """

    level: npt.NDArray[np.float64]
    variance: npt.NDArray[np.float64]
    share: npt.NDArray[np.float64]


def interval_averages(density: npt.NDArray[np.float32], *, averages: float, window_slots: int) -> Averages:
    """Geometric mean of the slots around each interval's middle, those with a burst left out.

    The mean of the logarithm gives each slot one voice, however loud it is; the plain mean is the loudest one's.

    Parameters
    ----------
    density
        pT/sqrt(Hz), shape (channel, slot, frequency); a slot with a NaN does not count.
    averages
        Independent spectra K that a slot's power is the mean of, see `iar.spectra.averages`. Its logarithm lies
        psi(K) - ln K off and has the variance psi'(K).
    window_slots
        Even, at least those of an interval.
    """
    with np.errstate(divide="ignore"):
        level = np.log(density, dtype=np.float64)
    level[~np.isfinite(level).all(axis=-1)] = np.nan
    around = _around(level, window_slots)  # (channel, interval, frequency, slot)
    loudness = _around(level.mean(axis=-1), window_slots)  # (channel, interval, slot)
    counts = loudness <= _median(loudness)[..., None] + np.log(BURST)
    number = np.count_nonzero(counts, axis=-1)
    total = np.einsum("cifs,cis->cif", np.nan_to_num(around), counts)
    bias = (scipy.special.digamma(averages) - np.log(averages)) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / number[..., None] - bias
        variance = scipy.special.polygamma(1, averages) / 4 / number
    mean[number == 0] = np.nan
    return Averages(mean, variance, number / window_slots)


def _around(values: npt.NDArray[np.float64], window_slots: int) -> npt.NDArray[np.float64]:
    """Slots around the middle of each interval as a last dimension; beyond the night's ends NaN."""
    reach = (window_slots - INTERVAL_SLOTS) // 2
    pad = [(0, 0), (reach, reach), *[(0, 0)] * (values.ndim - 2)]
    padded = np.pad(values, pad, constant_values=np.nan)
    return sliding_window_view(padded, window_slots, axis=1)[:, ::INTERVAL_SLOTS]


def _median(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Median along the last dimension of what is there; NaN where nothing is."""
    order = np.sort(values, axis=-1)  # NaN last
    there = np.count_nonzero(~np.isnan(values), axis=-1)
    low, high = (np.maximum(np.stack([(there - 1) // 2, there // 2]), 0))[..., None]
    pair = np.take_along_axis(order, low, axis=-1) + np.take_along_axis(order, high, axis=-1)
    return np.asarray(pair[..., 0] / 2)
