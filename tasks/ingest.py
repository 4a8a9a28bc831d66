"""Hour files to counts."""

from iar.archive.store import Archive
from iar.stages.ingest import NightRecords, ingest_night
from tasks.behaviour import Batch, compute_task, run_batch


@compute_task
def ingest_records(batch: Batch) -> Batch:
    """Put the records of each night of the batch into its counts; the batch that comes back holds nights."""
    archive = Archive(batch.archive)
    unreadable: list[str] = []

    def work(job: NightRecords) -> None:
        """Ingest one night, and remember which of its files could not be read."""
        unreadable.extend(ingest_night(archive, job).unreadable)

    done = run_batch(batch, work)
    nights = tuple(job.night for job in done.jobs)
    return Batch(batch.archive, nights, (*done.failures, *unreadable))
