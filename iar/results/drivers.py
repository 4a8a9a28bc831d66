"""Nights and slots of an archive beside the indices of the sun and the field, as tables and as a picture."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from iar.archive.reader import Reader
from iar.columns import Column
from iar.drivers.nights import NIGHTLY, SLOTWISE, night_drivers, slot_drivers
from iar.fringes.climatology import NightFringes
from iar.night import night_start, slot_middles, slot_times
from iar.records.indices import Indices
from iar.results.export import SUFFIXES, about_nights, write_rows
from iar.results.outfile import check_out_file
from iar.results.picture import draw
from iar.results.tables import KINDS
from iar.stages.station import station_dark

if TYPE_CHECKING:  # Matplotlib is slow to import
    from matplotlib.figure import Figure


def _cells(table: pd.DataFrame, name: str) -> pd.Series:
    return table[name]


def _columns(row: str, spacing: str, drivers: dict[str, tuple[str, str]]) -> tuple[Column[pd.DataFrame], ...]:
    """Columns of a table with a row for each `row`."""
    return (
        Column("time", "", f"start of the {row}, UTC", _cells, kind="time"),
        Column("night", "", "date of the night's evening", _cells, kind="date"),
        Column("verdict", "", "verdict on the night", _cells, kind="text"),
        Column("delta_f_hz", "Hz", spacing, _cells),
        *(Column(name, unit, meaning, _cells) for name, (unit, meaning) in drivers.items()),
    )


OF_NIGHTS = _columns("night", "median spacing of the night", NIGHTLY)
OF_SLOTS = _columns("slot of 100 s", "spacing", SLOTWISE)


def nights_table(archive: Reader, nights: Sequence[NightFringes], indices: Indices) -> pd.DataFrame:
    """Table of `OF_NIGHTS`, a row a night with a verdict."""
    station = archive.station
    dates = [one.night for one in nights]
    dark = [slot_middles(night, station.boundary_hour)[station_dark(station, night)] for night in dates]
    drivers = night_drivers(
        indices.daily, indices.three_hourly, dates, dark, station.latitude_deg, station.longitude_deg
    )
    table = drivers.assign(
        time=[night_start(night, station.boundary_hour) for night in dates],
        night=[str(night) for night in dates],
        verdict=[one.verdict for one in nights],
        delta_f_hz=[one.delta_f_hz for one in nights],
    )
    return table[[one.name for one in OF_NIGHTS]].rename_axis(None)


def _slots_table(archive: Reader, indices: Indices, one: NightFringes) -> list[pd.DataFrame]:
    """Table of `OF_SLOTS` of a night with a verdict; times are those of `iar export`."""
    station = archive.station
    (delta_f_hz,) = archive.read_sealed(one.night, "fringes", "fringes/delta_f_hz")
    middles = slot_middles(one.night, station.boundary_hour)
    drivers = slot_drivers(indices.three_hourly, middles, station.latitude_deg, station.longitude_deg)
    times = slot_times(one.night, station.boundary_hour)
    table = drivers.assign(time=times, night=str(one.night), verdict=one.verdict, delta_f_hz=delta_f_hz)
    return [table[[column.name for column in OF_SLOTS]]]


def write_nights(archive: Reader, nights: Sequence[NightFringes], indices: Indices, path: Path) -> int:
    """Write the table of nights as CSV, Parquet or NetCDF, by the suffix; returns its rows."""
    table = nights_table(archive, nights, indices)
    with KINDS[path.suffix](path, OF_NIGHTS, _about(archive, nights, indices)) as file:
        file.append(table)
    return len(table)


def write_slots(archive: Reader, nights: Sequence[NightFringes], indices: Indices, path: Path) -> tuple[int, list[str]]:
    """Write the table of their slots, night by night; returns its rows, and what failed in words."""
    tables = {one.night: partial(_slots_table, archive, indices, one) for one in nights}
    return write_rows(path, OF_SLOTS, _about(archive, nights, indices), tables, by_row=False)


def check_drivers_file(path: Path) -> None:
    """Raise an InputError unless a table can be written to `path`: looked at before any work."""
    check_out_file(path, SUFFIXES)


def _about(archive: Reader, nights: Sequence[NightFringes], indices: Indices) -> dict[str, str | float]:
    """What the file says of itself: where the indices come from, and how far they reach."""
    return about_nights(archive, [one.night for one in nights], "Drivers of ionospheric Alfvén resonances") | {
        "indices": f"{indices.source}, measured up to {indices.last.date()}",
        "source": "CelesTrak: Kp and ap of GFZ Potsdam, F10.7 of DRAO Penticton, sunspot number of SILSO Brussels",
    }


def judged(nights: pd.DataFrame) -> pd.DataFrame:
    """Nights with data, by date, with ``found``: whether they have fringes."""
    there = nights[nights["verdict"] != "no_data"]
    return there.assign(found=np.asarray(there["verdict"] == "fringes"))


def draw_dependence(nights: pd.DataFrame, station: str, path: Path) -> None:
    """Draw what nights with data depend on, PNG, SVG or PDF by the suffix."""
    draw(lambda: _figure(nights, station), path)


def _figure(nights: pd.DataFrame, station: str) -> "Figure":
    from iar.plots.dependence import plot_dependence  # noqa: PLC0415 - Matplotlib late

    return plot_dependence(nights, station)
