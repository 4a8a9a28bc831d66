"""Which files are tables of a station, and the records in them."""

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache, partial

from iar.errors import InputError
from iar.records.record import Expectation, OtherStreamError, RecordFile, Source
from iar.records.series import Series, series_records
from iar.records.tables.arrays import read_arrays
from iar.records.tables.cdf import read_cdf
from iar.records.tables.text import read_text
from iar.records.tables.times import time_in_name
from iar.records.tables.wav import read_wav
from iar.settings.table import CdfTable, NameStart, Table, TextTable, WavTable

_HOUR_NS = 3600 * 10**9


def recognise(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Records of the coils in a file of the station's table; none for a file of another name.

    Raises
    ------
    InputError
        If the station describes no table.
    OtherStreamError
        If its name is not of the pattern that tells its time.
    ValueError
        If something that the table names is not in the file, or not what it should be.
    """
    table = expected.table
    if table is None:
        raise InputError("format table: the station has no field table, which says where time and coils stand")
    name = source.name.rsplit("/", 1)[-1]
    coils = [coil for coil, pattern in enumerate(table.files) if fnmatchcase(name, pattern)]
    if not coils:
        return ()
    start_ns = None
    if isinstance(table.start, NameStart):
        start_ns = time_in_name(name, table.start.pattern)
        if start_ns is None:
            raise OtherStreamError(f"its name is not of the pattern {table.start.pattern}")
    if len(table.files) == 2:
        table = _of_coil(table, coils[0])
    parse = partial(parse_table, table=table, start_ns=start_ns, rate_hz=expected.rate_hz)
    return series_records(source, parse, expected)


def _of_coil(table: Table, coil: int) -> Table:
    """Table of files that hold one coil."""
    channels = tuple(one if place == coil else None for place, one in enumerate(table.channels))
    return table.model_copy(update={"channels": channels})


@lru_cache(maxsize=1)  # the coils of a file are read one after the other
def parse_table(content: bytes, *, table: Table, start_ns: int | None, rate_hz: float) -> list[Series]:
    """Samples of the coils in a file of a table; `start_ns` is the time in its name, if it has one there."""
    if isinstance(table, TextTable):
        found = read_text(content, table, start_ns=start_ns, rate_hz=rate_hz)
    elif isinstance(table, CdfTable):
        found = read_cdf(content, table, start_ns=start_ns, rate_hz=rate_hz)
    elif isinstance(table, WavTable):
        found = read_wav(content, table, start_ns=start_ns or 0)
    else:
        found = read_arrays(content, table, start_ns=start_ns, rate_hz=rate_hz)
    ahead_ns = round(table.utc_offset_h * _HOUR_NS)
    if not ahead_ns:
        return found
    return [
        replace(one, stretches=tuple(replace(part, start_ns=part.start_ns - ahead_ns) for part in one.stretches))
        for one in found
    ]
