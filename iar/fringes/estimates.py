"""All that is estimated of a night's spacing: where ridges and the matched filter say, measured on the spectra."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.fringes.autocorrelation import Autocorrelation, autocorrelation_spacing
from iar.fringes.fusion import fuse_spacing
from iar.fringes.interference import standing_lines
from iar.fringes.matched import Matched, matched_spacing
from iar.fringes.measuring import Certainty, measure_spacing
from iar.fringes.residual import Residual, joined_residual
from iar.fringes.ridges import find_ridges
from iar.fringes.spacing import Spacing, fit_spacing

OTHERS = ("matched_delta_f_hz", "matched_score", "autocorrelation_delta_f_hz", "autocorrelation")
"""What is kept beside the answer: the estimators that need no network."""
SURE = tuple(Certainty.__dataclass_fields__)
"""And how sure the harmonics are."""


@dataclass(frozen=True)
class Estimates:
    """Of each slot: `spacing`, the answer, and what else is said of it, to compare with."""

    spacing: Spacing
    matched: Matched
    autocorrelation: Autocorrelation
    certainty: Certainty

    def arrays(self) -> dict[str, npt.NDArray[np.float64]]:
        """Each result by its name in the archive, shape (slot,) or (slot, harmonic)."""
        others = (
            self.matched.reported_hz, self.matched.score, self.autocorrelation.delta_f_hz,
            self.autocorrelation.coefficient,
        )  # fmt: skip
        return vars(self.spacing) | vars(self.certainty) | dict(zip(OTHERS, others, strict=True))


def estimate_spacing(  # noqa: PLR0913 - what a night has, and what is looked for
    ridge_hz: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64],
    residual: Residual,
    frequency_hz: npt.NDArray[np.float64],
    *,
    pieces: int,
    min_spacing_hz: float,
    max_spacing_hz: float,
) -> Estimates:
    """Estimate the spacing of consecutive slots.

    Parameters
    ----------
    ridge_hz, weight
        From `iar.fringes.ridges.find_ridges`: Hz and probability, shape (slot, ridge), NaN where there is none.
    residual
        dB above the background, shape (channel, slot, frequency), NaN where a channel has no samples.
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    pieces
        Of the background's spline, see `iar.spectra.background.residual_db`.
    min_spacing_hz, max_spacing_hz
        Range of spacings, Hz.
    """
    lines_hz = [standing_lines(one, frequency_hz) for one in residual]
    ladder = fit_spacing(ridge_hz, weight, min_spacing_hz=min_spacing_hz, max_spacing_hz=max_spacing_hz)
    matched = matched_spacing(
        joined_residual(residual, frequency_hz, lines_hz), frequency_hz, min_spacing_hz=min_spacing_hz,
        max_spacing_hz=max_spacing_hz,
    )  # fmt: skip
    autocorrelation = autocorrelation_spacing(
        joined_residual(residual, frequency_hz), frequency_hz, min_spacing_hz=min_spacing_hz,
        max_spacing_hz=max_spacing_hz,
    )  # fmt: skip
    guess = fuse_spacing(ladder, matched, ridge_hz)
    spacing, certainty = measure_spacing(guess, residual, frequency_hz, lines_hz, pieces=pieces)
    return Estimates(spacing, matched, autocorrelation, certainty)


def estimate_night(  # noqa: PLR0913 - what a night has, and what is looked for
    probability: npt.NDArray[np.float32],
    residual: Residual,
    dark: npt.NDArray[np.bool_],
    frequency_hz: npt.NDArray[np.float64],
    *,
    threshold: float,
    pieces: int,
    min_spacing_hz: float,
    max_spacing_hz: float,
) -> Estimates:
    """Estimate the spacing in the dark part of a night.

    Parameters
    ----------
    probability
        Of fringe, shape (slot, frequency), NaN where there is no data.
    residual
        dB above the background, shape (channel, slot, frequency), NaN where a channel has no samples.
    dark
        Slots in which fringes are looked for, shape (slot,).
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    threshold
        Probability that a ridge reaches at its crest.
    pieces
        Of the background's spline, see `iar.spectra.background.residual_db`.
    min_spacing_hz, max_spacing_hz
        Range of spacings, Hz.

    Returns
    -------
    Of all slots of the night, NaN outside the dark part.

    Raises
    ------
    ValueError
        If the probability lies on another grid than the residual.
    """
    if probability.shape != residual.shape[1:] or probability.shape != (len(dark), len(frequency_hz)):
        raise ValueError(
            f"probability of shape {probability.shape} and residual of shape {residual.shape} do not lie on the "
            f"grid of {len(dark)} slots and {len(frequency_hz)} frequencies"
        )
    there = np.flatnonzero(dark)
    searched = slice(there[0], there[-1] + 1) if len(there) else slice(None)  # the rest would only take time
    lit = ~dark[searched, None]
    ridge_hz, weight = find_ridges(np.where(lit, np.nan, probability[searched]), frequency_hz, threshold=threshold)
    estimates = estimate_spacing(
        ridge_hz, weight, np.where(lit, np.nan, residual[:, searched]), frequency_hz,
        pieces=pieces, min_spacing_hz=min_spacing_hz, max_spacing_hz=max_spacing_hz,
    )  # fmt: skip
    return Estimates(*(_over_the_night(part, searched, len(dark)) for part in vars(estimates).values()))


def _over_the_night(part: Any, searched: slice, slots: int) -> Any:
    """Spacing, Matched or Autocorrelation of the slots `searched`, as one of all slots."""
    whole = dict(vars(part))
    for name, values in vars(part).items():
        if isinstance(values, np.ndarray):
            whole[name] = np.full((slots, *values.shape[1:]), np.nan)
            whole[name][searched] = values
    return type(part)(**whole)
