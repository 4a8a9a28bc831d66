"""Fans to be laid over hours without any: each drawn from the wide world, as deep as is asked for."""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from iar.night import SLOTS
from iar.simulation.ladder import Ladder, ladder_tracks
from iar.simulation.wide import draw_ladder

DEPTHS_DB = (0.6, 9.0)
"""Depths that are laid, dB: from what nobody sees to what nobody overlooks."""
HALF = 0.5
"""Share of its greatest depth that a fan has in the slots that count as its own."""
FEWEST_SLOTS = 54
"""Slots of a fan in the dark part, at least: an hour and a half."""
_NOON_TO_MIDNIGHT = SLOTS // 2
_TRIES = 200

Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fan:
    """A fan that is laid: `ladder`, its own slots `on` within the dark part (slot,), and what is said of it.

    `depth_db` is that of its deepest harmonic in the median of its slots, peak to trough; `spacing_hz` and `offset`
    are medians over them.
    """

    ladder: Ladder
    on: Mask
    depth_db: float
    spacing_hz: float
    offset: float


def depths(count: int, rng: np.random.Generator) -> Values:
    """Depths of that many fans, dB, in no order: one in each of as many equal steps of the logarithm.

    So every depth is laid, however few fans there are.
    """
    low, high = np.log(DEPTHS_DB)
    share = (rng.permutation(count) + rng.random(count)) / max(count, 1)
    return np.asarray(np.exp(low + (high - low) * share))


def draw_fan(
    rng: np.random.Generator,
    night: dt.date,
    dark: Mask,
    *,
    depth_db: float,
    band_hz: tuple[float, float],
    spacings_hz: tuple[float, float],
) -> Fan:
    """Fan of a night, as deep as is asked for.

    All else, spacing, offset, bend, crest, coils, hours, is drawn from `iar.simulation.wide.RANGES`; its midnight is
    the middle of the dark part.

    Parameters
    ----------
    dark
        Slots in which fringes are looked for, shape (slot,).
    depth_db
        As `Fan` has it.
    band_hz, spacings_hz
        Frequencies that are looked at, and spacings that are looked for: one that nothing looks for is not laid.

    Raises
    ------
    ValueError
        If no fan of the wide world fits: the dark part, the band or the range is too small.
    """
    middle = round(float(np.flatnonzero(dark).mean())) if dark.any() else _NOON_TO_MIDNIGHT
    for _ in range(_TRIES):
        ladder = _moved(draw_ladder(rng, "wide-ladder", night), middle - _NOON_TO_MIDNIGHT)
        deepest_db = deepest(ladder, band_hz)
        on = dark & (deepest_db >= HALF * deepest_db[dark].max(initial=0.0)) & (deepest_db > 0)
        if on.sum() < FEWEST_SLOTS or not spacings_hz[0] <= np.median(ladder.delta_f_hz[on]) <= spacings_hz[1]:
            continue
        scale = depth_db / float(np.median(deepest_db[on]))
        return Fan(
            replace(ladder, depth_db=ladder.depth_db * scale),
            on,
            depth_db,
            float(np.median(ladder.delta_f_hz[on])),
            float(np.median(ladder.offset[on])),
        )
    wanted = f"fan of {spacings_hz[0]:g} to {spacings_hz[1]:g} Hz"
    raise ValueError(f"night {night}: no {wanted} has {FEWEST_SLOTS} of the {dark.sum()} dark slots")


def deepest(ladder: Ladder, band_hz: tuple[float, float]) -> Values:
    """Depth of the deepest harmonic within the band, dB, shape (slot,)."""
    f_n, depth_db = ladder_tracks(ladder)
    inside = (f_n >= band_hz[0]) & (f_n <= band_hz[1])
    return np.asarray(np.where(inside, depth_db, 0).max(axis=1))


def _moved(ladder: Ladder, slots: int) -> Ladder:
    """The same so many slots later; what leaves the night at one end comes in at the other."""
    return replace(
        ladder,
        delta_f_hz=np.roll(ladder.delta_f_hz, slots),
        offset=np.roll(ladder.offset, slots),
        depth_db=np.roll(ladder.depth_db, slots, axis=0),
    )
