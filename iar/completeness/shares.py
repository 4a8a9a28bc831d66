"""Share of the fans that were found, over one thing at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from iar.completeness.recovery import Recovered
from iar.fringes.climatology import share_interval

DEPTH_EDGES_DB = (0.6, 1.0, 1.5, 2.0, 3.0, 4.5, 9.0)
SPACING_EDGES_HZ = (0.12, 0.4, 0.7, 1.0, 1.5, 2.5)
DEEP_DB = 1.5
"""Depth from which on a fan counts for the shares over spacing, season and hour: those that can be seen at all."""
_HOUR_SHARE = 0.5
"""Share of a fan's slots of an hour that are right, for the hour to be found."""
_FEWEST_HOUR_SLOTS = 9
_NOON = 12


@dataclass(frozen=True)
class Share:
    """Share of the fans of a class that were found, with Wilson's 95 % interval; NaN of none.

    `error` and `sigma_factor` are medians over those found, see `iar.completeness.recovery.Recovered`.
    """

    label: str
    fans: int
    found: int
    share: float
    low: float
    high: float
    error: float
    sigma_factor: float


def share_of(label: str, fans: Sequence[Recovered]) -> Share:
    """Share of these fans."""
    found = [one for one in fans if one.found]
    return _share(label, len(fans), len(found), found)


def counted_share(label: str, of: int, some: int) -> Share:
    """Share of trials that were counted."""
    return _share(label, of, some, ())


def by_edges(
    fans: Sequence[Recovered], edges: Sequence[float], unit: str, value: Callable[[Recovered], float]
) -> tuple[Share, ...]:
    """Share of the fans whose `value` lies between each edge and the next; the last edge belongs to the last class."""
    values = np.array([value(one) for one in fans])
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    return tuple(
        share_of(f"{low:g}-{high:g} {unit}", [fan for fan, there in zip(fans, place, strict=True) if there == i])
        for i, (low, high) in enumerate(pairwise(edges))
    )


def by_hour(fans: Sequence[Recovered]) -> tuple[Share, ...]:
    """Share of the fans found in each hour UTC of which they have slots enough, from noon on; no hours without fans."""
    laid, right = (_hours(fans, name) for name in ("hours", "right_hours"))
    there = laid >= _FEWEST_HOUR_SLOTS
    found = there & (right >= _HOUR_SHARE * laid)
    return tuple(
        _share(f"{hour:02d} h", int(there[:, hour].sum()), int(found[:, hour].sum()),
               [one for one, is_found in zip(fans, found[:, hour], strict=True) if is_found])
        for hour in np.roll(np.arange(laid.shape[1]), -_NOON)
        if there[:, hour].any()
    )  # fmt: skip


def _hours(fans: Sequence[Recovered], name: str) -> npt.NDArray[np.int64]:
    return np.array([getattr(one, name) for one in fans], dtype=np.int64).reshape(len(fans), 24)


def _share(label: str, fans: int, count: int, found: Sequence[Recovered]) -> Share:
    low, high = share_interval(np.array([count]), np.array([fans]))
    error, factor = (_median([getattr(one, name) for one in found]) for name in ("error", "sigma_factor"))
    share = count / fans if fans else float("nan")
    return Share(label, fans, count, share, float(low[0]), float(high[0]), error, factor)


def _median(values: Sequence[float]) -> float:
    there = [value for value in values if np.isfinite(value)]
    return float(np.median(there)) if there else float("nan")
