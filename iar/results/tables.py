"""Tables as files that grow night by night: CSV, Parquet, CF NetCDF. No more than a night is in memory."""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from fsspec.implementations.local import LocalFileSystem

from iar.archive.whole import replace_json
from iar.columns import Column

_CSV_KINDS = {"time": "dateTime", "date": "date", "text": "string", "number": "double"}
_CHUNK_ROWS = 8_640
_DEFLATE = {"compression": "gzip", "compression_opts": 4, "shuffle": True}


class TableFile(ABC):
    """A table that is being written beside its path; it takes its place when all of it is there.

    To be used in a ``with``; what goes wrong in it leaves no file, and an older one as it was.
    """

    def __init__(
        self, path: Path, columns: Sequence[Column[Any]], about: Mapping[str, str | float], *, by_row: bool = False
    ) -> None:
        """Table of these columns; `by_row` says that a time may have several rows."""
        self.path, self.about, self.by_row = path, dict(about), by_row
        self.columns = tuple(columns)
        self._part = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")

    def __enter__(self) -> "TableFile":
        try:
            self._open()
        except BaseException:
            self._part.unlink(missing_ok=True)
            raise
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            self._close()
            if kind is None:
                self._tell()
                self._part.replace(self.path)
        finally:
            self._part.unlink(missing_ok=True)

    @abstractmethod
    def _open(self) -> None: ...

    @abstractmethod
    def append(self, table: pd.DataFrame) -> None:
        """Write the rows of a night below those that are there."""

    @abstractmethod
    def _close(self) -> None: ...

    def _tell(self) -> None:  # noqa: B027 - most files tell it themselves
        """Say beside the file what the columns mean."""


class CsvFile(TableFile):
    """Comma-separated values; what they mean stands beside it, as CSV on the Web has it (https://www.w3.org/ns/csvw)."""

    def _open(self) -> None:
        self._file = self._part.open("w", encoding="utf-8", newline="")
        self._file.write(",".join(column.name for column in self.columns) + "\n")

    def append(self, table: pd.DataFrame) -> None:
        """Write the rows of a night below those that are there."""
        table.to_csv(self._file, index=False, header=False, date_format="%Y-%m-%dT%H:%M:%SZ", float_format="%.5g")

    def _close(self) -> None:
        self._file.close()

    def _tell(self) -> None:
        columns = [
            {"name": one.name, "dc:description": one.meaning, "datatype": _CSV_KINDS[one.kind]}
            | ({"schema:unitText": one.unit} if one.unit else {})
            for one in self.columns
        ]
        head = {"@context": "http://www.w3.org/ns/csvw", "url": self.path.name, "dc:title": self.about["title"]}
        notes = [{f"schema:{name}": value} for name, value in self.about.items() if name != "title"]
        content = head | {"notes": notes, "tableSchema": {"columns": columns}}
        replace_json(LocalFileSystem(), f"{self.path}-metadata.json", content)


class ParquetFile(TableFile):
    """Parquet, a group of rows a night; units and meanings are metadata of its columns."""

    def _open(self) -> None:
        import pyarrow as pa  # noqa: PLC0415 - slow to import
        from pyarrow import parquet  # noqa: PLC0415

        kinds = {"time": pa.timestamp("ms", tz="UTC"), "number": pa.float64()}
        fields = [pa.field(one.name, kinds.get(one.kind, pa.string()), metadata=one.attributes) for one in self.columns]
        self._schema = pa.schema(fields, metadata={name: str(value) for name, value in self.about.items()})
        self._writer = parquet.ParquetWriter(self._part, self._schema)

    def append(self, table: pd.DataFrame) -> None:
        """Write the rows of a night below those that are there."""
        import pyarrow as pa  # noqa: PLC0415

        self._writer.write_table(pa.Table.from_pandas(table, self._schema, preserve_index=False))

    def _close(self) -> None:
        self._writer.close()


class NetcdfFile(TableFile):
    """CF NetCDF; along ``time``, or along ``row`` where a time may have rows of several sources."""

    def _open(self) -> None:
        import h5netcdf  # noqa: PLC0415 - slow to import
        import h5py  # noqa: PLC0415

        self._rows = 0
        self._dimension = "row" if self.by_row else "time"
        self._file = h5netcdf.File(self._part, "w")
        conventions = {
            "Conventions": "CF-1.11, ACDD-1.3",
            "history": f"exported by {self.about.get('software', 'iar')}",
        }
        self._file.attrs.update(self.about | conventions)
        self._file.dimensions[self._dimension] = None
        kinds = {"time": np.dtype("int64"), "number": np.dtype("float64")}
        for one in self.columns:
            kind, squeezed = kinds.get(one.kind, h5py.string_dtype()), _DEFLATE if one.kind in kinds else {}
            variable = self._file.create_variable(one.name, (self._dimension,), kind, chunks=(_CHUNK_ROWS,), **squeezed)
            variable.attrs.update(one.attributes)
            if one.kind == "time":
                variable.attrs.update({"standard_name": "time", "units": "seconds since 1970-01-01T00:00:00",
                                       "calendar": "proleptic_gregorian",
                                       "units_metadata": "leap_seconds: utc"})  # fmt: skip
            elif self._dimension == "row":
                variable.attrs["coordinates"] = "time"

    def append(self, table: pd.DataFrame) -> None:
        """Write the rows of a night below those that are there."""
        rows = slice(self._rows, self._rows + len(table))
        self._file.resize_dimension(self._dimension, rows.stop)
        for one in self.columns:
            values = table[one.name]
            seconds = values.astype("datetime64[s]").astype("int64") if one.kind == "time" else values
            self._file[one.name][rows] = seconds.to_numpy()
        self._rows = rows.stop

    def _close(self) -> None:
        self._file.close()


KINDS: Mapping[str, type[TableFile]] = {".csv": CsvFile, ".parquet": ParquetFile, ".nc": NetcdfFile}
"""By the suffix of the file."""
