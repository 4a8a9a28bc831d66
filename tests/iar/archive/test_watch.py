"""What changed in an archive since somebody looked last."""

import datetime as dt

import pytest

from iar.archive.watch import Watch
from iar.settings import Station
from iar.stages.creation import create_archive

FIRST = dt.date(2014, 1, 10)
STATION = Station(first_night=FIRST, last_night=dt.date(2014, 1, 31))


def night(day: int) -> dt.date:
    return dt.date(2014, 1, day)


@pytest.fixture(params=["folder", "memory", "s3"])
def url(request, tmp_path):
    return str(tmp_path / "archive") if request.param == "folder" else f"{request.getfixturevalue(request.param)}/a"


def test_each_change_is_told_once(url):
    archive, watch = create_archive(url, STATION), Watch(url)
    assert watch.look().remade
    for day in (10, 11):
        archive.seal(night(day), "counts", "a")
    assert sorted(watch.look().texts) == [night(10), night(11)]
    assert not watch.look()
    archive.seal(night(11), "counts", "b")
    changes = watch.look()
    assert list(changes.texts) == [night(11)]
    assert b'"b"' in changes.texts[night(11)]


def test_a_manifest_that_went_is_reported(tmp_path):
    archive = create_archive(str(tmp_path / "archive"), STATION)
    archive.seal(night(10), "counts", "a")
    watch = Watch(archive.url)
    watch.look()
    (tmp_path / "archive" / "manifest" / "2014" / "2014-01-10.json").unlink()
    assert watch.look().gone == {night(10)}


def test_an_archive_may_come_later_and_be_made_anew(tmp_path):
    watch = Watch(str(tmp_path / "archive"))
    assert not watch.look()
    for place, other in (("archive", "gone"), ("archive", "never")):
        create_archive(str(tmp_path / place), STATION).seal(night(10), "counts", "a")
        changes = watch.look()
        assert changes.remade
        assert list(changes.texts) == [night(10)]
        (tmp_path / place).rename(tmp_path / other)
    assert watch.look().remade


def test_files_that_are_no_manifests_are_left_aside(tmp_path):
    create_archive(str(tmp_path / "archive"), STATION).seal(night(10), "counts", "a")
    folder = tmp_path / "archive" / "manifest" / "2014"
    for name in ("2014-99-99.json", "notes.json", ".2014-01-11.tmp"):
        (folder / name).write_text("{}")
    assert list(Watch(str(tmp_path / "archive")).look().texts) == [night(10)]
