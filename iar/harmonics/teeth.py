"""How deep each tooth of a ladder is in one coil, all of them at once.

Wide fringes are hard to tell from a supple background: the spline that was taken away took most of them with it. So the
depths d of all teeth are solved for together, from what the spline leaves of each,

    sum over the window of B' (1 - P) B d = sum over the window of B' r,

where r is the residual (1 - P) of the level, P the projection on the spline, and column h of B the shape of tooth h.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.fringes.shifts import over_time

Values = npt.NDArray[np.float64]

USUAL_DB, STEP_DB = 10.0, 3.0
"""What a depth is, and what it differs by from the next one, before anything was measured: standard deviations."""


@dataclass(frozen=True)
class Sums:
    """Sides of the equation for each slot: `normal` (slot, tooth, tooth), `right` (slot, tooth)."""

    normal: Values
    right: Values

    def over(self, slots: npt.NDArray[np.intp], width: int) -> "Sums":
        """Sums over so many slots around each."""
        flat = self.normal.reshape(len(slots), -1)
        return Sums(over_time(flat, slots, width).reshape(self.normal.shape), over_time(self.right, slots, width))


def sum_teeth(level_db: Values, height: Values, tooth: npt.NDArray[np.int32], basis: Values) -> Sums:
    """Sums of one coil.

    Parameters
    ----------
    level_db
        Residual, dB, shape (slot, frequency).
    height
        Shape of the tooth that each pixel belongs to, at its place; 0 where a pixel does not count; same shape.
    tooth
        That tooth, from 0 on; same shape.
    basis
        Orthonormal columns that span the spline, shape (frequency, column).
    """
    slots, teeth = len(tooth), int(tooth.max()) + 1
    cell = (np.arange(slots)[:, None] * teeth + tooth).ravel()

    def total(values: Values) -> Values:
        """Sum over the pixels of each slot and tooth."""
        return np.asarray(np.bincount(cell, values.ravel(), slots * teeth).reshape(slots, teeth))

    taken = np.stack([total(height * column) for column in basis.T], axis=1)
    normal = -np.einsum("sch,sck->shk", taken, taken, optimize=True)
    normal[:, range(teeth), range(teeth)] += total(height**2)
    return Sums(normal, total(height * level_db))


def solve_teeth(sums: Sums, variance: float) -> tuple[Values, Values]:
    """Depth of each tooth, dB, and its standard error; both (slot, tooth).

    Parameters
    ----------
    sums
        Over a window.
    variance
        Of a pixel, dB^2, as if neighbours were independent.
    """
    teeth = sums.right.shape[1]
    step = np.diff(np.eye(teeth), axis=0)
    before = np.eye(teeth) / USUAL_DB**2 + step.T @ step / STEP_DB**2
    inverse = np.linalg.inv(sums.normal / variance + before)
    depth_db = np.einsum("shk,sk->sh", inverse, sums.right / variance)
    return depth_db, np.sqrt(np.diagonal(inverse, axis1=1, axis2=2))
