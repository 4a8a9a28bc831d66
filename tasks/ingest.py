"""Hour files to counts."""

import datetime as dt

from iar.archive.store import Archive
from iar.records.record import RecordFile
from iar.stages.ingest import ingest_night
from tasks.behaviour import Batch, compute_task, run_batch


@compute_task
def ingest_records(batch: Batch) -> Batch:
    """Put the records of each (night, records) of the batch into its night's counts."""
    archive = Archive(batch.archive)
    unreadable: list[str] = []

    def work(job: tuple[dt.date, list[RecordFile]]) -> None:
        unreadable.extend(ingest_night(archive, *job).unreadable)

    done = run_batch(batch, work)
    nights = tuple(night for night, _ in done.jobs)
    return Batch(batch.archive, nights, (*done.failures, *unreadable))
