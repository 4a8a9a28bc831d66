"""Trial spacings of a search, and the best path through them over a night."""

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

TRIAL_STEP = 0.01
"""Ratio between neighbouring trial spacings, less one."""
REACH_STEPS = 3
STEP_PENALTY = 0.05


def trial_spacings(min_spacing_hz: float, max_spacing_hz: float) -> Values:
    """Spacings to be tried, Hz, shape (trial,): each one per cent above the one before."""
    steps = int(np.log(max_spacing_hz / min_spacing_hz) / TRIAL_STEP)
    return np.asarray(min_spacing_hz * np.exp(TRIAL_STEP * np.arange(steps + 1)))


def summit(left: Values, here: Values, right: Values) -> Values:
    """Where the parabola through a value and its neighbours is highest, in steps from it; 0 where it has no summit.

    Of a peak it lies from -0.5 to 0.5; it is cut at -1 and 1.
    """
    bend = left - 2 * here + right
    return np.where(bend < 0, np.clip((left - right) / (2 * np.minimum(bend, -1e-12)), -1, 1), 0)


def best_path(score: Values) -> npt.NDArray[np.intp]:
    """Trial of each slot, by dynamic programming: highest score, least change.

    Parameters
    ----------
    score
        Of each trial spacing, 0 to 1, shape (slot, trial).

    Returns
    -------
    Numbers of trials, shape (slot,): from slot to slot at most three further, each step for 0.05 of score.
    """
    slots, trials = score.shape
    shifts = np.arange(-REACH_STEPS, REACH_STEPS + 1)
    penalty = STEP_PENALTY * np.abs(shifts)
    best = score[0].copy()
    came_from = np.zeros((slots, trials), dtype=np.intp)
    for slot in range(1, slots):
        padded = np.pad(best, REACH_STEPS, constant_values=-np.inf)
        options = np.lib.stride_tricks.sliding_window_view(padded, trials) - penalty[:, None]
        choice = options.argmax(axis=0)
        came_from[slot] = np.arange(trials) + shifts[choice]
        best = options.max(axis=0) + score[slot]
    path = np.empty(slots, dtype=np.intp)
    path[-1] = best.argmax()
    for slot in range(slots - 1, 0, -1):
        path[slot - 1] = came_from[slot, path[slot]]
    return path
