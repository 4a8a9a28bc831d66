"""Times as files write them: in their names, in lines, as numbers since some day; all to ns since 1970, UTC."""

import datetime as dt
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.records.series import check_year
from iar.settings.table import CODES

NO_TIME = np.iinfo(np.int64).min
"""In the place of a time that cannot be read."""
_NS = 10**9
_DAY_NS = 86_400 * _NS
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MATLAB_EPOCH = 719_529
"""Day of MATLAB's datenum that 1970-01-01 is (MathWorks, datenum: day 1 is 1 January of the year 0)."""
_SINCE = re.compile(r"\s*(?P<unit>[A-Za-z]+)\s+since\s+(?P<day>.+?)\s*(?:UTC|Z|GMT)?\s*", re.IGNORECASE)
_UNIT_NS = {
    "day": _DAY_NS, "hour": 3600 * _NS, "hr": 3600 * _NS, "h": 3600 * _NS, "minute": 60 * _NS, "min": 60 * _NS,
    "second": _NS, "sec": _NS, "s": _NS, "millisecond": 10**6, "msec": 10**6, "ms": 10**6,
    "microsecond": 1000, "us": 1000, "nanosecond": 1, "ns": 1,
}  # fmt: skip


@lru_cache(maxsize=8)
def name_expression(pattern: str) -> re.Pattern[str]:
    """Regular expression of a name in which codes such as %Y are parts of a time, and * and ? any other part."""
    out = []
    for code, letter in re.findall(r"%(.)|(.)", pattern, re.DOTALL):
        wild = {"*": ".*", "?": "."}.get(letter)
        out.append(f"(?P<{code}>{CODES[code]})" if code else wild or re.escape(letter))
    return re.compile("".join(out), re.DOTALL)


def time_in_name(name: str, pattern: str) -> int | None:
    """Time that stands in a name, or a line, ns since 1970; None if it is not of the pattern.

    >>> time_in_name("STN_20140110_12.csv", "STN_%Y%m%d_%H.csv") == 1389355200 * 10**9
    True

    Raises
    ------
    ValueError
        If there is no such day or hour.
    """
    match = name_expression(pattern).fullmatch(name)
    if match is None:
        return None
    parts = {code: text for code, text in match.groupdict().items() if code != "f"}
    fraction = (match.groupdict().get("f") or "").ljust(9, "0")
    form, text = " ".join(f"%{code}" for code in parts), " ".join(parts.values())
    try:
        found = dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC)
    except ValueError:
        raise ValueError(f"{name!r} has no time of the pattern {pattern!r}: {text}") from None
    return round((found - _EPOCH).total_seconds()) * _NS + int(fraction)


def times_of_texts(texts: Sequence[str], form: str) -> npt.NDArray[np.int64]:
    """Times of some texts, shape (sample,), ns since 1970.

    Raises
    ------
    ValueError
        If one is none of that form: names the first.
    """
    import pandas as pd

    if form in {"unix", "matlab"}:
        try:
            numbers = np.array(texts, dtype=np.float64)
        except ValueError:
            bad = next(one for one in texts if np.isnan(pd.to_numeric(one, errors="coerce")))
            raise ValueError(f"{bad!r} is no time of the form {form!r}") from None
        return times_of_numbers(numbers, form)
    options: dict[str, Any] = {"format": "ISO8601" if form == "iso" else form, "utc": True}
    try:
        return np.asarray(pd.to_datetime(list(texts), **options).as_unit("ns").asi8)
    except (ValueError, OverflowError, TypeError):
        bad = next((one for one in texts if pd.isna(pd.to_datetime([one], errors="coerce", **options)[0])), texts[0])
        raise ValueError(f"{bad!r} is no time of the form {form!r}") from None


def times_there(texts: Sequence[str], form: str) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Times of some texts, shape (sample,), ns since 1970, `NO_TIME` for those that are none; and these, in words.

    Raises
    ------
    ValueError
        If more than half of them are none.
    """
    import pandas as pd

    try:
        times_ns = times_of_texts(texts, form)
    except ValueError:
        if form in {"unix", "matlab"}:
            is_time = np.isfinite(pd.to_numeric(pd.Series(texts), errors="coerce").to_numpy(np.float64))
        else:
            options: dict[str, Any] = {"format": "ISO8601" if form == "iso" else form, "utc": True}
            is_time = ~np.asarray(pd.isna(pd.to_datetime(list(texts), errors="coerce", **options)))
        if 2 * np.count_nonzero(is_time) < len(texts):
            raise
        times_ns = np.full(len(texts), NO_TIME)
        times_ns[is_time] = times_of_texts([text for text, good in zip(texts, is_time, strict=True) if good], form)
    bad = np.flatnonzero(times_ns == NO_TIME)
    if 2 * len(bad) > len(texts):
        raise ValueError(f"{len(bad)} of {len(texts)} lines have no time of the form {form!r}")
    return times_ns, tuple(f"row {place + 1}: {texts[place]!r:.40}" for place in bad[:1000])


def times_of_numbers(numbers: npt.NDArray[Any], form: str, units: str = "") -> npt.NDArray[np.int64]:
    """Times of some numbers, shape (sample,), ns since 1970, by their form or, for since, their `units`.

    Raises
    ------
    ValueError
        If one is no finite number, or the units are none of a time.
    """
    unit_ns, begin_ns = {"unix": (_NS, 0), "matlab": (_DAY_NS, 0)}.get(form) or _since(units)
    if numbers.dtype.kind not in "iuf":
        raise ValueError(f"times are {numbers.dtype}: form {form} is of numbers")
    if not np.isfinite(numbers).all():
        place = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise ValueError(f"time {place + 1} of {len(numbers)} is {numbers[place]}")
    if form == "matlab":
        numbers = numbers - _MATLAB_EPOCH
    whole = np.floor(numbers)  # apart from the fraction: days as floats hold 40 us, seconds of now 0.2 us
    for end in (whole.min(), whole.max()) if len(whole) else ():
        check_year(int(end) * unit_ns + begin_ns)
    fraction_ns = np.rint((numbers - whole) * unit_ns).astype(np.int64)
    return np.asarray(whole.astype(np.int64) * unit_ns + fraction_ns + begin_ns)


def _since(units: str) -> tuple[int, int]:
    """How long a unit is, and when its zero was, ns."""
    match = _SINCE.fullmatch(units)
    unit = match["unit"].lower() if match else ""
    length_ns = _UNIT_NS.get(unit) or _UNIT_NS.get(unit.removesuffix("s"))
    if match is None or length_ns is None:
        raise ValueError(f"units {units!r} are none such as 'seconds since 2014-01-10 00:00:00'")
    (begin_ns,) = times_of_texts([match["day"]], "iso")
    return length_ns, int(begin_ns)
