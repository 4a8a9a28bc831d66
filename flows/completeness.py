"""What an archive can see: fans laid over its own noise, night by night, and how many are found."""

from prefect import flow

from flows.cluster import check_machines, dask_runner
from flows.forms import ArchiveUrl, BundleFolder, ChampionOf, FirstNight, Injections, LastNight, OverCounts, TrialSeed
from flows.shell import run_from_shell
from tasks.behaviour import collect
from tasks.completeness import plan_trials, publish_completeness, try_nights
from tasks.network import choose_network
from tasks.progress import show_progress
from tasks.roots import check_places


@flow(task_runner=dask_runner())
def completeness(  # noqa: PLR0913, PLR0917 - fields of a form, all named
    archive: ArchiveUrl,
    first_night: FirstNight = None,
    last_night: LastNight = None,
    injections: Injections = 200,
    over_counts: OverCounts = 0.1,
    seed: TrialSeed = 0,
    bundle: BundleFolder = None,
    registry: ChampionOf = None,
) -> int:
    """Lay fans over the nights of a range, by default of all; returns how many nights have a detection limit then."""
    check_places(archive=archive, bundle=bundle, registry=registry)
    check_machines(archive)
    network = choose_network(archive, bundle, registry)
    planned = plan_trials(archive, first_night, last_night, injections, seed, over_counts)
    tried = collect([try_nights.submit(batch, network, seed) for batch in planned], planned)
    return publish_completeness(archive, network, seed, show_progress(tried, planned))


if __name__ == "__main__":
    run_from_shell(completeness)
