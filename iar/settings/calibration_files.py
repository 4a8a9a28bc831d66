"""Calibrations that lie in files beside a station's: a coil's table in CSV, an instrument's response in another format.

A file is read once, when the station is: its numbers become the station's, so an archive needs no other file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from iar.errors import InputError, printable
from iar.settings.calibration import REQUIRED, read_calibration
from iar.settings.cdf_responses import read_cdf_rows
from iar.settings.instruments import Asked, Row, read_inventory_rows, read_sac_rows
from iar.settings.station import Station

Fields = dict[str, Any]
READERS: Sequence[Callable[[Path, Asked], list[Row] | None]] = (read_cdf_rows, read_sac_rows, read_inventory_rows)
"""Readers of calibrations, tried in turn: rows of what a file says of any coil, or None if it is of another kind.

One of another format is a function more in this list.
"""


def with_files(fields: Fields, path: Path) -> Fields:
    """Fields of a station with the numbers of the calibration files that lie beside `path` in the place of their names.

    Raises
    ------
    InputError
        If one cannot be used: names the station's file, the field, the calibration's file, and why not.
    """
    fields = {**fields, **_with_table(fields, f"{path}: response", path.parent)}
    rows = fields.get("calibrations")
    if isinstance(rows, list):
        fields["calibrations"] = [one for i, row in enumerate(rows) for one in _expanded(fields, i, row, path)]
    return fields


def _with_table(fields: Fields, where: str, folder: Path) -> Fields:
    """The response of `fields` with the numbers of its CSV file in the place of the file's name; nothing without."""
    response = fields.get("response")
    if not (isinstance(response, dict) and response.get("kind") == "table"):
        return {}
    if "file" not in response:
        for name in REQUIRED:
            if name not in response:
                raise InputError(f"{where}.{name} is missing: expected its numbers, or file: a CSV file of them")
        return {}
    given = {name: value for name, value in response.items() if name != "file"}
    if not isinstance(response["file"], str):
        raise InputError(f"{where}.file = {response['file']!r}: expected the name of a CSV file")
    try:
        table = read_calibration(folder / response["file"])
    except InputError as error:
        raise InputError(f"{where}.file: {error}") from None
    for name in table:
        if name in given:
            raise InputError(f"{where}.{name} is given here and in {response['file']}: expected once")
    return {"response": {**given, **table}}


def _expanded(fields: Fields, place: int, row: Any, path: Path) -> list[Any]:
    """Calibrations that a row stands for: itself, or what its file says of the coils."""
    where = f"{path}: calibrations.{place}"
    if not isinstance(row, dict):
        return [row]
    if "file" not in row:
        return [{**row, **_with_table(row, f"{where}.response", path.parent)}]
    if not isinstance(row["file"], str):
        raise InputError(f"{where}.file = {row['file']!r}: expected the name of a file of responses")
    if "response" in row:
        raise InputError(f"{where}.response is given here and in {row['file']}: expected once")
    asked = _asked(fields, row, where)
    try:
        rows = _read(path.parent / row["file"], asked)
        chosen = _of_coils(rows, row.get("channel"), asked, path.parent / row["file"])
    except InputError as error:
        raise InputError(f"{where}.file: {printable(str(error))}") from None
    given = {name: value for name, value in row.items() if name not in {"file", "unit", "volts_per_count"}}
    if fields.get("unit", "counts") != "counts":  # of numbers in volts the digitiser is not asked
        chosen = [replace(one, volts_per_count=None) for one in chosen]
    held = (_within(one.as_fields(), given) for one in chosen)
    return [one for one in held if one is not None]


def _asked(fields: Fields, row: Fields, where: str) -> Asked:
    """What the station says that a reader needs; a field that is wrong is where by who checks them all."""
    default = Station.model_fields
    own = {name: fields.get(name, default[name].default) for name in ("channels", "streams", "boundary_hour")}
    volts = row.get("volts_per_count", fields.get("volts_per_count", default["volts_per_count"].default))
    unit = row.get("unit", "")
    try:
        return Asked(
            channels=tuple(map(str, own["channels"])),
            streams=tuple(map(str, own["streams"])) if own["streams"] else None,
            boundary_hour=int(own["boundary_hour"]),
            volts_per_count=float(volts),
            unit=str(unit),
        )
    except (TypeError, ValueError):
        raise InputError(
            f"{where}: channels, streams, boundary_hour or volts_per_count are not as they should be"
        ) from None


def _read(file: Path, asked: Asked) -> list[Row]:
    try:
        if not file.is_file():
            raise InputError(f"{file} is no file")
        found = (rows for reader in READERS if (rows := reader(file, asked)) is not None)
        rows = next(found, None)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"{file}: {' '.join(str(error).split())}") from None
    if rows is None:
        raise InputError(
            f"{file} is neither StationXML, RESP nor SAC poles and zeros, as far as ObsPy can tell, nor CDF of an"
            " induction coil"
        )
    return rows


def _of_coils(rows: Sequence[Row], channel: Any, asked: Asked, file: Path) -> list[Row]:
    """Rows of the coils: of `channel`, where one is given, else of those that the file names as the station does.

    A file of one stream is of the coil that is given, however it names it.
    """
    streams = sorted({row.stream for row in rows})
    if channel is not None and len(streams) == 1:
        return [row.of(str(channel)) for row in rows]
    named = [row for row in rows if row.channel is not None and channel in {None, row.channel}]
    if not named:
        wanted = channel or " or ".join(asked.streams or asked.channels)
        raise InputError(f"{file} has no response of {wanted}: it has {', '.join(streams) or 'none'}")
    return named


def _within(row: Fields, given: Mapping[str, Any]) -> Fields | None:
    """Row with what the station's file gives beside it; its nights are those of both, None if there is none."""
    later = [night for night in (row.get("from_night"), given.get("from_night")) if night is not None]
    sooner = [night for night in (row.get("to_night"), given.get("to_night")) if night is not None]
    whole = {**row, **given}
    if later:
        whole["from_night"] = max(later, key=str)
    if sooner:
        whole["to_night"] = min(sooner, key=str)
    if later and sooner and str(whole["from_night"]) > str(whole["to_night"]):
        return None
    return whole
