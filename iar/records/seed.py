"""miniSEED and GCF, through ObsPy: files of blocks, with one or both channels and any number of gaps.

ObsPy 1.5.1 only warns of damaged blocks in miniSEED, and lets one of GCF hide all the others: so a file of which it
says anything is read again block by block. Its ``merge(1)`` keeps one of two overlaps that differ, without a word: so
traces are put in their places here. A file that is cut where a block ends looks whole: so the channels are counted, and
a file that begins with an hour is expected to reach to the end of an hour.
"""

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np

from iar.errors import InputError, first_line
from iar.night import MISSING, Counts
from iar.records.merging import merge_record
from iar.records.record import Expectation, Problem, RecordFile, Source, list_first

ORIENTATIONS = {"N": 0, "1": 0, "E": 1, "2": 1}
"""Channel of the last letter of a SEED channel code; sensors that point elsewhere are left aside."""
SAME_RATE = 1e-5
"""Relative difference of two rates that is only how a header writes them."""
LONGEST_S = 2 * 86_400
"""Longest file, s: what seems longer has a damaged time in it."""
GCF_BLOCK = 1024
SHORTEST_BLOCK, LONGEST_BLOCK = 2**7, 2**20
"""Bytes of the blocks that libmseed reads."""
_MINISEED_HEAD = re.compile(rb"[\d \0]{6}[DRQM][ \0]")
_HEADS = 8  # blocks that are looked at to tell a GCF file, which has no signature: the first may be damaged
_OPTIONS: Mapping[str, dict[str, Any]] = {"MSEED": {}, "GCF": {"cleanoverlap": False}}

Kind = Literal["MSEED", "GCF"]
Trace = Any


