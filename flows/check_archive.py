"""Is the archive whole, fresh and as it was? Looked at twice a day; what is found is reported, and fails nothing."""

from prefect import flow

from flows.cluster import check_machines, dask_runner
from flows.forms import ArchiveUrl, DriftLimit, HolesOut, SilentAfter
from flows.shell import run_from_shell
from tasks.behaviour import collect
from tasks.checking import (
    find_drifts,
    find_gaps,
    find_silence,
    find_stuck_slots,
    list_damage,
    look_at_nights,
    plan_looks,
    publish_findings,
)
from tasks.roots import check_places


@flow(task_runner=dask_runner())
def check_archive(
    archive: ArchiveUrl, out: HolesOut = None, silent_h: SilentAfter = 26.0, drift_db: DriftLimit = 3.0
) -> int:
    """Look for damage, gaps, silence, drift and slots that nobody holds; returns how many findings there are."""
    check_places(archive=archive, out=out)
    check_machines(archive)
    planned = plan_looks(archive)
    looked = list(collect([look_at_nights.submit(batch) for batch in planned], planned))
    return publish_findings(
        looked,
        damage=list_damage(archive, looked, out),
        silence=find_silence(archive, silent_h),
        drift=find_drifts(archive, drift_db),
        slots=find_stuck_slots(),
        gaps=find_gaps(archive),
    )


if __name__ == "__main__":
    run_from_shell(check_archive)
