"""A Prefect server for flows in this process, and archives that they work on."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.flows.seen import NIGHTS
from tests.nights import archive_with_spectra, copy_with_verdicts
from tests.shared import archive_once


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """A real server with its own database, for all tests of flows in one process."""
    from prefect.testing.utilities import prefect_test_harness  # it brings the whole server

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(scope="session")
def spectra(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Archive of some nights with sealed spectra, without samples; not to be changed."""
    return archive_once(tmp_path_factory, "flows-spectra", partial(archive_with_spectra, nights=NIGHTS))


@pytest.fixture(scope="session")
def judged(spectra: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those nights as `iar process` takes them to their verdict, in this process; not to be changed."""
    return archive_once(tmp_path_factory, "flows-judged", partial(copy_with_verdicts, spectra, nights=NIGHTS))
