"""Files of the Sierra Nevada ELF station: int16 without a header, and their start in ``<name>_info.txt`` beside them.

Salinas et al. 2022, doi:10.1016/j.cageo.2022.105148. The sampling period of 3906 us is a rate of 256.0164 Hz; 1953/5000
of it is 100 Hz exactly, so a file keeps its place on the archive's clock from its first sample to its last (25/64, the
ratio often used, gives 100.006 Hz and is 23 samples off at the end of an hour).
"""

import datetime as dt
import re
from collections.abc import Sequence

import numpy as np

from iar.night import Counts
from iar.records.record import Expectation, FileBesideError, Problem, RecordFile, Source

SAME_RATE = 1e-6
"""Relative difference of two rates that is only their last digit."""
_NAME = re.compile(r".*_sensor_(?P<channel>[01])_\d{10}")
_START = re.compile(r"1st sample timestamp:\s*(?P<time>[\d-]+ [\d:.]+) UTC")
_SAMPLES = re.compile(r"number of samples:\s*(?P<samples>\d+)")
_PERIOD = re.compile(r"sampling period \(usec\):\s*(?P<period>\d+(?:\.\d*)?)")


def recognise(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Record of a station file, from its name and the ``_info.txt`` beside it.

    Raises
    ------
    FileBesideError
        If ``_info.txt`` is not there.
    ValueError
        If it lacks a field, or tells another sampling period than the station.
    """
    name = source.name.rsplit("/", 1)[-1]
    match = _NAME.fullmatch(name)
    if match is None:
        return ()
    info_name = f"{name}_info.txt"
    try:
        info = source.read_beside(info_name).decode("ascii", "replace")
    except FileNotFoundError:
        raise FileBesideError(info_name, "no start time") from None
    start, samples, period = (_field(pattern, info, info_name) for pattern in (_START, _SAMPLES, _PERIOD))
    if abs(float(period) * expected.rate_hz / 1e6 - 1) > SAME_RATE:
        wanted = f"{1e6 / expected.rate_hz:.6g} us (the station's rate_hz is {expected.rate_hz:.6g})"
        raise ValueError(f"{info_name}: sampling period {period} us, expected {wanted}")
    try:
        begin = dt.datetime.strptime(start, "%d-%m-%Y %H:%M:%S.%f").replace(tzinfo=dt.UTC)
    except ValueError:
        raise ValueError(f"{info_name}: start {start!r} is no time such as 01-03-2015 00:49:34.658") from None
    most = round(86_400 * expected.rate_hz)
    if not 0 < int(samples) <= most:
        raise ValueError(f"{info_name}: {samples} samples, expected at most {most} (a day)")
    place = np.datetime64(begin.replace(tzinfo=None), "ms")
    return (RecordFile(source, int(match["channel"]), place, expected.rate_hz, int(samples), decode),)


def decode(raw: bytes) -> tuple[Counts, list[Problem]]:
    """Counts of the station's digitiser, int32, from int16; half a sample at the end is left aside.

    Raises
    ------
    ValueError
        If there is no whole sample.
    """
    usable = len(raw) // 2
    if usable == 0:
        raise ValueError(f"{len(raw)} bytes hold no sample")
    return np.frombuffer(raw, dtype="<i2", count=usable).astype(np.int32), []


def _field(pattern: re.Pattern[str], info: str, info_name: str) -> str:
    match = pattern.search(info)
    if match is None:
        raise ValueError(f"{info_name} has no line {pattern.pattern.split(':')[0]!r}")
    return match[1]
