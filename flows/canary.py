"""Are fringes still found? A simulated night that is known goes to its verdict every day, in an archive of its own."""

from prefect import flow

from flows.forms import ArchiveUrl, BundleFolder, ChampionOf
from flows.shell import run_from_shell
from tasks.canary import check_canary
from tasks.network import choose_network
from tasks.roots import check_places


@flow
def canary(archive: ArchiveUrl, registry: ChampionOf = None, bundle: BundleFolder = None) -> str:
    """Judge the known night by the network that judges the archive's; fails if its fringes are not found."""
    check_places(archive=archive, bundle=bundle, registry=registry)
    return check_canary(choose_network(archive, bundle, registry))


if __name__ == "__main__":
    run_from_shell(canary)
