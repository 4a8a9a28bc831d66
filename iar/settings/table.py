"""Tables: where in files of a station's own kind the coils, the time and the rate stand."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from iar.settings.strict import Integer, Number, Strict

CODES = {
    "Y": r"\d{4}", "y": r"\d\d", "m": r"\d\d", "d": r"\d\d", "j": r"\d{3}",
    "H": r"\d\d", "M": r"\d\d", "S": r"\d\d", "f": r"\d{1,9}", "b": r"[A-Za-z]{3}",
}  # fmt: skip
"""Parts of a time in a file's name, and what they look like."""
FORMS = ("iso", "unix", "matlab", "since")
"""Forms of a time beside those that are spelled with %."""
FORM = (
    "form of a time: iso (2014-01-10T12:00:00.5), unix (seconds since 1970), matlab (days, datenum), since (its own "
    "attribute units, such as seconds since 2014-01-10), or codes such as %d/%m/%Y %H:%M:%S.%f"
)

FilePattern = Annotated[str, Field(min_length=1, max_length=200)]
ArrayName = Annotated[str, Field(pattern=r"^[^\[\]@]+(\[\d{1,3}\])?$", max_length=200)]
Place = Annotated[str, Field(pattern=r"^[^@]*@[^@]+$|^[^@]+$", max_length=200)]
Column = Annotated[int, Field(ge=1, le=10_000)] | Annotated[str, Field(min_length=1, max_length=200)]


def _check_form(form: str) -> str:
    """The form of a time, or a ValueError if it is none."""
    if form not in FORMS and not ("%" in form and _has_day(form)):
        raise ValueError(f"form {form!r}: expected {', '.join(FORMS)}, or codes with a day, such as %Y-%m-%d %H:%M:%S")
    return form


def _has_day(form: str) -> bool:
    codes = set(re.findall(r"%([A-Za-z])", form))
    return bool(codes & {"Y", "y"}) and ({"m", "d"} <= codes or {"b", "d"} <= codes or "j" in codes)


TimeForm = Annotated[FilePattern, AfterValidator(_check_form)]


class NameStart(Strict):
    """A time that stands in the name of the file: that of its first sample."""

    kind: Literal["name"] = "name"
    pattern: FilePattern = Field(
        description="name of a file, with codes where its time stands and * or ? for the rest: STN_%Y%m%d_%H%M.csv"
    )

    @model_validator(mode="after")
    def check_pattern(self) -> Self:
        """Raise a ValueError if no day can be read from it."""
        codes = re.findall(r"%(.)", self.pattern)
        for code in codes:
            if code not in CODES:
                raise ValueError(f"pattern {self.pattern!r}: unknown code %{code}, known are %{', %'.join(CODES)}")
            if codes.count(code) > 1:
                raise ValueError(f"pattern {self.pattern!r}: %{code} stands there {codes.count(code)} times")
        if not _has_day(self.pattern):
            raise ValueError(f"pattern {self.pattern!r}: no day in it, such as %Y%m%d or %Y%j")
        return self


class LineStart(Strict):
    """A time in a line of the file: that of its first sample."""

    kind: Literal["line"] = "line"
    number: Integer = Field(ge=1, le=1000, description="number of the line, from 1")
    form: FilePattern = Field(description="the whole line, with codes where the time stands: Start: %Y-%m-%d %H:%M:%S")

    @model_validator(mode="after")
    def check_line(self) -> Self:
        """Raise a ValueError if no day can be read from it."""
        if not _has_day(self.form):
            raise ValueError(f"form {self.form!r}: no day in it, such as %Y-%m-%d")
        return self


class ColumnTimes(Strict):
    """Times of all samples, in one column or several that belong together, such as a date and a time."""

    kind: Literal["columns"] = "columns"
    of: tuple[Column, ...] = Field(min_length=1, max_length=7, description="columns that hold the time")
    form: TimeForm = Field("iso", description=f"{FORM}; of several columns, with spaces between")

    @model_validator(mode="after")
    def check_times(self) -> Self:
        """Raise a ValueError for a form that text cannot have."""
        if self.form == "since":
            raise ValueError("form 'since': columns of text have no attribute units")
        return self


class ArrayTimes(Strict):
    """Times of all samples, as another array of the file."""

    kind: Literal["array"] = "array"
    of: ArrayName = Field(description="array that holds the times")
    form: TimeForm = Field("since", description=FORM)


