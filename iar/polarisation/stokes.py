"""Stokes parameters of the horizontal field, averaged over slots and bins.

With X the spectrum towards north and Y towards east, for a field that goes as exp(2 pi i f t),

    I = <XX*> + <YY*>,   Q = <XX*> - <YY*>,   U = 2 Re <XY*>,   V = 2 Im <XY*>.

V is positive where east lags behind north: the vector then turns from north to east, clockwise as seen from above.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

Plane = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stokes:
    """Stokes parameters, pT^2/Hz, and the share of each average that is there: shape (slot, frequency), NaN without."""

    i: Plane
    q: Plane
    u: Plane
    v: Plane
    share: Plane


def averaged_stokes(
    density: npt.NDArray[np.floating],
    cross: npt.NDArray[np.complexfloating],
    *,
    window_slots: int,
    window_bins: int,
) -> Stokes:
    """Mean Stokes parameters around each pixel; a pixel that lacks a coil has none, and counts in no other.

    Parameters
    ----------
    density
        pT/sqrt(Hz), shape (channel 2, slot, frequency), towards north first.
    cross
        North times the conjugate of east, pT^2/Hz, shape (slot, frequency).
    window_slots, window_bins
        Odd, of the average.
    """
    north, east = np.asarray(density, dtype=np.float64) ** 2
    parts = np.stack([north + east, north - east, 2 * cross.real, 2 * cross.imag])
    there = np.isfinite(parts).all(axis=0)
    window = (window_slots, window_bins)
    share = scipy.ndimage.uniform_filter(there.astype(np.float64), window, mode="constant")
    share[share < 0.5 / (window_slots * window_bins)] = 0  # what rounding leaves of nothing
    filled = np.where(there, parts, 0)
    means = np.stack([scipy.ndimage.uniform_filter(one, window, mode="constant") for one in filled])
    with np.errstate(invalid="ignore", divide="ignore"):
        i, q, u, v = np.where(there & (share > 0), means / share, np.nan)
    return Stokes(i, q, u, v, np.where(there, share, 0))
