"""SIGKILL at a random moment, then again: the same bytes as undisturbed."""

import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from iar.cli import main
from iar.night import HOUR_SAMPLES, MISSING
from iar.records import bgs
from tests.commands import command, contents, run_apart

SPAN = ("--first-night", "2014-01-10", "--last-night", "2014-01-10", "--workers", "1")


def start(*arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


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


@pytest.mark.smoke
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
        kill_when(start("process", "--archive", archive, *SPAN), archive, draw.randint(1, 2))  # of twelve
    assert contents(archive) != contents(processed)  # it was killed before its end
    assert start("process", "--archive", archive, *SPAN).wait() == 0
    assert contents(archive) == contents(processed)


KILLS = {1: 16, 2: 4}
"""Kills of runs with one worker and with two; a cluster of two takes seconds to start."""
FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(
    ["iar.cli", "iar.stages.ingest_tar", "iar.stages.quarantine", "pandas", "rich.progress", "distributed"]
)


def begin(*arguments: object) -> multiprocessing.process.BaseProcess:
    """`iar` in a process of its own that has imported what it needs."""
    process = FORK.Process(target=main, args=([str(argument) for argument in arguments],))
    process.start()
    return process


def run(*arguments: object) -> float:
    """Let `iar` come to its end; returns its life, s."""
    process, since = begin(*arguments), time.monotonic()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - since


def kill_after(process: multiprocessing.process.BaseProcess, age_s: float) -> float | None:
    """Kill it when it is that old; returns its life, s, if it came to its end before."""
    since = time.monotonic()
    process.join(age_s)
    life_s = time.monotonic() - since
    process.kill()
    process.join()
    return None if process.exitcode == -signal.SIGKILL else life_s


def hour_file(folder: Path, name: str, counts: np.ndarray) -> None:
    """Hour file as old as its hour, so that it has settled."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(bgs.encode(counts))
    os.utime(folder / name, (1.4e9, 1.4e9))


def noise(seed: int, samples: int = HOUR_SAMPLES) -> np.ndarray:
    return np.random.default_rng(seed).integers(-1000, 1000, samples, dtype=np.int32)


def with_gap(counts: np.ndarray) -> np.ndarray:
    gap = counts.copy()
    gap[1000:200_000] = MISSING
    return gap


NOON, ONE, DAY_AFTER = "CH1_2014_01_10_12.dat", "CH2_2014_01_10_13.dat", "CH1_2014_01_11_12.dat"


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """Archive with a night that is sealed with a gap; the inbox holds what fills it, more hours, and the next night."""
    hour_file(tmp_path / "first", NOON, with_gap(noise(1)))
    run("ingest", tmp_path / "first", "--archive", tmp_path / "begun")
    for seed, name in enumerate((NOON, ONE, DAY_AFTER), start=1):
        hour_file(tmp_path / "inbox", name, noise(seed))
    return tmp_path / "begun"


@pytest.mark.parametrize("workers", [1, 2])
def test_ingest_killed_at_any_moment_and_run_again_gives_the_same_bytes(workers, begun, tmp_path, draw):
    undisturbed = shutil.copytree(begun, tmp_path / "undisturbed")
    inbox, killed = tmp_path / "inbox", 0
    life_s = run("ingest", inbox, "--workers", workers, "--archive", undisturbed)
    for number in range(KILLS[workers]):
        disturbed = shutil.copytree(begun, tmp_path / f"disturbed-{number}")
        process = begin("ingest", inbox, "--workers", workers, "--archive", disturbed)
        ended_s = kill_after(process, life_s * (number + draw.random()) / KILLS[workers])
        killed += ended_s is None
        life_s = ended_s or life_s  # the first was slower: a machine that was busy then
        run("ingest", inbox, "--workers", 1, "--archive", disturbed)
        assert contents(disturbed) == contents(undisturbed)
    assert killed >= KILLS[workers] / 2


def test_creation_killed_at_any_moment_and_run_again_gives_the_same_bytes(tmp_path, draw):
    hour_file(tmp_path / "inbox", NOON, noise(1))
    life_s = run("ingest", tmp_path / "inbox", "--archive", tmp_path / "undisturbed")
    for number in range(6):
        command = ("ingest", tmp_path / "inbox", "--archive", tmp_path / f"disturbed-{number}")
        kill_after(begin(*command), life_s * (number + draw.random()) / 6)
        run(*command)
        assert contents(command[-1]) == contents(tmp_path / "undisturbed")


@pytest.mark.parametrize("other", [NOON, DAY_AFTER], ids=["of the same night", "of the next night"])
def test_what_a_killed_run_filled_into_a_sealed_gap_does_not_count(other, begun, tmp_path):
    """The killed run's file never comes again; another does, with other samples for the gap, or of another night."""
    hour_file(tmp_path / "other", other, noise(7))
    undisturbed = shutil.copytree(begun, tmp_path / "undisturbed")
    run("ingest", tmp_path / "other", "--archive", undisturbed)
    manifest, (chunk,) = begun / "manifest/2014/2014-01-10.json", (begun / "counts/counts/c").glob("*/0/0")
    before = chunk.read_bytes()
    process = begin("ingest", tmp_path / "inbox" / NOON, "--archive", begun)
    while chunk.read_bytes() == before:
        assert process.is_alive()
    kill_after(process, 0)
    assert "sealed_samples" in manifest.read_text()  # killed between the counts and their seal
    run("ingest", tmp_path / "other", "--archive", begun)
    assert contents(begun) == contents(undisturbed)


def test_a_disk_that_fills_up_seals_nothing_and_the_next_run_gives_the_same_bytes(tmp_path):
    """The limit of a file's size stands for the disk: a chunk of noise is larger, manifests and metadata are not."""
    hour_file(tmp_path / "inbox", NOON, noise(1))
    run("ingest", tmp_path / "inbox", "--archive", tmp_path / "undisturbed")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    arguments = ("ingest", tmp_path / "inbox", "--archive", tmp_path / "disturbed")
    status, _, err = run_apart(*arguments, before=limit)
    assert status == 1
    assert err.startswith("failed: 2014-01-10: ")
    assert f"File too large: '{tmp_path}/disturbed/counts/counts'" in err
    assert not (tmp_path / "disturbed/manifest/2014/2014-01-10.json").exists()
    run(*arguments)
    assert contents(tmp_path / "disturbed") == contents(tmp_path / "undisturbed")
