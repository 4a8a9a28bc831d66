"""Spacing of fringes: the robust fit of f_n = (n + phi) * delta_f through the ridges of each slot.

For each trial spacing the ridges of a slot are put on a circle, one turn a spacing: they agree in phase if the spacing
is right. They also agree at a half, a third of it, so the share of teeth that carry a ridge counts as well. The best
path through (slot, trial spacing), which changes little from slot to slot, is then refined by least squares.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from iar.fringes.trials import best_path, trial_spacings
from iar.night import HARMONICS

Curve = npt.NDArray[np.float64]

MIN_RIDGES = 3
SMOOTHING_SLOTS = 9
NUMBERING_SLOTS = 19
"""Slots, half an hour, over which the offset is followed to tell one harmonic's number from the next."""
MIN_AGREEMENT = 0.5
FLOOR_HZ = 0.007
"""Standard deviation of a ridge, at least: a bin over the root of twelve."""
SPREAD_FACTOR = 1.5
"""Ridges err together (the same pixels, smoothed over slots), so their misfit tells too little; from simulation."""


@dataclass(frozen=True)
class Spacing:
    """Result per slot, NaN where there is none.

    `delta_f_hz`, `delta_f_sigma_hz` (standard error), `phi` (its median from 0 to 1), `harmonics` (that carry the fit),
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
    trial_hz = trial_spacings(min_spacing_hz, max_spacing_hz)
    agreement = _agreement(ridge_hz, weight, trial_hz)
    path = best_path(scipy.ndimage.uniform_filter1d(agreement, SMOOTHING_SLOTS, axis=0))
    result, fits = no_spacing(len(ridge_hz)), {}
    for slot in range(len(ridge_hz)):
        score = agreement[slot, max(path[slot] - 2, 0) : path[slot] + 3].max()
        if score >= MIN_AGREEMENT:
            fit = _fit_slot(ridge_hz[slot], weight[slot], trial_hz[path[slot]])
            if fit is not None:
                fits[slot] = fit
                result.confidence[slot] = min(score * fit.mean_weight, 1)
    _fill(result, fits)
    return result


@dataclass(frozen=True)
class _Fit:
    """Ladder through the ridges of one slot: `delta_f_hz` (order + offset), with ridges at the `order`."""

    delta_f_hz: float
    sigma_hz: float
    offset: float
    ridge_hz: Curve
    order: Curve
    mean_weight: float


def no_spacing(slots: int) -> Spacing:
    """Spacing of a night in which there is none."""
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


def _fit_slot(ridge_hz: Curve, weight: Curve, trial_hz: float) -> _Fit | None:
    """Least squares through the ridges that lie near a tooth; None where too few do."""
    there = np.isfinite(ridge_hz)
    f, w = ridge_hz[there], weight[there]
    phi = np.angle(np.sum(w * np.exp(2j * np.pi * f / trial_hz))) / (2 * np.pi)
    order = np.rint(f / trial_hz - phi)
    near = np.abs(f / trial_hz - phi - order) < 0.25
    f, w, order = f[near], w[near], order[near]
    if len(np.unique(order)) < MIN_RIDGES:
        return None
    mean_order, mean_f = np.average(order, weights=w), np.average(f, weights=w)
    lever = np.sum(w * (order - mean_order) ** 2)
    spacing = np.sum(w * (order - mean_order) * (f - mean_f)) / lever
    offset = mean_f / spacing - mean_order
    misfit = f - spacing * (order + offset)
    spread = SPREAD_FACTOR * max(np.sqrt(np.sum(misfit**2) / max(len(f) - 2, 1)), FLOOR_HZ)
    sigma = spread / np.sqrt(np.sum((order - mean_order) ** 2))
    nearest_last = np.argsort(-np.abs(misfit), kind="stable")
    return _Fit(spacing, sigma, offset, f[nearest_last], order[nearest_last], float(np.average(w, weights=w)))


def _fill(result: Spacing, fits: dict[int, _Fit]) -> None:
    """Write the fits of all slots, with numbers of harmonics that go on from slot to slot."""
    slots = np.array(list(fits), dtype=int)
    phi = follow_offset(slots, np.array([fit.offset for fit in fits.values()]), len(result.phi))
    for slot, fit, offset in zip(slots, fits.values(), phi, strict=True):
        result.delta_f_hz[slot], result.delta_f_sigma_hz[slot] = fit.delta_f_hz, fit.sigma_hz
        result.phi[slot] = offset
        result.harmonics[slot] = len(np.unique(fit.order))
        number = np.rint(fit.order + fit.offset - offset).astype(int)
        there = (number >= 1) & (number <= HARMONICS)
        result.frequency_hz[slot, number[there] - 1] = fit.ridge_hz[there]


def follow_offset(slots: npt.NDArray[np.int_], offset: Curve, count: int) -> Curve:
    """Offset of the ladder, followed through the night: an offset says where it is but for whole spacings.

    Parameters
    ----------
    slots, offset
        Slots that have an offset, rising, and what it is but for whole numbers, shape (some,).
    count
        Slots of the night.

    Returns
    -------
    Offsets, shape (some,), without jumps of a whole spacing from slot to slot; their median lies from 0 to 1.
    """
    if not len(slots):
        return offset
    turn = np.zeros(count, dtype=np.complex128)
    turn[slots] = np.exp(2j * np.pi * offset)
    around = scipy.ndimage.uniform_filter1d(turn, NUMBERING_SLOTS, mode="constant")[slots]
    course = np.unwrap(np.angle(around)) / (2 * np.pi)
    followed = offset + np.rint(course - offset)
    return np.asarray(followed - np.floor(np.median(followed)))
