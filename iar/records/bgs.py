"""Hour files of the British Geological Survey: ``CH{1,2}_{YYYY}_{MM}_{DD}_{HH}.dat``, one integer a line.

Beggan & Marple 2018, doi:10.5285/1dab864b-1dab-4d4e-b9d5-c1f41e6ea4cb is the public set of such files.
"""

import io
import re
from collections.abc import Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.csv

from iar.night import HOUR_SAMPLES, MISSING, YEARS
from iar.records.record import Counts, Expectation, Problem, RecordFile, Source

_NAME = re.compile(r"CH(?P<channel>[12])_(?P<year>\d{4})_(?P<month>\d\d)_(?P<day>\d\d)_(?P<hour>\d\d)\.dat")
_INTEGER = re.compile(rb"\s*[+-]?\d{1,18}\s*")
_SHOWN_LINES = 3
_ONE_COLUMN = (
    pa.csv.ReadOptions(column_names=["counts"], use_threads=False),
    pa.csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
    pa.csv.ConvertOptions(column_types={"counts": pa.int32()}, null_values=[]),
)


def recognise(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Record of an hour file, from its name; none for another name, a ValueError for a name that is no hour."""
    match = _NAME.fullmatch(source.name.rsplit("/", 1)[-1])
    if match is None:
        return ()
    year, month, day, hour = (match[part] for part in ("year", "month", "day", "hour"))
    if not YEARS[0] <= int(year) <= YEARS[1]:
        raise ValueError(f"year {year} is outside {YEARS[0]} to {YEARS[1]}")
    start = np.datetime64(f"{year}-{month}-{day}T{hour}:00", "ms")
    samples = round(3600 * expected.rate_hz)
    read = partial(decode, whole_lines=samples)
    return (RecordFile(source, int(match["channel"]) - 1, start, expected.rate_hz, samples, read),)


def decode(text: bytes, *, whole_lines: int = HOUR_SAMPLES) -> tuple[Counts, list[Problem]]:
    """Counts of an hour file: int32, one a line, `MISSING` where the line is no integer, and what was wrong.

    A last line that nothing ends, in a file of fewer than `whole_lines`, is still being written: it counts as missing.

    Raises
    ------
    ValueError
        If no line is an integer.
    """
    plain = text.endswith(b"\n") and text.isascii() and not (b"x" in text or b"X" in text)  # Arrow reads 0x10 as 16
    if plain and not text.isspace():
        try:
            chunks = pa.csv.read_csv(pa.BufferReader(text), *_ONE_COLUMN)["counts"].chunks
            counts = np.concatenate([np.from_dlpack(chunk) for chunk in chunks])  # to_numpy would import pandas
        except pa.ArrowInvalid:
            return _decode_by_line(text, whole_lines)
        if len(counts) == text.count(b"\n") and counts.min() > MISSING:
            return counts, []
    return _decode_by_line(text, whole_lines)


def encode(counts: Counts) -> bytes:
    """Text of an hour file that holds `counts`; a missing sample is the line ``nan``."""
    out = io.BytesIO()
    options = pa.csv.WriteOptions(include_header=False)
    pa.csv.write_csv(pa.table({"counts": counts}), out, options)
    return out.getvalue().replace(b"%d" % MISSING, b"nan")


def file_name(channel: int, start: np.datetime64) -> str:
    """Name of the hour file of `channel` (0 or 1) that begins at `start`, UTC."""
    stamp = str(start.astype("datetime64[h]")).replace("-", "_").replace("T", "_")
    return f"CH{channel + 1}_{stamp}.dat"


def _decode_by_line(text: bytes, whole_lines: int) -> tuple[Counts, list[Problem]]:
    """Slow path: which lines are wrong. A wrong line is one missing sample: the clock goes on."""
    lines = text.rstrip().splitlines()
    whole = text.endswith((b"\n", b"\r")) or len(lines) == whole_lines
    counts = np.full(len(lines), MISSING)
    bad = []
    for i, line in enumerate(lines):
        value = int(line) if _INTEGER.fullmatch(line) else None
        if value is not None and abs(value) < -int(MISSING) and (whole or i < len(lines) - 1):
            counts[i] = value
        else:
            bad.append(f"line {i + 1}: {line[:40].decode('ascii', 'replace')!r}")
    if len(bad) == len(lines):
        raise ValueError(f"no line is an integer ({bad[0]})" if bad else "the file is empty")
    more = f" and {len(bad) - _SHOWN_LINES} more" if len(bad) > _SHOWN_LINES else ""
    return counts, [Problem("bad_line", f"no whole integer: {', '.join(bad[:_SHOWN_LINES])}{more}")] if bad else []
