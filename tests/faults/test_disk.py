"""A disk that is full, gone or read-only: one clear line, nothing half sealed, and the same bytes once it is well."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from iar.archive.store import Archive
from iar.stages.pipeline import computed
from iar.upkeep.faults import find_faults
from tests.commands import check_refused, contents, run_apart
from tests.conftest import NIGHT

SPAN = ("--first-night", NIGHT, "--last-night", NIGHT, "--workers", 1)
NIGHT_BYTES = 1_500_000
"""More than the first arrays of a night take, less than all of them do."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Folder on a disk of 64 MiB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def only_counts(processed: Path, small_disk: Path) -> Path:
    """The processed night on that disk, as it was before it was processed."""
    archive = Path(shutil.copytree(processed, small_disk / "archive"))
    store = Archive(str(archive))
    store.unseal(NIGHT, [stage.name for stage in computed()])
    place = str(store.index(NIGHT))
    for group in ("spectra", "detection", "fringes"):
        for chunks in archive.glob(f"{group}/*/c/{place}"):
            if chunks.parents[1].name not in {"night", "channel", "slot", "frequency", "harmonic"}:
                shutil.rmtree(chunks) if chunks.is_dir() else chunks.unlink()
    return archive


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def test_a_disk_that_is_full_seals_nothing_half_and_the_next_run_gives_the_same_bytes(only_counts, processed):
    filler = only_counts.parent / "filler"
    filler.write_bytes(bytes(free_bytes(only_counts) - NIGHT_BYTES))
    status, _, err = run_apart("process", "--archive", only_counts, *SPAN)
    assert status == 1
    lines = err.splitlines()
    assert lines[-1].startswith(f"failed: {NIGHT}: ")
    assert "No space left on device" in lines[-1]
    assert str(only_counts) in lines[-1]
    assert "Traceback" not in err
    assert find_faults(Archive(str(only_counts))) == []  # what is sealed is whole
    filler.unlink()
    assert run_apart("process", "--archive", only_counts, *SPAN)[0] == 0
    assert contents(only_counts) == contents(processed)


def test_a_read_only_archive_can_be_read_and_says_why_it_cannot_be_written(only_counts):
    mounted = only_counts.parent
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    status, _, err = run_apart("process", "--archive", only_counts, *SPAN)
    assert status == 1
    assert "Read-only file system" in err
    assert str(only_counts) in err
    assert "Traceback" not in err
    assert run_apart("coverage", "--archive", only_counts)[0] == 0


def test_hours_for_a_read_only_archive_are_not_lost(only_counts, hours):
    """They stay in the inbox, and the command says what is wrong."""
    subprocess.run(["mount", "-o", "remount,ro", str(only_counts.parent)], check=True)
    status, _, err = run_apart("ingest", hours, "--archive", only_counts, "--settle-s", 0, "--workers", 1)
    assert status in {0, 1}  # 0: all of them are there already
    assert "Traceback" not in err
    fresh = only_counts.parent / "new"
    status, _, err = run_apart("ingest", hours, "--archive", fresh, "--settle-s", 0, "--workers", 1)
    assert status == 2
    assert "Read-only file system" in err
    assert err.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write whatever the modes say")
def test_a_folder_of_somebody_else_is_reported(processed, tmp_path):
    archive = Path(shutil.copytree(processed, tmp_path / "archive"))
    Archive(str(archive)).unseal(NIGHT, ["fringes"])
    manifests = archive / "manifest/2014"
    manifests.chmod(0o500)
    status, _, err = run_apart("process", "--archive", archive, *SPAN)
    manifests.chmod(0o700)
    assert status == 1
    assert "Permission denied" in err


def test_a_source_that_is_gone_is_reported(tmp_path):
    outcome = run_apart("ingest", tmp_path / "gone", "--archive", tmp_path / "archive")
    check_refused(outcome, f"{tmp_path / 'gone'} does not exist")
    assert not (tmp_path / "archive").exists()
