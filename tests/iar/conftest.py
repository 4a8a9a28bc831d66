"""An archive and an inbox of its own for each test."""

import pytest

from iar.stages.creation import create_archive
from tests.iar.hours import STATION


@pytest.fixture
def archive(tmp_path):
    return create_archive(str(tmp_path / "archive"), STATION)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "hours"
    path.mkdir()
    return path
