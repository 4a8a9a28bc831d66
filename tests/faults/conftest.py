"""Archives that faults happen to, and the same undisturbed."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from iar.archive.store import Archive, create_archive
from iar.settings import Processing, Station
from iar.stages.process import process_night
from tests.flows.conftest import seal_spectra

NIGHTS = [dt.date(2014, 1, 1) + dt.timedelta(days=day) for day in range(12)]


@pytest.fixture(scope="session")
def spectra(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Archive of twelve nights with sealed spectra, without samples; not to be changed."""
    archive = create_archive(str(tmp_path_factory.mktemp("spectra") / "archive"), Station())
    for night in NIGHTS:
        seal_spectra(archive, night)
    return Path(archive.url)


@pytest.fixture(scope="session")
def undisturbed(spectra: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those nights as a run that nothing happens to takes them to their verdict; not to be changed."""
    folder = Path(shutil.copytree(spectra, tmp_path_factory.mktemp("undisturbed") / "archive"))
    for night in NIGHTS:
        process_night(Archive(str(folder)), night, Processing())
    return folder


@pytest.fixture
def archive(spectra: Path, tmp_path: Path) -> Path:
    """Those nights with spectra alone, to be worked on."""
    return Path(shutil.copytree(spectra, tmp_path / "archive"))
