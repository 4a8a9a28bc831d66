"""Drift: how the last week differs from the four weeks before, in background and in how often there are fringes.

A coil that ages, an amplifier that was exchanged or a new source of interference moves the background of one channel;
a network that no longer fits, or a filter that was changed, moves the share of nights with fringes. Both change by
nature, too: what is reported is a reason to look.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from iar.archive.reader import Reader
from iar.errors import DamagedArchiveError
from iar.night import night_range
from iar.spectra.background import DEAD_PT
from iar.stages.station import station_dark

RECENT, BEFORE = dt.timedelta(days=7), dt.timedelta(days=28)
"""Nights that are looked at, and those right before, to which they are compared."""
LEAST_RECENT, LEAST_BEFORE = 3, 10
"""Nights with data on either side without which nothing is compared."""
MOST_P = 0.01
"""Probability of so different a share of nights with fringes by chance alone, below which it is reported."""

Levels = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Occurrence:
    """Nights with fringes, and nights with data, in the last week and in the weeks before."""

    fringes: int
    nights: int
    fringes_before: int
    nights_before: int

    @property
    def p(self) -> float:
        """Probability of shares at least as different by chance alone: Fisher's exact test, two-sided; 1 of too few."""
        if self.nights < LEAST_RECENT or self.nights_before < LEAST_BEFORE:
            return 1.0
        table = np.array(
            [
                [self.fringes, self.nights - self.fringes],
                [self.fringes_before, self.nights_before - self.fringes_before],
            ]
        )
        return float(scipy.stats.fisher_exact(table).pvalue)

    def __str__(self) -> str:
        """Tell it: ``fringes in 1 of 7 nights, in 20 of 28 before``."""
        now, before = f"{self.fringes} of {self.nights}", f"{self.fringes_before} of {self.nights_before}"
        return f"fringes in {now} nights, in {before} before"


@dataclass(frozen=True)
class Drift:
    """Difference of the nights up to `last` from those before.

    `background_db` is that of the background by channel, dB; None where there are too few nights.
    """

    last: dt.date
    background_db: dict[str, float | None]
    occurrence: Occurrence

    def findings(self, *, limit_db: float) -> list[str]:
        """What has moved too far, in words; none if all is as it was."""
        moved = {name: db for name, db in self.background_db.items() if db is not None and abs(db) > limit_db}
        findings = [
            f"background of {name} moved by {db:+.1f} dB in the week to {self.last}" for name, db in moved.items()
        ]
        if self.occurrence.p < MOST_P:
            findings.append(
                f"{self.occurrence}, in the week to {self.last}: by chance with p = {self.occurrence.p:.2g}"
            )
        return findings


def find_drift(archive: Reader, today: dt.date | None = None) -> Drift | None:
    """Drift up to the last night whose spectra are sealed; None if there is no such night.

    Nights after `today`, whose times are wrong, do not count, nor does a night that cannot be read: who looks for
    damage tells of it.
    """
    nights = [night for night in archive.nights() if today is None or night <= today]
    last = next((night for night in reversed(nights) if archive.look(night).is_sealed("spectra")), None)
    if last is None:
        return None
    recent = night_range(last - RECENT + dt.timedelta(days=1), last)
    before = night_range(last - RECENT - BEFORE + dt.timedelta(days=1), last - RECENT)
    shift = background_shift_db(_levels(archive, recent), _levels(archive, before))
    return Drift(
        last,
        {name: None if np.isnan(db) else float(db) for name, db in zip(archive.channels, shift, strict=True)},
        Occurrence(*_fringe_nights(archive, recent), *_fringe_nights(archive, before)),
    )


def background_shift_db(recent: Levels, before: Levels) -> Levels:
    """Difference of background in dB by channel, shape (channel,); NaN where too few nights have data.

    Parameters
    ----------
    recent, before
        Levels of nights in dB, shape (night, channel, frequency), NaN without data. Medians over nights leave storms
        out, that over frequencies the lines of a new interference: that is for the verdicts.
    """
    shift = np.full(recent.shape[1], np.nan)
    for channel in range(recent.shape[1]):
        new, old = (_with_data(levels[:, channel]) for levels in (recent, before))
        if len(new) >= LEAST_RECENT and len(old) >= LEAST_BEFORE:
            shift[channel] = np.median(np.median(new, axis=0) - np.median(old, axis=0))
    return shift


def _with_data(levels: Levels) -> Levels:
    return levels[np.isfinite(levels).all(axis=-1)]


def _levels(archive: Reader, nights: Sequence[dt.date]) -> Levels:
    """Median density over the dark slots of each night, dB above 1 pT/sqrt(Hz), shape (night, channel, frequency)."""
    levels = np.full((len(nights), len(archive.channels), len(archive.frequency_hz)), np.nan)
    for place, night in enumerate(nights):
        if archive.look(night).is_sealed("spectra"):
            levels[place] = _night_level(archive, night)
    return levels


def _night_level(archive: Reader, night: dt.date) -> Levels:
    try:
        density = archive.read(night, "spectra/density")[:, station_dark(archive.station, night)]
    except DamagedArchiveError:
        return np.full((len(archive.channels), len(archive.frequency_hz)), np.nan)
    level = np.full((density.shape[0], density.shape[2]), np.nan)
    for channel, values in enumerate(density):
        slots = values[np.isfinite(values).all(axis=-1)]
        if len(slots):
            level[channel] = 20 * np.log10(np.maximum(np.median(slots, axis=0), DEAD_PT))
    return level


def _fringe_nights(archive: Reader, nights: Sequence[dt.date]) -> tuple[int, int]:
    """Nights with fringes, and nights with data among those that have a verdict."""
    seals = [seal for night in nights for seal in [archive.look(night).stages.get("fringes")] if seal is not None]
    verdicts = [str(seal.note["name"]) for seal in seals if "name" in seal.note]
    return verdicts.count("fringes"), sum(name != "no_data" for name in verdicts)
