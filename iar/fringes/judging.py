"""The one judge of a night: from what a detector found to its spacing and verdict.

The nights of an archive and the frozen ones that networks are evaluated on come before the same judge, so a network is
chosen by what it will say at night.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from iar.detection.inference import unpack_probability
from iar.fringes.estimates import Estimates, estimate_night
from iar.fringes.interference import find_combs
from iar.fringes.residual import Residual
from iar.fringes.spacing import Spacing, fit_spacing
from iar.fringes.verdict import Verdict, judge_night
from iar.spectra.background import carried_bins, residual_db
from iar.spectra.grid import pieces_over

LEAST_BAND_HZ = 4.0
"""Width of the band that fringes are looked for in, at least."""


@dataclass(frozen=True)
class Rules:
    """What is looked for, and from where on it counts: the numbers of `iar.settings.FringeSettings`.

    `spline_pieces` of the background over 10 Hz; `min_spacing_hz` and `max_spacing_hz`, Hz; `min_effort` of the dark
    part, 0 to 1, and `min_slots` with a spacing: see `iar.fringes.verdict.judge_night`.
    """

    spline_pieces: int
    min_spacing_hz: float
    max_spacing_hz: float
    min_effort: float
    min_slots: int


@dataclass(frozen=True)
class Measured:
    """What was measured of a night.

    `density` pT/sqrt(Hz), shape (channel, slot, frequency), NaN where there are no samples; `effort` of each channel,
    0 to 1, shape (channel, slot); `dark` slots in which fringes are looked for, shape (slot,); `frequency_hz`, equally
    spaced, shape (frequency,); `channels` their names; `no_dark` the reason where no slot is dark.
    """

    density: npt.NDArray[np.float32]
    effort: npt.NDArray[np.float32] | npt.NDArray[np.bool_]
    dark: npt.NDArray[np.bool_]
    frequency_hz: npt.NDArray[np.float64]
    channels: tuple[str, ...]
    no_dark: str = "no slot is dark"

    @property
    def carried(self) -> "Measured":
        """The same without the frequencies at the end that no slot has."""
        bins = carried_bins(self.density)
        return replace(self, density=self.density[..., :bins], frequency_hz=self.frequency_hz[:bins])

    @property
    def too_narrow(self) -> bool:
        """Whether the frequencies are too few for a fan: three fringes of most nights would not fit in."""
        return bool(self.frequency_hz[-1] - self.frequency_hz[0] < LEAST_BAND_HZ)

    def pieces(self, rules: Rules) -> int:
        """Pieces of the background's spline."""
        return pieces_over(self.frequency_hz, pieces_per_10_hz=rules.spline_pieces)

    def residual(self, rules: Rules) -> Residual:
        """Height of each channel above its background, dB, shape (channel, slot, frequency)."""
        if self.too_narrow:  # nothing is looked for, and nothing found
            return np.full_like(self.density, np.nan)
        return residual_db(self.density, pieces=self.pieces(rules))


def judge_probability(
    packed: npt.NDArray[np.uint8], night: Measured, *, threshold: float, rules: Rules
) -> tuple[Estimates, Verdict]:
    """All estimates of the spacing, and the verdict, from a network's probability.

    Parameters
    ----------
    packed
        As the archive keeps it, see `iar.detection.inference.pack_probability`: shape (slot, frequency).
    threshold
        Probability that a ridge reaches at its crest.

    Raises
    ------
    ValueError
        If the probability lies on another grid than the density.
    """
    if packed.shape != night.density.shape[1:]:
        raise ValueError(f"probability of shape {packed.shape}, density of shape {night.density.shape}: another grid")
    night = night.carried
    residual = night.residual(rules)
    estimates = estimate_night(
        unpack_probability(packed[:, : len(night.frequency_hz)]),
        residual,
        night.dark,
        night.frequency_hz,
        threshold=threshold,
        pieces=night.pieces(rules),
        min_spacing_hz=rules.min_spacing_hz,
        max_spacing_hz=rules.max_spacing_hz,
    )
    return estimates, _verdict(estimates.spacing, residual, night, rules)


def judge_lines(
    line_hz: npt.NDArray[np.float64], weight: npt.NDArray[np.float64], night: Measured, *, rules: Rules
) -> tuple[Spacing, Verdict]:
    """Spacing and verdict from the lines of a detector without probabilities, which nothing helps.

    Parameters
    ----------
    line_hz, weight
        Hz, and 0 to 1, as `iar.fringes.spacing.fit_spacing` wants them: shape (slot, line), all slots of the night.
    """
    night = night.carried
    if night.too_narrow:
        line_hz, weight = np.full_like(line_hz, np.nan), np.full_like(weight, np.nan)
    spacing = fit_spacing(line_hz, weight, min_spacing_hz=rules.min_spacing_hz, max_spacing_hz=rules.max_spacing_hz)
    return spacing, _verdict(spacing, night.residual(rules), night, rules)


def _verdict(spacing: Spacing, residual: Residual, night: Measured, rules: Rules) -> Verdict:
    if not night.dark.any():
        return Verdict("no_data", night.no_dark)
    if night.too_narrow:  # more of it would change nothing
        carried = f"the samples carry {night.frequency_hz[0]:.1f} to {night.frequency_hz[-1]:.1f} Hz"
        return Verdict("no_fringes", f"{carried}: fringes are looked for in a band of at least {LEAST_BAND_HZ:g} Hz")
    if night.effort[:, night.dark].any() and np.isnan(night.density[:, night.dark]).all():
        band = f"{night.frequency_hz[0]:.1f} to {night.frequency_hz[-1]:.1f} Hz"
        return Verdict(
            "no_fringes", f"no density from {band}: samples at that rate carry nothing there, or a coil is missing"
        )
    return judge_night(
        spacing.delta_f_hz[night.dark],
        find_combs(residual, night.dark, night.channels, night.frequency_hz),
        float(night.effort[:, night.dark].max(axis=0).mean()),
        min_effort=rules.min_effort,
        min_slots=rules.min_slots,
    )
