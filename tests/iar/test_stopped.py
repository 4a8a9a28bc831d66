"""Ctrl-C, which a terminal sends to every process of a command: one line, and what is sealed stays."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from iar.archive.store import Archive
from iar.terminal import STOPPED
from tests.commands import command, run_apart


@pytest.fixture(scope="module")
def two_nights(hours: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Inbox with the hours up to midnight, once more a day later."""
    inbox = tmp_path_factory.mktemp("inbox")
    for path in hours.glob("CH*_2014_01_10_*.dat"):
        shutil.copy2(path, inbox)
        shutil.copy2(path, inbox / path.name.replace("01_10", "01_11"))
    return inbox


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.smoke), 2])
def test_a_command_that_is_stopped_at_work_says_one_line_and_can_be_run_again(workers, two_nights, tmp_path):
    archive = tmp_path / "archive"
    arguments = ("ingest", two_nights, "--settle-s", 0, "--workers", workers, "--archive", archive)
    process = subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not list(archive.glob("manifest/2014/.*.lock")):
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (STOPPED, "", "iar: stopped: run it again, what is sealed stays\n")
    assert run_apart(*arguments)[0] == 0
    assert len(Archive(str(archive)).nights()) == 2
