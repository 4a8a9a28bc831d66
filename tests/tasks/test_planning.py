"""What is planned, without a server: the functions behind the tasks."""

import datetime as dt
import shutil

import numpy as np

from iar.archive.store import Archive
from iar.records import bgs
from iar.settings import Station
from iar.stages.creation import create_archive
from tasks.ingest import close_hours
from tasks.planning import plan_days, plan_hours


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
    assert plan_days.fn(archive.url, None, None) == []
    archive.unseal(night, ["probability", "fringes"])
    (batch,) = plan_days.fn(archive.url, None, None)
    assert batch.jobs == (night,)
    assert plan_days.fn(archive.url, night + dt.timedelta(days=1), None) == []
