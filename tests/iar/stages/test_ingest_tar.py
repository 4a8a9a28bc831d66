"""Yearly archives over several processes."""

import datetime as dt
import io
import tarfile
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from iar.night import MISSING
from iar.records import bgs
from iar.settings import Station
from iar.stages.creation import create_archive
from iar.stages.ingest_tar import ingest_tar
from tests.commands import contents
from tests.iar.hours import (
    BGS,
    NIGHT,
    NOON,
    SHORT,
    STATION,
    counts_of,
    expected_counts,
    ingest,
    put,
    samples,
    write_tar,
)

NIGHTS = 4


def write_year(path: Path) -> Path:
    """Two short hours of both channels in each of a few nights, all of a channel first."""
    starts = [NOON + np.timedelta64(24 * night + hour, "h") for night in range(NIGHTS) for hour in (0, 23)]
    with tarfile.open(path, "w:gz") as tar:
        for channel, start in product((0, 1), starts):
            seed = [channel, int(start.astype(int) // 3_600_000)]
            text = bgs.encode(np.random.default_rng(seed).integers(-999, 999, 500, dtype=np.int32))
            member = tarfile.TarInfo(f"2014/{bgs.file_name(channel, start)}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    return path


@pytest.mark.system
def test_any_number_of_workers_gives_the_same_bytes(tmp_path):
    tar = write_year(tmp_path / "year.tar.gz")
    done = {}
    for workers in (1, 2):
        archive = create_archive(str(tmp_path / f"of-{workers}"), STATION)
        done[workers] = ingest_tar(archive, tar, BGS, workers=workers)
        assert (done[workers].failures, done[workers].unusable) == ([], [])
        assert sum(len(report.read) for report in done[workers].reports) == 4 * NIGHTS
    assert contents(tmp_path / "of-2") == contents(tmp_path / "of-1")
    counts = archive.read(dt.date(2014, 1, 12), "counts/counts")
    assert (counts != MISSING).sum() == 4 * 500


def test_a_night_that_fails_leaves_the_others(tmp_path):
    tar = write_year(tmp_path / "year.tar.gz")
    archive = create_archive(str(tmp_path / "archive"), STATION)
    manifest = tmp_path / "archive/manifest/2014/2014-01-12.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("{")
    done = ingest_tar(archive, tar, BGS)
    assert {failure[: len(str(tar)) + 28] for failure in done.failures} == {f"{tar}, night 2014-01-12: manifest"}
    assert len({report.night for report in done.reports}) == NIGHTS - 1


def test_what_cannot_be_used_is_told_without_its_bytes(tmp_path):
    """A whole year of it would not fit into memory."""
    elsewhen = Station(first_night=dt.date(2015, 1, 1), last_night=dt.date(2015, 1, 31))
    done = ingest_tar(create_archive(str(tmp_path / "archive"), elsewhen), write_year(tmp_path / "year.tar.gz"), BGS)
    assert [(bad.source.name[:14], bad.source.content) for bad in done.unusable] == [
        ("year.tar.gz/CH", b"")
    ] * 4 * NIGHTS


def test_progress_tells_the_bytes_that_were_read_and_never_goes_back(tmp_path):
    tar = write_year(tmp_path / "year.tar.gz")
    offsets: list[int] = []
    ingest_tar(create_archive(str(tmp_path / "archive"), STATION), tar, BGS, progress=offsets.append)
    assert offsets == sorted(offsets)
    assert len(offsets) == 4 * NIGHTS
    assert 0 < offsets[-1] <= tar.stat().st_size


def test_a_yearly_archive_gives_the_same_nights_as_its_hours_in_any_order(archive, folder, tmp_path):
    paths = [put(folder, 24 * day + 3, samples(day, SHORT), channel) for channel in (0, 1) for day in range(4)]
    tar = write_tar(tmp_path / "year.tar.gz", [paths[i] for i in (0, 3, 5, 1, 2, 7, 6, 4)])
    streamed = create_archive(str(tmp_path / "streamed"), STATION)
    done = ingest_tar(streamed, tar, BGS)
    reports = done.reports
    ingest(archive, folder)
    assert (done.unusable, done.failures) == ([], [])
    assert done.usable == {f"year.tar.gz/{path.name}" for path in paths}
    assert sorted(place.rsplit("/")[-1] for r in reports for place in r.read) == sorted(p.name for p in paths)
    assert streamed.nights() == archive.nights() == [NIGHT + dt.timedelta(days=i) for i in range(4)]
    for night in archive.nights():
        np.testing.assert_array_equal(counts_of(streamed, night), counts_of(archive, night))
        assert streamed.manifest(night).stages == archive.manifest(night).stages


def test_a_yearly_archive_ingested_again_changes_nothing(archive, folder, tmp_path):
    tar = write_tar(tmp_path / "year.tar.gz", [put(folder, 0, samples(1, SHORT)), put(folder, 30, samples(2, SHORT))])
    ingest_tar(archive, tar, BGS)
    before = contents(Path(archive.url))
    reports = ingest_tar(archive, tar, BGS).reports
    assert [report.read for report in reports] == [(), ()]
    assert contents(Path(archive.url)) == before


def test_of_a_damaged_yearly_archive_what_comes_before_is_kept(archive, folder, tmp_path):
    tar = write_tar(tmp_path / "year.tar.gz", [put(folder, hour, samples(hour, 20_000)) for hour in range(4)])
    whole = tar.read_bytes()
    tar.write_bytes(whole[: round(0.6 * len(whole))])
    unusable = ingest_tar(archive, tar, BGS).unusable
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(0, 20_000)), (1, samples(1, 20_000))))
    assert [(bad.place, bad.reason[:15]) for bad in unusable] == [(str(tar), "damaged archive")]


def test_a_member_of_an_impossible_night_does_not_stop_a_yearly_archive(archive, folder, tmp_path):
    stray = folder / "CH1_1914_01_10_13.dat"
    stray.write_bytes(b"1\n2\n")
    tar = write_tar(tmp_path / "year.tar.gz", [stray, put(folder, 0, samples(1, SHORT))])
    ingest_tar(archive, tar, BGS)
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1, SHORT))))
