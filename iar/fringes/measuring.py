"""What is reported of a night's ladder once it was measured on the spectra."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr

from iar.fringes.frame import LOWEST_OFFSET
from iar.fringes.picture import take_coils
from iar.fringes.refining import Refined, refine_ladder
from iar.fringes.residual import Residual
from iar.fringes.shifts import LEAK
from iar.fringes.spacing import Spacing, no_spacing
from iar.fringes.tracks import link_tracks

MIN_HARMONICS = 2
"""Harmonics that are seen in a slot that has a spacing."""
AGREED_BY, AGREED_FOR = 2.0, 3.1
"""Log-odds of a right spacing, and what the agreement of ridges and matched filter adds to them.

Logistic regression over fringes that were laid over real and simulated noise; right is within 5 % of the truth.
"""
SEEN_SIGMAS = 3.0
"""Depth of a harmonic, over half an hour, in its standard errors, from which it counts as seen."""

LEAST_REACH = 0.9 * LEAK
"""Reach of a harmonic that counts as seen: one that is not there may lie between it and the deepest, not two."""


@dataclass(frozen=True)
class Certainty:
    """How sure the harmonics are: of each its standard error, Hz, (slot, harmonic), NaN where it was not seen.

    `number_probability` (slot,): that the night's offset lies where the numbering wants it, so that a harmonic has the
    number that it is given; NaN where there is no spacing.
    """

    frequency_sigma_hz: npt.NDArray[np.float64]
    number_probability: npt.NDArray[np.float64]


def measure_spacing(
    guess: Spacing,
    residual: Residual,
    frequency_hz: npt.NDArray[np.float64],
    lines_hz: Sequence[Sequence[float]],
    *,
    pieces: int,
) -> tuple[Spacing, Certainty]:
    """Spacing, offset and harmonics as the spectra have them, where a detector says that there are some.

    Parameters
    ----------
    guess
        Spacing and offset of each slot, NaN where there is none: where is looked.
    residual
        dB above the background, shape (channel, slot, frequency), NaN slots left aside.
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    lines_hz
        Lines of each channel that stand still, Hz: they are left out.
    pieces
        Of the background's spline, see `iar.spectra.background.residual_db`.

    Returns
    -------
    Spacing of the slots in which at least two harmonics are seen, and how sure the harmonics are. Harmonics are those
    that the spectra show: of a depth of three of its standard errors, over half an hour, and in a track.
    """
    slots = np.flatnonzero(np.isfinite(guess.delta_f_hz) & np.isfinite(guess.phi))
    coils = take_coils(residual[:, slots], frequency_hz, lines_hz, pieces=pieces)
    refined = refine_ladder(coils, slots, guess.delta_f_hz[slots], guess.phi[slots], frequency_hz)
    if refined is None:
        return no_spacing(len(guess.phi)), _nothing_sure(guess)
    f_n, f_sigma_hz = refined.frequency_hz()
    seen = refined.depth_db >= SEEN_SIGMAS * refined.depth_sigma_db
    seen &= refined.reach >= LEAST_REACH
    seen &= (f_n >= frequency_hz[0]) & (f_n <= frequency_hz[-1])
    spacing, sure = no_spacing(len(guess.phi)), _nothing_sure(guess)
    spacing.delta_f_hz[slots] = np.exp(refined.frame.log_spacing)
    spacing.frequency_hz[slots] = np.where(seen, f_n, np.nan)
    spacing.frequency_hz[:] = link_tracks(spacing.frequency_hz, spacing.delta_f_hz)
    counted = np.isfinite(spacing.frequency_hz).sum(axis=1)
    spacing.harmonics[slots] = counted[slots]
    spacing.delta_f_sigma_hz[slots] = spacing.delta_f_hz[slots] * np.sqrt(refined.covariance[:, 0, 0])
    spacing.phi[slots] = refined.frame.offset
    spacing.confidence[slots] = expit(AGREED_BY + AGREED_FOR * guess.confidence[slots])
    sure.frequency_sigma_hz[slots] = f_sigma_hz
    sure.number_probability[slots] = number_probability(refined)
    few = counted < MIN_HARMONICS
    for values in (*vars(spacing).values(), *vars(sure).values()):
        values[few] = np.nan
    sure.frequency_sigma_hz[np.isnan(spacing.frequency_hz)] = np.nan
    return spacing, sure


def number_probability(refined: Refined) -> npt.NDArray[np.float64]:
    """Probability in each slot that the night's offset lies within the spacing that the numbering allows."""
    sigma = np.sqrt(refined.covariance[:, 1, 1] + refined.crest_sigma**2)
    below = float(np.median(refined.frame.offset)) - LOWEST_OFFSET
    return np.asarray(ndtr(below / sigma) - ndtr((below - 1) / sigma))


def _nothing_sure(guess: Spacing) -> Certainty:
    return Certainty(np.full(guess.frequency_hz.shape, np.nan), np.full(guess.phi.shape, np.nan))
