"""A long range of nights in about a hundred batches, resumable: what is sealed is not done again."""

from prefect import flow

from flows.cluster import dask_runner
from flows.forms import ArchiveUrl, BundleFolder, ChampionOf, FirstNight, HolesFile, LastNight
from flows.shell import run_from_shell
from tasks.behaviour import collect
from tasks.detection import choose_network, infer_probability
from tasks.fringes import fit_fringes, publish_years
from tasks.planning import plan_span
from tasks.progress import show_progress
from tasks.roots import check_places
from tasks.spectra import compute_spectra


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
    network = choose_network(bundle, registry)
    planned = plan_span(archive, first_night, last_night, network, from_file)
    fitted = [fit_fringes.submit(infer_probability.submit(compute_spectra.submit(batch), network)) for batch in planned]
    return publish_years(archive, first_night, last_night, show_progress(collect(fitted, planned), planned))


if __name__ == "__main__":
    run_from_shell(backfill)
