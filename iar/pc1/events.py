"""Pc1 events: pixels above the ambient spectrum, grouped by their overlap in time and frequency.

After Bortnik et al. 2007 (doi:10.1029/2006JA011900), on the spectra of a night. The ambient spectrum of a frequency is
its median over the night; that of a slot, its background. Both coils have to show an event, which a machine's line
seldom does. Fringes stand above the ambient spectrum, too: what follows them is no event, nor are bands of a fan.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from iar.fringes.residual import Residual
from iar.fringes.spacing import Spacing

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SMOOTHED = 5
"""Slots, and bins, over which levels are averaged: scatter is 0.5 dB then."""
LOUD_DB, LEAST_DB = 20.0, -10.0
"""What is louder or fainter than this in a pixel counts no more than this."""
PEAK_DB, FLANK_DB, EACH_DB = 3.2, 1.9, 0.8
"""Level over the ambient spectrum that an event reaches, that its pixels have, and that they have in each coil."""
LEAST_SLOTS = 4
WIDEST_HZ = 1.0
ON_FAN = 0.25
"""Median distance from the nearest harmonic, in spacings, below which an event is one."""
FAN_BANDS = 3
"""Other events at the same time from which they are bands of a fan, or of a comb."""
NEAR_SLOTS = 18
"""Slots without a spacing that are taken for fringes as those beside them, half an hour."""


@dataclass(frozen=True)
class Event:
    """One event: slots `first` to `last`, and its pixels; `peak_db` over the ambient spectrum.

    `pixels` (slot, frequency) from the corner at `first` and the bin `low`; `frequency_hz` of each slot, by level.
    """

    first: int
    low: int
    pixels: Mask
    peak_db: float
    frequency_hz: Values

    @property
    def last(self) -> int:
        """Last slot that it is in."""
        return self.first + len(self.pixels) - 1


def find_events(residual: Residual, frequency_hz: Values, spacing: Spacing) -> list[Event]:
    """Events of a night, in order of time.

    Parameters
    ----------
    residual
        dB above the background, shape (channel, slot, frequency), NaN where there are no samples.
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    spacing
        Of the fringes that were found.
    """
    level_db, least_db = levels(residual)
    labels, _ = scipy.ndimage.label((level_db >= FLANK_DB) & (least_db >= EACH_DB), structure=np.ones((3, 3)))
    events = [
        _event(labels[slots, bins] == number, (slots, bins), level_db[slots, bins], frequency_hz)
        for number, (slots, bins) in enumerate(scipy.ndimage.find_objects(labels), start=1)
    ]
    step_hz = float(frequency_hz[1] - frequency_hz[0])
    events = [one for one in events if _is_event(one, step_hz)]
    events = [one for one in events if not _follows(one, spacing)]
    return [one for one in events if _beside(one, events) < FAN_BANDS]


def levels(residual: Residual) -> tuple[Values, Values]:
    """Level over the ambient spectrum, dB, of both coils together, and of the fainter: (slot, frequency)."""
    there = np.isfinite(residual)
    known = np.where(there, np.clip(residual, LEAST_DB, LOUD_DB), np.nan)
    some = there.any(axis=1, keepdims=True)
    ambient_db = np.nanmedian(np.where(some, known, 0), axis=1, keepdims=True)
    above = scipy.ndimage.uniform_filter(np.where(there, known - ambient_db, 0), (1, SMOOTHED, SMOOTHED))
    count = np.maximum(scipy.ndimage.uniform_filter(there.astype(float), (1, SMOOTHED, SMOOTHED)), 1 / SMOOTHED)
    above = np.where(there, above / count, np.nan)
    nothing = ~there.any(axis=0)
    mean_db = np.where(there, above, 0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    least_db = np.where(there, above, np.inf).min(axis=0)
    return np.where(nothing, 0, mean_db), np.where(nothing, 0, least_db)


def _event(pixels: Mask, place: tuple[slice, slice], level_db: Values, frequency_hz: Values) -> Event:
    weight = np.where(pixels, level_db, 0)
    middle_hz = (weight @ frequency_hz[place[1]]) / np.maximum(weight.sum(axis=1), 1e-9)
    return Event(place[0].start, place[1].start, pixels, float(level_db[pixels].max()), middle_hz)


def _is_event(one: Event, step_hz: float) -> bool:
    """Whether it is high, long and narrow enough."""
    width_hz = float(np.median(one.pixels.sum(axis=1))) * step_hz
    return one.peak_db >= PEAK_DB and len(one.pixels) >= LEAST_SLOTS and width_hz <= WIDEST_HZ


def _follows(one: Event, spacing: Spacing) -> bool:
    """Whether an event lies on harmonics of the fringes that were found at its time."""
    known = np.flatnonzero(np.isfinite(spacing.delta_f_hz))
    slots = np.arange(one.first, one.last + 1)
    if not len(known):
        return False
    near = known[np.abs(known - slots[:, None]).argmin(axis=1)]
    beside = np.abs(near - slots) <= NEAR_SLOTS
    if not beside.any():
        return False
    delta_f_hz, middle_hz = spacing.delta_f_hz[near], one.frequency_hz
    seen = np.abs(spacing.frequency_hz[near] - middle_hz[:, None]) / delta_f_hz[:, None]
    order = middle_hz / delta_f_hz - spacing.phi[near]
    away = np.minimum(np.where(np.isnan(seen), np.inf, seen).min(axis=1), np.abs(order - np.rint(order)))
    return bool(np.median(away[beside]) < ON_FAN)


def _beside(one: Event, events: list[Event]) -> float:
    """How many other events there are at its time, in the median of its slots."""
    count = np.zeros(len(one.pixels))
    for other in events:
        if other is not one:
            count[max(other.first - one.first, 0) : max(other.last + 1 - one.first, 0)] += 1
    return float(np.median(count))
