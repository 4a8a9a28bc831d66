"""The smooth background of a spectrum, and what stands out of it, in dB.

The published method fits a sixth-order spline to each slot (Beggan 2014, doi:10.5194/angeo-32-951-2014). A
least-squares spline is linear in the data, so one projection matrix serves every slot of every night.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy

from iar.spectra.grid import ORDER

DEAD_PT = 1e-9
"""Density that no coil goes below, pT/sqrt(Hz): a channel without more in a slot is constant."""


@lru_cache(maxsize=8)
def background_projection(bins: int, pieces: int, order: int = ORDER) -> npt.NDArray[np.float32]:
    """Matrix that turns a spectrum into its least-squares spline: float32, shape (bins, bins), symmetric.

    Parameters
    ----------
    bins
        Number of equally spaced frequencies.
    pieces
        Polynomial pieces of the spline.
    order
        Order of the spline, its degree plus one; the fit has ``pieces + order - 1`` degrees of freedom.

    Raises
    ------
    ValueError
        If there are fewer bins than degrees of freedom.
    """
    basis = background_basis(bins, pieces, order)
    projection: npt.NDArray[np.float32] = (basis @ basis.T).astype(np.float32)
    projection.setflags(write=False)  # shared by every caller through the cache
    return projection


def background_basis(bins: int, pieces: int, order: int = ORDER) -> npt.NDArray[np.float64]:
    """Orthonormal splines that span the background, shape (bins, pieces + order - 1); as `background_projection`."""
    if bins < pieces + order - 1:
        raise ValueError(f"{bins} bins cannot carry a spline of {pieces} pieces: at least {pieces + order - 1}")
    x = np.linspace(0.0, 1.0, bins)
    knots = np.concatenate([np.zeros(order - 1), np.linspace(0.0, 1.0, pieces + 1), np.ones(order - 1)])
    basis, _ = np.linalg.qr(scipy.interpolate.BSpline.design_matrix(x, knots, order - 1).toarray())
    return np.asarray(basis)


def residual_db(density: npt.NDArray[np.float32], *, pieces: int) -> npt.NDArray[np.float32]:
    """Height of `density` above its background, dB.

    Parameters
    ----------
    density
        Amplitude density, pT/sqrt(Hz), shape (..., slot, frequency); NaN slots stay NaN, and so do frequencies at the
        end that are NaN in all slots: the background is that of the others.
    pieces
        Pieces of the background spline over all frequencies, see `background_projection`.

    Returns
    -------
    float32 array of the same shape, dB.
    """
    bins, carried = density.shape[-1], carried_bins(density)
    if carried < bins:
        residual = np.full_like(density, np.nan)
        pieces = max(round(pieces * carried / bins), 1)
        if carried >= pieces + ORDER - 1:
            residual[..., :carried] = residual_db(density[..., :carried], pieces=pieces)
        return residual
    level_db = 20 * np.log10(np.maximum(density, np.float32(DEAD_PT)))  # a dead channel has a density of 0; NaN stays
    return level_db - level_db @ background_projection(bins, pieces)


def carried_bins(density: npt.NDArray[np.float32]) -> int:
    """Number of frequencies up to the last that has a value in any slot; all of them where none has one."""
    bins = int(density.shape[-1])
    if not np.isnan(density[..., -1]).all():
        return bins
    there = np.flatnonzero(~np.isnan(density).all(axis=tuple(range(density.ndim - 1))))
    return int(there[-1]) + 1 if len(there) else bins
