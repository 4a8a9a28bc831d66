"""Backfills: what is undone is done, once, whoever else is at it; what is damaged is found and made anew."""

import csv
import datetime as dt
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH, PREFECT_RESULTS_PERSIST_BY_DEFAULT, temporary_settings

from flows.backfill import backfill
from flows.check_archive import check_archive
from iar.archive.store import Archive
from iar.errors import InputError
from tasks.behaviour import FailedJobsError
from tasks.names import ROOTS
from tasks.stages import LEGS
from tests.commands import contents
from tests.flows.seen import NIGHTS, artifacts, events, task_runs

pytestmark = pytest.mark.usefixtures("prefect_server")
WORK = tuple(leg.name for leg in LEGS)


@pytest.fixture
def fresh(spectra, tmp_path):
    """Archive of the nights with spectra alone, to be worked on."""
    return Path(shutil.copytree(spectra, tmp_path / "archive"))


def test_two_backfills_at_once_give_the_bytes_of_one(fresh, judged):
    with ThreadPoolExecutor(2) as both:
        done = list(both.map(lambda _: backfill(str(fresh), NIGHTS[0], NIGHTS[-1]), range(2)))
    assert done == [len(NIGHTS)] * 2
    assert contents(fresh) == contents(judged)
    both = artifacts("progress")[-2:]  # the second may have begun when nothing was left to do
    assert [progress.data for progress in both] == [100, 100]
    assert any(progress.description.startswith("3 of 3 nights") for progress in both)
    (year,) = json.loads(artifacts("years")[-1].data)
    assert year["year"] == 2014
    assert sum(year[name] for name in ("no_data", "no_fringes", "fringes", "interference")) == year["nights"] == 3


def test_backfill_over_sealed_nights_costs_no_task(judged):
    before = task_runs(WORK)
    assert backfill(str(judged)) == len(NIGHTS)
    assert task_runs(WORK) == before
    assert artifacts("progress")[-1].data == 100


def test_results_that_cannot_be_stored_roll_nothing_back(judged, tmp_path):
    archive = shutil.copytree(judged, tmp_path / "archive")
    Archive(str(archive)).unseal(NIGHTS[2], ["fringes"])
    nowhere = tmp_path / "file"
    nowhere.write_text("no folder")
    with temporary_settings(
        {PREFECT_RESULTS_PERSIST_BY_DEFAULT: True, PREFECT_LOCAL_STORAGE_PATH: nowhere / "results"}
    ):
        assert backfill(str(archive)) == len(NIGHTS)
    assert contents(archive) == contents(judged)


def test_damage_is_found_written_and_made_anew(processed, night, tmp_path):
    archive, holes = shutil.copytree(processed, tmp_path / "archive"), tmp_path / "holes.csv"
    chunk = Path(archive) / f"spectra/density/c/{Archive(str(archive)).index(night)}/0/0/0"
    chunk.write_bytes(chunk.read_bytes()[:-100])
    found = check_archive(str(archive), out=str(holes))
    lines = list(csv.DictReader(holes.read_text().splitlines()))
    assert [(line["night"], line["stage"]) for line in lines] == [(str(night), "spectra")]
    table = json.loads(artifacts("findings")[-1].data)
    assert found == len(table)
    assert {row["what"] for row in table} == {"damage", "silence"}
    assert backfill(str(archive), from_file=str(holes)) == 1
    assert contents(Path(archive)) == contents(processed)
    assert [event["payload"]["nights"] for event in events("iar.archive.holes")] == [1]
    assert events("iar.archive.silent")
    assert not events("iar.archive.drift")


def test_night_that_cannot_be_made_anew_counts_as_failed_and_no_more_is_done_than_there_is(judged, tmp_path):
    holes = tmp_path / "holes.csv"
    holes.write_text(f"night,stage,fault\n{NIGHTS[0]},counts,cut short\n")
    archive = shutil.copytree(judged, tmp_path / "archive")
    with pytest.raises(FailedJobsError, match=str(NIGHTS[0])):
        backfill(str(archive), from_file=str(holes))
    assert artifacts("progress")[-1].description.startswith("1 of 1 night, 1 failed")


def test_archive_outside_the_roots_is_not_touched(fresh, tmp_path, monkeypatch):
    monkeypatch.setenv(ROOTS, str(tmp_path / "elsewhere"))
    before = contents(fresh)
    with pytest.raises(InputError, match=r"archive .* lies outside the roots of this service"):
        backfill(str(fresh), dt.date(2014, 1, 6), dt.date(2014, 1, 7))
    assert contents(fresh) == before
