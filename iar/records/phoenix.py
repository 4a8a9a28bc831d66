"""Continuous files of Phoenix MTU-5C loggers, such as ``.td_150``: 128 bytes of header, then volts as float32.

The header is read as in the vendor's PhoenixGeoPy (MIT). The logger's clock is that of GPS, ahead of UTC by the leap
seconds since 1980; the first file begins a second after the recording's time, the others at multiples of its period.
"""

import re
import struct
from collections.abc import Sequence
from functools import lru_cache, partial

import numpy as np

from iar.night import channel_of
from iar.records.record import Expectation, OtherStreamError, Problem, RecordFile, Source
from iar.records.series import Series, check_volts, evenly, series_records

HEADER = 128
GPS_AHEAD_S = 18
"""Leap seconds of GPS time: there was none after 2016, before the first of these loggers (IERS Bulletin C)."""
_NAME = re.compile(r".*\.td_\d+")
_SIGNATURE = b"MTU-5C"


def recognise(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Record of a channel's file; none for a file of another name.

    The channel with the number 0 is the first coil, and 1 the second, unless the station's `streams` say other numbers:
    ``*.*.*.3`` is number 3.

    Raises
    ------
    OtherStreamError
        If it holds another channel.
    ValueError
        If its header makes no sense, or the station's unit is not V.
    """
    if not _NAME.fullmatch(source.name.rsplit("/", 1)[-1]):
        return ()
    check_volts(expected)
    return series_records(source, partial(_parse, streams=expected.streams), expected)


@lru_cache(maxsize=1)
def _parse(content: bytes, *, streams: tuple[str, str] | None) -> list[Series]:
    if len(content) < HEADER or content[4:10] != _SIGNATURE:
        raise ValueError(f"no header of an {_SIGNATURE.decode()}: it begins with {content[4:10]!r}")
    (length,) = struct.unpack_from("<H", content, 2)
    serial = content[12:20].decode("ascii", "replace").strip("\0 ")
    recording_s, number, sequence, period_s = struct.unpack_from("<IBIH", content, 20)
    base, exponent, width = struct.unpack_from("<HbB", content, 59)
    (missing,) = struct.unpack_from("<H", content, 103)
    if length < HEADER or width != 4 or not (base and -6 <= exponent <= 6):
        raise ValueError(f"a header of {length} bytes, {base}e{exponent} Hz, {width} bytes a sample: expected 4")
    stream = f".{serial}..{number}"
    patterns = streams or ("*.0", "*.1")
    channel = channel_of(stream, patterns)
    if channel is None:
        raise OtherStreamError(f"no stream of the coils ({' or '.join(patterns)}): {stream}")
    samples = np.frombuffer(content, "<f4", max(len(content) - length, 0) // 4, min(length, len(content)))
    if not len(samples):
        raise ValueError("no samples")
    rate_hz = float(f"{base}e{exponent}")
    later_s = 1 if sequence <= 1 else period_s * (sequence - 1)
    stretches = evenly((recording_s - GPS_AHEAD_S + later_s) * 10**9, len(samples), rate_hz)
    problems = (Problem("missing", f"its header says that {missing} frames are missing"),) if missing else ()
    return [Series(channel, rate_hz, samples.astype(np.float64), stretches, stream, problems)]
