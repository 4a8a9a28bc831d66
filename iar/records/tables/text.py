"""Lines of numbers in columns."""

import io
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.records.record import Problem, before_zeros, list_first
from iar.records.series import Series, evenly, stretches_of
from iar.records.tables.times import NO_TIME, time_in_name, times_there
from iar.settings.table import Column, ColumnTimes, LineStart, TextTable

_SEPARATORS = {"tab": "\t", "space": r"\s+"}


def read_text(content: bytes, table: TextTable, *, start_ns: int | None, rate_hz: float) -> list[Series]:
    """Samples of the coils in a text; `start_ns` is the time in its name, if it has one.

    A value that is no number is one missing sample, and so is an empty line: the clock goes on. Lines whose time cannot
    be read are left out.

    Raises
    ------
    ValueError
        If there is no column, no time, or most of the values are no numbers.
    """
    written, zeros = before_zeros(content)
    frame, problems = read_columns(written, table)
    cut = _last_is_cut(written, len(frame), rate_hz)
    if zeros:
        problems.append(Problem("bad_block", f"{zeros}: what is before them is used"))
    if isinstance(table.start, ColumnTimes):
        columns = [_column(frame, one).fillna("").astype(str).str.strip() for one in table.start.of]
        texts = columns[0].str.cat(columns[1:], sep=" ") if len(columns) > 1 else columns[0]
        times_ns, bad_times = times_there(texts.tolist(), table.start.form)
        if bad_times:
            problems.append(Problem("bad_time", f"left out, without a time: {list_first(bad_times)}"))
            frame, cut = frame[times_ns != NO_TIME], cut and times_ns[-1] != NO_TIME
        stretches = stretches_of(times_ns[times_ns != NO_TIME], rate_hz)
    else:
        if isinstance(table.start, LineStart):
            start_ns = _time_in_line(written, table.start)
        stretches = evenly(start_ns or 0, len(frame), rate_hz)
    found = []
    for channel, column in enumerate(table.channels):
        if column is not None:
            samples, bad = numbers_of(_column(frame, column), table.missing)
            if cut:
                samples[-1] = np.nan
                bad = (*bad, "the last line has no end")
            met = [*problems, Problem("bad_line", f"no number: {list_first(bad)}")] if bad else problems
            found.append(Series(channel, rate_hz, samples, stretches, problems=tuple(met)))
    return found


def read_columns(written: bytes, table: TextTable) -> tuple[Any, list[Problem]]:
    """Columns of the text; numbers are still what is written wherever one of a column is none.

    A line with more columns than the others, such as two that run into each other, is an empty one, and reported.
    """
    import pandas as pd

    names = table.header_lines > 0 and any(isinstance(one, str) for one in _columns(table))
    read: Any = partial(
        pd.read_csv,
        sep=_SEPARATORS.get(table.separator, table.separator),
        header=table.header_lines - 1 if names else None,
        skiprows=None if names else table.header_lines,
        comment=table.comment or None,
        skip_blank_lines=False,
        skipinitialspace=True,
        encoding="latin-1",
        dtype={one if names else int(one) - 1: str for one in _clock(table) if not (names and isinstance(one, int))},
    )
    odd: list[str] = []
    try:
        try:
            frame = read(io.BytesIO(written.rstrip()), low_memory=False)
        except pd.errors.ParserError as error:
            frame = read(io.BytesIO(written.rstrip()), engine="python", on_bad_lines=partial(_emptied, odd))
            if 2 * len(odd) >= len(frame):
                raise error from None
    except (ValueError, OverflowError) as error:  # of which pandas' own are
        raise ValueError(f"no table of numbers: {str(error).splitlines()[0]}") from None
    if not len(frame):
        raise ValueError("no line of numbers")
    problems = [Problem("bad_line", f"more columns than the others: {list_first(odd)}")] if odd else []
    return frame.rename(columns=lambda name: str(name).strip()), problems


def _emptied(odd: list[str], fields: list[str]) -> list[str]:
    """An empty line in the place of one; what it was is noted in `odd`."""
    odd.append(f"{' '.join(fields)!r:.40}")
    return [""]


def _columns(table: TextTable) -> Sequence[Column | None]:
    return [*table.channels, *_clock(table)]


def _clock(table: TextTable) -> Sequence[Column]:
    """Columns of the time: kept as they are written, where 2014 beside an empty line would be 2014.0."""
    return table.start.of if isinstance(table.start, ColumnTimes) else ()


def _column(frame: Any, column: Column) -> Any:
    if isinstance(column, int):
        if column > len(frame.columns):
            raise ValueError(f"column {column} is not there: a line has {len(frame.columns)}")
        return frame.iloc[:, column - 1]
    if column not in frame.columns:
        there = ", ".join(map(str, frame.columns[:8]))
        raise ValueError(f"column {column!r} is not there: the header has {there}")
    return frame[column]


def numbers_of(column: Any, missing: Sequence[float]) -> tuple[npt.NDArray[np.float64], tuple[str, ...]]:
    """Values of a column as floats, NaN where there is none, and those that are no numbers, in words."""
    import pandas as pd

    samples = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, copy=True)
    bad = np.flatnonzero(np.isnan(samples) & column.notna().to_numpy())
    if 2 * len(bad) > len(samples):
        raise ValueError(f"{len(bad)} of {len(samples)} values are no numbers, such as {column.iloc[bad[0]]!r:.40}")
    samples[np.isin(samples, missing)] = np.nan
    return samples, tuple(f"row {place + 1}: {column.iloc[place]!r:.40}" for place in bad[:1000])


def _last_is_cut(written: bytes, samples: int, rate_hz: float) -> bool:
    """Whether the last line may be cut within its number: nothing ends it, and it does not end a second either."""
    seconds = samples / rate_hz
    return not written.endswith((b"\n", b"\r")) and abs(seconds - round(seconds)) * rate_hz > 0.5


def _time_in_line(content: bytes, start: LineStart) -> int:
    lines = content.split(b"\n", start.number)
    line = lines[start.number - 1].decode("latin-1").strip() if len(lines) >= start.number else ""
    found = time_in_name(line, start.form)
    if found is None:
        raise ValueError(f"line {start.number}: {line[:60]!r} is not of the form {start.form!r}")
    return found
