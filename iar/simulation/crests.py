"""Crests of a simulated fan as its noise-free spectra have them: how deep and wide each is, when the fan is there.

The level of a coil is its power over what it were without the fringes; all that is said of a crest is said of that
level, with the definitions of the method. What a coil makes by itself fills troughs, and is in it.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy

from iar.simulation.density import Frequencies, Plane, power_parts
from iar.simulation.scenario import Scenario

Values = npt.NDArray[np.float64]

FINE_HZ: Frequencies = np.arange(0.02, 11.8, 0.01)
SEEN_HZ = (0.5, 10.5)
"""Band of the spectra: a trough beyond it is not seen."""
BAND_HZ = (0.6, 10.4)
"""Where the depth of a fan is looked for."""
HALF = 0.5
"""Depth of a fan that begins or ends, over that of its deepest hour."""
_NEAR = np.linspace(-1, 1, 161)
_HALF_BELOW, _HALF_ABOVE = 40, 120
"""Places of `_NEAR` where troughs are, about."""
_CREST = slice(68, 93)
"""Places of `_NEAR`, 0.15 spacings to either side, in which the crest is."""
_REACH = 64
"""Places, 0.8 spacings, to either side of the crest in which its trough is."""
_HOUR_SLOTS = 36


@dataclass(frozen=True)
class TrueCrests:
    """Depth, dB, full width at half power, Hz, and amplitude, pT/sqrt(Hz); all (channel, slot, harmonic)."""

    depth_db: Values
    width_hz: Values
    amplitude_pt: Values


def fringe_level_db(drawn: Scenario, slots: npt.NDArray[np.integer]) -> tuple[Plane, Plane]:
    """Level of the fringes at `FINE_HZ`, dB, and the power, pT^2/Hz, both of shape (channel, slot, frequency)."""
    power = power_parts(drawn, FINE_HZ).total()[:, slots]
    without = power_parts(replace(drawn, fringes=None), FINE_HZ).total()[:, slots]
    return 10 * np.log10(power / without), power


def true_crests(drawn: Scenario, slots: npt.NDArray[np.integer], frequency_hz: npt.NDArray[np.floating]) -> TrueCrests:
    """Crests near these frequencies, Hz, shape (slot, harmonic); NaN where there is none, as then in what comes back.

    Raises
    ------
    ValueError
        If no fringes were drawn.
    """
    if drawn.fringes is None:
        raise ValueError(f"night {drawn.night} was drawn without fringes: it has no crests")
    level_db, power = fringe_level_db(drawn, slots)
    spacing_hz = drawn.fringes.delta_f_hz[slots]
    found = np.full((3, len(level_db), *frequency_hz.shape), np.nan)
    for channel, slot, harmonic in np.ndindex(found.shape[1:]):
        if np.isfinite(frequency_hz[slot, harmonic]):
            around_hz = frequency_hz[slot, harmonic] + _NEAR * spacing_hz[slot]
            troughs = around_hz[_HALF_BELOW] >= SEEN_HZ[0], around_hz[_HALF_ABOVE] <= SEEN_HZ[1]
            depth_db, share, crest = _crest(np.interp(around_hz, FINE_HZ, level_db[channel, slot]), troughs)
            crest_power = np.interp(around_hz[crest], FINE_HZ, power[channel, slot])
            amplitude_pt = np.sqrt(crest_power * (1 - 10 ** (-depth_db / 10)))
            found[:, channel, slot, harmonic] = depth_db, share * spacing_hz[slot], amplitude_pt
    return TrueCrests(*found)


def _crest(profile: Values, seen: tuple[bool, bool]) -> tuple[float, float, int]:
    """Depth, dB, full width at half power, spacings, and place of the crest, of a profile at `_NEAR`.

    The depth is taken to the mean of the troughs below and above, or to that which is `seen`.
    """
    crest = _CREST.start + int(profile[_CREST].argmax())
    sides = profile[: crest + 1][::-1][:_REACH], profile[crest : crest + _REACH]
    trough_db = float(np.mean([side.min() for side, one in zip(sides, seen, strict=True) if one or not any(seen)]))
    half_db = 10 * np.log10((10 ** (profile[crest] / 10) + 10 ** (trough_db / 10)) / 2)
    places = sum(float(np.interp(-half_db, -np.minimum.accumulate(side), np.arange(len(side)))) for side in sides)
    return float(profile[crest]) - trough_db, places * float(_NEAR[1] - _NEAR[0]), crest


def true_edges(drawn: Scenario, dark: npt.NDArray[np.integer]) -> tuple[float, float]:
    """When the fan is first, and last, half as deep as in its deepest hour, in slots of the night.

    Parameters
    ----------
    dark
        Numbers of the slots that are looked at, without a hole between.

    Returns
    -------
    NaN where it is as deep at the border.
    """
    level_db, _ = fringe_level_db(drawn, dark)
    band = (BAND_HZ[0] < FINE_HZ) & (BAND_HZ[1] > FINE_HZ)
    depth_db = np.ptp(level_db[:, :, band], axis=2).max(axis=0)
    hour_db = scipy.ndimage.uniform_filter1d(depth_db, _HOUR_SLOTS, mode="nearest")
    half_db = HALF * float(hour_db.max())
    there = np.flatnonzero(depth_db >= half_db)
    return _crossed(depth_db, dark, int(there[0]), -1, half_db), _crossed(depth_db, dark, int(there[-1]), 1, half_db)


def _crossed(depth_db: Plane, dark: npt.NDArray[np.integer], at: int, step: int, half_db: float) -> float:
    """Where the depth crosses a level between the slot at the place `at` and its neighbour."""
    if not 0 < at < len(dark) - 1:
        return float("nan")
    fall_db = float(depth_db[at] - depth_db[at + step])
    return float(dark[at]) + 0.5 + step * (float(depth_db[at]) - half_db) / fall_db
