"""Commands of the running service. The command ``iar`` finds them by the entry point group ``iar.commands``."""

import os
from pathlib import Path
from typing import Annotated

import typer

from iar.cli.options import ArchiveUrl, BundleFolder, ChampionOf, FirstOfAll, LastOfAll, StationName
from iar.errors import InputError
from iar.surroundings import has_home
from iar.terminal import end, say
from service.settings import NOTIFY
from tasks.names import QUICKLOOK

app = typer.Typer()

Inbox = Annotated[str | None, typer.Option("--inbox", help="Folder that hour files come into; inbox by default.")]
RegistryPlace = Annotated[
    str | None,
    typer.Option("--registry", help="Registry of networks: a folder, or an MLflow server; models by default."),
]
Pictures = Annotated[str | None, typer.Option(help="Folder for a PNG of each night; the quick-look needs none.")]
Roots = Annotated[
    list[str] | None,
    typer.Option("--root", help="Further folder or URL that a run's parameters may name; may be repeated."),
]
GpuSlots = Annotated[
    int | None,
    typer.Option(
        min=1, help="Tasks that use the network at once; one more than this machine has GPUs; no limit without."
    ),
]
Notify = Annotated[
    str | None,
    typer.Option(
        envvar=NOTIFY, show_envvar=True,
        help="Where alarms go: a URL of Apprise, or a block on the server such as slack-webhook/NAME.",
    ),
]  # fmt: skip

Replace = Annotated[
    bool, typer.Option("--replace", help="The archive was moved: the server may work for another one so far.")
]


@app.command()
def deploy(  # noqa: PLR0913, PLR0917 - options of a command, all named
    archive: ArchiveUrl,
    inbox: Inbox = None,
    registry: RegistryPlace = None,
    pictures: Pictures = None,
    station: StationName = None,
    holes: Annotated[str | None, typer.Option(help="CSV file that damaged nights are listed in.")] = None,
    root: Roots = None,
    quicklook_url: Annotated[
        str | None, typer.Option(envvar=QUICKLOOK, help="Address that links to pictures begin with.")
    ] = None,
    gpu_slots: GpuSlots = None,
    notify: Notify = None,
    replace: Replace = False,
    wait_s: Annotated[float, typer.Option(min=0, help="How long the server is waited for, s.")] = 120,
    prefect_file: Annotated[Path | None, typer.Option(help="Other deployments than those that come with iar.")] = None,
) -> None:
    """Set up a Prefect server for an archive. Pools, queues, limits, alarms; run again, it changes what differs."""
    from service import settings

    os.environ.setdefault("DO_NOT_TRACK", "1")
    service = settings.parse_service(
        archive=archive, inbox=inbox, registry=registry, pictures=pictures, holes=holes, station=station,
        roots=tuple(root or ()), quicklook=quicklook_url,
    )  # fmt: skip
    file = settings.prefect_file(prefect_file)

    from prefect.client.orchestration import get_client
    from prefect.settings import get_current_settings

    from service.automations import make_automations, notification_block
    from service.deploying import deploy_flows, limit_gpu, make_pools, wait_for_server

    if not get_current_settings().api.url:
        raise InputError("PREFECT_API_URL names no server: `iar serve` runs one with everything on this machine")
    with get_client(sync_client=True) as client:
        wait_for_server(client, wait_s)
        make_pools(client)
        slots = limit_gpu(client, gpu_slots)
        block = notification_block(client, notify)
        make_automations(client, block)
        try:
            deployments = deploy_flows(client, service, file, replace=replace)
        except RuntimeError as error:
            end([str(error)])
    alarms = "are sent" if block else "only show in the page's feed of events: --notify sends them"
    limit = f"{slots} tasks with the network at once" if slots else "no limit on tasks with the network"
    say(f"{deployments} deployments in pools {' and '.join(settings.POOLS)}; {limit}")
    say(f"lost runs end as Crashed; alarms {alarms}")


@app.command()
def serve(  # noqa: PLR0913, PLR0917 - options of a command, all named
    archive: ArchiveUrl,
    inbox: Inbox = None,
    registry: RegistryPlace = None,
    pictures: Pictures = None,
    station: StationName = None,
    root: Roots = None,
    home: Annotated[
        Path | None,
        typer.Option(
            envvar="PREFECT_HOME", show_envvar=True, help="Folder of the database and of logs; ~/.local/state/iar."
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address that the pages listen at; 0.0.0.0: all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port of Prefect's page.")] = 4200,
    quicklook_port: Annotated[int, typer.Option(min=1, max=65_535, help="Port of the quick-look.")] = 4201,
    gpu_slots: GpuSlots = None,
    notify: Notify = None,
    replace: Replace = False,
) -> None:
    """Run the whole service on this machine, until Ctrl-C. Prefect's server and page, workers, quick-look."""
    from iar.settings import load_station
    from service.serving import Site, serve
    from service.settings import parse_service

    if station is not None:
        load_station(station)
    if home is None and not has_home():
        raise InputError("this user has no home that can be written: say where the service keeps its database, --home")
    folder = (home or Path("~/.local/state/iar")).expanduser().absolute()  # not Prefect's: other servers use that
    site = Site(folder, host, port, quicklook_port, gpu_slots, notify, replace)
    service = parse_service(
        archive=archive, inbox=inbox, registry=registry, pictures=pictures, holes=str(folder / "holes.csv"),
        station=station, roots=tuple(root or ()), quicklook=site.quicklook,
    )  # fmt: skip
    try:
        serve(service, site)
    except RuntimeError as error:
        end([str(error)])
    say("stopped")


@app.command()
def backfill(
    archive: ArchiveUrl,
    first_night: FirstOfAll = None,
    last_night: LastOfAll = None,
    from_file: Annotated[
        Path | None, typer.Option(help="Only the damaged nights that this CSV lists, as check_archive wrote it.")
    ] = None,
    bundle: BundleFolder = None,
    registry: ChampionOf = None,
) -> None:
    """Process what is not done yet of many nights. A Prefect flow in this process; a killed one goes on."""
    from iar.night import parse_night
    from service.backfilling import run_backfill

    first, last = (parse_night(night) if night else None for night in (first_night, last_night))
    try:
        nights = run_backfill(
            archive, first, last, from_file, bundle=str(bundle) if bundle else None, registry=registry
        )
    except RuntimeError as error:
        end([str(failure) for failure in error.args])
    say(f"{nights} night(s) of the range have a verdict in {archive}")
