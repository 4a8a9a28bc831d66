"""A long range of nights in about a hundred batches, resumable: what is sealed is not done again."""

from prefect import flow

from flows.cluster import check_machines, dask_runner
from flows.forms import ArchiveUrl, BundleFolder, ChampionOf, FirstNight, HolesFile, LastNight
from flows.shell import run_from_shell
from flows.stages import submit_stages
from tasks.behaviour import collect
from tasks.network import choose_network
from tasks.planning import plan_span
from tasks.progress import show_progress
from tasks.publishing import publish_years
from tasks.roots import check_places


@flow(task_runner=dask_runner())
def backfill(
    archive: ArchiveUrl,
    first_night: FirstNight = None,
    last_night: LastNight = None,
    bundle: BundleFolder = None,
    registry: ChampionOf = None,
    from_file: HolesFile = None,
) -> int:
    """Process what is not done of a range of nights, by default of all; returns how many of it have a verdict."""
    check_places(archive=archive, bundle=bundle, registry=registry, from_file=from_file)
    check_machines(archive)
    network = choose_network(archive, bundle, registry)
    planned = plan_span(archive, first_night, last_night, network, from_file)
    judged = [submit_stages(batch, network) for batch in planned]
    return publish_years(archive, first_night, last_night, show_progress(collect(judged, planned), planned))


if __name__ == "__main__":
    run_from_shell(backfill)
