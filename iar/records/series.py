"""Samples in a row as a file holds them, with the times that it tells; from them to records and counts.

Times are whole nanoseconds, and one rule holds for them: samples belong together as long as the file's own times stay
within half a sample of its rate; where they leave it, a new stretch begins, and that is reported.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.night import MISSING, YEARS, Counts
from iar.records.blocks import Stretch
from iar.records.days import Part, largest_cluster, parts_of
from iar.records.merging import merge_record, sample_at
from iar.records.record import Expectation, OtherStreamError, Problem, RecordFile, Source, list_first

_NS = 10**9
MOST_STRETCHES = 10_000
"""More do not come from a clock: the times are of another rate."""
_OFTEN, _OTHER_RATE = 10, 0.05
"""Nor do a stretch for each so many samples, with steps of time that differ by more than this share from the rate."""
RATES_HZ = (1e-3, 1e6)
"""Rates that a file may tell, Hz: wider than what is used, since another stream's is only left aside."""
SPARSE_SAMPLES, SPARSE = 10_000_000, 1000
"""A record of more samples than that holds one in so many at least: else a few bytes would fill the memory."""


@dataclass(frozen=True)
class Series:
    """Samples of a coil in a row: shape (sample,), integers or floats, NaN where there is none.

    `stretches` lie one after the other in them; `channel` is 0 for the first coil and 1 for the second.
    """

    channel: int
    rate_hz: float
    samples: npt.NDArray[Any]
    stretches: tuple[Stretch, ...]
    stream: str = ""
    problems: tuple[Problem, ...] = ()


Parse = Callable[[bytes], Sequence[Series]]


def evenly(start_ns: int, samples: int, rate_hz: float) -> tuple[Stretch, ...]:
    """The one stretch of samples whose first alone has a time."""
    return (Stretch("", rate_hz, start_ns, samples),)


