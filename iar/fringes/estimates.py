"""All that is estimated of a night's spacing: by ridges, by the matched filter, by both, by autocorrelation."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.fringes.autocorrelation import Autocorrelation, autocorrelation_spacing
from iar.fringes.fusion import fuse_spacing
from iar.fringes.interference import standing_lines
from iar.fringes.matched import Matched, matched_spacing
from iar.fringes.residual import Residual, joined_residual
from iar.fringes.spacing import Spacing, fit_spacing


@dataclass(frozen=True)
class Estimates:
    """Of each slot: `spacing`, the answer, and what else is said of it, to compare with."""

    spacing: Spacing
    matched: Matched
    autocorrelation: Autocorrelation

    def arrays(self) -> dict[str, npt.NDArray[np.float64]]:
        """Each result by its name in the archive, shape (slot,) or (slot, harmonic)."""
        return vars(self.spacing) | {
            "matched_delta_f_hz": self.matched.reported_hz,
            "matched_score": self.matched.score,
            "autocorrelation_delta_f_hz": self.autocorrelation.delta_f_hz,
            "autocorrelation": self.autocorrelation.coefficient,
        }


def estimate_spacing(
    ridge_hz: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64],
    residual: Residual,
    frequency_hz: npt.NDArray[np.float64],
    *,
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
    return Estimates(fuse_spacing(ladder, matched), matched, autocorrelation)
