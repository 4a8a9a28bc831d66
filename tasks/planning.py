"""What there is to do: read from the manifests, packed into batches."""

import datetime as dt
from pathlib import Path

from iar.archive.store import Archive, create_archive
from iar.night import night_range
from iar.records.finding import find_records, get_format
from iar.settings import load_station
from iar.stages.ingest import group_by_night
from iar.stages.process import nights_with_counts
from tasks.behaviour import Batch, compute_task, pack

BATCHES = 100
"""Tasks that a long run is cut into: enough to spread and to see progress, few enough for the server."""


@compute_task
def plan_hours(inbox: str, archive: str, station: str) -> list[Batch]:
    """Batches of nights with their records, for the files in a folder; makes the archive if it is not there."""
    settings = load_station(station)
    found = find_records([Path(inbox)], get_format(settings.format))
    boundary_hour = create_archive(archive, settings).station.boundary_hour
    return pack(archive, group_by_night(found.records, boundary_hour), batches=BATCHES)


@compute_task
def plan_nights(archive: str, first_night: dt.date, last_night: dt.date) -> list[Batch]:
    """Batches of the nights in a range that have counts."""
    return pack(archive, nights_with_counts(Archive(archive), night_range(first_night, last_night)), batches=BATCHES)
