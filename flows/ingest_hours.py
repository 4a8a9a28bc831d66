"""New or changed hour files into the archive, every hour."""

from prefect import flow

from flows.cluster import check_machines, dask_runner
from flows.forms import ArchiveUrl, Inbox, Settling, StationName
from flows.shell import run_from_shell
from tasks.behaviour import collect
from tasks.coverage import publish_coverage
from tasks.ingest import close_hours, ingest_records
from tasks.planning import plan_hours
from tasks.roots import check_places, station_file


@flow(task_runner=dask_runner())
def ingest_hours(inbox: Inbox, archive: ArchiveUrl, station: StationName = None, settle_s: Settling = 60.0) -> int:
    """Ingest the files in a folder; returns the number of nights they belong to."""
    check_places(inbox=inbox, archive=archive, station=station_file(station))
    check_machines(archive)
    planned, intake = plan_hours(inbox, archive, station, settle_s)
    done = list(collect([ingest_records.submit(batch) for batch in planned], planned))
    return publish_coverage(archive, [*done, close_hours(archive, intake)])


if __name__ == "__main__":
    run_from_shell(ingest_hours)
