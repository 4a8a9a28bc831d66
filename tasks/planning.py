"""What there is to do: read from the manifests, packed into batches."""

import datetime as dt
from pathlib import Path

from iar.archive.store import Archive, archive_station, create_archive
from iar.night import last_whole_night, night_range
from iar.records.finding import find_records
from iar.settings import load_processing, load_station
from iar.stages.ingest import group_by_night, station_format, unsealed_jobs
from iar.stages.process import sealed_nights
from iar.stages.quarantine import quarantine_unusable, split_by_place
from iar.stages.spectra import check_band
from tasks.behaviour import Batch, compute_task, pack

BATCHES = 100
"""Tasks that a long run is cut into: enough to spread and to see progress, few enough for the server."""
REVISITED = dt.timedelta(days=3)
"""Late hours are looked for this far back."""


@compute_task
def plan_hours(inbox: str, archive: str, station: str | None, settle_s: float) -> list[Batch]:
    """Batches of nights with their records, for the files in a folder; makes the archive if it is not there.

    What cannot be ingested from there, files new in quarantine and yearly archives, is a batch of failures.
    """
    settings = load_station(station) if station else archive_station(archive) or load_station("eskdalemuir")
    found = find_records([Path(inbox)], station_format(settings), settle_s=settle_s)
    store = create_archive(archive, settings, load_processing().spectra)
    nights, outside = split_by_place(store, group_by_night(found.records, store.station.boundary_hour))
    batches = pack(archive, [*unsealed_jobs(store), *nights], batches=BATCHES)
    failures = quarantine_unusable(store, found.unusable + outside, {record.source.name for record in found.records})
    failures += [f"{path}: a yearly archive is not for the inbox: use `iar ingest`" for path in found.archives]
    return [*batches, Batch(archive, (), tuple(failures))] if failures else batches


@compute_task
def plan_nights(archive: str, first_night: dt.date | None, last_night: dt.date | None) -> list[Batch]:
    """Batches of the nights in a range that have counts; by default the last whole night and three before it."""
    store = Archive(archive)
    check_band(store, load_processing().spectra)
    last = last_night or last_whole_night(dt.datetime.now(dt.UTC), store.station.boundary_hour)
    nights = night_range(first_night or last - REVISITED, last)
    return pack(archive, sealed_nights(store, nights, "counts"), batches=BATCHES)
