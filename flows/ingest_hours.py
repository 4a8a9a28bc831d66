"""New or changed hour files into the archive, every hour."""

from prefect import flow

from flows.cluster import dask_runner
from flows.shell import run_from_shell
from tasks.behaviour import collect
from tasks.coverage import publish_coverage
from tasks.ingest import ingest_records
from tasks.planning import plan_hours


@flow(task_runner=dask_runner())
def ingest_hours(inbox: str, archive: str, station: str | None = None) -> int:
    """Ingest the files in a folder; returns the number of nights they belong to."""
    batches = [ingest_records.submit(batch) for batch in plan_hours(inbox, archive, station)]
    return publish_coverage(collect(batches))


if __name__ == "__main__":
    run_from_shell(ingest_hours)
