"""New or changed hour files into the archive, every hour."""

from prefect import flow

from flows.cluster import dask_runner
from flows.shell import run_from_shell
from tasks.behaviour import collect
from tasks.coverage import publish_coverage
from tasks.ingest import ingest_records
from tasks.planning import plan_hours


@flow(task_runner=dask_runner())
def ingest_hours(inbox: str, archive: str, station: str | None = None, settle_s: float = 60.0) -> int:
    """Ingest the files in a folder; returns the number of nights they belong to.

    A file that was written less than `settle_s` ago may still be written: it waits for the next run.
    """
    batches = [ingest_records.submit(batch) for batch in plan_hours(inbox, archive, station, settle_s)]
    return publish_coverage(collect(batches))


if __name__ == "__main__":
    run_from_shell(ingest_hours)
