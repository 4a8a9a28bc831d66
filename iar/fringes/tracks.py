"""Tracks of harmonics: each followed through time, over short gaps; what is too short to be one is left out."""

import numpy as np
import numpy.typing as npt

from iar.night import HARMONICS

MAX_GAP_SLOTS = 6
"""Ten minutes."""
MIN_TRACK_SLOTS = 9
"""A quarter of an hour with a ridge, at least."""
NEAR = 0.2
"""Distance of a ridge from where its harmonic is expected, in spacings: the first lie off the ladder by up to 0.12."""


def number_ridges(
    ridge_hz: npt.NDArray[np.float64], delta_f_hz: npt.NDArray[np.float64], phi: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Ridges that are harmonics of a spacing that is known, Hz, shape (slot, harmonic), NaN where there is none.

    Parameters
    ----------
    ridge_hz
        Hz, shape (slot, ridge), NaN where there are fewer.
    delta_f_hz, phi
        Spacing, Hz, and offset, shape (slot,), NaN where nothing is known.
    """
    order = ridge_hz / delta_f_hz[:, None] - phi[:, None]
    number = np.rint(order)
    distance = np.abs(order - number)
    slot, ridge = np.nonzero((distance <= NEAR) & (number >= 1) & (number <= HARMONICS))
    nearest_last = np.argsort(-distance[slot, ridge], kind="stable")
    slot, ridge = slot[nearest_last], ridge[nearest_last]
    frequency_hz = np.full((len(ridge_hz), HARMONICS), np.nan)
    frequency_hz[slot, number[slot, ridge].astype(int) - 1] = ridge_hz[slot, ridge]
    return frequency_hz


def link_tracks(frequency_hz: npt.NDArray[np.float64], delta_f_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Frequencies that belong to a track.

    Parameters
    ----------
    frequency_hz
        Of each harmonic, Hz, shape (slot, harmonic), NaN where it was not seen.
    delta_f_hz
        Spacing, Hz, shape (slot,): a quarter of it is a jump to another track.

    Returns
    -------
    The same, NaN where a harmonic was seen in fewer than nine slots of a track whose gaps are six slots at most.
    """
    kept = np.full(frequency_hz.shape, np.nan)
    for harmonic, track in enumerate(frequency_hz.T):
        seen = np.flatnonzero(np.isfinite(track))
        if not len(seen):
            continue
        far = np.diff(seen) > MAX_GAP_SLOTS + 1
        jump = np.abs(np.diff(track[seen])) > 0.25 * delta_f_hz[seen[1:]]
        piece = np.concatenate([[0], np.cumsum(far | jump)])
        long = np.bincount(piece) >= MIN_TRACK_SLOTS
        kept[seen[long[piece]], harmonic] = track[seen[long[piece]]]
    return kept
