"""Nights and slots of an archive beside the indices of the sun and the field, as tables and as a picture."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from fsspec.implementations.local import LocalFileSystem

from iar.archive.reader import Reader
from iar.archive.whole import replace_json
from iar.drivers.nights import NIGHTLY, SLOTWISE, night_drivers, slot_drivers
from iar.fringes.climatology import NightFringes
from iar.night import slot_middles, slot_times
from iar.records.indices import Indices
from iar.results.outfile import check_out_file
from iar.results.picture import SUFFIXES as PICTURES
from iar.results.picture import draw
from iar.stages.station import station_dark

if TYPE_CHECKING:  # Matplotlib is slow to import
    from matplotlib.figure import Figure

TABLES = (".csv", ".parquet")
OF_NIGHTS = ("night", "verdict", "delta_f_hz", *NIGHTLY)
OF_SLOTS = ("time", "night", "verdict", "delta_f_hz", *SLOTWISE)


def nights_table(archive: Reader, nights: Sequence[NightFringes], indices: Indices) -> pd.DataFrame:
    """Table of `OF_NIGHTS`, a row a night with a verdict: what was found, its median spacing (Hz), and the drivers."""
    station = archive.station
    dates = [one.night for one in nights]
    dark = [slot_middles(night, station.boundary_hour)[station_dark(station, night)] for night in dates]
    drivers = night_drivers(
        indices.daily, indices.three_hourly, dates, dark, station.latitude_deg, station.longitude_deg
    )
    verdicts, spacings = [one.verdict for one in nights], [one.delta_f_hz for one in nights]
    table = drivers.assign(verdict=verdicts, delta_f_hz=spacings).reset_index()
    return table[list(OF_NIGHTS)]


def slots_table(archive: Reader, night: dt.date, verdict: str, indices: Indices) -> pd.DataFrame:
    """Table of `OF_SLOTS`, a row a slot of a night with a verdict; times are those of `iar export`."""
    station = archive.station
    (delta_f_hz,) = archive.read_sealed(night, "fringes", "fringes/delta_f_hz")
    drivers = slot_drivers(
        indices.three_hourly, slot_middles(night, station.boundary_hour), station.latitude_deg, station.longitude_deg
    )
    when = pd.DatetimeIndex(slot_times(night, station.boundary_hour))
    table = drivers.assign(time=when, night=str(night), verdict=verdict, delta_f_hz=delta_f_hz)
    return table[list(OF_SLOTS)].reset_index(drop=True)


def write_drivers(table: pd.DataFrame, path: Path, indices: Indices) -> None:
    """Write a table as CSV or Parquet, by the suffix; beside it, in JSON, where the indices come from."""
    check_drivers_file(path, TABLES)
    if path.suffix == ".csv":
        table.to_csv(path, index=False, float_format="%.5g", date_format="%Y-%m-%dT%H:%M:%SZ")
    else:
        table.to_parquet(path, index=False)
    replace_json(LocalFileSystem(), f"{path}-metadata.json", provenance(indices))


def provenance(indices: Indices) -> dict[str, object]:
    """Where the indices come from, how far they reach, and what the columns are."""
    return {
        "indices": indices.source,
        "last_measured_day": str(indices.last.date()),
        "origin": "CelesTrak: Kp and ap of GFZ Potsdam, F10.7 of DRAO Penticton, sunspot number of SILSO Brussels",
        "columns": {name: {"unit": unit, "meaning": meaning} for name, (unit, meaning) in NIGHTLY.items()},
    }


def draw_dependence(table: pd.DataFrame, station: str, path: Path) -> None:
    """Draw what the table of nights depends on."""
    check_drivers_file(path, PICTURES)
    draw(lambda: _figure(table, station), path)


def _figure(table: pd.DataFrame, station: str) -> "Figure":
    from iar.plots.dependence import plot_dependence  # noqa: PLC0415 - Matplotlib late

    return plot_dependence(table.set_index("night"), station)


def check_drivers_file(path: Path, suffixes: Sequence[str]) -> None:
    """Raise an InputError unless it can be written to `path`: looked at before any work."""
    check_out_file(path, tuple(suffixes))


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """Nights with data, by date, with ``found``: whether they have fringes."""
    there = table[table["verdict"] != "no_data"].set_index("night")
    return there.assign(found=np.asarray(there["verdict"] == "fringes"))
