"""Hours of CARISMA's induction coils: text, both horizontal coils, with a time in each line.

They are named ``<YYYYMMDD><SITE><HH>.ICM<rate>``, such as ``20130201FCHU05.ICM20``. A line that begins with # says
station, day, position, unit and rate; in the others stand HHMMSS.sss, the coil along magnetic north, the one along
magnetic east, and a flag, which is x where the operator does not trust the line.
"""

import datetime as dt
import re
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.records.record import Expectation, Problem, RecordFile, Source, before_zeros, list_first
from iar.records.series import Series, check_rate, check_unit, series_records, stretches_of
from iar.records.tables.text import numbers_of, read_columns
from iar.settings.station import UNITS
from iar.settings.table import ColumnTimes, TextTable

_NAME = re.compile(
    r"(?P<day>\d{8})(?P<site>[A-Za-z0-9]{3,5}?)(?P<hour>[01]\d|2[0-3])\.ICM(?P<rate>\d{1,4})", re.IGNORECASE
)
_UNIT = re.compile(rb"(?:^|\s)(" + "|".join(UNITS).encode() + rb")(?=\s|$)")
_TABLE = TextTable(separator="space", channels=(2, 3), start=ColumnTimes(of=(1,), form="unix"))
_DAY_MS = 86_400_000


def recognise(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Records of both coils; none for a file of another name.

    Raises
    ------
    ValueError
        If its header tells another unit than the station's, or its lines are none of this format.
    """
    match = _NAME.fullmatch(source.name.rsplit("/", 1)[-1])
    if match is None:
        return ()
    try:
        day = dt.date.fromisoformat(match["day"])
    except ValueError:
        raise ValueError(f"{match['day']} is no day") from None
    day_ms = int(np.datetime64(day, "ms").astype(int))
    rate_hz = float(match["rate"])
    check_rate(rate_hz)
    station = match["site"].upper()
    parse = partial(_parse, day_ms=day_ms, rate_hz=rate_hz, unit=expected.unit, station=station)
    return series_records(source, parse, expected)


@lru_cache(maxsize=1)
def _parse(content: bytes, *, day_ms: int, rate_hz: float, unit: str, station: str) -> list[Series]:
    written, zeros = before_zeros(content)
    _check_unit(written.split(b"\n", 1)[0], unit)
    frame, problems = read_columns(written, _TABLE)
    if len(frame.columns) < 3:
        raise ValueError(f"a line has {len(frame.columns)} columns: expected a time, both coils, a flag")
    times, odd = numbers_of(frame[frame.columns[0]], ())
    clock_ms, is_time = _of_day(times)
    if zeros:
        problems.append(Problem("bad_block", f"{zeros}: what is before them is used"))
    if not is_time.all():
        which = list_first(odd) if odd else f"such as {times[~is_time][0]:g}"
        problems.append(Problem("bad_time", f"{np.count_nonzero(~is_time)} lines without a time: {which}"))
    if not is_time.any():
        raise ValueError("no line has a time such as 235959.950")
    stretches = stretches_of((day_ms + clock_ms[is_time]) * 10**6, rate_hz)
    good = _trusted(frame)[is_time]
    found = []
    for channel, letter in enumerate("NE"):
        samples, bad = numbers_of(frame[frame.columns[1 + channel]], ())
        of_coil = [*problems, Problem("bad_line", f"no number: {list_first(bad)}")] if bad else problems
        samples = np.where(good, samples[is_time], np.nan)
        found.append(Series(channel, rate_hz, samples, stretches, f".{station}..{letter}", tuple(of_coil)))
    return found


def _of_day(times: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Milliseconds of the day of times such as 235959.95, shape (line,), and which are one; midnight ends none."""
    whole = np.where(np.isfinite(times) & (times >= 0) & (times < 240_000), times, 999_999)
    ms = np.rint(whole * 1000).astype(np.int64)
    hour, minute, second = ms // 10**7, ms // 10**5 % 100, ms % 10**5
    is_time = (hour < 24) & (minute < 60) & (second < 60_000)
    clock = hour * 3_600_000 + minute * 60_000 + second
    first = clock[is_time.argmax()]
    return np.where(clock < first - _DAY_MS // 2, clock + _DAY_MS, clock), is_time


def _trusted(frame: Any) -> npt.NDArray[np.bool_]:
    """Which lines bear no flag x."""
    if len(frame.columns) < 4:
        return np.ones(len(frame), dtype=bool)
    return np.asarray(frame[frame.columns[3]].astype(str).str.strip().str.lower() != "x")


def _check_unit(header: bytes, unit: str) -> None:
    match = _UNIT.search(header) if header.startswith(b"#") else None
    if match:
        check_unit(match[1].decode(), unit, f"its header says {match[1].decode()}")
