"""A coil's calibration table, as the observatory keeps it: a CSV file with one row a frequency."""

import csv
import difflib
import math
from collections.abc import Callable, Iterator
from pathlib import Path

from iar.errors import InputError

Rows = list[tuple[int, list[str]]]

COLUMNS: dict[str, tuple[str, Callable[[float], bool]]] = {
    "frequency_hz": ("a number of at least 0", lambda value: value >= 0),
    "volts_per_nt": ("a number above 0", lambda value: value > 0),
    "phase_deg": ("a number", math.isfinite),
}
"""Columns of the file, and what is allowed in each; the phase may be left out."""
REQUIRED = ("frequency_hz", "volts_per_nt")


def read_calibration(path: Path) -> dict[str, tuple[float, ...]]:
    """Columns of a calibration table by name, each with one value a row.

    Empty lines, and lines that begin with ``#``, are passed over.

    Raises
    ------
    InputError
        If it cannot be used: names the file, the line, the column, the value, and what is allowed.
    """
    rows = _read_rows(path)
    if not rows:
        raise InputError(f"{path} is empty: expected the header {','.join(COLUMNS)}")
    number, header = rows[0]
    _check_header(f"{path}, line {number}", header)
    if len(rows) < 3:
        raise InputError(f"{path} has {len(rows) - 1} row(s) of numbers: expected at least 2")
    table = [_numbers(f"{path}, line {number}", header, texts) for number, texts in rows[1:]]
    columns = dict(zip(header, zip(*table, strict=True), strict=True))
    _check_rising(path, rows, columns["frequency_hz"])
    return columns


def _read_rows(path: Path) -> Rows:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_filled_rows(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no CSV text: {error}") from None
    except ValueError as error:  # a name with a zero byte
        raise InputError(f"{path}: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None


def _filled_rows(file: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Number of the line and its values, of each line that holds some."""
    reader = csv.reader(file)
    for texts in reader:
        values = [text.strip() for text in texts]
        if any(values) and not values[0].startswith("#"):
            yield reader.line_num, values


def _check_header(place: str, header: list[str]) -> None:
    for mark in (";", "\t"):
        if len(header) == 1 and mark in header[0]:
            raise InputError(f"{place}: columns are separated by {mark!r}: expected ',' and a point in the numbers")
    for name in header:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, 1)
            hint = f"did you mean {near[0]}?" if near else f"expected {','.join(COLUMNS)}"
            raise InputError(f"{place}: unknown column {name!r}: {hint}")
        if header.count(name) > 1:
            raise InputError(f"{place}: column {name} is there {header.count(name)} times")
    for name in REQUIRED:
        if name not in header:
            raise InputError(f"{place}: column {name} is missing: expected {','.join(COLUMNS)}")


def _numbers(place: str, header: list[str], texts: list[str]) -> tuple[float, ...]:
    if len(texts) != len(header):
        raise InputError(f"{place}: {len(texts)} value(s): expected {len(header)}, as in the header")
    return tuple(_number(place, name, text) for name, text in zip(header, texts, strict=True))


def _number(place: str, column: str, text: str) -> float:
    meaning, allowed = COLUMNS[column]
    try:
        value = math.nan if "_" in text else float(text)  # Python reads 1_0 as 10
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and allowed(value)):
        raise InputError(f"{place}: {column} = {text!r}: expected {meaning}")
    return value


def _check_rising(path: Path, rows: Rows, frequency_hz: tuple[float, ...]) -> None:
    for (number, _), before, after in zip(rows[2:], frequency_hz, frequency_hz[1:], strict=False):
        if after <= before:
            raise InputError(
                f"{path}, line {number}: frequency_hz = {after:g}: expected more than {before:g}, the row above"
            )
