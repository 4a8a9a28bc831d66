"""A clock that is wrong, or set: no file is lost by it."""

import os
import time

import pytest

from iar.archive.store import Archive
from iar.night import HOUR_SAMPLES
from tests.inbox import put, values

DAY_S = 86_400


@pytest.fixture
def sources(tmp_path):
    """Function that tells the files of the archive: name and samples."""

    def read():
        (manifest,) = Archive(str(tmp_path / "archive")).manifests()
        return [(source.name, source.samples) for source in manifest.sources]

    return read


def written(path, ago_s):
    os.utime(path, (time.time() - ago_s,) * 2)
    return path


def test_a_file_from_the_far_future_is_ingested_at_once(inbox, ingest, sources):
    written(put(inbox, 0, values(1)), -365 * DAY_S)
    assert ingest(inbox, settle_s=None)[0] == 0
    assert sources() == [("CH1_2014_01_10_12.dat", HOUR_SAMPLES)]


def test_a_file_from_a_moment_ahead_waits_and_is_reported(inbox, ingest, sources):
    """The clock of the machine that writes goes ahead: the file may still be written."""
    written(put(inbox, 0, values(1)), 3600)
    ahead = written(put(inbox, 1, values(2)), -DAY_S / 100)
    status, out, _ = ingest(inbox, settle_s=1000)
    assert status == 0
    assert "left 1 file(s) for the next pass: younger than 1000 s" in out
    written(ahead, 1001)  # as time goes by
    assert ingest(inbox, settle_s=1000)[0] == 0
    assert [name for name, _ in sources()] == ["CH1_2014_01_10_12.dat", "CH1_2014_01_10_13.dat"]


def test_a_file_that_grew_while_the_clock_was_set_back_is_ingested_whole(inbox, ingest, sources):
    written(put(inbox, 0, values(1)[:1000]), 3600)
    assert ingest(inbox)[0] == 0
    written(put(inbox, 0, values(1)), 2 * DAY_S)  # later, and older by the clock
    assert ingest(inbox)[0] == 0
    assert sources() == [("CH1_2014_01_10_12.dat", HOUR_SAMPLES)]


def test_a_file_of_the_same_size_and_another_content_is_seen_although_its_clock_went_back(inbox, ingest, sources):
    """What was sealed first stays, and the conflict is told."""
    written(put(inbox, 0, values(1)), 3600)
    assert ingest(inbox)[0] == 0
    changed = values(1).copy()
    changed[0] = -changed[0] or 1
    written(put(inbox, 0, changed), 2 * DAY_S)
    _, _, err = ingest(inbox)
    assert "conflict: 1 samples differ from those sealed before, which stay" in err
    assert len(sources()) == 2
