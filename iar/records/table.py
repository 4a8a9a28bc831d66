"""Small tables that people keep by hand: CSV with a header."""

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iar.errors import InputError
from iar.night import parse_night


@dataclass(frozen=True)
class Row:
    """One line of a table: where it stands, ``file:line``, and its fields by column."""

    where: str
    fields: dict[str, str]

    @property
    def night(self) -> dt.date:
        """Night of the column of that name; an InputError that says where if it is no date."""
        try:
            return parse_night(self.fields["night"])
        except InputError as error:
            raise InputError(f"{self.where}: {error}") from None


def read_table(path: Path, columns: tuple[str, ...]) -> list[Row]:
    """Rows of the CSV at `path`, in order; further columns and empty lines are passed over.

    Raises
    ------
    InputError
        If there is no such file or it is no UTF-8 text, if one of the `columns` is not in its header or is there twice,
        if a row has more or fewer fields than the header, or if there is no row.
    """
    try:
        rows = list(_rows(path, columns))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no CSV text: {error}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    if not rows:
        raise InputError(f"{path} is empty: no row under its header {','.join(columns)}")
    return rows


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:  # with the mark that spreadsheets put first
        lines = csv.reader(file, strict=True)
        header = [name.strip() for name in next(lines, [])]
        for name in columns:
            if name not in header:
                raise InputError(f"{path} has no column {name}: expected the header {','.join(columns)}")
            if header.count(name) > 1:
                raise InputError(f"{path} has column {name} twice: which is meant?")
        for fields in lines:
            where = f"{path}:{lines.line_num}"
            if not any(field.strip() for field in fields):
                continue
            if len(fields) != len(header):
                raise InputError(f"{where}: {len(fields)} fields under a header of {len(header)}")
            yield Row(where, {name: field.strip() for name, field in zip(header, fields, strict=True)})
