"""miniSEED and GCF, through ObsPy: files of blocks, with any streams in them, any gaps, and of any number of days.

ObsPy 1.5.1 only warns of damaged blocks in miniSEED, and lets one of GCF hide all the others: so blocks of which it
says anything are halved until the damaged ones stand alone. Its ``merge(1)`` keeps one of two overlaps that differ,
without a word: so traces are put in their places here. A file that is cut where a block ends looks whole: so the
channels are counted, and a file that begins with an hour is expected to reach to the end of an hour.
"""

import io
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Literal

import numpy as np

from iar.errors import InputError, first_line
from iar.night import MISSING, YEARS, Counts, channel_of
from iar.records.blocks import HEAD, Stretch, join_blocks, read_blocks
from iar.records.days import Part, largest_cluster, parts_of
from iar.records.merging import merge_record, sample_at
from iar.records.record import Expectation, OtherStreamError, Problem, RecordFile, Source, list_first, same_rate
from iar.records.series import as_counts, check_rate, placed_problems

GCF_BLOCK = 1024
_HEADS = 8  # blocks that are looked at to tell a GCF file, which has no signature: the first may be damaged
_OPTIONS: Mapping[str, dict[str, Any]] = {"MSEED": {}, "GCF": {"cleanoverlap": False}}

Kind = Literal["MSEED", "GCF"]
Trace = Any


