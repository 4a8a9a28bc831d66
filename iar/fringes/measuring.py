"""What is reported of a night's ladder once it was measured on the spectra."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from iar.fringes.picture import take_coils
from iar.fringes.refining import Refined, refine_ladder
from iar.fringes.residual import Residual
from iar.fringes.spacing import Spacing
from iar.fringes.tracks import link_tracks

SEEN_SIGMAS = 3.0
"""Depth of a harmonic, over half an hour, in its standard errors, from which it counts as seen."""


def measure_spacing(
    guess: Spacing,
    residual: Residual,
    frequency_hz: npt.NDArray[np.float64],
    lines_hz: Sequence[Sequence[float]],
    *,
    pieces: int,
) -> tuple[Spacing, Refined | None]:
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
    The guess with what was measured in place of what was guessed, and the ladder it comes from, None where there are
    too few slots. Harmonics are those that the spectra show: of a depth of three of its standard errors.
    """
    slots = np.flatnonzero(np.isfinite(guess.delta_f_hz) & np.isfinite(guess.phi))
    coils = take_coils(residual[:, slots], frequency_hz, lines_hz, pieces=pieces)
    refined = refine_ladder(coils, slots, guess.delta_f_hz[slots], guess.phi[slots], frequency_hz)
    if refined is None:
        nothing = np.full(guess.frequency_hz.shape, np.nan)
        return replace(guess, frequency_hz=nothing, harmonics=np.where(np.isfinite(guess.harmonics), 0, np.nan)), None
    f_n, _ = refined.frequency_hz()
    seen = refined.depth_db >= SEEN_SIGMAS * refined.depth_sigma_db
    seen &= (f_n >= frequency_hz[0]) & (f_n <= frequency_hz[-1])
    delta_f_hz = np.exp(refined.frame.log_spacing)
    every_hz = np.full(guess.frequency_hz.shape, np.nan)
    every_hz[slots] = np.where(seen, f_n, np.nan)
    measured = {name: values.copy() for name, values in vars(guess).items()}
    measured["delta_f_hz"][slots] = delta_f_hz
    measured["delta_f_sigma_hz"][slots] = delta_f_hz * np.sqrt(refined.covariance[:, 0, 0])
    measured["phi"][slots] = refined.frame.offset
    measured["frequency_hz"] = link_tracks(every_hz, measured["delta_f_hz"])
    measured["harmonics"] = np.where(
        np.isfinite(guess.delta_f_hz), np.isfinite(measured["frequency_hz"]).sum(axis=1), np.nan
    )
    return Spacing(**measured), refined