def recognise_miniseed(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Record of each horizontal channel of a miniSEED file; none for another kind of file.

    Raises
    ------
    InputError
        If ObsPy is not installed.
    ValueError
        If no block can be read, no channel is horizontal, or one has another rate than the station's.
    """
    _check_obspy("miniseed")
    content = source.read()
    if not any(_MINISEED_HEAD.match(content, place) for place in range(0, len(content), 128)):
        return ()
    return _records(source, content, "MSEED", expected)


def recognise_gcf(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Record of each horizontal channel of a GCF file; none for another kind of file. Raises as miniSEED does."""
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
        raise InputError(f"files of format {format_name} are read by ObsPy: pip install 'iar[seed]'") from None


def _records(source: Source, content: bytes, kind: Kind, expected: Expectation) -> list[RecordFile]:
    traces, bad = _read(content, kind, headonly=True)
    if not traces:
        raise ValueError(f"no block can be read ({bad[0]})" if bad else "no samples")
    channels = _by_channel(traces, expected.rate_hz)
    if not channels:
        raise ValueError(f"no horizontal channel: {', '.join(sorted({trace.id for trace in traces}))}")
    problems: tuple[Problem, ...] = ()
    if len(channels) < expected.channels:
        present = ", ".join(sorted({trace.id for found in channels.values() for trace in found}))
        problems = (Problem("missing_channel", f"only {present}: {len(channels)} of {expected.channels} channels"),)
    records = []
    for channel, found in sorted(channels.items()):
        start_ns = min(trace.stats.starttime.ns for trace in found)
        samples = _expected_samples(start_ns, _last(found, start_ns, expected.rate_hz), expected.rate_hz)
        read = partial(decode, kind=kind, channel=channel, start_ns=start_ns, rate_hz=expected.rate_hz)
        start = np.datetime64(round(start_ns / 1e6), "ms")
        records.append(RecordFile(source, channel, start, expected.rate_hz, samples, read, problems))
    return records


def _expected_samples(start_ns: int, samples: int, rate_hz: float) -> int:
    """Samples of a channel if it is whole: one that begins with an hour reaches to the end of an hour."""
    hour = round(3600 * rate_hz)
    past_hour = start_ns * rate_hz / 1e9 % hour
    begins_with_hour = min(past_hour, hour - past_hour) < 1
    return max(samples, hour * -(-(samples - 1) // hour)) if begins_with_hour else samples


def _last(traces: Sequence[Trace], start_ns: int, rate_hz: float) -> int:
    """Samples from `start_ns` to the end of the last trace; a ValueError if it is too long to be true."""
    samples = max(_place(trace, start_ns, rate_hz) + int(trace.stats.npts) for trace in traces)
    if samples > LONGEST_S * rate_hz:
        raise ValueError(f"{traces[0].id} spans {samples / rate_hz / 86_400:.1f} days: a time in it is wrong")
    return samples


def _place(trace: Trace, start_ns: int, rate_hz: float) -> int:
    begin_ns: int = trace.stats.starttime.ns
    return round((begin_ns - start_ns) * rate_hz / 1e9)


def decode(content: bytes, *, kind: Kind, channel: int, start_ns: int, rate_hz: float) -> tuple[Counts, list[Problem]]:
    """Counts of one channel of a file at its own rate, int32, from `start_ns` on; `MISSING` in its gaps.

    Raises
    ------
    ValueError
        If nothing of that channel can be read, or it holds no integers.
    """
    traces, bad = _read(content, kind, headonly=False)
    found = _by_channel(traces, rate_hz).get(channel)
    if not found:
        raise ValueError(f"no block of the channel can be read ({bad[0] if bad else 'none is there'})")
    counts = np.full(_last(found, start_ns, rate_hz), MISSING)
    problems = [Problem("bad_block", f"damaged: {list_first(bad)}")] if bad else []
    differing = 0
    for trace in found:
        if trace.data.dtype.kind != "i":
            raise ValueError(f"{trace.id} holds {trace.data.dtype} samples: counts are integers")
        differing += merge_record(counts, trace.data.astype(np.int32), _place(trace, start_ns, rate_hz)).differing
    if differing:
        problems.append(Problem("conflict", f"{differing} samples are in the file twice and differ: the first stay"))
    missing = counts == MISSING
    if missing.any():
        gaps = np.count_nonzero(np.diff(missing, prepend=False) & missing)
        problems.append(Problem("missing", f"{missing.sum() / rate_hz:g} s in {gaps} gap(s)"))
    return counts, problems


def _by_channel(traces: Sequence[Trace], rate_hz: float) -> dict[int, list[Trace]]:
    """Traces of each horizontal channel, in the order of time; a ValueError for another rate, or two of a channel."""
    channels: dict[int, list[Trace]] = {}
    for trace in sorted(traces, key=lambda trace: trace.stats.starttime.ns):
        channel = ORIENTATIONS.get(trace.stats.channel[-1:])
        if channel is None:
            continue
        if not abs(trace.stats.sampling_rate / rate_hz - 1) <= SAME_RATE:  # also where a damaged header says NaN
            told = f"{trace.id} has {trace.stats.sampling_rate:g} samples a second"
            raise ValueError(f"{told}, expected {rate_hz:g} (the station's rate_hz)")
        others = channels.setdefault(channel, [])
        if others and others[0].id != trace.id:
            raise ValueError(f"{others[0].id} and {trace.id} are the same direction")
        others.append(trace)
    return channels


def _read(content: bytes, kind: Kind, *, headonly: bool) -> tuple[list[Trace], list[str]]:
    """Traces of a file, and which of its blocks are damaged; those are left out."""
    size = GCF_BLOCK if kind == "GCF" else _miniseed_block(content)
    if len(content) % size == 0:  # of a last block that is cut, ObsPy says nothing if most of it is there
        try:
            return _read_strictly(content, kind, headonly), []
        except Exception:  # noqa: BLE001, S110 - ObsPy raises bare exceptions; what it is, each block tells
            pass
    traces: list[Trace] = []
    bad = []
    for number, place in enumerate(range(0, len(content), size), start=1):
        block = content[place : place + size]
        try:
            found = _read_strictly(block, kind, headonly)
            if not found and len(block) < size:
                raise ValueError(f"{len(block)} of {size} bytes")  # noqa: TRY301 - told as the others are
        except Exception as error:  # noqa: BLE001
            bad.append(f"block {number} (byte {place}): {first_line(error) if str(error) else 'damaged'}")
        else:
            traces += found
    return traces, bad


def _read_strictly(content: bytes, kind: Kind, headonly: bool) -> list[Trace]:
    """Traces with samples; a warning of ObsPy is an error."""
    import obspy

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for of_code in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", of_code)
        stream = obspy.read(io.BytesIO(content), format=kind, headonly=headonly, **_OPTIONS[kind])
    return [trace for trace in stream if trace.stats.npts]


def _miniseed_block(content: bytes) -> int:
    """Length of the blocks of a miniSEED file: what the first header that can be read says, else 512 bytes.

    A length that no block has is that of a damaged header: to look for blocks at every byte would take an hour.
    """
    from obspy.io.mseed.util import get_record_information

    for place in range(0, len(content), 512):
        if _MINISEED_HEAD.match(content, place):
            try:
                with warnings.catch_warnings(action="ignore"):  # what is wrong with a block is told when it is read
                    length = int(get_record_information(io.BytesIO(content[place:]))["record_length"])
            except Exception:  # noqa: BLE001, S112 - the next one, then
                continue
            if SHORTEST_BLOCK <= length <= LONGEST_BLOCK:
                return length
    return 512
