"""Records into one night's samples: what was there first stays, what differs is counted."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from iar.night import MISSING, RATE_HZ, Counts

_NS = 10**9


@dataclass(frozen=True)
class Overlap:
    """Samples of a record that were there before it: how many are the same, and how many differ."""

    same: int
    differing: int


def sample_at(ns: int, rate_hz: float) -> int:
    """Place of the sample nearest to a time, ns from the first; one half-way goes to the later, always.

    In whole numbers: where halves went to the even one, records that follow each other 5 ms off the grid overlapped and
    left gaps in turn.
    """
    rate = Fraction(rate_hz)
    return (2 * ns * rate.numerator + rate.denominator * _NS) // (2 * rate.denominator * _NS)


def first_sample(start: np.datetime64, night_start: np.datetime64) -> int:
    """Place in the night of a record that begins at `start`, samples; negative if it begins before the night."""
    return sample_at(_ns_between(night_start, start), RATE_HZ)


def _ns_between(begin: np.datetime64, end: np.datetime64) -> int:
    """Time between two instants, ns, as a whole number of any size."""
    first, last = begin.astype("datetime64[s]"), end.astype("datetime64[s]")
    rest = (end - last) / np.timedelta64(1, "ns") - (begin - first) / np.timedelta64(1, "ns")
    return int((last - first) / np.timedelta64(1, "s")) * _NS + int(rest)


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