def recognise_miniseed(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Record of each stream of a miniSEED file that may be a coil's; none for another kind of file.

    Raises
    ------
    InputError
        If ObsPy is not installed.
    OtherStreamError
        If there is no such stream in it.
    ValueError
        If no block can be read.
    """
    _check_obspy("miniseed")
    content = source.read()
    if not any(HEAD.match(content, place) for place in range(0, len(content), 128)):
        return ()
    return _records(source, content, "MSEED", expected)


def recognise_gcf(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Record of each stream of a GCF file that may be a coil's, as of a miniSEED file; it raises as that does."""
    _check_obspy("gcf")
    from obspy.io.gcf.core import _is_gcf

    content = source.read()
    heads = (content[place : place + GCF_BLOCK] for place in range(0, len(content), GCF_BLOCK)[:_HEADS])
    if not any(_is_gcf(io.BytesIO(head)) for head in heads):
        return ()
    return _records(source, content, "GCF", expected)


def _check_obspy(format_name: str) -> None:
    try:
        import obspy  # noqa: F401
    except ImportError:
        raise InputError(f"files of format {format_name} are read by ObsPy: pip install -e '.[seed]'") from None


def _records(source: Source, content: bytes, kind: Kind, expected: Expectation) -> list[RecordFile]:
    stretches, bad = _stretches(content, kind)
    if not stretches:
        raise ValueError(f"no block can be read ({bad[0]})" if bad else "no samples")
    streams: dict[str, list[Stretch]] = {}
    for stretch in stretches:
        streams.setdefault(stretch.stream, []).append(stretch)
    channels = {stream: channel for stream in streams if (channel := channel_of(stream, expected.streams)) is not None}
    others = tuple(sorted(streams.keys() - channels))
    if not channels:
        wanted = " or ".join(expected.streams) if expected.streams else "a horizontal channel"
        raise OtherStreamError(f"no stream of the coils ({wanted}): {', '.join(others)}")
    problems: tuple[Problem, ...] = ()
    present = len(set(channels.values()))
    if present < expected.channels:
        detail = f"only {', '.join(sorted(channels))}: {present} of {expected.channels} channels"
        problems = (Problem("missing_channel", detail),)
    return [
        record
        for stream, channel in sorted(channels.items(), key=lambda item: item[1])
        for record in _stream_records(source, kind, (stream, channel, streams[stream]), expected, problems, others)
    ]


def _stream_records(
    source: Source,
    kind: Kind,
    named: tuple[str, int, list[Stretch]],
    expected: Expectation,
    problems: tuple[Problem, ...],
    others: tuple[str, ...],
) -> list[RecordFile]:
    """Records of a stream: at the station's rate if it has samples of that, else at its own; each of several days."""
    stream, channel, stretches = named
    fitting = [one for one in stretches if same_rate(one.rate_hz, expected.rate_hz)]
    rate_hz = expected.rate_hz if fitting else stretches[0].rate_hz
    check_rate(rate_hz)
    aside = [one for one in stretches if fitting and one not in fitting]
    used, far = largest_cluster(fitting or [one for one in stretches if one.rate_hz == rate_hz])
    problems += _left_aside(aside, far)
    _check_years(used[0].start_ns)
    records = []
    for part in parts_of(used, rate_hz, expected.boundary_hour):
        whole = _expected_samples(part.start_ns, part.samples, rate_hz) if part.last else part.samples
        read = partial(
            decode, kind=kind, stream=stream, part=part, rate_hz=rate_hz, value_per_count=expected.value_per_count
        )
        start = np.datetime64(part.start_ns, "ns")
        records.append(RecordFile(source, channel, start, rate_hz, whole, read, problems, stream, others))
    return records


def _left_aside(aside: Sequence[Stretch], far: Sequence[Stretch]) -> tuple[Problem, ...]:
    of_other_rates = [f"{one.samples / one.rate_hz:g} s at {one.rate_hz:g} Hz" for one in aside]
    problems = [Problem("other_rate", f"left aside: {list_first(of_other_rates)}")] if aside else []
    far_off = [f"{one.samples / one.rate_hz:g} s at {_time(one.start_ns)}" for one in far]
    if far:
        problems.append(Problem("bad_time", f"far from the rest, left aside: {list_first(far_off)}"))
    return tuple(problems)


def _time(ns: int) -> str:
    return str(np.datetime64(ns // 10**9, "s"))


def _check_years(start_ns: int) -> None:
    """Raise a ValueError if a time is none that 64 bits of nanoseconds hold in the years of a night."""
    year = int(np.datetime64(start_ns // 10**9, "s").astype("datetime64[Y]").astype(int)) + 1970
    if not YEARS[0] <= year <= YEARS[1]:
        raise ValueError(f"it begins at {_time(start_ns)}, outside the years {YEARS[0]} to {YEARS[1]}")


def _expected_samples(start_ns: int, samples: int, rate_hz: float) -> int:
    """Samples of a channel if it is whole: one that begins with an hour reaches to the end of an hour."""
    hour = round(3600 * rate_hz)
    past_hour = start_ns % (3600 * 10**9) * rate_hz / 1e9
    begins_with_hour = min(past_hour, hour - past_hour) < 1
    return max(samples, hour * -(-(samples - 1) // hour)) if begins_with_hour else samples


def decode(
    content: bytes, *, kind: Kind, stream: str, part: Part, rate_hz: float, value_per_count: float | None = None
) -> tuple[Counts, list[Problem]]:
    """Counts of a part of one stream of a file at its own rate, int32, from its start on; `MISSING` in its gaps.

    Raises
    ------
    ValueError
        If nothing of it can be read, or it holds numbers with a fraction and no `value_per_count` says what to make of
        them.
    """
    stretches, bad = _stretches(content, kind)
    end_ns = part.end_ns(rate_hz)
    wanted = [
        one for one in stretches if one.stream == stream and same_rate(one.rate_hz, rate_hz)
        and one.start_ns < end_ns and one.end_ns > part.start_ns
    ]  # fmt: skip
    traces = [pair for pair in _read_traces(content, kind, wanted, part, bad) if pair[1].id == stream]
    if not traces:
        raise ValueError(f"no block of the channel can be read ({bad[0] if bad else 'none is there'})")
    ends = [sample_at(trace.stats.starttime.ns - part.start_ns, rate_hz) + trace.stats.npts for _, trace in traces]
    counts = np.full(min(max(ends), part.samples), MISSING)
    differing = 0
    for one, trace in traces:
        place = sample_at(trace.stats.starttime.ns - part.start_ns, rate_hz)
        differing += merge_record(counts, _as_counts(trace, value_per_count), place, jitter=int(one.drifts)).differing
    problems = [Problem("bad_block", f"damaged: {list_first(bad)}")] if bad else []
    return counts, problems + placed_problems(counts, differing, wanted, rate_hz)


def _as_counts(trace: Trace, value_per_count: float | None) -> Counts:
    """Samples as counts; a ValueError if they are no integers, or none of 32 bits."""
    values = trace.data
    if values.dtype.kind == "f" and value_per_count is None:
        raise ValueError(
            f"{trace.id} holds {values.dtype} samples, and counts are integers: give their unit, such as nT, or the "
            "station's value_per_count"
        )
    return as_counts(values, value_per_count, trace.id)


def _stretches(content: bytes, kind: Kind) -> tuple[list[Stretch], list[str]]:
    """Stretches of every stream of a file, in the order of time, and which of its blocks are damaged."""
    if kind == "MSEED":
        joined, bad = _joined(content)
        return list(joined), list(bad)
    traces, damaged = _read_gcf(content, headonly=True)
    stretches = [
        Stretch(trace.id, float(trace.stats.sampling_rate), trace.stats.starttime.ns, trace.stats.npts)
        for trace in sorted(traces, key=lambda trace: trace.stats.starttime.ns)
        if trace.stats.sampling_rate > 0  # also not where a damaged header says NaN
    ]
    return stretches, damaged


@lru_cache(maxsize=1)
def _joined(content: bytes) -> tuple[tuple[Stretch, ...], tuple[str, ...]]:
    """Stretches of a miniSEED file, and its damage, remembered for the other coil."""
    blocks, bad = read_blocks(content)
    return tuple(join_blocks(blocks)), tuple(map(str, bad))


def _read_traces(
    content: bytes, kind: Kind, wanted: Sequence[Stretch], part: Part, bad: list[str]
) -> list[tuple[Stretch, Trace]]:
    """Traces of each stretch where a part lies; what is damaged is left out, and listed in `bad`."""
    if kind == "MSEED":
        end_ns = part.end_ns(wanted[0].rate_hz) if wanted else 0
        return [
            (one, trace)
            for one in wanted
            for trace in _read_halving(content, one, *one.blocks_between(part.start_ns, end_ns), bad)
        ]
    traces, bad[:] = _read_gcf(content, headonly=False)  # heads alone do not tell all that is damaged
    traces.sort(key=lambda trace: trace.stats.starttime.ns)
    return [
        (wanted[0], trace) for trace in traces if wanted and same_rate(trace.stats.sampling_rate, wanted[0].rate_hz)
    ]


def _read_halving(content: bytes, stretch: Stretch, first: int, last: int, bad: list[str]) -> list[Trace]:
    """Traces of some blocks of a stretch, which are halved until those that are damaged stand alone."""
    blocks = stretch.blocks[first:last]
    try:
        traces = _read_strictly(b"".join(content[b.place : b.place + b.size] for b in blocks), "MSEED", headonly=False)
        there, announced = sum(trace.stats.npts for trace in traces), sum(block.samples for block in blocks)
        if there != announced:
            raise ValueError(f"{there} samples, its header says {announced}")  # noqa: TRY301 - reported as the others are
    except Exception as error:  # noqa: BLE001 - ObsPy raises bare exceptions; what it is, each block tells
        if len(blocks) == 1:
            why = first_line(error) if str(error) else "damaged"
            bad.append(f"block {blocks[0].number} (byte {blocks[0].place}): {why}")
            return []
        middle = (first + last) // 2
        halves = (first, middle), (middle, last)
        return [trace for half in halves for trace in _read_halving(content, stretch, *half, bad)]
    return traces


def _read_gcf(content: bytes, *, headonly: bool) -> tuple[list[Trace], list[str]]:
    """Traces of a GCF file, and which of its blocks are damaged; those are left out."""
    if len(content) % GCF_BLOCK == 0:
        try:
            return _read_strictly(content, "GCF", headonly=headonly), []
        except Exception:  # noqa: BLE001, S110 - what it is, each block tells
            pass
    traces: list[Trace] = []
    bad = []
    for number, place in enumerate(range(0, len(content), GCF_BLOCK), start=1):
        try:
            traces += _read_strictly(content[place : place + GCF_BLOCK], "GCF", headonly=headonly)
        except Exception as error:  # noqa: BLE001
            bad.append(f"block {number} (byte {place}): {first_line(error) if str(error) else 'damaged'}")
    return traces, bad


def _read_strictly(content: bytes, kind: Kind, *, headonly: bool) -> list[Trace]:
    """Traces with samples; a warning of ObsPy is an error."""
    import obspy

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for of_code in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", of_code)
        stream = obspy.read(io.BytesIO(content), format=kind, headonly=headonly, **_OPTIONS[kind])
    return [trace for trace in stream if trace.stats.npts]
