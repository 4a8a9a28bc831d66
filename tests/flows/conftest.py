import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from prefect.testing.utilities import prefect_test_harness

from iar.archive.store import Archive, create_archive
from iar.settings import Processing, Station
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.stages.process import process_night
from iar.stages.spectra import spectra_signature
from tests.flows.seen import NIGHTS


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """A real server with its own database, for all tests of flows in one process."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(scope="session")
def spectra(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Archive of some nights with sealed spectra, without samples; not to be changed."""
    archive = create_archive(str(tmp_path_factory.mktemp("spectra") / "archive"), Station())
    for night in NIGHTS:
        seal_spectra(archive, night)
    return Path(archive.url)


@pytest.fixture(scope="session")
def judged(spectra: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those nights as `iar process` takes them to their verdict, in this process; not to be changed."""

    folder = tmp_path_factory.mktemp("judged") / "archive"
    shutil.copytree(spectra, folder)
    for night in NIGHTS:
        process_night(Archive(str(folder)), night, Processing())
    return folder


def seal_spectra(archive: Archive, night: dt.date) -> None:
    """Spectra of a simulated night, as if they had come from counts."""
    settings = Processing().spectra
    archive.seal(night, "counts", "c", {"effort": {"NS": 1.0, "EW": 1.0}, "edges": {}})
    density = measured_density(draw_scenario("fringes", night, 5), archive.frequency_hz, np.random.default_rng(5))
    effort = np.ones(density.shape[:2], np.float32)
    archive.write(night, {"spectra/density": density, "spectra/effort": effort, "spectra/quality": 0 * effort})
    signature = spectra_signature(archive, night, settings)
    archive.seal(night, "spectra", signature, {"settings": settings.model_dump()})
