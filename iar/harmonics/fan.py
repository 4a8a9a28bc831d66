"""Where the fan of a slot begins and ends, and when the fan of a night does."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy

from iar.fringes.measuring import LEAST_REACH, SEEN_SIGMAS
from iar.fringes.shifts import over_time, reach_of
from iar.harmonics.crests import Crests

Values = npt.NDArray[np.float64]
Slots = npt.NDArray[np.intp]

STRENGTH_SLOTS = 9
"""Slots over which the depth of the fan is averaged."""
HOUR_SLOTS = 36
HALF = 0.5
"""Depth of a fan that begins or ends, over that of its deepest hour."""
SLOPE_SLOTS = 6
"""Slots to either side over which it is told how fast a fan comes or goes."""

Bound = Literal["seen", "border", "unknown"]
"""``border``: the fan is there at the border of the dark part; ``unknown``: samples are missing, or there is no fan."""


@dataclass(frozen=True)
class Edge:
    """When a fan begins or ends, in slots from the start of its night, and the standard error; NaN unless seen."""

    slot: float
    sigma: float
    bound: Bound


NO_EDGE = Edge(np.nan, np.nan, "unknown")


def seen_teeth(crests: Crests, slots: Slots, seen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Teeth that stand out in the better coil, and those that were `seen` before: (slot, tooth).

    Parameters
    ----------
    seen
        Harmonics from 1 on, shape (slot, harmonic).
    """
    depth_db, sigma_db = crests.depth_db[crests.better], crests.depth_sigma_db[crests.better]
    there = depth_db >= SEEN_SIGMAS * sigma_db
    there &= reach_of(np.maximum(depth_db, 0), sigma_db**2, slots) >= LEAST_REACH
    there[:, 0] = False
    known = min(seen.shape[1], there.shape[1] - 1)
    there[:, 1 : known + 1] |= seen[:, :known]
    return np.asarray(there)


def fan_depth(crests: Crests, slots: Slots) -> tuple[Values, Values]:
    """Depth of the fan in each slot, that of its deepest harmonic, dB, and its standard error; both (slot,).

    All harmonics of both coils together, each as deep beside the others as it is in the mean of the night.
    """
    usual = np.maximum(crests.depth_db.mean(axis=1), 0)
    usual /= max(float(usual.max()), 1e-9)
    along = sum(one.right @ depth for one, depth in zip(crests.sums, usual, strict=True))
    known = sum(
        np.einsum("shk,h,k->s", one.normal, depth, depth) for one, depth in zip(crests.sums, usual, strict=True)
    )
    total = over_time(np.column_stack([along, known]), slots, STRENGTH_SLOTS)
    known = np.maximum(total[:, 1], 1e-9)
    return total[:, 0] / known, np.sqrt(crests.variance / known)


@dataclass(frozen=True)
class Fan:
    """Depth of a night's fan, dB, with its standard error, in the slots that have one, rising: all (slot,).

    Of all slots of the night, `looked` says which are dark and have samples, `dark` which are dark.
    """

    depth_db: Values
    sigma_db: Values
    slots: Slots
    looked: npt.NDArray[np.bool_]
    dark: npt.NDArray[np.bool_]

    def turned(self) -> "Fan":
        """The same with time running backwards."""
        slots = len(self.dark) - 1 - self.slots[::-1]
        return Fan(self.depth_db[::-1], self.sigma_db[::-1], slots, self.looked[::-1], self.dark[::-1])


def fan_edges(fan: Fan) -> tuple[Edge, Edge]:
    """When the fan first is half as deep as in its deepest hour, and when it last is."""
    hour = scipy.ndimage.uniform_filter1d(fan.depth_db, HOUR_SLOTS, mode="nearest")
    half_db = HALF * float(hour.max(initial=0))
    if half_db <= 0 or not (fan.depth_db >= half_db).any():
        return NO_EDGE, NO_EDGE
    end = _onset(fan.turned(), half_db)
    return _onset(fan, half_db), Edge(len(fan.dark) - end.slot, end.sigma, end.bound)


def _onset(fan: Fan, half_db: float) -> Edge:
    """When the fan is first as deep as that."""
    at = int((fan.depth_db >= half_db).argmax())
    slot = int(fan.slots[at])
    if at and fan.slots[at - 1] == slot - 1:
        before_db, here_db = fan.depth_db[at - 1], fan.depth_db[at]
        crossed = slot + 0.5 - (here_db - half_db) / max(here_db - before_db, 1e-9)
        return Edge(crossed, _crossing_sigma(fan, at), "seen")
    if slot == 0 or not fan.dark[slot - 1]:
        return Edge(np.nan, np.nan, "border")
    if not fan.looked[slot - 1]:
        return NO_EDGE
    return Edge(float(slot), STRENGTH_SLOTS / np.sqrt(12), "seen")


def _crossing_sigma(fan: Fan, at: int) -> float:
    """Standard error of a crossing, slots: by the slope there, at most an hour."""
    near = np.abs(fan.slots - fan.slots[at]) <= SLOPE_SLOTS
    away = fan.slots[near] - fan.slots[near].mean()
    slope_db = abs(float(away @ fan.depth_db[near])) / max(float(away @ away), 1e-9)
    return min(float(fan.sigma_db[at]) / max(slope_db, 1e-9), float(HOUR_SLOTS))
