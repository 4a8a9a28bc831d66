"""Smoothing of a curve that wanders, by a Kalman filter forwards and a smoother backwards (Rauch, Tung, Striebel)."""

import numpy as np
import numpy.typing as npt

Curve = npt.NDArray[np.float64]


def smooth_wandering(value: Curve, variance: Curve, *, step: float) -> tuple[Curve, Curve]:
    """Most likely course of what takes a random step from slot to slot and is measured with errors.

    Source: https://doi.org/10.2514/3.3166, of one state and a random walk.

    Parameters
    ----------
    value, variance
        Measured, and the squared standard error of each, shape (slot,); NaN where nothing was.
    step
        Standard deviation of what happens from one slot to the next, in the unit of `value`.

    Returns
    -------
    The course and its variance, shape (slot,), through gaps and beyond both ends; NaN if nothing was measured.
    """
    course, spread = np.full(len(value), np.nan), np.full(len(value), np.nan)
    measured = np.flatnonzero(np.isfinite(value))
    if not len(measured):
        return course, spread
    now, known = value[measured[0]], np.inf
    for slot, (seen, error) in enumerate(zip(value, variance, strict=True)):
        known += step**2
        if np.isfinite(seen):
            gain = 1.0 if np.isinf(known) else known / (known + error)
            now, known = now + gain * (seen - now), gain * error
        course[slot], spread[slot] = now, known
    for slot in range(len(value) - 2, -1, -1):
        if np.isinf(spread[slot]):  # before the first measurement: only what comes later is known
            course[slot], spread[slot] = course[slot + 1], spread[slot + 1] + step**2
            continue
        gain = spread[slot] / (spread[slot] + step**2)
        spread[slot] += gain**2 * (spread[slot + 1] - spread[slot] - step**2)
        course[slot] += gain * (course[slot + 1] - course[slot])
    return course, spread
