"""Records into one night's samples: what was there first stays, what differs is counted."""

from dataclasses import dataclass

import numpy as np

from iar.night import MISSING, RATE_HZ, Counts


@dataclass(frozen=True)
class Overlap:
    """Samples of a record that were there before it: how many are the same, and how many differ."""

    same: int
    differing: int


def first_sample(start: np.datetime64, night_start: np.datetime64) -> int:
    """Place in the night of a record that begins at `start`, samples; negative if it begins before the night."""
    milliseconds = int((start - night_start) / np.timedelta64(1, "ms"))
    return round(milliseconds * RATE_HZ / 1000)


def clip_to_night(place: int, samples: int, night_samples: int) -> tuple[int, int]:
    """First sample and length of the part of a record that lies inside the night."""
    first = max(place, 0)
    return first, max(min(place + samples, night_samples) - first, 0)


def merge_record(night: Counts, record: Counts, place: int, *, jitter: int = 0) -> Overlap:
    """Fill the missing samples of `night` from `record`, in place; return what was there before.

    Parameters
    ----------
    night
        Samples of one channel, `MISSING` where there is none.
    record
        Samples of the same channel at the same rate.
    place
        Where the record's first sample lies in the night; what lies outside the night is left aside.
    jitter
        Samples at either end of the record whose overlap with a neighbour does not count.
    """
    first, length = clip_to_night(place, len(record), len(night))
    target, source = night[first : first + length], record[first - place : first - place + length]
    both = (target != MISSING) & (source != MISSING)
    overlap = Overlap(0, 0)
    if both[jitter : length - jitter].any():
        differing = int(np.count_nonzero(both & (target != source)))
        overlap = Overlap(int(np.count_nonzero(both)) - differing, differing)
    np.copyto(target, source, where=target == MISSING)
    return overlap
