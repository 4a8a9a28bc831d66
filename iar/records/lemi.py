"""Binary files of LEMI-423 loggers, ``.B423``: a header of 1024 bytes of text, then a record of 30 bytes a sample.

A record is second since 1970, number of the sample in that second, three coils, two dipoles, and four bytes on the
clock, little-endian; the header says with which factor and offset numbers become a measurement (mt-io and
resistics-readers describe it alike, but for its unit: nT of a coil of nominal sensitivity there, mV here; the station
says which). The greatest number of a sample in most seconds tells the rate.
"""

import re
from collections.abc import Sequence
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from iar.records.record import Expectation, Problem, RecordFile, Source
from iar.records.series import Series, series_records, stretches_of

HEADER = 1024
RECORD = np.dtype([("second", "<u4"), ("number", "<u2"), ("coils", "<i4", 3), ("dipoles", "<i4", 2), ("clock", "<u4")])
Integers = npt.NDArray[np.int64]

_FACTOR = re.compile(r"^\s*%?\s*(K(?:mx|my)|A[xy])\s*=\s*(\S+)\s*$", re.MULTILINE)
_SERIAL = re.compile(r"#\s*(\d+)")


def recognise(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Records of the coils Bx and By; none for a file of another name.

    Raises
    ------
    ValueError
        If its header has no factors, or makes no sense.
    """
    if not source.name.lower().endswith(".b423"):
        return ()
    return series_records(source, partial(_parse, expected_hz=expected.rate_hz), expected)


@lru_cache(maxsize=1)
def _parse(content: bytes, *, expected_hz: float) -> list[Series]:
    if len(content) < HEADER:
        raise ValueError(f"{len(content)} bytes: the header alone has {HEADER}")
    header = content[:HEADER].decode("latin-1").replace("\r", "\n")
    factors = _factors(header)
    serial = _SERIAL.search(header)
    rest = (len(content) - HEADER) % RECORD.itemsize
    problems = (Problem("short", f"{rest} bytes of a sample at its end"),) if rest else ()
    records = np.frombuffer(content, RECORD, (len(content) - HEADER) // RECORD.itemsize, HEADER)
    if not len(records):
        raise ValueError("no samples")
    second, number = records["second"].astype(np.int64), records["number"].astype(np.int64)
    rate_hz = _rate(second, number, expected_hz)
    is_time = number < rate_hz
    if not is_time.all():
        wrong = f"{np.count_nonzero(~is_time)} samples beyond the {rate_hz:g} of a second, left aside"
        problems = (*problems, Problem("bad_time", wrong))
        records, second, number = records[is_time], second[is_time], number[is_time]
    stretches = stretches_of(second * 10**9 + np.rint(number * (1e9 / rate_hz)).astype(np.int64), rate_hz)
    return [
        Series(
            channel,
            rate_hz,
            records["coils"][:, channel] * factors[f"Km{axis}"] + factors[f"A{axis}"],
            stretches,
            f".{serial[1] if serial else ''}..B{axis}",
            problems,
        )
        for channel, axis in enumerate("xy")
    ]


def _rate(second: Integers, number: Integers, expected_hz: float) -> float:
    """Rate by the greatest number of a sample in most seconds, Hz; the station's where no second is whole."""
    begins = np.flatnonzero(number[1:] == 0) + 1
    last = number[begins - 1][second[begins] - second[begins - 1] == 1]
    return float(np.bincount(last).argmax()) + 1 if len(last) else expected_hz


def _factors(header: str) -> dict[str, float]:
    """Factor and offset of both coils."""
    found = {}
    for name, text in _FACTOR.findall(header):
        try:
            found[name] = float(text)
        except ValueError:
            raise ValueError(f"its header says {name} = {text:.20}: expected a number") from None
    for name in ("Kmx", "Kmy", "Ax", "Ay"):
        if not np.isfinite(found.get(name, np.nan)):
            raise ValueError(f"no header of a LEMI-423: it has no number {name}")
    if not (found["Kmx"] and found["Kmy"]):
        raise ValueError("its header says Kmx = 0 or Kmy = 0")
    return found
