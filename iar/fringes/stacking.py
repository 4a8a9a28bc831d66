"""The residual along each harmonic, laid over itself at the reported frequency: what it looks like on average."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.fringes.residual import LOUD_DB, Residual

PLACES = np.linspace(-0.5, 0.5, 41)
"""Where it is looked at, in spacings from the reported frequency."""


@dataclass(frozen=True)
class Stack:
    """Mean residual around each harmonic, at `PLACES`.

    `level_db` and its standard error `sigma_db`, both (channel, harmonic, place), NaN where nothing was reported;
    `slots` that are in it, (channel, harmonic).
    """

    level_db: npt.NDArray[np.float64]
    sigma_db: npt.NDArray[np.float64]
    slots: npt.NDArray[np.intp]


def stack_tracks(
    residual: Residual,
    frequency_hz: npt.NDArray[np.float64],
    f_n: npt.NDArray[np.float64],
    delta_f_hz: npt.NDArray[np.float64],
) -> Stack:
    """Mean residual around each harmonic.

    Parameters
    ----------
    residual
        dB above the background, shape (channel, slot, frequency), NaN slots left aside.
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    f_n, delta_f_hz
        Of harmonics and spacing, Hz, shape (slot, harmonic) and (slot,), NaN where there are none.
    """
    shape = (len(residual), f_n.shape[1], len(PLACES))
    level_db, sigma_db = np.full(shape, np.nan), np.full(shape, np.nan)
    slots = np.zeros(shape[:2], dtype=np.intp)
    for channel, one in enumerate(residual):
        there = np.isfinite(one).all(axis=1)
        for harmonic, track_hz in enumerate(f_n.T):
            reported = np.flatnonzero(there & np.isfinite(track_hz) & np.isfinite(delta_f_hz))
            if not len(reported):
                continue
            wanted_hz = track_hz[reported, None] + PLACES * delta_f_hz[reported, None]
            seen = _between(np.clip(one[reported], -LOUD_DB, LOUD_DB), wanted_hz, frequency_hz)
            count = np.isfinite(seen).sum(axis=0)
            enough = count > 1
            slots[channel, harmonic] = len(reported)
            level_db[channel, harmonic, enough] = np.nanmean(seen[:, enough], axis=0)
            sigma_db[channel, harmonic, enough] = np.nanstd(seen[:, enough], axis=0) / np.sqrt(count[enough])
    return Stack(level_db, sigma_db, slots)


def _between(
    level_db: npt.NDArray[np.float32], wanted_hz: npt.NDArray[np.float64], frequency_hz: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Level of each slot at frequencies (slot, place), linear between bins; NaN beyond the band."""
    place = (wanted_hz - frequency_hz[0]) / (frequency_hz[1] - frequency_hz[0])
    below = np.clip(np.floor(place).astype(np.intp), 0, len(frequency_hz) - 2)
    share = place - below
    rows = np.arange(len(level_db))[:, None]
    between = (1 - share) * level_db[rows, below] + share * level_db[rows, below + 1]
    return np.where((share >= 0) & (share <= 1), between, np.nan)
