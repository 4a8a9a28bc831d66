"""What a service works with: its archive, inbox and registry, and what its flows take from the environment."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from iar.errors import InputError
from iar.settings import STATIONS
from iar.settings.strict import Strict
from tasks.names import DEFAULT_QUICKLOOK, QUICKLOOK, ROOTS, archive_resource

POOL = "iar"
"""Work pool of what runs every day."""
GPU_POOL = "gpu"
"""Work pool of trainings: its workers stand where a GPU is."""
QUEUES = {POOL: ("hourly", "daily", "twice-a-day", "canary", "by-hand", "measure"), GPU_POOL: ("on-demand", "tuning")}
"""Queues of each pool, the first before the next: one for each deployment, of its name."""
POOLS = tuple(QUEUES)
SCHEDULED = ("hourly", "daily", "twice-a-day", "canary")
"""Queues whose runs come by a schedule, and end before the next."""
TAG = "iar"
"""Tag of the deployments."""
NOTIFY = "IAR_SERVICE_NOTIFY"
"""Environment variable that tells where alarms go; it may be secret, as an option would not be."""


def _absolute(place: str) -> str:
    """Place as any process understands it, whatever folder it was started in."""
    return place if "://" in place else str(Path(place).expanduser().absolute())


Place = Annotated[str, AfterValidator(_absolute)]


class Service(Strict):
    """Places that the deployments work with. Folders are made absolute, URLs stay."""

    archive: Place = Field(description="archive: a folder, or a URL that fsspec understands")
    inbox: Place = Field("inbox", validate_default=True, description="folder that hour files come into")
    registry: Place = Field("models", validate_default=True, description="registry of networks: a folder, or a server")
    pictures: Place | None = Field(None, description="folder for a PNG of each night; the quick-look needs none")
    holes: Place | None = Field(None, description="CSV file that damaged nights are listed in, for a backfill")
    station: Annotated[str, AfterValidator(lambda name: name if name in STATIONS else _absolute(name))] | None = Field(
        None, description="built-in station, or a YAML file; by default the archive's"
    )
    quicklook: str = Field(DEFAULT_QUICKLOOK, description="address that links to pictures begin with")
    roots: tuple[Place, ...] = Field((), description="further folders and URLs that parameters of a run may name")

    def all_roots(self) -> list[str]:
        """Folders and URLs that parameters of a run may name: the places of the service, and the further ones."""
        station = None if self.station in STATIONS else self.station
        places = (self.archive, self.inbox, self.registry, self.pictures, self.holes, station, *self.roots)
        return list(dict.fromkeys(place for place in places if place is not None))

    def variables(self) -> dict[str, str]:
        """Environment that `deployments/prefect.yaml`, the flows and the quick-look read."""
        named = ("archive", "inbox", "registry", "pictures", "holes", "station")
        given = {name: value for name in named if (value := getattr(self, name)) is not None}
        return {
            **{f"IAR_SERVICE_{name.upper()}": value for name, value in given.items()},
            ROOTS: ":".join(self.all_roots()),
            QUICKLOOK: self.quicklook,
            "IAR_SERVICE_EVENTS": archive_resource(self.archive),
        }


def parse_service(**given: Any) -> Service:
    """Service of what a command line gave; what is None is as by default.

    Raises
    ------
    InputError
        If a place has a password, which Prefect's page would show, or a colon where the list of roots has one.
    """
    from iar.settings.faults import in_one_line
    from tasks.roots import check_no_password, split_roots

    there = {name: value for name, value in given.items() if value is not None}
    for name, value in there.items():
        for place in (value,) if isinstance(value, str) else value:
            check_no_password("--root" if name == "roots" else f"--{name}", place)
    with in_one_line("service", Service):
        service = Service.model_validate(there)
    for root in service.all_roots():
        if split_roots(root) != [root]:
            raise InputError(f"{root} has a colon, which would end it in the list of the roots: choose another place")
    return service


def prefect_file(given: Path | None) -> Path:
    """File of the deployments: the one that was given, else the one that comes with the package.

    Raises
    ------
    InputError
        If it is not there.
    """
    file = given or Path(__file__).parents[1] / "deployments" / "prefect.yaml"
    if not file.is_file():
        raise InputError(f"{file} is not there: name the deployments with --prefect-file")
    return file.absolute()
