"""The fringe table of a range of nights, as a file."""

import datetime as dt
from pathlib import Path

import pandas as pd

from iar.archive.store import Archive
from iar.fringes.table import UNITS, night_table
from iar.stages.fringes import read_spacing, read_verdict
from iar.stages.outfile import check_out_file

SUFFIXES = (".csv", ".parquet", ".nc")


def fringe_table(archive: Archive, nights: list[dt.date]) -> pd.DataFrame:
    """Table of `nights`, one row a slot; a NightNotSealedError for a night without a verdict."""
    boundary = archive.station.boundary_hour
    tables = [
        night_table(night, read_verdict(archive, night).name, read_spacing(archive, night), boundary_hour=boundary)
        for night in nights
    ]
    return pd.concat(tables, ignore_index=True)


def write_table(table: pd.DataFrame, path: Path, archive: Archive) -> None:
    """Write the table as CSV, Parquet or CF NetCDF, by its suffix."""
    check_out_file(path, SUFFIXES)
    if path.suffix == ".csv":
        table.to_csv(path, index=False, date_format="%Y-%m-%dT%H:%M:%SZ", float_format="%.5g")
    elif path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    else:
        dataset = table.set_index("time").to_xarray()
        for name, unit in UNITS.items():
            dataset[name].attrs["units"] = unit
        station = archive.station
        dataset.attrs = {
            "Conventions": "CF-1.11, ACDD-1.3",
            "title": f"Fringes of ionospheric Alfvén resonances at {station.name}",
            "station": station.name,
            "geospatial_lat_min": station.latitude_deg,
            "geospatial_lon_min": station.longitude_deg,
        }
        dataset.to_netcdf(path, engine="h5netcdf")
