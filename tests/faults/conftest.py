"""Archives that faults happen to, and the same undisturbed."""

import datetime as dt
import shutil
from functools import partial
from pathlib import Path

import pytest

from tests.nights import archive_with_spectra, copy_with_verdicts
from tests.shared import archive_once

NIGHTS = [dt.date(2014, 1, 1) + dt.timedelta(days=day) for day in range(12)]


@pytest.fixture(scope="session")
def spectra(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Archive of twelve nights with sealed spectra, without samples; not to be changed."""
    return archive_once(tmp_path_factory, "faults-spectra", partial(archive_with_spectra, nights=NIGHTS))


@pytest.fixture(scope="session")
def undisturbed(spectra: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those nights as a run that nothing happens to takes them to their verdict; not to be changed."""
    return archive_once(tmp_path_factory, "faults-undisturbed", partial(copy_with_verdicts, spectra, nights=NIGHTS))


@pytest.fixture
def archive(spectra: Path, tmp_path: Path) -> Path:
    """Those nights with spectra alone, to be worked on."""
    return Path(shutil.copytree(spectra, tmp_path / "archive"))
