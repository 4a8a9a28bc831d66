"""Nights in any order, by two processes at once: the same bytes as one after the other."""

import datetime as dt
import multiprocessing
import os
import random
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from iar.archive.store import Archive
from iar.night import HOUR_SAMPLES
from iar.records import bgs
from iar.records.finding import find_records
from iar.settings import Processing, Station
from iar.stages.creation import create_archive
from iar.stages.ingest import group_by_night, ingest_night, station_format
from iar.workers.jobs import run_jobs
from tests.commands import contents
from tests.nights import run_stage

NIGHTS = [dt.date(2014, 1, day) for day in (10, 11, 12)]


def spectra_and_spots(archive: Archive, night: dt.date) -> None:
    run_stage("spectra", archive, night, Processing())
    run_stage("classical", archive, night, Processing())


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Adjacent nights of three hours: the first, one in the dark, and the last, which the next night's filter needs."""
    folder, rng = tmp_path_factory.mktemp("adjacent"), np.random.default_rng(5)
    for night in NIGHTS:
        for hours in (0, 9, 23):
            start = np.datetime64(night, "ms") + np.timedelta64(12 + hours, "h")
            for channel in (0, 1):
                file = folder / bgs.file_name(channel, start)
                file.write_bytes(bgs.encode(rng.integers(-1000, 1000, HOUR_SAMPLES, dtype=np.int32)))
                os.utime(file, (1.4e9, 1.4e9))
    archive = create_archive(str(folder / "archive"), Station())
    for job in group_by_night(find_records([folder], station_format(Station())).records, 12):
        ingest_night(archive, job)
    return folder / "archive"


@pytest.fixture(scope="module")
def ordered(ingested: Path) -> Path:
    """One night after the other, in this process."""
    folder = ingested.with_name("ordered")
    shutil.copytree(ingested, folder)
    for night in NIGHTS:
        spectra_and_spots(Archive(str(folder)), night)
    return folder


@pytest.mark.system
def test_two_workers_over_shuffled_nights_seal_the_bytes_of_one_in_order(ingested, ordered, tmp_path):
    shutil.copytree(ingested, tmp_path / "archive")
    nights = NIGHTS.copy()
    random.Random(4).shuffle(nights)  # noqa: S311 - an order, no secret
    assert nights != NIGHTS
    work = partial(spectra_and_spots, Archive(str(tmp_path / "archive")))
    assert [o.error for o in run_jobs(work, nights, workers=2)] == [None] * len(NIGHTS)
    assert contents(tmp_path / "archive") == contents(ordered)


def test_the_neighbours_samples_are_in_those_bytes(ingested, ordered, tmp_path):
    """Else the orders could not differ: without the night before, the first slot of a night is another."""
    shutil.copytree(ingested, tmp_path / "archive")
    alone = Archive(str(tmp_path / "archive"))
    (tmp_path / f"archive/manifest/2014/{NIGHTS[0]}.json").unlink()
    spectra_and_spots(alone, NIGHTS[1])
    first_slot = [Archive(str(folder)).read(NIGHTS[1], "spectra/density")[:, 0] for folder in (alone.url, ordered)]
    assert not np.array_equal(*first_slot)


def every_night(url: str) -> None:
    for night in NIGHTS:
        spectra_and_spots(Archive(url), night)


def test_two_processes_over_the_same_nights_at_once_seal_the_bytes_of_one(ingested, ordered, tmp_path):
    shutil.copytree(ingested, tmp_path / "archive")
    context = multiprocessing.get_context("spawn")
    at_once = [context.Process(target=every_night, args=[str(tmp_path / "archive")]) for _ in range(2)]
    for process in at_once:
        process.start()
    for process in at_once:
        process.join()
        assert process.exitcode == 0
    assert contents(tmp_path / "archive") == contents(ordered)
