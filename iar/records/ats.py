"""ATS files of Metronix loggers: a header of 1024 bytes, then integers of 32 or 64 bits, one sensor a file.

The layout is that of the vendor's ATSHeader_80 (manual of the ADU-07; versions 80 and 81), little-endian. A
count stands for as many mV as the header says, gains included, and that may change from run to run: so the samples are
given in volts.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache, partial

import numpy as np

from iar.records.record import Expectation, OtherStreamError, Problem, RecordFile, Source
from iar.records.series import Series, check_volts, evenly, series_records

SHORTEST_HEADER = 1024
VERSIONS = (80, 81)
COILS = {"Hx": 0, "Hy": 1}
_LARGE = 0xFFFFFFFF
_HEAD = struct.Struct("<HhIfId")  # header bytes, version, samples, rate, start, mV a count


def recognise(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Record of a file of a horizontal coil; none for a file of another name.

    Raises
    ------
    OtherStreamError
        If it holds another sensor.
    ValueError
        If its header makes no sense, or the station's unit is not V.
    """
    if not source.name.lower().endswith(".ats"):
        return ()
    check_volts(expected)
    return series_records(source, partial(_parse, expected_hz=expected.rate_hz), expected)


@lru_cache(maxsize=1)
def _parse(content: bytes, *, expected_hz: float) -> list[Series]:
    if len(content) < SHORTEST_HEADER:
        raise ValueError(f"{len(content)} bytes: the header alone has {SHORTEST_HEADER}")
    length, version, samples, rate_hz, start_s, millivolts = _HEAD.unpack_from(content)
    if version not in VERSIONS or not SHORTEST_HEADER <= length <= len(content):
        raise ValueError(f"a header of version {version} and {length} bytes: read are {VERSIONS} and {SHORTEST_HEADER}")
    if not (np.isfinite(rate_hz) and rate_hz > 0 and np.isfinite(millivolts) and millivolts > 0):
        raise ValueError(f"its header says {rate_hz:g} samples a second of {millivolts:g} mV a count")
    sensor = content[0x26:0x28].decode("ascii", "replace").strip("\0 ")
    channel = COILS.get(sensor)
    if channel is None:
        raise OtherStreamError(f"no stream of the coils ({' or '.join(COILS)}): {sensor}")
    (wide,) = struct.unpack_from("<h", content, 0xAA)
    if samples == _LARGE:
        (samples,) = struct.unpack_from("<Q", content, 0xF0)
    kind = np.dtype("<i8" if wide == 1 else "<i4")
    there = (len(content) - length) // kind.itemsize
    if not there:
        raise ValueError("no samples")
    counts = np.frombuffer(content, kind, there, length)[:samples]
    problems = (Problem("short", f"{there} samples, its header says {samples}"),) if there < samples else ()
    rate_hz = expected_hz if abs(rate_hz / expected_hz - 1) < 1e-5 else float(rate_hz)
    (serial,) = struct.unpack_from("<H", content, 0x20)
    stretches = evenly(start_s * 10**9, len(counts), rate_hz)
    return [Series(channel, rate_hz, counts * (millivolts / 1000), stretches, f".{serial:03d}..{sensor}", problems)]
