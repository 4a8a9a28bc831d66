"""The spacing of a night from two estimators: the ladder through ridges, and the matched filter on the residual.

Both are smoothed along the night together, each with its error. Where the ridges are too few, the matched filter goes
on alone, as long as its path goes on from where the ridges agreed with it: by itself it makes no fringes.
"""

import numpy as np
import numpy.typing as npt
import scipy

from iar.fringes.matched import Matched
from iar.fringes.smoothing import smooth_wandering
from iar.fringes.spacing import Spacing
from iar.fringes.tracks import link_tracks, number_ridges

Curve = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

WANDER = 0.004
"""What the spacing changes from slot to slot, as a share of it."""
AGREEMENT = 0.06
"""Relative difference up to which two spacings are the same."""
CUT, CUT_A_SLOT = 0.1, 0.01
"""Relative change between neighbours that is no wandering, and how much more it may be for each slot between them."""
OVERRULED = 0.2
"""Relative difference from which a believed path overrules a ladder: it took half, double, or a third."""
LONE_SCORE = 0.06
"""Score that the matched filter needs to go on alone, in the mean over a quarter of an hour."""
LONE_SLOTS = 9
MAX_GAP_SLOTS = 6
"""Ten minutes in which it may fall below that."""
MAX_JUMP = 0.03
"""Relative change from slot to slot at which its path is no longer the same."""
MIN_WITNESSES = 3
"""Slots of the ladder that agree with a stretch of the path, for the stretch to be believed."""
SURE_SCORE = 0.4
"""Score of a fringe that nobody doubts."""
ERROR_FACTOR = 1.25
"""Errors of slots that follow each other are much the same, so a smooth course is no more exact; from simulation."""


def fuse_spacing(ladder: Spacing, matched: Matched, ridge_hz: npt.NDArray[np.float64]) -> Spacing:
    """Spacing of each slot from the ladder through its ridges and the matched filter.

    Parameters
    ----------
    ladder
        From `iar.fringes.spacing.fit_spacing`.
    matched
        From `iar.fringes.matched.matched_spacing`, of the same slots.
    ridge_hz
        What the ladder was made from, Hz, shape (slot, ridge), NaN where there is none: in slots with too few ridges
        for a ladder, those that lie where the spacing expects them are its harmonics.

    Returns
    -------
    The agreement of the matched filter raises the confidence, its disagreement lowers it. `harmonics` are those that
    have a frequency: where the filter stands alone, or each was seen too shortly to be followed, there may be none.
    """
    seen = np.isfinite(ladder.delta_f_hz)
    if not seen.any():
        return ladder
    log_ladder, ladder_variance = np.log(ladder.delta_f_hz), (ladder.delta_f_sigma_hz / ladder.delta_f_hz) ** 2
    log_matched, matched_variance = np.log(matched.delta_f_hz), (matched.sigma_hz / matched.delta_f_hz) ** 2
    apart = np.abs(log_matched - log_ladder)
    alike = seen & (apart < AGREEMENT)
    believed = _believed(log_matched, matched.score, alike, seen & ~alike)
    seen &= ~(believed & (apart > OVERRULED))
    agrees = alike | (believed & ~seen)
    weights = np.where(seen, 1 / ladder_variance, 0), np.where(agrees, 1 / matched_variance, 0)
    there = seen | agrees
    variance = 1 / np.where(there, weights[0] + weights[1], np.nan)
    mean = variance * (weights[0] * np.where(seen, log_ladder, 0) + weights[1] * np.where(agrees, log_matched, 0))
    delta_f_hz = np.where(there, np.exp(_smooth(mean, variance)), np.nan)
    phi = _offset(ladder, matched, delta_f_hz, seen)
    lone = number_ridges(ridge_hz, delta_f_hz, phi)
    frequency_hz = link_tracks(np.where(seen[:, None], ladder.frequency_hz, lone), delta_f_hz)
    return Spacing(
        delta_f_hz=delta_f_hz,
        delta_f_sigma_hz=ERROR_FACTOR * delta_f_hz * np.sqrt(variance),
        phi=phi,
        harmonics=np.where(there, np.isfinite(frequency_hz).sum(axis=1), np.nan),
        confidence=_confidence(np.where(seen, ladder.confidence, np.nan), matched.score, agrees),
        frequency_hz=frequency_hz,
    )


