"""The fringe table of a range of nights, as a file."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from iar import __version__
from iar.archive.reader import Reader
from iar.columns import Column, night_table
from iar.errors import DamagedArchiveError, InputError, NightNotSealedError
from iar.fringes.table import TABLE, TableNight
from iar.night import night_start, slot_hours
from iar.physics.inversion import invert_spacing, modelled_night
from iar.results.limits import completeness_caution, read_limit_db
from iar.results.outfile import check_out_file
from iar.results.tables import KINDS
from iar.stages.fringes import classical_fringes, read_estimators, read_spacing, read_verdict

SUFFIXES = tuple(KINDS)
Source = Literal["network", "classical"]
SOURCES: tuple[Source, ...] = get_args(Source)


@dataclass(frozen=True)
class Wanted:
    """What a table is to hold: whose fringes, and whether all columns are in it, with `iri` as the model or a layer.

    Raises
    ------
    InputError
        If there is no such source.
    """

    sources: Sequence[str] = ("network",)
    more: bool = False
    iri: bool = False

    def __post_init__(self) -> None:
        for source in self.sources:
            if source not in SOURCES:
                raise InputError(f"source {source!r} is none of {', '.join(SOURCES)}")

    @property
    def columns(self) -> tuple[Column[TableNight], ...]:
        """Columns of the table; who found the fringes is said wherever it may be somebody else."""
        others = {"source"} if tuple(self.sources) != ("network",) else set()
        return tuple(column for column in TABLE if self.more or not column.more or column.name in others)


AS_PROMISED = Wanted()


def export_nights(
    archive: Reader, nights: list[dt.date], path: Path, wanted: Wanted = AS_PROMISED
) -> tuple[int, list[str]]:
    """Write the table of `nights` to `path`, CSV, Parquet or CF NetCDF by its suffix.

    Returns
    -------
    Its rows, and what was wrong with nights that are left out, in words. Without a single night nothing is written.

    Raises
    ------
    InputError
        If the suffix is another, PyIRI is wanted and not installed, or no night can be read.
    """
    return write_rows(
        path,
        wanted.columns,
        _about(archive, nights, wanted),
        {night: partial(night_tables, archive, night, wanted) for night in nights},
        by_row=len(wanted.sources) > 1,
    )


def write_rows(
    path: Path,
    columns: Sequence[Column[Any]],
    about: Mapping[str, str | float],
    nights: Mapping[dt.date, Callable[[], Iterable[pd.DataFrame]]],
    *,
    by_row: bool,
) -> tuple[int, list[str]]:
    """Write the tables that each of `nights` makes, below each other; returns and raises as `export_nights`."""
    check_out_file(path, SUFFIXES)
    rows, failed = 0, []
    with KINDS[path.suffix](path, columns, about, by_row=by_row) as file:
        for night, made in nights.items():
            try:
                tables = list(made())
            except (DamagedArchiveError, NightNotSealedError) as error:
                failed.append(f"{night}: {error}")
                continue
            for table in tables:
                file.append(table)
                rows += len(table)
        if not rows:
            raise InputError(f"nothing to export: {'; '.join(failed) or 'no night of the range has any of it'}")
    return rows, failed


def night_tables(archive: Reader, night: dt.date, wanted: Wanted = AS_PROMISED) -> Iterator[pd.DataFrame]:
    """Table of a night by each source, in order, one row a slot; a NightNotSealedError where there is no verdict."""
    for source in wanted.sources:
        if source == "network":
            verdict, spacing = read_verdict(archive, night), read_spacing(archive, night)
        else:
            verdict, spacing = classical_fringes(archive, night)
        rows = TableNight(night, archive.station.boundary_hour, verdict.name, spacing, source)
        if wanted.more:
            estimators = read_estimators(archive, night)
            searched = np.isfinite(estimators["matched_score"])
            model = _model(archive, rows, searched, iri=wanted.iri)
            limit_db = read_limit_db(archive, night)
            rows = replace(rows, estimators=estimators, model=model, detection_limit_db=limit_db)
        yield night_table(wanted.columns, rows)


def _model(
    archive: Reader, rows: TableNight, searched: npt.NDArray[np.bool_], *, iri: bool
) -> dict[str, npt.NDArray[np.float64]]:
    """What a model makes of the night: its spacing in all slots that were searched, and what the measured one needs."""
    station, spacing = archive.station, rows.spacing
    position = station.latitude_deg, station.longitude_deg
    model = modelled_night(rows.night, slot_hours(station.boundary_hour), *position, iri=iri)
    inverted = invert_spacing(spacing.delta_f_hz, spacing.delta_f_sigma_hz, model)
    return {"model_delta_f_hz": np.where(searched, model.delta_f_hz, np.nan), **vars(inverted)}


def about_nights(archive: Reader, nights: list[dt.date], title: str) -> dict[str, str | float]:
    """What a file says of itself, whatever it holds; `title` goes before the name of the station."""
    station = archive.station
    first, after = (
        night_start(night, station.boundary_hour) for night in (nights[0], nights[-1] + dt.timedelta(days=1))
    )
    return {
        "title": f"{title} at {station.name}",
        "station": station.name,
        "geospatial_lat_min": station.latitude_deg,
        "geospatial_lat_max": station.latitude_deg,
        "geospatial_lon_min": station.longitude_deg,
        "geospatial_lon_max": station.longitude_deg,
        "time_coverage_start": f"{first.astype('datetime64[s]')}Z",
        "time_coverage_end": f"{after.astype('datetime64[s]')}Z",
        "software": f"iar {__version__}",
    }


def _about(archive: Reader, nights: list[dt.date], wanted: Wanted) -> dict[str, str | float]:
    """What a file of fringes says of itself."""
    about = about_nights(archive, nights, "Fringes of ionospheric Alfvén resonances")
    about["bundle"] = ", ".join(sorted(set(_bundles(archive, nights))))
    if wanted.more:
        model = "International Reference Ionosphere" if wanted.iri else "Chapman layer of the season"
        about["ionosphere"] = f"{model}, at the solar flux of a mean cycle"
        caution = completeness_caution(archive, nights)
        about |= {"detection_limits": caution} if caution else {}
    return about


def _bundles(archive: Reader, nights: list[dt.date]) -> Iterator[str]:
    """Network of each night, by name and digest; what cannot be read is reported where its table is made."""
    for night in nights:
        seal = archive.look(night).stages.get("probability")
        if seal is not None and {"bundle", "digest"} <= seal.note.keys():
            yield f"{seal.note['bundle']} {seal.note['digest']}"
