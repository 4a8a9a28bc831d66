"""Climatology of an archive: read night by night, so that years of nights take no more memory than one."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from iar.archive.reader import Reader
from iar.completeness.occurrence import CORRECTED, Sight, corrected
from iar.completeness.shares import DEEP_DB
from iar.fringes.climatology import OCCURRENCE, SPACING, Climatology, NightFringes, climatology, night_fringes
from iar.night import parse_night, season_of
from iar.results.outfile import check_out_file
from iar.results.picture import SUFFIXES as PICTURES
from iar.results.picture import draw
from iar.schumann.climatology import hourly_medians
from iar.stages.fringes import read_verdict
from iar.stages.schumann import read_resonances

if TYPE_CHECKING:  # Matplotlib is slow to import
    from matplotlib.figure import Figure

TABLES = (".csv", ".parquet")
_COUNTED = ("nights", "nights_with_fringes")
COLUMNS = ("month", "year", "hour_utc", *_COUNTED, *OCCURRENCE, *CORRECTED, *SPACING, "sigma_hz")
"""Of the table in a file; month, year and hour are empty in rows that are of all of them."""


def read_fringes(archive: Reader, night: dt.date) -> NightFringes:
    """What a climatology takes of a night; only one with fringes has its spacing read.

    Raises
    ------
    NightNotSealedError
        If the night has no verdict yet.
    """
    name = read_verdict(archive, night).name
    empty = np.full(0, np.nan)
    delta_f_hz, sigma_hz = empty, empty
    if name == "fringes":
        delta_f_hz, sigma_hz = archive.read_sealed(night, "fringes", "fringes/delta_f_hz", "fringes/delta_f_sigma_hz")
    return night_fringes(night, name, delta_f_hz, sigma_hz, boundary_hour=archive.station.boundary_hour)


def archive_climatology(
    archive: Reader, nights: Sequence[NightFringes], report: Mapping[str, Any] | None
) -> Climatology:
    """Climatology of nights, of which there must be one at least; corrected by a completeness that is true of them."""
    found, latitude_deg = climatology(nights), archive.station.latitude_deg
    return found if report is None else corrected(found, nights, sight_of(report, latitude_deg), latitude_deg)


def sight_of(report: Mapping[str, Any], latitude_deg: float) -> Sight:
    """What a completeness says of fans of `iar.completeness.shares.DEEP_DB` and more, and of hours without any."""
    laid, called = Counter[str](), Counter[str]()
    for fan in report["injections"]:
        if fan["depth_db"] >= DEEP_DB:
            season = season_of(parse_night(fan["night"]).month, latitude_deg)
            laid[season] += 1
            called[season] += fan["called"]
    trials, alarms = (sum(one[name] for one in report["false_alarms"].values()) for name in ("fans", "found"))
    return Sight(laid, called, trials, alarms)


def climatology_table(found: Climatology) -> pd.DataFrame:
    """Table of `COLUMNS`: a row for each month, each year, and each hour of each month in which there is a spacing."""
    hours = found.by_hour[found.by_hour["nights_with_fringes"] > 0]
    rows = [part.reset_index() for part in (found.by_month, found.by_year, hours)]
    whole = pd.concat(rows, ignore_index=True).reindex(columns=list(COLUMNS))
    return whole.astype(dict.fromkeys(("month", "year", "hour_utc", *_COUNTED), "Int64"))


def write_climatology(found: Climatology, station: str, path: Path) -> None:
    """Write it as a table or a picture, by the suffix."""
    check_climatology_file(path)
    if path.suffix in PICTURES:
        draw(lambda: climatology_figure(found, station), path)
    else:
        write_table(climatology_table(found), path)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table of a climatology as CSV or Parquet, by the suffix."""
    if path.suffix == ".csv":
        table.to_csv(path, index=False, float_format="%.5g")
    else:
        table.to_parquet(path, index=False)


def hourly_resonances(archive: Reader, night: dt.date) -> pd.DataFrame:
    """What a climatology of Schumann resonances takes of a night; a NightNotSealedError where it has none."""
    return hourly_medians(read_resonances(archive, night))


def climatology_figure(found: Climatology, station: str) -> "Figure":
    """Figure of a climatology, to be drawn where one picture is drawn at a time."""
    from iar.plots.climatology import plot_climatology  # noqa: PLC0415 - Matplotlib late

    return plot_climatology(found, station)


def check_climatology_file(path: Path) -> None:
    """Raise an InputError unless a climatology can be written to `path`: looked at before any work."""
    check_out_file(path, (*TABLES, *PICTURES))
