"""Two processes that ingest at once, from the creation of the archive on: as if one had come after the other."""

import multiprocessing
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from iar.cli import main
from tests.stores import CREDENTIALS, objects

ROUNDS = {"folder": 3, "seaweed": 1}


def ingest(sources: list[Path], url: str, start_s: float, environment: dict[str, str], *more: str) -> object:
    """Exit status of `iar ingest`, begun at a moment that both processes know."""
    os.environ.update(environment)
    time.sleep(max(start_s - time.time(), 0))
    try:
        main(["ingest", *map(str, sources), "--archive", url, "--workers", "1", *more])
    except SystemExit as left:
        return left.code


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """Two processes that have imported everything."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as two:
        yield two


@pytest.fixture(params=["folder", "seaweed"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, str]]:
    """Where archives of a test go, and what another process has to know of it."""
    if request.param == "folder":
        return str(tmp_path / "at-once"), {}
    url = request.getfixturevalue("seaweed")
    return url, {**CREDENTIALS, "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"]}


def copied(hours: Path, folder: Path, *names: str, other_content: bool = False) -> list[Path]:
    """Hour files of the night, in a folder of their own."""
    folder.mkdir()
    for name in names:
        path = Path(shutil.copy2(hours / f"{name}.dat", folder))
        if other_content:
            stat = path.stat()
            path.write_bytes(path.read_bytes().replace(b"1", b"7"))
            os.utime(path, ns=(stat.st_mtime_ns, stat.st_mtime_ns))
    return sorted(folder.iterdir())


NOON, ONE, TWO = "CH1_2014_01_10_12", "CH1_2014_01_10_13", "CH2_2014_01_10_14"
DAY_AFTER = "CH1_2014_01_11_12"


def different_nights(hours: Path, tmp_path: Path) -> tuple[list[Path], list[Path]]:
    first = copied(hours, tmp_path / "a", NOON, ONE)
    copied(hours, tmp_path / "b", NOON)
    (tmp_path / "b" / f"{NOON}.dat").rename(tmp_path / "b" / f"{DAY_AFTER}.dat")
    return first, [tmp_path / "b"]


def the_same_files(hours: Path, tmp_path: Path) -> tuple[list[Path], list[Path]]:
    files = copied(hours, tmp_path / "a", NOON, ONE, TWO)
    return files, files


def overlapping_sets(hours: Path, tmp_path: Path) -> tuple[list[Path], list[Path]]:
    return copied(hours, tmp_path / "a", NOON, ONE), copied(hours, tmp_path / "b", ONE, TWO)


def differing_content(hours: Path, tmp_path: Path) -> tuple[list[Path], list[Path]]:
    first = copied(hours, tmp_path / "a", NOON, ONE)
    return first, copied(hours, tmp_path / "b", NOON, TWO, other_content=True)


@pytest.mark.parametrize("sets", [different_nights, the_same_files, overlapping_sets, differing_content])
def test_two_at_once_leave_what_one_after_the_other_would(sets, hours, tmp_path, pool, place):
    parts = sets(hours, tmp_path)
    serial = []
    for number, order in enumerate([parts, parts[::-1]]):
        url = str(tmp_path / f"serial-{number}")
        assert [ingest(part, url, 0.0, {}) for part in order] == [0, 0]
        serial.append(objects(url))
    assert (serial[0] == serial[1]) == (sets is not differing_content)
    where, environment = place
    for number in range(ROUNDS["seaweed" if environment else "folder"]):
        url, start_s = f"{where}/{number}", time.time() + 0.1
        runs = [pool.submit(ingest, part, url, start_s, environment) for part in parts]
        assert [run.result() for run in runs] == [0, 0]
        assert objects(url) in serial


def test_of_two_stations_at_once_one_makes_the_archive_and_the_other_is_refused(hours, tmp_path, pool, place):
    files = copied(hours, tmp_path / "a", NOON)
    other = tmp_path / "other.yaml"
    other.write_text("name: other\n")
    where, environment = place
    start_s = time.time() + 0.1
    runs = [
        pool.submit(ingest, files, where, start_s, environment, "--station", station)
        for station in ("eskdalemuir", str(other))
    ]
    statuses = [run.result() for run in runs]
    assert sorted(statuses) == [0, 2]
    winner = ("eskdalemuir", str(other))[statuses.index(0)]
    assert ingest(files, str(tmp_path / "alone"), 0.0, {}, "--station", winner) == 0
    assert objects(where) == objects(str(tmp_path / "alone"))
