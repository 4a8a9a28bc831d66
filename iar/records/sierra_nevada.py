"""Files of the Sierra Nevada ELF station: int16 without a header, and their start in ``<name>_info.txt`` beside them.

Salinas et al. 2022, doi:10.1016/j.cageo.2022.105148. The sampling period of 3906 us is a rate of 256.0164 Hz; 1953/5000
of it is 100 Hz exactly, so a file keeps its place on the archive's clock from its first sample to its last (25/64, the
ratio often used, gives 100.006 Hz and is 23 samples off at the end of an hour).
"""

import datetime as dt
import re

import numpy as np
from scipy import signal

from iar.records.record import Counts, Problem, RecordFile, Source

PERIOD_US = 3906
MAX_SAMPLES = 86_400 * 1_000_000 // PERIOD_US
UP, DOWN = 1953, 5000  # 100 Hz * 3906 us, as a fraction
_NAME = re.compile(r".*_sensor_(?P<channel>[01])_\d{10}")
_START = re.compile(r"1st sample timestamp:\s*(?P<time>[\d-]+ [\d:.]+) UTC")
_SAMPLES = re.compile(r"number of samples:\s*(?P<samples>\d+)")
_PERIOD = re.compile(r"sampling period \(usec\):\s*(?P<period>[\d.]+)")


def recognise(source: Source) -> RecordFile | None:
    """Record of a station file, from its name and the ``_info.txt`` beside it.

    Raises
    ------
    ValueError
        If ``_info.txt`` is not there, lacks a field, or tells another sampling period.
    """
    match = _NAME.fullmatch(source.name)
    if match is None:
        return None
    info_name = f"{source.name}_info.txt"
    try:
        info = source.read_beside(info_name).decode("ascii", "replace")
    except FileNotFoundError:
        raise ValueError(f"{info_name} is not beside it: no start time") from None
    start, samples, period = (_field(pattern, info, info_name) for pattern in (_START, _SAMPLES, _PERIOD))
    if float(period) != PERIOD_US:
        raise ValueError(f"{info_name}: sampling period {period} us, expected {PERIOD_US}")
    try:
        begin = dt.datetime.strptime(start, "%d-%m-%Y %H:%M:%S.%f").replace(tzinfo=dt.UTC)
    except ValueError:
        raise ValueError(f"{info_name}: start {start!r} is no time such as 01-03-2015 00:49:34.658") from None
    if not 0 < int(samples) <= MAX_SAMPLES:
        raise ValueError(f"{info_name}: {samples} samples, expected at most {MAX_SAMPLES} (a day)")
    resampled = -(-int(samples) * UP // DOWN)
    place = np.datetime64(begin.replace(tzinfo=None), "ms")
    return RecordFile(source, int(match["channel"]), place, resampled, decode)


def decode(raw: bytes) -> tuple[Counts, list[Problem]]:
    """Counts at 100 Hz, int32, from int16 at 256.0164 Hz, through a polyphase anti-alias filter.

    Raises
    ------
    ValueError
        If there is no whole sample.
    """
    usable = len(raw) // 2
    if usable == 0:
        raise ValueError(f"{len(raw)} bytes hold no sample")
    values = np.frombuffer(raw, dtype="<i2", count=usable)
    resampled = signal.resample_poly(values.astype(np.float64), UP, DOWN)
    return np.rint(resampled).astype(np.int32), []


def _field(pattern: re.Pattern[str], info: str, info_name: str) -> str:
    match = pattern.search(info)
    if match is None:
        raise ValueError(f"{info_name} has no line {pattern.pattern.split(':')[0]!r}")
    return match[1]
