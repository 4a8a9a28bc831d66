"""Hour files to counts."""

from prefect.logging import get_run_logger

from iar.archive.store import Archive
from iar.stages.ingest import NightRecords, ingest_night
from iar.stages.intake import Intake
from iar.stages.taking_in import close_intake
from tasks.behaviour import Batch, compute_task, run_batch


@compute_task
def ingest_records(batch: Batch) -> Batch:
    """Put the records of each night of the batch into its counts; the batch that comes back holds nights."""
    archive = Archive(batch.archive)
    unreadable: list[str] = []

    def work(job: NightRecords) -> None:
        """Ingest one night; tell at once which of its files could not be read: a second try finds them known."""
        for line in ingest_night(archive, job).unreadable:
            get_run_logger().warning(line)
            unreadable.append(line)

    done = run_batch(batch, work)
    nights = tuple(job.night for job in done.jobs)
    return Batch(batch.archive, nights, (*done.failures, *unreadable))


@compute_task
def close_hours(archive: str, intake: Intake) -> Batch:
    """Quarantine, once it is known what became of every file; the batch that comes back holds what failed."""
    return Batch(archive, (), tuple(close_intake(Archive(archive), intake)))
