"""The residual of both coils as one picture, weighed by how much of the fringes is in each.

A background that is fitted to a spectrum takes a share of its fringes with it, most of wide ones. Once a model of the
fringes is known, that share is put back; what stands still besides, such as the flanks of a Schumann resonance, is
taken out of the way: on a slope the highest point of a crest lies beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from iar.fringes.residual import LINE_HALF_WIDTH_BINS, Residual
from iar.spectra.background import background_projection

LOUD_DB = 10.0
"""What stands higher or lower than this counts no more than this."""
STILL_PIECES = 8
"""Pieces of the spline over the band that what stands still may follow: supple enough for a Schumann resonance."""
MIN_STILL_SLOTS = 9
LEAST_GAIN = 0.02

Plane = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Coils:
    """Residual of each coil, and what is known of it.

    `level_db` shape (channel, slot, frequency), 0 where there is none; `there` 1 where it counts, else 0: not in slots
    without data, nor within a standing line. `gain` is the share of the fringes in each coil, 1 in the better one,
    `still_db` what stands still beside them, shape (channel, frequency).
    """

    level_db: Plane
    there: Plane
    pieces: int
    gain: Plane = field(default_factory=lambda: np.ones(2, dtype=np.float32))
    still_db: Plane | float = 0.0

    @property
    def projection(self) -> Plane:
        """What the background that was taken away makes of a spectrum: shape (frequency, frequency)."""
        return background_projection(self.level_db.shape[2], self.pieces)


@dataclass(frozen=True)
class Picture:
    """Both coils in one: `level_db`, and the `weight` of each pixel in units of a good coil's; (slot, frequency)."""

    level_db: Plane
    weight: Plane


def take_coils(
    residual: Residual, frequency_hz: npt.NDArray[np.float64], lines_hz: Sequence[Sequence[float]], *, pieces: int
) -> Coils:
    """Coils before anything is known of the fringes.

    Parameters
    ----------
    residual
        dB above the background, shape (channel, slot, frequency), NaN slots left aside.
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    lines_hz
        Lines of each channel that stand still, Hz.
    pieces
        Of the spline that was taken away, see `iar.spectra.background.residual_db`.
    """
    there = np.isfinite(residual).astype(np.float32)
    reach_hz = (LINE_HALF_WIDTH_BINS + 0.6) * (frequency_hz[1] - frequency_hz[0])
    for one, lines in zip(there, lines_hz, strict=True):
        for line_hz in lines:
            one[:, np.abs(frequency_hz - line_hz) < reach_hz] = 0
    level_db = np.clip(np.nan_to_num(residual), -LOUD_DB, LOUD_DB)
    return Coils(level_db, there, pieces, np.ones(len(residual), dtype=np.float32))


def join_coils(coils: Coils, model_db: Plane) -> Picture:
    """One picture of both coils, with what the background took of a model of the fringes (slot, frequency) put back."""
    taken_db = model_db @ coils.projection
    total, weight = np.zeros_like(model_db), np.zeros_like(model_db)
    still_db = np.broadcast_to(coils.still_db, (len(coils.gain), model_db.shape[1]))
    for gain, level_db, there, still in zip(coils.gain, coils.level_db, coils.there, still_db, strict=True):
        total += gain * there * (level_db + gain * taken_db - still)
        weight += gain * gain * there
    return Picture(np.asarray(total / np.maximum(weight, 1e-4)), weight)


def learn_coils(coils: Coils, model_db: Plane) -> Coils:
    """Coils with the gains and the standing level that a model of the fringes (slot, frequency) leaves."""
    taken_db = model_db @ coils.projection
    left_db = model_db - taken_db
    gain = [
        np.vdot(there * left_db, level_db) / max(np.vdot(there * left_db, left_db), 1e-9)
        for level_db, there in zip(coils.level_db, coils.there, strict=True)
    ]
    share = np.maximum(np.array(gain) / max(*gain, 1e-9), LEAST_GAIN).astype(np.float32)
    still_db = np.stack([
        still_level(level_db - gain * left_db, there)
        for gain, level_db, there in zip(share, coils.level_db, coils.there, strict=True)
    ])  # fmt: skip
    return replace(coils, gain=share, still_db=still_db)


def still_level(level_db: Plane, there: Plane) -> Plane:
    """What stands still in a coil without its fringes, smooth over frequency: 0 where too few slots tell.

    Parameters
    ----------
    level_db, there
        Level without the fringes, dB, and 1 where it counts, else 0: shape (slot, frequency).

    Returns
    -------
    dB, shape (frequency,).
    """
    count = there.sum(axis=0)
    known = count > 0
    if count.max() < MIN_STILL_SLOTS:
        return np.zeros(len(count), dtype=np.float32)
    mean = (there * level_db).sum(axis=0)[known] / count[known]
    bins = np.arange(len(count))
    supple = background_projection(len(count), STILL_PIECES)
    return np.asarray(np.interp(bins, bins[known], mean) @ supple, dtype=np.float32)
