"""What is planned, without a server: the functions behind the tasks."""

import datetime as dt
import json
import shutil

import numpy as np
import pytest
from prefect.logging import disable_run_logger

from iar.archive.store import Archive
from iar.errors import InputError
from iar.records import bgs
from iar.settings import Station
from iar.stages.creation import create_archive
from tasks.checking import find_gaps
from tasks.ingest import close_hours
from tasks.network import choose_network
from tasks.planning import choose_nights, plan_hours, plan_nights

DAY = dt.timedelta(days=1)


def test_a_night_whose_ingest_was_killed_is_planned_from_an_empty_inbox(tmp_path):
    (tmp_path / "inbox").mkdir()
    archive = create_archive(str(tmp_path / "archive"), Station())
    archive.seal(dt.date(2014, 1, 10), "counts", "as they were")
    archive.unseal(dt.date(2014, 1, 10), ["counts"], "some")
    (batch,), _ = plan_hours.fn(str(tmp_path / "inbox"), archive.url, None, 0.0)
    assert [(str(job), job.records) for job in batch.jobs] == [("2014-01-10", ())]


def test_a_file_of_a_night_outside_of_the_archive_is_told_once_and_the_others_are_planned(tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    starts = [np.datetime64(f"{year}-01-10T12:00", "ms") for year in (2014, 2114)]
    good, bad = [inbox / bgs.file_name(0, start) for start in starts]
    for path in (good, bad):
        path.write_bytes(b"1\n2\n")
    archive = str(tmp_path / "archive")

    def hourly():
        batches, intake = plan_hours.fn(str(inbox), archive, None, 0.0)
        return [str(job) for batch in batches for job in batch.jobs], intake

    nights, intake = hourly()
    assert nights == ["2014-01-10"]
    assert not Archive(archive).quarantine()  # a run that is killed before its end has told nothing: the next one does
    (failure,) = close_hours.fn(archive, intake).failures
    assert failure.startswith(f"{bad}: night 2114-01-10 is outside the archive")
    assert [entry.name for entry in Archive(archive).quarantine()] == [bad.name]
    nights, intake = hourly()
    assert nights == ["2014-01-10"]
    assert not close_hours.fn(archive, intake).failures


def test_a_tar_in_the_inbox_fails_and_says_what_takes_it(tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "ESKINDCOIL_2014.tar.gz").write_bytes(b"")
    batches, intake = plan_hours.fn(str(inbox), str(tmp_path / "archive"), None, 0.0)
    assert batches == []
    (failure,) = close_hours.fn(str(tmp_path / "archive"), intake).failures
    assert failure.endswith("ESKINDCOIL_2014.tar.gz: a yearly tar is not for the inbox: use `iar ingest`")


def test_a_night_that_lost_its_verdict_to_late_hours_is_planned_by_the_daily_run(processed, night, tmp_path):
    archive = Archive(str(shutil.copytree(processed, tmp_path / "archive")))
    assert night not in choose_nights.fn(archive.url, None, None)
    archive.unseal(night, ["probability", "fringes"])
    meant = choose_nights.fn(archive.url, None, None)
    assert night in meant
    (batch,) = plan_nights.fn(archive.url, meant)
    assert batch.jobs == (night,)
    assert night not in choose_nights.fn(archive.url, night + DAY, None)


def test_nights_that_are_listed_are_meant_and_no_others_between(processed, night):
    listed = [night, night - 1000 * DAY]
    assert choose_nights.fn(str(processed), None, None, listed) == listed[::-1]


class TestARegistryWithoutAChampion:
    """Absence is not "not yet" where a champion judged the archive: its nights would be made anew by another."""

    def test_is_taken_for_new_where_what_ships_judged_the_archive(self, processed, tmp_path):
        with disable_run_logger():
            assert choose_network.fn(str(processed), None, str(tmp_path / "models")) is None

    def test_is_refused_where_a_champion_judged_it(self, processed, night, tmp_path):
        archive = Archive(str(shutil.copytree(processed, tmp_path / "archive")))
        path = tmp_path / f"archive/manifest/{night:%Y}/{night}.json"
        manifest = json.loads(path.read_text())
        manifest["stages"]["probability"]["note"] |= {"bundle": "ours", "digest": "0123456789abcdef"}
        path.write_text(json.dumps(manifest))
        with pytest.raises(InputError, match=r"modles has no champion, but ours \(digest 0123456789abcdef\)"):
            choose_network.fn(archive.url, None, str(tmp_path / "modles"))


def test_nights_of_the_future_are_reported_and_stand_in_nobodys_way(tmp_path):
    archive = create_archive(str(tmp_path / "archive"), Station(last_night=dt.date(2199, 12, 31)))
    for night in (dt.date(2014, 1, 10), dt.date(2199, 1, 1)):
        archive.seal(night, "counts", "c", {"effort": {"NS": 1.0, "EW": 1.0}})
    ahead, undone = find_gaps.fn(archive.url)[:2]
    assert ahead == "1 nights of the future, 2199-01-01 the last: their files have wrong times"
    assert undone.startswith("1 nights without a verdict, 2014-01-10 the first")
