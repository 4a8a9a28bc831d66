"""The night, the unit of work: 24 h of two channels from the boundary hour of its date, in 864 slots of 100 s.

A night is named by the date of its evening, as astronomers do, so the phenomenon is never cut in two. Everything here
is arithmetic on dates; nothing knows a station.
"""

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt

from iar.errors import InputError

SLOT_S = 100
SLOTS = 86_400 // SLOT_S
RATE_HZ = 100
"""Rate of the samples in the archive; other rates are resampled by their reader."""
SLOT_SAMPLES = SLOT_S * RATE_HZ
NIGHT_SAMPLES = SLOTS * SLOT_SAMPLES
HOUR_SAMPLES = 3600 * RATE_HZ
MISSING = np.int32(np.iinfo(np.int32).min)
"""Count that stands for "no sample"."""
Counts = npt.NDArray[np.int32]
"""Samples of the digitiser, `MISSING` where there is none; the last dimension is the sample."""
Samples = Counts | npt.NDArray[np.floating]
"""Counts, or floats of any unit, NaN where there is none; the last dimension is the sample."""
CHANNELS = ("NS", "EW")
"""Directions that the two coils measure, in the order of every array."""
ORIENTATIONS = {"N": 0, "1": 0, "X": 0, "E": 1, "2": 1, "Y": 1}
"""Channel of the last letter of a SEED channel code; sensors that point elsewhere are left aside."""
HARMONICS = 12
"""Fringes that are told apart by number."""
SEASONS = {"winter": (11, 12, 1, 2), "equinox": (3, 4, 9, 10), "summer": (5, 6, 7, 8)}
"""Months of each season of the north, as is the custom in geomagnetism (Lloyd's seasons)."""
YEARS = (1900, 2199)
"""Years that a night can be in: what lies outside is a misprint."""


def season_of(month: int, latitude_deg: float) -> str:
    """Season of a month, one of `SEASONS`, of the hemisphere of that latitude."""
    there = month if latitude_deg >= 0 else (month + 5) % 12 + 1
    return next(name for name, months in SEASONS.items() if there in months)


def parse_night(text: str) -> dt.date:
    """Night named by `text`, ``YYYY-MM-DD``; an InputError that shows the text if it is no date."""
    try:
        night = dt.date.fromisoformat(text)
    except ValueError:
        night = None
    if night is None or night.isoformat() != text:  # fromisoformat knows weeks and dates without hyphens, too
        raise InputError(f"night {text!r} is no date: expected YYYY-MM-DD, such as 2014-01-10")
    if not YEARS[0] <= night.year <= YEARS[1]:
        raise InputError(f"night {text} is outside the years {YEARS[0]} to {YEARS[1]}")
    return night


def night_range(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return all nights from `first` to `last`, both included; an InputError if they are the wrong way round."""
    if last < first:
        raise InputError(f"last night {last} is before first night {first}")
    return [first + dt.timedelta(days=i) for i in range((last - first).days + 1)]


def nights_within(nights: Iterable[dt.date], first: dt.date | None, last: dt.date | None) -> list[dt.date]:
    """Those of `nights` from the first to the last, in order; an InputError if these are the wrong way round."""
    if first and last:
        night_range(first, last)
    return [n for n in sorted(set(nights)) if (first or n) <= n <= (last or n)]


def parse_span(text: str) -> tuple[dt.date, dt.date]:
    """First and last night of the month or year named by `text`, ``YYYY-MM`` or ``YYYY``.

    >>> parse_span("2014-02")
    (datetime.date(2014, 2, 1), datetime.date(2014, 2, 28))

    Raises
    ------
    InputError
        If it names none.
    """
    named = re.fullmatch(r"([0-9]{4})(?:-(0[1-9]|1[0-2]))?", text)  # \d: also the digits of other scripts
    if named is None or not YEARS[0] <= int(named[1]) <= YEARS[1]:
        raise InputError(
            f"{text!r} is no month and no year from {YEARS[0]} to {YEARS[1]}: expected YYYY-MM or YYYY, such as 2014-01"
        )
    year = int(named[1])
    first, last = (1, 12) if named[2] is None else (int(named[2]), int(named[2]))
    return dt.date(year, first, 1), dt.date(year, last, calendar.monthrange(year, last)[1])


def channel_of(stream: str, patterns: Sequence[str] | None) -> int | None:
    """Channel of a stream: by a pattern of each, or without them by the direction that its last letter tells.

    >>> channel_of("GB.ESK.00.BH2", ("*.BH2", "*.BH1")), channel_of("GB.ESK.00.BH2", None), channel_of("A..BHZ", None)
    (0, 1, None)
    """
    if patterns is None:
        return ORIENTATIONS.get(stream[-1:])
    return next((i for i, pattern in enumerate(patterns) if fnmatchcase(stream, pattern)), None)


def samples_there(samples: Samples) -> npt.NDArray[np.bool_]:
    """Which samples are there: of integers those that are not `MISSING`, of floats those that are finite.

    >>> samples_there(np.array([1.5, np.nan, np.inf])).tolist(), samples_there(np.array([7, MISSING])).tolist()
    ([True, False, False], [True, False])
    """
    return np.isfinite(samples) if np.issubdtype(samples.dtype, np.floating) else np.asarray(samples != MISSING)


def last_whole_night(now: dt.datetime, boundary_hour: int) -> dt.date:
    """Last night that is over at `now` (UTC)."""
    return (now - dt.timedelta(hours=boundary_hour, days=1)).date()


def night_start(night: dt.date, boundary_hour: int) -> np.datetime64:
    """First instant of `night`, UTC, as datetime64[ms]."""
    return np.datetime64(night, "ms") + np.timedelta64(boundary_hour, "h")


def nights_touched(start: np.datetime64, samples: int, boundary_hour: int) -> Iterator[dt.date]:
    """Nights that a stretch of `samples` from `start` (UTC) lies in, in order."""
    last = start + np.timedelta64(max(samples - 1, 0) * 1000 // RATE_HZ, "ms")
    half = np.timedelta64(500 // RATE_HZ, "ms")  # a sample lies at the nearest place, which may be in the next night
    shift = np.timedelta64(boundary_hour, "h") - half
    first_day, last_day = ((t - shift).astype("datetime64[D]").astype(dt.date) for t in (start, last))
    yield from night_range(first_day, last_day)


def slot_times(night: dt.date, boundary_hour: int) -> npt.NDArray[np.datetime64]:
    """Start of each slot of `night`, UTC: datetime64[ms], shape (864,)."""
    return night_start(night, boundary_hour) + np.arange(SLOTS) * np.timedelta64(SLOT_S, "s")


def slot_middles(night: dt.date, boundary_hour: int) -> npt.NDArray[np.datetime64]:
    """Middle of each slot of `night`, UTC: datetime64[ms], shape (864,)."""
    return slot_times(night, boundary_hour) + np.timedelta64(SLOT_S // 2, "s")


def slot_hours(boundary_hour: int) -> npt.NDArray[np.float64]:
    """Middle of each slot in hours since the midnight before the night, UTC: beyond 24 after midnight; shape (864,)."""
    return boundary_hour + (np.arange(SLOTS) + 0.5) * SLOT_S / 3600


def dark_slots(first_hour: float, last_hour: float, boundary_hour: int) -> npt.NDArray[np.bool_]:
    """Slots whose middle lies from `first_hour` to `last_hour` UTC, through midnight if need be: bool, shape (864,)."""
    middle = slot_hours(boundary_hour) % 24
    if first_hour <= last_hour:
        return (middle >= first_hour) & (middle < last_hour)
    return (middle >= first_hour) | (middle < last_hour)