class ValueStart(Strict):
    """A time that an attribute or a single value of the file tells: that of its first sample."""

    kind: Literal["value"] = "value"
    of: Place = Field(description="where it stands: an array, or after @ an attribute: /bx@start, @start of the file")
    form: TimeForm = Field("iso", description=FORM)


Files = Field(
    ("*",), min_length=1, max_length=2,
    description="names of the files, with * and ?; two where each coil has its own: *_NS.txt, *_EW.txt",
)  # fmt: skip
Hours = Field(0.0, ge=-14, le=14, description="hours that the clock of the files is ahead of UTC")
Missing = Field((), max_length=20, description="numbers that stand for a missing sample, such as 99999.9")


class TextTable(Strict):
    """Lines of numbers in columns."""

    kind: Literal["text"] = "text"
    files: tuple[FilePattern, ...] = Files
    separator: Literal[",", ";", "tab", "space"] = Field(",", description="what stands between columns")
    header_lines: Integer = Field(0, ge=0, le=10_000, description="lines before the numbers; names stand in the last")
    comment: str = Field("#", max_length=1, description="first character of lines that are passed over; may be empty")
    channels: tuple[Column | None, Column | None] = Field(
        (1, 2), description="columns of the coils, by name or number from 1; null for one that is not there"
    )
    start: NameStart | LineStart | ColumnTimes = Field(discriminator="kind", description="where the time stands")
    utc_offset_h: Number = Hours
    missing: tuple[Number, ...] = Missing

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Raise a ValueError for the name of a column where no line holds names."""
        clock = self.start.of if isinstance(self.start, ColumnTimes) else ()
        for column in (*self.channels, *clock):
            if isinstance(column, str) and not self.header_lines:
                raise ValueError(f"column {column!r}: with header_lines = 0 no line holds names, columns are numbers")
        return self


class _ArrayTable(Strict):
    files: tuple[FilePattern, ...] = Files
    channels: tuple[ArrayName | None, ArrayName | None] = Field(
        description="arrays of the coils; of one with several rows b[0] is the first; null for one that is not there"
    )
    rate: Place | None = Field(
        None, description="where the rate stands, Hz: an array, or after @ an attribute; by default it is rate_hz"
    )
    start: NameStart | ArrayTimes | ValueStart = Field(discriminator="kind", description="where the time stands")
    utc_offset_h: Number = Hours
    missing: tuple[Number, ...] = Missing


class Hdf5Table(_ArrayTable):
    """Arrays of an HDF5 file, such as MTH5."""

    kind: Literal["hdf5"] = "hdf5"


class NetcdfTable(_ArrayTable):
    """Variables of a NetCDF file, of version 3 or 4."""

    kind: Literal["netcdf"] = "netcdf"


class MatTable(_ArrayTable):
    """Variables of a MATLAB file of version 4 to 7.3."""

    kind: Literal["mat"] = "mat"


class DependTimes(Strict):
    """Times of all samples, in the variable that the attribute DEPEND_0 of each coil's names."""

    kind: Literal["depend"] = "depend"


class CdfTable(Strict):
    """Variables of a CDF file."""

    kind: Literal["cdf"] = "cdf"
    files: tuple[FilePattern, ...] = Files
    channels: tuple[ArrayName | None, ArrayName | None] = Field(
        description="variables of the coils; of one with several columns b[0] is the first; null for one not there"
    )
    start: NameStart | DependTimes = Field(DependTimes(), discriminator="kind", description="where the time stands")
    utc_offset_h: Number = Hours
    missing: tuple[Number, ...] = Missing


class WavTable(Strict):
    """Sound: its rate stands in the file."""

    kind: Literal["wav"] = "wav"
    files: tuple[FilePattern, ...] = Files
    channels: tuple[Annotated[int, Field(ge=1)] | None, Annotated[int, Field(ge=1)] | None] = Field(
        (1, 2), description="tracks of the coils, from 1; null for one that is not there"
    )
    start: NameStart = Field(description="where the time stands")
    utc_offset_h: Number = Hours
    missing: tuple[Number, ...] = Missing


ArrayTable = Hdf5Table | NetcdfTable | MatTable
Table = TextTable | ArrayTable | CdfTable | WavTable
