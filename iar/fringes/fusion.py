"""The spacing of a night from two estimators: the ladder through ridges, and the matched filter on the residual.

Both are smoothed along the night together, each with its error. Where the ridges are too few, the matched filter goes
on alone, as long as it agrees with what the ridges said nearby: by itself it makes no fringes.
"""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from iar.fringes.matched import Matched
from iar.fringes.smoothing import smooth_wandering
from iar.fringes.spacing import Spacing
from iar.fringes.tracks import link_tracks

Curve = npt.NDArray[np.float64]

WANDER = 0.004
"""What the spacing changes from slot to slot, as a share of it."""
AGREEMENT = 0.06
"""Relative difference up to which two spacings are the same."""
REACH_SLOTS = 54
"""An hour and a half: as far from the ridges the matched filter goes on alone."""
LONE_SCORE = 0.08
"""Score that it needs for that."""
SURE_SCORE = 0.4
"""Score of a fringe that nobody doubts."""
ERROR_FACTOR = 1.25
"""Errors of slots that follow each other are much the same, so a smooth course is no more exact; from simulation."""


def fuse_spacing(ladder: Spacing, matched: Matched) -> Spacing:
    """Spacing of each slot from the ladder through its ridges and the matched filter.

    Parameters
    ----------
    ladder
        From `iar.fringes.spacing.fit_spacing`.
    matched
        From `iar.fringes.matched.matched_spacing`, of the same slots.

    Returns
    -------
    Where the matched filter stands alone there are no harmonics and no frequencies of any; elsewhere its agreement
    raises the confidence, and its disagreement lowers it.
    """
    seen = np.isfinite(ladder.delta_f_hz)
    if not seen.any():
        return ladder
    log_ladder, ladder_variance = np.log(ladder.delta_f_hz), (ladder.delta_f_sigma_hz / ladder.delta_f_hz) ** 2
    log_matched, matched_variance = np.log(matched.delta_f_hz), (matched.sigma_hz / matched.delta_f_hz) ** 2
    course, _ = smooth_wandering(log_ladder, ladder_variance, step=WANDER)
    near = ndimage.distance_transform_edt(~seen) <= REACH_SLOTS
    agrees = near & (np.abs(log_matched - course) < AGREEMENT) & (matched.score >= LONE_SCORE)
    weights = np.where(seen, 1 / ladder_variance, 0), np.where(agrees, 1 / matched_variance, 0)
    there = seen | agrees
    variance = 1 / np.where(there, weights[0] + weights[1], np.nan)
    mean = variance * (weights[0] * np.where(seen, log_ladder, 0) + weights[1] * np.where(agrees, log_matched, 0))
    smooth, _ = smooth_wandering(mean, variance, step=WANDER)
    delta_f_hz = np.where(there, np.exp(smooth), np.nan)
    alone = agrees & ~seen
    return Spacing(
        delta_f_hz=delta_f_hz,
        delta_f_sigma_hz=ERROR_FACTOR * delta_f_hz * np.sqrt(variance),
        phi=np.where(alone, _nearest_turn(matched.phi, ladder.phi), ladder.phi),
        harmonics=np.where(alone, 0, ladder.harmonics),
        confidence=_confidence(ladder.confidence, matched.score, agrees),
        frequency_hz=link_tracks(ladder.frequency_hz, ladder.delta_f_hz),
    )


def _nearest_turn(offset: Curve, followed: Curve) -> Curve:
    """Offset with the whole spacings that bring it nearest to the one that was followed, from the nearest slot."""
    slots = np.arange(len(followed))
    seen = np.flatnonzero(np.isfinite(followed))
    nearby = np.interp(slots, seen, followed[seen])
    return np.asarray(offset + np.rint(nearby - offset))


def _confidence(ladder: Curve, score: Curve, agrees: npt.NDArray[np.bool_]) -> Curve:
    """Between 0 and 1: the ladder's, half of the way to 1 or to 0 if a sure filter agrees or says another thing."""
    sure = np.clip(np.nan_to_num(score) / SURE_SCORE, 0, 1) / 2
    alone = np.where(agrees, sure, np.nan)
    both = np.where(agrees, ladder + (1 - ladder) * sure, ladder * (1 - sure))
    return np.where(np.isfinite(ladder), both, alone)
