"""How long an archive has been silent."""

import datetime as dt

import pytest

from iar.archive.manifest import Manifest, SourceEntry
from iar.archive.store import stage_entry
from iar.night import HOUR_SAMPLES, NIGHT_SAMPLES
from iar.settings import Station
from iar.stages.creation import create_archive
from iar.upkeep.freshness import last_sample_time, silence_h

NIGHT = dt.date(2014, 1, 10)


@pytest.fixture
def archive(tmp_path):
    """Archive with a whole night, and of the next 90 minutes of one channel and an hour of the other."""
    archive = create_archive(str(tmp_path / "archive"), Station())
    for night, spans in ((NIGHT, (NIGHT_SAMPLES, NIGHT_SAMPLES)), (NIGHT + dt.timedelta(days=1), (540_000, 360_000))):
        sources = [source(channel, span) for channel, span in enumerate(spans)]
        manifest = Manifest(night=night).with_sources([*sources, source(1, 0, first=20 * HOUR_SAMPLES)])
        archive.replace_manifest(manifest.with_stage("counts", stage_entry("c")))
    return archive


def source(channel: int, span: int, first: int = 0) -> SourceEntry:
    return SourceEntry(
        name="x", size=1, mtime_ns=1, digest="d", channel=channel, first_sample=first, span=span, samples=span
    )


def test_last_sample_is_that_of_the_channel_that_went_on_longest(archive):
    last = dt.datetime(2014, 1, 11, 13, 30, tzinfo=dt.UTC)
    assert last_sample_time(archive) == last
    assert silence_h(archive, last + dt.timedelta(hours=30)) == pytest.approx(30)
    assert silence_h(archive, last - dt.timedelta(hours=1)) == 0


def test_a_file_of_another_decade_does_not_make_a_silent_station_heard(archive):
    stray = Manifest(night=dt.date(2031, 1, 1)).with_sources([source(0, 1000)])
    archive.replace_manifest(stray.with_stage("counts", stage_entry("c")))
    last = dt.datetime(2014, 1, 11, 13, 30, tzinfo=dt.UTC)
    assert silence_h(archive, last + dt.timedelta(hours=30)) == pytest.approx(30)
    assert last_sample_time(archive) == dt.datetime(2031, 1, 1, 12, 0, 10, tzinfo=dt.UTC)


def test_night_whose_manifest_is_damaged_does_not_count(archive, tmp_path):
    (tmp_path / "archive/manifest/2014/2014-01-11.json").write_text("{")
    assert last_sample_time(archive) == dt.datetime(2014, 1, 11, 12, tzinfo=dt.UTC)


def test_archive_without_samples_has_no_last_one(tmp_path):
    archive = create_archive(str(tmp_path / "archive"), Station())
    assert last_sample_time(archive) is None
    assert silence_h(archive, dt.datetime(2014, 1, 11, tzinfo=dt.UTC)) is None
