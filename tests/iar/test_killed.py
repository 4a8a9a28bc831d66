"""SIGKILL at a random moment, then again: the same bytes as undisturbed."""

import json
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SPAN = ("--first-night", "2014-01-10", "--last-night", "2014-01-10", "--workers", "1")


def start(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from iar.cli import main; main()", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def kill_when(process: subprocess.Popen[bytes], folder: Path, files: int) -> None:
    """Kill once the folder holds `files` files more than at first: somewhere in the writing, not in the imports."""
    before = sum(1 for p in folder.rglob("*") if p.is_file())
    while process.poll() is None:
        if sum(1 for p in folder.rglob("*") if p.is_file()) >= before + files:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()


@pytest.fixture
def draw() -> random.Random:
    return random.Random(20261121)  # noqa: S311 - moments, not secrets


def test_killed_process_run_again_gives_the_same_bytes(processed, tmp_path, draw):
    archive = tmp_path / "archive"
    shutil.copytree(processed, archive)
    for path in ("spectra", "detection", "fringes"):
        for chunks in (archive / path).glob("*/c"):
            if chunks.parent.name not in {"night", "channel", "slot", "frequency", "harmonic"}:
                shutil.rmtree(chunks)
    manifest = archive / "manifest/2014/2014-01-10.json"
    only_counts = manifest.read_text()
    head, _, _ = only_counts.partition(' "stages"')
    stages = json.loads(only_counts)["stages"]
    counts = json.dumps({"counts": stages["counts"]}, indent=1)
    manifest.write_text(f'{head} "stages": {counts}\n}}\n')
    for _ in range(2):
        kill_when(start("process", "--archive", archive, *SPAN), archive, draw.randint(1, 5))
    assert contents(archive) != contents(processed)  # it was killed before its end
    assert start("process", "--archive", archive, *SPAN).wait() == 0
    assert contents(archive) == contents(processed)


def test_killed_ingest_run_again_gives_the_same_bytes(hours, tmp_path, draw):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in sorted(p.name for p in hours.glob("CH*_2014_01_10_1[2-5].dat")):
        shutil.copy2(hours / name, inbox)
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    assert start("ingest", inbox, "--archive", undisturbed).wait() == 0
    for _ in range(3):
        kill_when(start("ingest", inbox, "--archive", disturbed), tmp_path, draw.randint(1, 60))
    assert start("ingest", inbox, "--archive", disturbed).wait() == 0
    assert contents(disturbed) == contents(undisturbed)
