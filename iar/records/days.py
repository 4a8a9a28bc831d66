"""Files of several days in parts, none across the border of a night; and what in them cannot be of their time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from iar.records.blocks import Stretch
from iar.records.merging import sample_at

APART_NS = 30 * 86_400 * 10**9
"""What lies farther from the rest of a file than that, 30 days, has a wrong time, if it is the lesser part."""
LONGEST_S = 2 * 86_400
"""Longest record, s: a longer file is one of several days, and comes in parts, one a night."""
_NS = 10**9
_DAY_NS = 86_400 * _NS


@dataclass(frozen=True)
class Part:
    """Part of a stream: its first sample, ns since 1970, its samples, and whether it is the last of the file."""

    start_ns: int
    samples: int
    last: bool

    def end_ns(self, rate_hz: float) -> int:
        """Time at which the next sample is expected."""
        return self.start_ns + round(self.samples * _NS / rate_hz)


def largest_cluster(stretches: Sequence[Stretch]) -> tuple[list[Stretch], list[Stretch]]:
    """Stretches that lie together and hold most samples, in the order of time, and those far from them."""
    clusters: list[list[Stretch]] = []
    for stretch in sorted(stretches, key=lambda one: one.start_ns):
        if not clusters or stretch.start_ns - max(one.end_ns for one in clusters[-1][-1:]) > APART_NS:
            clusters.append([])
        clusters[-1].append(stretch)
    largest = max(clusters, key=lambda cluster: sum(one.samples for one in cluster))
    return largest, [one for cluster in clusters if cluster is not largest for one in cluster]


def parts_of(stretches: Sequence[Stretch], rate_hz: float, boundary_hour: int) -> list[Part]:
    """Parts of a stream, which comes in one if it is no longer than `LONGEST_S`, else in one a night."""
    whole = _whole_part(stretches, rate_hz)
    if whole.samples <= LONGEST_S * rate_hz:
        return [whole]
    return _nightly_parts(stretches, rate_hz, boundary_hour)


def _whole_part(stretches: Sequence[Stretch], rate_hz: float) -> Part:
    """All of a stream in one part: from the begin of its first stretch to where the last of them ends."""
    start_ns = stretches[0].start_ns
    ends = [sample_at(one.start_ns - start_ns, rate_hz) + one.samples for one in stretches]
    return Part(start_ns, max(ends), last=True)


def _nightly_parts(stretches: Sequence[Stretch], rate_hz: float, boundary_hour: int) -> list[Part]:
    """Parts of a stream that begin with it and with each night after, on one grid of samples; those that hold some."""
    start_ns = stretches[0].start_ns
    places = [(sample_at(one.start_ns - start_ns, rate_hz), one.samples) for one in stretches]
    samples = max(place + length for place, length in places)
    border_ns = boundary_hour * 3600 * _NS
    first_night = (start_ns - border_ns) // _DAY_NS + 1
    last_night = (start_ns + round(samples * _NS / rate_hz) - border_ns) // _DAY_NS
    borders = [
        sample_at(night * _DAY_NS + border_ns - start_ns, rate_hz) for night in range(first_night, last_night + 1)
    ]
    parts = []
    for first, end in pairwise([0, *borders, samples]):
        inside = [(max(place, first), min(place + length, end)) for place, length in places]
        held = [one for one in inside if one[1] > one[0]]
        if held:
            begin, stop = min(one[0] for one in held), max(one[1] for one in held)
            parts.append(Part(start_ns + round(begin * _NS / rate_hz), stop - begin, last=stop == samples))
    return parts
