"""A night's ladder as one state that wanders: spacing, offset and the bend of its lower harmonics, fitted together.

``f_n = delta_f (n + phi + b_n)``, where b_n goes to 0 with n: `delta_f` is the spacing of the time of flight, towards
which the ladder tends. Nothing in a single slot tells a bend from a wider spacing, so a prior says how large a bend may
be. Over how many harmonics it decays, of three answers, the night itself says best: each is followed through the night,
and they are weighed by how likely they make what was measured.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.night import HARMONICS

Values = npt.NDArray[np.float64]

STATES = 2 + HARMONICS
"""Logarithm of the spacing, offset, and a bend for each harmonic that has a number."""
BEND = 0.14
"""Standard deviation of the bend at n = 1, in spacings: somewhat more than has been reported (0.12).

A prior draws a bend towards none, and the spacing with it: one as narrow as what was reported drew the largest by half.
"""
DECAYS = (0.6, 1.1, 2.0)
"""Harmonics over which the bend decays, all alike likely: each is followed by itself.

Their mean instead would be a bend of many shapes: what fits one of them well, a long decay, would hardly be thought of.
"""
UNEVEN = 0.003
"""Standard deviation of what a harmonic lies off any smooth bend, in spacings, more of the lowest."""
FIRST_SPACING, FIRST_OFFSET = 0.05, 0.5
"""Standard deviations of the logarithm of the spacing and of the offset, about the guess, and about none."""


@dataclass(frozen=True)
class Measured:
    """What the spectra of each block of slots say of the state, in the form of information.

    `information` (block, state, state) and `vector` (block, state); `log_spacing` (block,), about which the first state
    is meant; `guess` (block,) what was guessed of that; `step` (block,), standard deviation of what it changes from the
    block before; `cut` (block,), where it jumps.
    """

    information: Values
    vector: Values
    log_spacing: Values
    guess: Values
    step: Values
    cut: npt.NDArray[np.bool_]


def bend_covariance(decay: float, uneven: Values | float = 0.0) -> Values:
    """Prior covariance of the bends of harmonics 1 to 12, in spacings squared.

    Parameters
    ----------
    decay
        Harmonics over which the bend decays, L in exp(-(n - 1) / L).
    uneven
        Covariance of what may shift each crest besides, in spacings squared, shape (12, 12).
    """
    n = np.arange(1, HARMONICS + 1.0)
    smooth = BEND * np.exp(-(n - 1) / decay)
    each = UNEVEN * (0.5 + 2 * np.exp(-(n - 1) / 2))
    return np.asarray(np.outer(smooth, smooth) + np.diag(each**2) + uneven)


def follow_ladder(measured: Measured, uneven: Values, *, offset_step: float, bend_step: float) -> tuple[Values, Values]:
    """State of each block and its covariance: (block, state) and (block, state, state).

    A Kalman filter forwards and a smoother backwards (https://doi.org/10.2514/3.3166), for each decay of the bend.

    Parameters
    ----------
    uneven
        As `bend_covariance` wants it.
    offset_step, bend_step
        Standard deviations of what offset and bend change from block to block, in spacings.
    """
    prior = np.zeros((len(DECAYS), STATES, STATES))
    prior[:, 0, 0], prior[:, 1, 1] = FIRST_SPACING**2, FIRST_OFFSET**2
    for decay, one in zip(DECAYS, prior, strict=True):
        one[2:, 2:] = bend_covariance(decay, uneven)
    step = np.full((len(measured.step), STATES), bend_step)
    step[:, 0], step[:, 1] = measured.step, offset_step
    mean, covariance, evidence = _smooth(measured, prior, step**2)
    likely = np.exp(evidence - evidence.max())
    likely /= likely.sum()
    middle = np.einsum("m,tmi->ti", likely, mean)
    apart = mean - middle[:, None]
    spread = np.einsum("m,tmij->tij", likely, covariance) + np.einsum("m,tmi,tmj->tij", likely, apart, apart)
    return middle, spread


def _smooth(measured: Measured, prior: Values, step: Values) -> tuple[Values, Values, Values]:
    """State (block, model, state), covariance (block, model, state, state) and logarithm of the evidence (model,)."""
    blocks, models = len(measured.vector), len(prior)
    mean, covariance = np.zeros((models, STATES)), prior
    mean[:, 0] = measured.guess[0] - measured.log_spacing[0]
    expected, filtered = [], []
    evidence = np.zeros(models)
    for block in range(blocks):
        if block:
            mean, covariance = _onwards(measured, step, block, mean, covariance)
        expected.append((mean, covariance))
        mean, covariance, gained = _updated(measured.information[block], measured.vector[block], mean, covariance)
        filtered.append((mean, covariance))
        evidence += gained
    smooth_mean, smooth_covariance = [mean], [covariance]
    for block in range(blocks - 1, 0, -1):
        mean, covariance = _backwards(filtered[block - 1], expected[block], (mean, covariance), cut=measured.cut[block])
        smooth_mean.append(mean)
        smooth_covariance.append(covariance)
    return np.array(smooth_mean[::-1]), np.array(smooth_covariance[::-1]), evidence


def _onwards(measured: Measured, step: Values, block: int, mean: Values, covariance: Values) -> tuple[Values, Values]:
    """State of the next block, before it is measured; where the spacing jumps, that is not known any more."""
    mean, covariance = mean.copy(), covariance + np.diag(step[block])
    mean[:, 0] -= measured.log_spacing[block] - measured.log_spacing[block - 1]
    if measured.cut[block]:
        covariance[:, 0, :] = covariance[:, :, 0] = 0
        mean[:, 0], covariance[:, 0, 0] = measured.guess[block] - measured.log_spacing[block], FIRST_SPACING**2
    return mean, covariance


def _updated(information: Values, vector: Values, mean: Values, covariance: Values) -> tuple[Values, Values, Values]:
    """State after a measurement, and the logarithm of how likely that was, but for what all models have in common."""
    system = np.eye(STATES) + covariance @ information
    right = np.concatenate([covariance, (mean + covariance @ vector)[:, :, None]], axis=2)
    solved = np.linalg.solve(system, right)
    after, known = solved[:, :, -1], solved[:, :, :-1]
    known = (known + known.transpose(0, 2, 1)) / 2
    surprise = vector - mean @ information
    gained = (
        np.einsum("mi,mij,mj->m", surprise, known, surprise) / 2
        + mean @ vector
        - np.einsum("mi,ij,mj->m", mean, information, mean) / 2
        - np.linalg.slogdet(system)[1] / 2
    )
    return after, known, gained


def _backwards(
    filtered: tuple[Values, Values], expected: tuple[Values, Values], later: tuple[Values, Values], *, cut: bool
) -> tuple[Values, Values]:
    """State of a block that knows what came later."""
    carried = np.eye(STATES)
    if cut:
        carried[0, 0] = 0
    gain = np.linalg.solve(expected[1], carried @ filtered[1]).transpose(0, 2, 1)
    mean = filtered[0] + np.einsum("mij,mj->mi", gain, later[0] - expected[0])
    return mean, filtered[1] + gain @ (later[1] - expected[1]) @ gain.transpose(0, 2, 1)