def stretches_of(times_ns: npt.NDArray[np.int64], rate_hz: float) -> tuple[Stretch, ...]:
    """Stretches of samples that all have a time, shape (sample,), ns since 1970.

    Where several samples have the same time, as of a clock of whole seconds, the first of them has it and the others
    follow at the rate.

    Raises
    ------
    ValueError
        If there are none, or the times leave the rate more than `MOST_STRETCHES` times, or are those of another rate.
    """
    if not len(times_ns):
        raise ValueError("no samples")
    anchors = np.flatnonzero(np.diff(times_ns, prepend=times_ns[0] - 1))
    if 1 < len(anchors) < len(times_ns) and anchors[1] < np.diff(anchors, append=len(times_ns)).max():
        anchors = anchors[1:]  # the first second may have begun before the file
    place, time_ns = anchors.astype(np.int64), times_ns[anchors]
    off_ns = time_ns - time_ns[0] - np.rint((place - place[0]) * (_NS / rate_hz)).astype(np.int64)
    half_ns = _NS / 2 / rate_hz
    firsts, at = [0], 0
    while True:
        away = np.abs(off_ns[at:] - off_ns[at]) > half_ns
        step = int(away.argmax())
        if not away[step]:
            break
        at += step
        firsts.append(at)
        if len(firsts) > min(MOST_STRETCHES, 100 + at // _OFTEN):
            _check_own_rate(time_ns, place, rate_hz, len(firsts))
    if len(firsts) > max(10, len(times_ns) // _OFTEN):
        _check_own_rate(time_ns, place, rate_hz, len(firsts))
    begins = [0, *(int(place[first]) for first in firsts[1:])]
    ends = [*begins[1:], len(times_ns)]
    return tuple(
        Stretch(
            "",
            rate_hz,
            int(time_ns[first]) - round((int(place[first]) - begin) * _NS / rate_hz),
            end - begin,
            drifts=first > 0 and abs(int(off_ns[first] - off_ns[first - 1])) <= half_ns,
        )
        for first, begin, end in zip(firsts, begins, ends, strict=True)
    )


def _check_own_rate(
    time_ns: npt.NDArray[np.int64], place: npt.NDArray[np.int64], rate_hz: float, stretches: int
) -> None:
    """Raise a ValueError if times that leave the rate so often are of another, which most of their steps tell."""
    own_hz = float(_NS / np.median(np.diff(time_ns) / np.diff(place)))
    if stretches > MOST_STRETCHES or abs(own_hz / rate_hz - 1) > _OTHER_RATE:
        raise ValueError(
            f"its times tell {own_hz:.6g} Hz, and leave {rate_hz:g} Hz, the rate, more than {stretches - 1} times"
        )


def series_records(source: Source, parse: Parse, expected: Expectation) -> list[RecordFile]:
    """Records of the coils that `parse` finds in a file; a file of several days comes in parts, one a night.

    Raises
    ------
    OtherStreamError
        If there is none of a coil.
    ValueError
        If what is in it cannot be used.
    """
    found = parse(source.read())
    if not found:
        raise OtherStreamError("none of the station's coils is in it")
    problems: tuple[Problem, ...] = ()
    if len(found) < expected.channels:
        problems = (Problem("missing_channel", f"{len(found)} of {expected.channels} channels"),)
    return [record for one in found for record in _records(source, parse, one, expected, problems)]


def _records(
    source: Source, parse: Parse, series: Series, expected: Expectation, problems: tuple[Problem, ...]
) -> list[RecordFile]:
    check_rate(series.rate_hz)
    if not any(one.samples for one in series.stretches):
        raise ValueError("no samples")
    stretches, far = largest_cluster(series.stretches)
    if far:
        where = list_first([f"{one.samples} samples at {np.datetime64(one.start_ns // _NS, 's')}" for one in far])
        problems = (*problems, Problem("bad_time", f"far from the rest, left aside: {where}"))
    check_year(stretches[0].start_ns)
    check_year(stretches[-1].end_ns)
    rate_hz = series.rate_hz
    parts = parts_of(stretches, rate_hz, expected.boundary_hour)
    held = sum(one.samples for one in stretches)
    longest = max(part.samples for part in parts)
    if longest > max(SPARSE_SAMPLES, SPARSE * held):
        raise ValueError(
            f"its {held} samples lie within {longest / rate_hz:.0f} s at {rate_hz:g} Hz: its times are wrong"
        )
    return [
        RecordFile(
            source, series.channel, np.datetime64(part.start_ns, "ns"), rate_hz, part.samples,
            partial(decode, parse=parse, channel=series.channel, part=part, value_per_count=expected.value_per_count),
            (*problems, *series.problems), series.stream,
        )
        for part in parts
    ]  # fmt: skip


def check_rate(rate_hz: float) -> None:
    """Raise a ValueError if a rate that a file tells is none of a logger, Hz."""
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise ValueError(f"it tells a rate of {rate_hz:g} Hz: expected {RATES_HZ[0]:g} to {RATES_HZ[1]:g}")


def check_unit(own: str, expected: str, where: str) -> None:
    """Raise a ValueError, which begins with `where`, if a station expects another unit than that of its file."""
    if own != expected:
        raise ValueError(f"{where}, the station's unit is {expected}: set unit: {own}")


def check_volts(expected: Expectation) -> None:
    """Raise a ValueError if a station takes the numbers of its files for something else than volts."""
    check_unit("V", expected.unit, "it holds volts")


def check_year(ns: int) -> None:
    """Raise a ValueError if a time is none of the years of a night."""
    first, last = (int(np.datetime64(f"{year}-01-01", "s").astype(int)) for year in (YEARS[0], YEARS[1] + 1))
    if not first <= ns // _NS < last:
        raise ValueError(f"a time in it is {ns // _NS} s after 1970, outside the years {YEARS[0]} to {YEARS[1]}")


def decode(
    content: bytes, *, parse: Parse, channel: int, part: Part, value_per_count: float | None
) -> tuple[Counts, list[Problem]]:
    """Counts of a part of one coil of a file at its own rate, int32, from its start on; `MISSING` in its gaps.

    Raises
    ------
    ValueError
        If it cannot be used any more, or it holds numbers with a fraction and no `value_per_count` says what to make of
        them.
    """
    (series,) = (one for one in parse(content) if one.channel == channel)
    counts, whole = np.full(part.samples, MISSING), as_counts(series.samples, value_per_count)
    differing, begin = 0, 0
    for one in series.stretches:
        place = sample_at(one.start_ns - part.start_ns, series.rate_hz)
        if place < part.samples and place + one.samples > 0:
            own = whole[begin : begin + one.samples]
            differing += merge_record(counts, own, place, jitter=int(one.drifts)).differing
        begin += one.samples
    return counts, placed_problems(counts, differing, series.stretches, series.rate_hz)


def as_counts(samples: npt.NDArray[Any], value_per_count: float | None, name: str = "it") -> Counts:
    """Samples as counts, `MISSING` where there is none; a ValueError if they are no integers, or none of 32 bits."""
    if samples.dtype.kind in "iu":
        if len(samples) and not -(2**31) <= int(samples.min()) <= int(samples.max()) < 2**31:
            raise ValueError(f"{name} reaches {max(-int(samples.min()), int(samples.max()))}: more than 31 bits")
        return samples.astype(np.int32)
    if samples.dtype.kind != "f":
        raise ValueError(f"{name} holds {samples.dtype} samples: counts are numbers")
    there = np.isfinite(samples)
    if value_per_count is None:
        if (samples[there] != np.rint(samples[there])).any():
            raise ValueError(
                f"{name} holds {samples.dtype} samples, and counts are integers: give their unit, such as nT, or the "
                "station's value_per_count"
            )
        value_per_count = 1.0
    with np.errstate(over="ignore"):
        scaled = np.rint(samples / value_per_count)
    whole = bool(there.all())
    if not whole:
        scaled[~there] = 0
    if max(-scaled.min(initial=0), scaled.max(initial=0)) >= -float(MISSING):
        raise ValueError(
            f"{name} reaches {np.abs(samples[there]).max():g}: more than 31 bits of {value_per_count:g} each"
        )
    counts = scaled.astype(np.int32)
    if not whole:
        counts[~there] = MISSING
    return counts


def placed_problems(counts: Counts, differing: int, stretches: Sequence[Stretch], rate_hz: float) -> list[Problem]:
    """What is wrong with samples that lie in their places."""
    problems = []
    if differing:
        problems.append(Problem("conflict", f"{differing} samples are in the file twice and differ: the first stay"))
    drifting = sum(one.drifts for one in stretches)
    if drifting:
        first, last = stretches[0], stretches[-1]
        off_s = (last.start_ns - first.start_ns) / 1e9 - sum(one.samples for one in stretches[:-1]) / rate_hz
        cut = f"{off_s:+.2f} s against the rate that its headers say: cut in {drifting} place(s)"
        problems.append(Problem("drift", f"its own times go {cut}"))
    missing = counts == MISSING
    if missing.any():
        gaps = np.count_nonzero(np.diff(missing, prepend=False) & missing)
        problems.append(Problem("missing", f"{missing.sum() / rate_hz:g} s in {gaps} gap(s)"))
    return problems
