"""Spacing without a network: a matched filter over (delta_f, phi), and the best path through the night.

The filter is cos(2 pi (f / delta_f - phi)); the best phi of a spacing follows from the complex sum over frequency, so
all of them cost one product of matrices. The score is the share of the residual's variance that the filter explains.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.fringes.trials import TRIAL_STEP, best_path, summit, trial_spacings

Curve = npt.NDArray[np.float64]

BELOW_HZ = 7.0
"""Above it the first Schumann resonance stands, which no background of three pieces follows."""
NOISE_SCORE = 0.12
"""Of slots without fringes, one in a thousand has a higher score; from simulation, in a band up to `BELOW_HZ`.

A narrower band has fewer independent frequencies, and noise higher scores in it.
"""
_PARABOLA = 3
"""Trials that have one through them."""
RELATIVE_ERROR = 0.0105
"""Relative standard error of a spacing of 1 Hz at a score of 1; goes with the spacing, and one over the score's root.

The wider, the fewer fringes are in the band, and the more of them are bent. From fringes laid over real noise.
"""


@dataclass(frozen=True)
class Matched:
    """Result per slot, NaN where there is no data, all of shape (slot,).

    `delta_f_hz` the best spacing, Hz, whether there are fringes or not: below `NOISE_SCORE` it may mean nothing;
    `phi` its offset, 0 to 1; `score` 0 to 1. `middle_hz` is the middle of the band that was looked at, Hz: a spacing
    that differs a little has the same pattern there, and so another offset.
    """

    delta_f_hz: Curve
    phi: Curve
    score: Curve
    middle_hz: float

    @property
    def sigma_hz(self) -> Curve:
        """Standard error of the spacing, Hz, if there are fringes."""
        return np.asarray(RELATIVE_ERROR * self.delta_f_hz**2 / np.sqrt(np.maximum(self.score, 1e-3)))

    @property
    def reported_hz(self) -> Curve:
        """Spacing, Hz, NaN where noise alone may have as high a score."""
        return np.where(self.score >= NOISE_SCORE, self.delta_f_hz, np.nan)


def matched_spacing(
    joined: npt.NDArray[np.float64], frequency_hz: Curve, *, min_spacing_hz: float, max_spacing_hz: float
) -> Matched:
    """Best spacing of each slot.

    Parameters
    ----------
    joined
        From `iar.fringes.residual.joined_residual`: dB, shape (slot, frequency), NaN slots left aside.
    frequency_hz
        Hz, shape (frequency,).
    min_spacing_hz, max_spacing_hz
        Range of spacings, Hz.
    """
    there = np.asarray(~np.isnan(joined).any(axis=1))
    if not there.any():
        nothing = np.full(len(joined), np.nan)
        return Matched(nothing, nothing, nothing, BELOW_HZ / 2)
    low = np.flatnonzero(frequency_hz < max(BELOW_HZ, frequency_hz[0] + max_spacing_hz))
    picture = np.where(there[:, None], joined, 0)[:, low]
    picture = picture - picture.mean(axis=1, keepdims=True)
    trial_hz = trial_spacings(min_spacing_hz, max_spacing_hz)
    turns = np.exp(2j * np.pi * frequency_hz[low][:, None] / trial_hz)
    turns -= turns.mean(axis=0)
    sums = picture @ turns
    power = (np.abs(turns) ** 2).sum(axis=0)
    variance = np.maximum((picture**2).sum(axis=1), np.finfo(float).tiny)
    score = 2 * np.abs(sums) ** 2 / (power * variance[:, None])
    path, slot = best_path(score), np.arange(len(score))
    delta_f_hz = trial_hz[path] * np.exp(TRIAL_STEP * _summit(score, path))
    middle_hz = float(frequency_hz[low].mean())
    phi = np.angle(sums[slot, path]) / (2 * np.pi) + middle_hz * (1 / delta_f_hz - 1 / trial_hz[path])
    answers = np.where(there, (delta_f_hz, phi % 1, score[slot, path]), np.nan)
    return Matched(answers[0], answers[1], answers[2], middle_hz)


def _summit(score: npt.NDArray[np.float64], path: npt.NDArray[np.intp]) -> Curve:
    """Steps from each slot's trial to the summit near it."""
    if score.shape[1] < _PARABOLA:
        return np.zeros(len(path))
    inside, slot = np.clip(path, 1, score.shape[1] - 2), np.arange(len(path))
    return np.asarray(inside - path + summit(*(score[slot, inside + step] for step in (-1, 0, 1))))
