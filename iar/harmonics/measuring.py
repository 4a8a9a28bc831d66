"""All that is measured of a night's harmonics beside their frequencies."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import digamma

from iar.fringes.interference import standing_lines
from iar.fringes.judging import Measured, Rules
from iar.fringes.picture import take_coils
from iar.fringes.shifts import over_time
from iar.fringes.spacing import Spacing
from iar.harmonics.crests import Crests, frame_of, measure_crests
from iar.harmonics.fan import Edge, Fan, fan_depth, fan_edges, seen_teeth
from iar.harmonics.width import width_share
from iar.night import HARMONICS
from iar.spectra.background import DEAD_PT

Values = npt.NDArray[np.float64]
Slots = npt.NDArray[np.intp]

LEAST_SLOTS = 9
"""Slots with a spacing, fewer of which tell no shape."""


@dataclass(frozen=True)
class Harmonics:
    """Of a night, NaN where there is nothing.

    Of each coil, (channel, slot, harmonic): `depth_db` from crest to trough with `depth_sigma_db`, `amplitude_pt` of
    what stands above the trough at the crest, pT/sqrt(Hz). `width_hz` full width at half power, (slot, harmonic).
    Of the fan in each slot, (slot,): `low_hz` and `high_hz` of its lowest and highest harmonic that is seen, `count`
    how many are, those above the twelfth too, `fan_depth_db` with `fan_depth_sigma_db`.
    """

    depth_db: Values
    depth_sigma_db: Values
    amplitude_pt: Values
    width_hz: Values
    low_hz: Values
    high_hz: Values
    count: Values
    fan_depth_db: Values
    fan_depth_sigma_db: Values


def no_harmonics(channels: int, slots: int) -> Harmonics:
    """Harmonics of a night in which there are none."""
    of_coil = dict.fromkeys(("depth_db", "depth_sigma_db", "amplitude_pt"), (channels, slots, HARMONICS))
    of_slot = dict.fromkeys(("low_hz", "high_hz", "count", "fan_depth_db", "fan_depth_sigma_db"), (slots,))
    shapes = {**of_coil, "width_hz": (slots, HARMONICS), **of_slot}
    return Harmonics(**{name: np.full(shape, np.nan) for name, shape in shapes.items()})


def measure_harmonics(
    seen: Measured, spacing: Spacing, rules: Rules, *, averages: float, window_slots: int
) -> Harmonics:
    """Harmonics of a night, where its spacing says that they were seen.

    Parameters
    ----------
    seen
        What was measured of the night, as its judge saw it; standing lines are left out.
    spacing
        Of each slot, with the frequencies of its harmonics.
    rules
        By which it was judged.
    averages
        Independent spectra in a slot.
    window_slots
        Slots that each depth is averaged over.
    """
    seen, found = seen.carried, no_harmonics(*seen.density.shape[:2])
    slots = np.flatnonzero(np.isfinite(spacing.delta_f_hz))
    if len(slots) < LEAST_SLOTS:
        return found
    frame, residual = frame_of(spacing, slots), seen.residual(rules)
    lines_hz = [standing_lines(one, seen.frequency_hz) for one in residual[:, seen.dark]]
    coils = take_coils(residual[:, slots], seen.frequency_hz, lines_hz, pieces=seen.pieces(rules))
    crests = measure_crests(coils, frame, slots, seen.frequency_hz, window_slots=window_slots)
    spline_db = 20 * np.log10(np.maximum(seen.density[:, slots], DEAD_PT)) - residual[:, slots]
    logarithm_db = 10 / np.log(10) * (digamma(averages) - np.log(averages))  # of a mean, less the mean of logarithms
    background_db = spline_db + crests.smooth_db - logarithm_db
    _fill_harmonics(found, crests, background_db, spacing, slots, seen.frequency_hz, window_slots)
    found.fan_depth_db[slots], found.fan_depth_sigma_db[slots] = fan_depth(crests, slots)
    there = seen_teeth(crests, slots, np.isfinite(spacing.frequency_hz[slots]))
    _fill_fan(found, frame.crest_hz(), there, slots)
    return found


def night_edges(found: Harmonics, seen: Measured) -> tuple[Edge, Edge]:
    """When the fan of a night begins and ends."""
    slots = np.flatnonzero(np.isfinite(found.fan_depth_db))
    looked = seen.dark & np.isfinite(seen.density[:, :, 0]).any(axis=0)
    return fan_edges(Fan(found.fan_depth_db[slots], found.fan_depth_sigma_db[slots], slots, looked, seen.dark))


def _fill_harmonics(  # noqa: PLR0913, PLR0917 - what a night has
    found: Harmonics,
    crests: Crests,
    background_db: Values,
    spacing: Spacing,
    slots: Slots,
    frequency_hz: Values,
    window_slots: int,
) -> None:
    """Fill what belongs to harmonics: where they were seen, and in a coil that has samples."""
    for harmonic in range(min(HARMONICS, crests.depth_db.shape[2] - 1)):
        f_n = spacing.frequency_hz[slots, harmonic]
        shape, depth_db = crests.shapes[harmonic + 1], crests.depth_db[:, :, harmonic + 1]
        share = width_share(shape, depth_db[crests.better])
        found.width_hz[slots, harmonic] = np.where(np.isfinite(f_n), share * spacing.delta_f_hz[slots], np.nan)
        under_db = _along(background_db, f_n, frequency_hz, slots, window_slots)
        counts = np.isfinite(f_n) & np.isfinite(background_db[:, :, 0])
        amplitude_pt = _amplitude_pt(under_db, depth_db, float(shape.height.max()) / max(shape.height_db, 1e-9))
        sigma_db = crests.depth_sigma_db[:, :, harmonic + 1]
        for name, values in (("depth_db", depth_db), ("depth_sigma_db", sigma_db), ("amplitude_pt", amplitude_pt)):
            getattr(found, name)[:, slots, harmonic] = np.where(counts, values, np.nan)


def _along(background_db: Values, f_n: Values, frequency_hz: Values, slots: Slots, window_slots: int) -> Values:
    """Background at the frequency `f_n` (slot,) of a harmonic, mean over the window: (channel, slot), NaN without."""
    step_hz = frequency_hz[1] - frequency_hz[0]
    place = np.clip(np.rint((np.nan_to_num(f_n) - frequency_hz[0]) / step_hz), 0, len(frequency_hz) - 1)
    level_db = background_db[:, np.arange(len(f_n)), place.astype(np.intp)]
    there = np.isfinite(level_db) & np.isfinite(f_n)
    total = over_time(np.where(there, level_db, 0).T, slots, window_slots).T
    count = over_time(there.T.astype(np.float64), slots, window_slots).T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(count > 0.5, total / count, np.nan))


def _amplitude_pt(background_db: Values, depth_db: Values, above: float) -> Values:
    """Density of what stands above the trough at a crest, whose share `above` of the depth is over the background."""
    deep_db = np.maximum(depth_db, 0)
    crest_db = background_db + above * deep_db
    return np.asarray(np.sqrt(10 ** (crest_db / 10) - 10 ** ((crest_db - deep_db) / 10)))


def _fill_fan(found: Harmonics, crest_hz: Values, there: npt.NDArray[np.bool_], slots: Slots) -> None:
    """Fill what belongs to the fan of a slot, from where its teeth are, (slot, tooth), and which are seen."""
    f_n = np.where(there, crest_hz[:, : there.shape[1]], np.nan)
    seen = there.any(axis=1)
    found.low_hz[slots[seen]] = np.nanmin(f_n[seen], axis=1)
    found.high_hz[slots[seen]] = np.nanmax(f_n[seen], axis=1)
    found.count[slots] = there.sum(axis=1)