def _believed(path: Curve, score: Curve, witness: Mask, against: Mask) -> Mask:
    """Slots in which the matched filter's path is believed without a ladder.

    They belong to a stretch in which its score stays up and its path has no jump, and ladders of which say the same:
    three at least, and twice as many as say another thing.
    """
    up = scipy.ndimage.uniform_filter1d(np.nan_to_num(score), LONE_SLOTS) >= LONE_SCORE
    up &= np.isfinite(path)
    if not up.any():
        return up
    slots = np.arange(len(path))
    path = np.interp(slots, slots[np.isfinite(path)], path[np.isfinite(path)])
    reach = MAX_GAP_SLOTS + 1
    bridged = scipy.ndimage.binary_closing(np.pad(up, reach), np.ones(reach, dtype=bool))
    on = bridged[reach:-reach] | up
    jump = np.abs(np.diff(path, prepend=path[0])) > MAX_JUMP
    begins = on & (jump | ~np.concatenate([[False], on[:-1]]))
    stretch = np.where(on, np.cumsum(begins), 0)
    votes, others = (np.bincount(stretch, weights=some) for some in (witness, against))
    believed = (votes >= MIN_WITNESSES) & (votes > 2 * others)
    believed[0] = False
    return np.asarray(believed[stretch] & up)


def _smooth(log_spacing: Curve, variance: Curve) -> Curve:
    """Smooth course of the logarithm of the spacing, cut where it jumps: nobody measured what lies between."""
    course = np.full(len(log_spacing), np.nan)
    seen = np.flatnonzero(np.isfinite(log_spacing))
    jump = np.abs(np.diff(log_spacing[seen])) > CUT + CUT_A_SLOT * np.diff(seen)
    for piece in np.split(seen, np.flatnonzero(jump) + 1):
        span = slice(piece[0], piece[-1] + 1)
        course[span], _ = smooth_wandering(log_spacing[span], variance[span], step=WANDER)
    return course


def _offset(ladder: Spacing, matched: Matched, delta_f_hz: Curve, seen: Mask) -> Curve:
    """Offset that goes with the fused spacing: the ladder stays at its harmonics, the filter in its band."""
    numbers = np.arange(1, ladder.frequency_hz.shape[1] + 1)
    there = np.isfinite(ladder.frequency_hz)
    count = np.maximum(there.sum(axis=1), 1)
    mean_hz = np.where(there, ladder.frequency_hz, 0).sum(axis=1) / count
    kept = np.where(there.any(axis=1), mean_hz / delta_f_hz - (there * numbers).sum(axis=1) / count, ladder.phi)
    turned = matched.phi + matched.middle_hz * (1 / delta_f_hz - 1 / matched.delta_f_hz)
    return np.where(seen, kept, _nearest_turn(turned, np.where(seen, kept, np.nan)))


def _nearest_turn(offset: Curve, followed: Curve) -> Curve:
    """Offset with the whole spacings that bring it nearest to the one that was followed, from the nearest slot."""
    slots = np.arange(len(followed))
    seen = np.flatnonzero(np.isfinite(followed))
    if not len(seen):
        return offset
    nearby = np.interp(slots, seen, followed[seen])
    return np.asarray(offset + np.rint(nearby - offset))


def _confidence(ladder: Curve, score: Curve, agrees: Mask) -> Curve:
    """Between 0 and 1: the ladder's, half of the way to 1 or to 0 if a sure filter agrees or says another thing."""
    sure = np.clip(np.nan_to_num(score) / SURE_SCORE, 0, 1) / 2
    alone = np.where(agrees, sure, np.nan)
    both = np.where(agrees, ladder + (1 - ladder) * sure, ladder * (1 - sure))
    return np.where(np.isfinite(ladder), both, alone)
