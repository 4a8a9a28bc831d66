"""What is known of a slot's samples: how many there are, and what is wrong with them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from iar.night import MISSING, SLOT_SAMPLES, Counts, Samples, samples_there

QUALITY_FLAGS = {"incomplete": 1, "clipped": 2, "constant": 4}
"""Bits of a slot's quality: samples are missing; some are at full scale; all that are there are the same."""


def effort(samples: Samples) -> npt.NDArray[np.float32]:
    """Share of each slot's samples that are there, 0 to 1; of a slot whose samples are all the same none measures.

    Parameters
    ----------
    samples
        Of whole slots, shape (..., slot * 10000), `MISSING` or NaN where there is none.

    Returns
    -------
    float32, shape (..., slot).
    """
    return np.asarray(_slots(samples_there(samples)).mean(axis=-1, dtype=np.float32))


def quality(counts: Counts, *, full_scale: int) -> npt.NDArray[np.uint8]:
    """Flags of each slot, see `QUALITY_FLAGS`: uint8, shape (..., slot).

    Parameters
    ----------
    counts
        Of whole slots, shape (..., slot * 10000), `MISSING` where there is none.
    full_scale
        Counts at which the digitiser clips, either way.
    """
    slots = _slots(counts)
    present = slots != MISSING
    highest = slots.max(axis=-1)
    lowest = slots.min(axis=-1, where=present, initial=np.iinfo(np.int32).max)
    some, every = present.any(axis=-1), present.all(axis=-1)
    flags = np.where(every, 0, QUALITY_FLAGS["incomplete"])
    flags |= np.where(some & ((highest >= full_scale) | (lowest <= -full_scale)), QUALITY_FLAGS["clipped"], 0)
    flags |= np.where(some & (highest == lowest), QUALITY_FLAGS["constant"], 0)
    return flags.astype(np.uint8)


def _constant(slots: Counts, present: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Whether a slot's samples, two at least, are all the same: a dead cable, or a digitiser stuck at full scale."""
    highest = slots.max(axis=-1)
    lowest = slots.min(axis=-1, where=present, initial=np.iinfo(np.int32).max)
    return np.asarray((highest == lowest) & (present.sum(axis=-1) > 1))


def _slots(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return samples.reshape(*samples.shape[:-1], -1, SLOT_SAMPLES)
