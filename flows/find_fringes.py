"""The nights of the last days, from counts to verdict and picture, every day."""

from prefect import flow

from flows.cluster import check_machines, dask_runner
from flows.forms import ArchiveUrl, BundleFolder, ChampionOf, FirstNight, LastNight, ListedNights, PictureFolder
from flows.shell import run_from_shell
from flows.stages import submit_stages
from tasks.behaviour import collect
from tasks.network import choose_network
from tasks.planning import choose_nights, plan_nights
from tasks.publishing import draw_pictures, publish_nights
from tasks.roots import check_places


@flow(task_runner=dask_runner())
def find_fringes(  # noqa: PLR0913, PLR0917 - a form's fields, all named
    archive: ArchiveUrl,
    first_night: FirstNight = None,
    last_night: LastNight = None,
    bundle: BundleFolder = None,
    registry: ChampionOf = None,
    pictures: PictureFolder = None,
    nights: ListedNights = None,
) -> int:
    """Process what is not done of a range of nights, or of those listed; by default of the last days.

    Returns how many of them have a verdict.
    """
    check_places(archive=archive, bundle=bundle, registry=registry, pictures=pictures)
    check_machines(archive)
    network = choose_network(archive, bundle, registry)
    meant = choose_nights(archive, first_night, last_night, nights)
    planned = plan_nights(archive, meant, network, pictures)
    judged = [submit_stages(batch, network) for batch in planned]
    drawn = [draw_pictures.submit(batch, pictures) for batch in judged]
    return publish_nights(archive, meant, list(collect(drawn, planned)))


if __name__ == "__main__":
    run_from_shell(find_fringes)
