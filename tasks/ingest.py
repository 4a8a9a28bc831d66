"""Hour files to counts."""

import datetime as dt

from iar.archive.store import Archive
from iar.stages.ingest import NightRecords, ingest_night
from tasks.behaviour import Batch, compute_task, run_batch


@compute_task
def ingest_records(batch: Batch) -> Batch:
    """Put the records of each night of the batch into its counts; the batch that comes back holds nights."""
    archive = Archive(batch.archive)
    unreadable: list[str] = []
    changed: list[dt.date] = []

    def work(job: NightRecords) -> None:
        """Ingest one night; remember which of its files could not be read, and whether its counts are others now."""
        before = _counts_signature(archive, job.night)
        unreadable.extend(ingest_night(archive, job).unreadable)
        if _counts_signature(archive, job.night) != before:
            changed.append(job.night)

    done = run_batch(batch, work)
    nights = tuple(job.night for job in done.jobs)
    return Batch(batch.archive, nights, (*done.failures, *unreadable), tuple(changed))


def _counts_signature(archive: Archive, night: dt.date) -> str | None:
    counts = archive.manifest(night).stages.get("counts")
    return counts.signature if counts else None
