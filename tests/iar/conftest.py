"""An inbox, and `iar ingest` of it."""

import pytest

from tests.commands import run_here


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def ingest(tmp_path, capsys):
    """`iar ingest` into the test's archive; returns exit status, stdout and stderr."""

    def run(*arguments: object, settle_s: float | None = 0) -> tuple[int, str, str]:
        command = ["ingest", *arguments, "--archive", tmp_path / "archive", "--workers", 1]
        command += [] if settle_s is None else ["--settle-s", settle_s]
        return run_here(capsys, *command)

    return run
