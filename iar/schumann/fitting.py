"""Bounded least squares of many spectra at once: Levenberg and Marquardt's steps, each row with its own damping.

What is fitted is the logarithm of the amplitude, whose scatter is known and the same at every frequency.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.schumann.shape import Bounds, shape

Values = npt.NDArray[np.float64]

MOST_STEPS = 60
SETTLED = 1e-5
"""Change of chi2, in its own unit, below which a row is done."""
LEAST_AMPLITUDE = 1e-12


@dataclass(frozen=True)
class Fit:
    """Parameters and their covariance, shape (row, parameter) and (row, parameter, parameter), chi2, shape (row,).

    `bound` says which parameters stand at a limit; the covariance is that of the others, and theirs is 0.
    """

    parameters: Values
    covariance: Values
    chi2: Values
    bound: npt.NDArray[np.bool_]


def fit_rows(level: Values, weight: Values, frequency_hz: Values, start: Values, bounds: Bounds) -> Fit:
    """Fit each row of log amplitudes from a start.

    Parameters
    ----------
    level, weight
        Natural logarithm of amplitude and one over its variance, 0 where nothing is known; shape (row, frequency).
    start
        Shape (row, parameter).
    """
    at = _State(level, weight, frequency_hz, np.clip(start, bounds.low, bounds.high))
    damping, active = np.full(len(level), 1e-2), np.arange(len(level))
    for _ in range(MOST_STEPS):
        if not active.size:
            break
        now = at.take(active)
        step = _step(now, damping[active], bounds)
        tried = _State(now.level, now.weight, frequency_hz, np.clip(now.parameters + step, bounds.low, bounds.high))
        gain = now.chi2 - tried.chi2
        better = gain > 0
        at.put(active[better], tried.take(better))
        damping[active] *= np.where(better, 0.2, 5.0)
        settled = (better & (gain < SETTLED)) | (damping[active] > 1e6)
        active = active[~settled]
    return _finish(at, bounds)


class _State:
    """Rows at some parameters: misfit, derivatives, chi2."""

    def __init__(self, level: Values, weight: Values, frequency_hz: Values, parameters: Values) -> None:
        self.level, self.weight, self.frequency_hz, self.parameters = level, weight, frequency_hz, parameters
        amplitude, derivatives = shape(parameters, frequency_hz)
        amplitude = np.maximum(amplitude, LEAST_AMPLITUDE)
        self.misfit = level - np.log(amplitude)
        self.derivatives = derivatives / amplitude[:, None]
        self.chi2 = np.einsum("rf,rf,rf->r", weight, self.misfit, self.misfit)

    def take(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> "_State":
        """Some of the rows, not computed anew."""
        part = object.__new__(_State)
        part.frequency_hz = self.frequency_hz
        for name in _ROWS:
            setattr(part, name, getattr(self, name)[rows])
        return part

    def put(self, rows: npt.NDArray[np.intp], other: "_State") -> None:
        """Replace some rows."""
        for name in _ROWS:
            getattr(self, name)[rows] = getattr(other, name)

    def normal(self) -> tuple[Values, Values]:
        """Matrix of the normal equations and their right side."""
        weighted = self.derivatives * self.weight[:, None]
        return weighted @ self.derivatives.transpose(0, 2, 1), np.einsum("rpf,rf->rp", weighted, self.misfit)


_ROWS = ("level", "weight", "parameters", "misfit", "derivatives", "chi2")


def _step(at: _State, damping: Values, bounds: Bounds) -> Values:
    matrix, right = at.normal()
    held = ((at.parameters <= bounds.low) & (right < 0)) | ((at.parameters >= bounds.high) & (right > 0))
    diagonal = np.einsum("rpp->rp", matrix)
    diagonal *= 1 + damping[:, None]
    return np.asarray(np.linalg.solve(_without(matrix, held), np.where(held, 0, right)[..., None])[..., 0])


def _without(matrix: Values, held: npt.NDArray[np.bool_]) -> Values:
    """Normal equations in which parameters that are held, or that nothing depends on, do not move."""
    idle = held | (np.einsum("rpp->rp", matrix) <= 0)
    free = np.where(idle[:, :, None] | idle[:, None, :], 0, matrix)
    np.einsum("rpp->rp", free)[idle] = 1
    return free


def _finish(at: _State, bounds: Bounds) -> Fit:
    matrix, _ = at.normal()
    bound = (at.parameters <= bounds.low) | (at.parameters >= bounds.high)
    covariance: Values = np.asarray(np.linalg.pinv(_without(matrix, bound), hermitian=True))
    covariance[bound[:, :, None] | bound[:, None, :]] = 0
    return Fit(at.parameters, covariance, at.chi2, bound)
