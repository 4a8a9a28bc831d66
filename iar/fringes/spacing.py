"""Spacing of fringes: the robust fit of f_n = (n + phi) * delta_f through the ridges of each slot.

For each trial spacing the ridges of a slot are put on a circle, one turn a spacing: they agree in phase if the spacing
is right. They also agree at a half, a third of it, so the share of teeth that carry a ridge counts as well. The best
path through (slot, trial spacing), which changes little from slot to slot, is then refined by least squares.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from iar.night import HARMONICS

Curve = npt.NDArray[np.float64]

MIN_RIDGES = 3
TRIAL_STEP = 0.01
"""Ratio between neighbouring trial spacings, less one."""
REACH_STEPS = 3
STEP_PENALTY = 0.05
SMOOTHING_SLOTS = 9
MIN_AGREEMENT = 0.5
FLOOR_HZ = 0.007
"""Standard deviation of a ridge, at least: a bin over the root of twelve."""
SPREAD_FACTOR = 1.5
"""Ridges err together (the same pixels, smoothed over slots), so their misfit tells too little; from simulation."""


@dataclass(frozen=True)
class Spacing:
    """Result per slot, NaN where there is none.

    `delta_f_hz`, `delta_f_sigma_hz` (standard error), `phi` (0 to 1), `harmonics` (ridges that carry the fit),
    `confidence` (0 to 1), all of shape (slot,); `frequency_hz` of harmonics 1 to 12, shape (slot, 12).
    """

    delta_f_hz: Curve
    delta_f_sigma_hz: Curve
    phi: Curve
    harmonics: Curve
    confidence: Curve
    frequency_hz: npt.NDArray[np.float64]


def fit_spacing(
    ridge_hz: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64],
    *,
    min_spacing_hz: float,
    max_spacing_hz: float,
) -> Spacing:
    """Fit the ridges of a night.

    Parameters
    ----------
    ridge_hz, weight
        From `iar.fringes.ridges.find_ridges`: Hz and probability, shape (slot, ridge), NaN where there is none.
    min_spacing_hz, max_spacing_hz
        Range of spacings, Hz.
    """
    steps = int(np.log(max_spacing_hz / min_spacing_hz) / TRIAL_STEP)
    trial_hz = min_spacing_hz * np.exp(TRIAL_STEP * np.arange(steps + 1))
    agreement = _agreement(ridge_hz, weight, trial_hz)
    path = _best_path(ndimage.uniform_filter1d(agreement, SMOOTHING_SLOTS, axis=0))
    slots = len(ridge_hz)
    result = _empty_spacing(slots)
    for slot in range(slots):
        score = agreement[slot, max(path[slot] - 2, 0) : path[slot] + 3].max()
        if score >= MIN_AGREEMENT:
            _fit_slot(result, slot, ridge_hz[slot], weight[slot], trial_hz[path[slot]], score)
    return result


def _empty_spacing(slots: int) -> Spacing:
    curves = {
        name: np.full(slots, np.nan) for name in ("delta_f_hz", "delta_f_sigma_hz", "phi", "harmonics", "confidence")
    }
    return Spacing(**curves, frequency_hz=np.full((slots, HARMONICS), np.nan))


def _agreement(
    ridge_hz: npt.NDArray[np.float64], weight: npt.NDArray[np.float64], trial_hz: Curve
) -> npt.NDArray[np.float64]:
    """How well each trial spacing explains the ridges of each slot, 0 to 1, shape (slot, trial)."""
    there = np.isfinite(ridge_hz)
    number = there.sum(axis=1)
    phasor = np.zeros((len(ridge_hz), len(trial_hz)), dtype=np.complex128)
    turn_rate = 2j * np.pi / trial_hz
    for ridge, slots in enumerate(there.T):  # one after the other: all at once would take 200 MB
        phasor[slots] += weight[slots, ridge, None] * np.exp(ridge_hz[slots, ridge, None] * turn_rate)
    coherence = np.abs(phasor) / np.maximum(np.nansum(weight, axis=1), 1e-12)[:, None]
    span_hz = np.where(number > 0, np.nanmax(np.where(there, ridge_hz, 0), axis=1), 0)
    span_hz = span_hz - np.where(there, ridge_hz, np.inf).min(axis=1, initial=np.inf, where=there)
    teeth = 1 + np.where(number > 1, span_hz, 0)[:, None] / trial_hz
    filled = np.minimum(number[:, None] / teeth, 1)
    return np.where(number[:, None] >= MIN_RIDGES, coherence**2 * filled, 0)


def _best_path(score: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Trial of each slot, by dynamic programming: most agreement, least change; shape (slot,)."""
    slots, trials = score.shape
    shifts = np.arange(-REACH_STEPS, REACH_STEPS + 1)
    penalty = STEP_PENALTY * np.abs(shifts)
    best = score[0].copy()
    came_from = np.zeros((slots, trials), dtype=np.intp)
    for slot in range(1, slots):
        padded = np.pad(best, REACH_STEPS, constant_values=-np.inf)
        options = np.stack([padded[REACH_STEPS + s : REACH_STEPS + s + trials] for s in shifts]) - penalty[:, None]
        choice = options.argmax(axis=0)
        came_from[slot] = np.arange(trials) + shifts[choice]
        best = options.max(axis=0) + score[slot]
    path = np.empty(slots, dtype=np.intp)
    path[-1] = best.argmax()
    for slot in range(slots - 1, 0, -1):
        path[slot - 1] = came_from[slot, path[slot]]
    return path


def _fit_slot(result: Spacing, slot: int, ridge_hz: Curve, weight: Curve, trial_hz: float, score: float) -> None:
    """Least squares through the ridges that lie near a tooth; leaves the slot as it is where too few do."""
    there = np.isfinite(ridge_hz)
    f, w = ridge_hz[there], weight[there]
    phi = np.angle(np.sum(w * np.exp(2j * np.pi * f / trial_hz))) / (2 * np.pi)
    order = np.rint(f / trial_hz - phi)
    near = np.abs(f / trial_hz - phi - order) < 0.25
    f, w, order = f[near], w[near], order[near]
    if len(np.unique(order)) < MIN_RIDGES:
        return
    mean_order, mean_f = np.average(order, weights=w), np.average(f, weights=w)
    lever = np.sum(w * (order - mean_order) ** 2)
    spacing = np.sum(w * (order - mean_order) * (f - mean_f)) / lever
    offset = mean_f / spacing - mean_order
    misfit = f - spacing * (order + offset)
    spread = SPREAD_FACTOR * max(np.sqrt(np.sum(misfit**2) / max(len(f) - 2, 1)), FLOOR_HZ)
    harmonic = (order + np.floor(offset)).astype(int)
    result.delta_f_hz[slot] = spacing
    result.delta_f_sigma_hz[slot] = spread / np.sqrt(np.sum((order - mean_order) ** 2))
    result.phi[slot] = offset % 1
    result.harmonics[slot] = len(np.unique(order))
    result.confidence[slot] = min(score * np.average(w, weights=w), 1)
    numbered = (harmonic >= 1) & (harmonic <= HARMONICS)
    result.frequency_hz[slot, harmonic[numbered] - 1] = f[numbered]
