"""Parts that many tests share: real data where it lies, one simulated night, its archive, an inbox, an object store."""

import datetime as dt
import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.data import real_data
from tests.shared import archive_once, made_once

os.environ.setdefault("DO_NOT_TRACK", "1")  # before anything imports Prefect
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")

pytest_plugins = ["tests.tiers", "pytester"]

NIGHT = dt.date(2014, 1, 10)
ROOT = Path(__file__).parents[1]

settings.register_profile("any speed", deadline=None)  # a busy machine breaks no law
settings.load_profile("any speed")


def pytest_xdist_auto_num_workers() -> int:
    """Processes of `make test`: one more than cores, since many tests wait for servers and other processes."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.fixture(scope="session")
def mikhnevo() -> Path:
    """Folder of a day of spectra of the Mikhnevo observatory; the test is skipped where they are not."""
    return real_data("mikhnevo")


@pytest.fixture(scope="session")
def sierra_nevada() -> Path:
    """Folder of the real hours of the Sierra Nevada station; the test is skipped where they are not."""
    return real_data("sierra-nevada")


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """URL of a server with the API of S3, for the whole run."""
    from tests.stores import running_store

    with running_store() as url:
        yield url


@pytest.fixture(scope="session")
def night() -> dt.date:
    """The simulated night of `hours` and `processed`."""
    return NIGHT


@pytest.fixture(scope="session")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hour files of one simulated night with fringes, and its truth.nc; not to be changed."""
    return made_once(tmp_path_factory, "hours", _simulate)


@pytest.fixture(scope="session")
def processed(hours: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Archive of that night, processed to its verdict in one process; not to be changed."""
    return archive_once(tmp_path_factory, "processed", functools.partial(_process, hours))


def _simulate(folder: Path) -> None:
    from iar.results.simulate import simulate_night, write_truth
    from iar.settings import Station
    from iar.simulation.scenario import draw_scenario

    scenario = draw_scenario("fringes", NIGHT, 7)
    simulate_night(scenario, Station(), folder, seed=7)
    write_truth([scenario], folder)


def _process(hours: Path, folder: Path) -> None:
    from iar.records.finding import find_records
    from iar.settings import Station
    from iar.stages.creation import create_archive
    from iar.stages.ingest import group_by_night, ingest_night, station_format
    from iar.stages.process import process_night
    from iar.stages.stage import Setup

    archive = create_archive(str(folder), Station())
    for job in group_by_night(find_records([hours], station_format(Station())).records, 12):
        ingest_night(archive, job)
    process_night(archive, NIGHT, Setup())


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Empty folder for hour files."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def ingest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`iar ingest` into the test's archive; returns exit status, stdout and stderr."""
    from tests.commands import run_here

    def run(*arguments: object, settle_s: float | None = 0) -> tuple[int, str, str]:
        command = ["ingest", *arguments, "--archive", tmp_path / "archive", "--workers", 1]
        command += [] if settle_s is None else ["--settle-s", settle_s]
        return run_here(capsys, *command)

    return run
