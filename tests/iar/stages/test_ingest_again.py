"""Later passes over a night: late hours, files that changed, copies."""

import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from iar.night import HOUR_SAMPLES, MISSING
from iar.records import bgs
from iar.records.finding import find_records
from iar.records.record import RecordFile
from iar.stages.creation import create_archive
from iar.stages.ingest import NightRecords, group_by_night, ingest_night
from iar.stages.ingest_tar import ingest_tar
from iar.stages.pipeline import computed
from tests.commands import contents
from tests.iar.hours import (
    BGS,
    HOUR,
    NIGHT,
    NOON,
    SHORT,
    STATION,
    counts_of,
    expected_counts,
    ingest,
    kinds,
    put,
    samples,
    source_of,
    write_tar,
)


def test_a_late_hour_fills_its_place_and_changes_the_signature(archive, folder):
    put(folder, 0, samples(1))
    ingest(archive, folder)
    before = archive.manifest(NIGHT).stages["counts"].signature
    late = put(folder, 5, samples(2))
    (report,) = ingest(archive, folder)
    assert report.read == (str(late),)
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1)), (5, samples(2))))
    assert archive.manifest(NIGHT).stages["counts"].signature != before


def test_the_same_hour_from_another_archive_is_a_duplicate(archive, folder, tmp_path):
    path = put(folder, 0, samples(1))
    tar = write_tar(tmp_path / "year.tar.gz", [path])
    ingest(archive, folder)
    done = ingest_tar(archive, tar, BGS)
    assert (kinds(done.reports), done.unusable, done.failures) == (["duplicate"], [], [])
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1))))


def test_of_two_hours_that_differ_the_first_sealed_stays_and_the_conflict_is_listed(archive, folder, tmp_path):
    other = samples(1).copy()
    other[1000:1007] += 1
    tar = write_tar(tmp_path / "year.tar.gz", [put(folder, 0, other)])
    path = put(folder, 0, samples(1))
    ingest(archive, folder)
    reports = ingest_tar(archive, tar, BGS).reports
    conflict = ("conflict", "7 samples differ from those sealed before, which stay")
    assert [(p.kind, p.detail) for r in reports for _, p in r.problems] == [conflict]
    listed = {s.name: s.problems for s in archive.manifest(NIGHT).sources}
    assert listed == {path.name: (), f"year.tar.gz/{path.name}": (conflict,)}
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1))))


def test_an_unreadable_file_is_tried_again_only_when_it_changes(archive, folder):
    path = folder / bgs.file_name(0, NOON)
    path.write_bytes(b"")
    assert kinds(ingest(archive, folder)) == ["unreadable"]
    assert kinds(ingest(archive, folder)) == []
    put(folder, 0, samples(1))
    assert kinds(ingest(archive, folder)) == []
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1))))
    assert not any(s.unreadable for s in archive.manifest(NIGHT).sources)


def test_a_short_file_is_reported_and_filled_up_when_it_has_grown(archive, folder):
    put(folder, 2, samples(1)[:SHORT])
    assert kinds(ingest(archive, folder)) == ["short"]
    np.testing.assert_array_equal(counts_of(archive), expected_counts((2, samples(1)[:SHORT])))
    assert archive.manifest(NIGHT).sources[0].problems == (("short", "1000 samples instead of 360000"),)
    put(folder, 2, samples(1))
    assert kinds(ingest(archive, folder)) == []
    np.testing.assert_array_equal(counts_of(archive), expected_counts((2, samples(1))))
    assert archive.manifest(NIGHT).sources[0].problems == ()


def test_ingesting_twice_changes_nothing_byte_for_byte(archive, folder):
    put(folder, 0, samples(1, SHORT))
    put(folder, 1, samples(2, SHORT), channel=1)
    (folder / bgs.file_name(0, NOON + 2 * HOUR)).write_bytes(b"x\n")
    ingest(archive, folder)
    before = contents(Path(archive.url))
    assert [report.read for report in ingest(archive, folder)] == [()]
    assert contents(Path(archive.url)) == before


def test_a_file_that_was_only_touched_keeps_the_signature(archive, folder):
    path = put(folder, 0, samples(1, SHORT))
    ingest(archive, folder)
    before = archive.manifest(NIGHT).stages["counts"]
    os.utime(path, ns=(1, 1))
    assert kinds(ingest(archive, folder)) == ["short"]
    assert archive.manifest(NIGHT).stages["counts"] == before


def test_a_file_shortened_after_its_sealing_loses_nothing_when_another_hour_comes(archive, folder):
    put(folder, 0, samples(1))
    ingest(archive, folder)
    put(folder, 0, samples(1)[:SHORT])
    ingest(archive, folder)
    sealed = counts_of(archive)
    put(folder, 5, samples(2))
    ingest(archive, folder)
    np.testing.assert_array_equal(counts_of(archive)[:, :HOUR_SAMPLES], sealed[:, :HOUR_SAMPLES])


def test_two_files_of_one_name_that_differ_are_ingested_once(archive, folder):
    for name, seed in (("a", 1), ("b", 2)):
        (folder / name).mkdir()
        put(folder / name, 0, samples(seed, SHORT + seed))
    ingest(archive, folder)
    before = contents(Path(archive.url))
    assert [report.read for report in ingest(archive, folder)] == [()]
    assert contents(Path(archive.url)) == before


class Unplugged:
    """A file on a disk that fails until it is plugged in again."""

    name, place, size, mtime_ns = "CH1_2014_01_10_12.dat", "/mnt/CH1_2014_01_10_12.dat", 10, 1

    def __init__(self, content):
        self.content = content

    def read(self):
        if self.content is None:
            raise OSError(5, "Input/output error")
        return self.content

    def read_beside(self, name):
        raise FileNotFoundError(name)


def test_passing_trouble_of_the_disk_is_not_remembered(archive):
    for _ in range(2):
        report = ingest_night(archive, NightRecords(NIGHT, tuple(BGS(Unplugged(None)))))
        assert "Input/output error" in report.unreadable[0]
    assert len(archive.manifest(NIGHT).sources) == 1
    report = ingest_night(archive, NightRecords(NIGHT, tuple(BGS(Unplugged(b"7\n" * 360_000)))))
    assert report.unreadable == []
    assert archive.manifest(NIGHT).sources[0].samples == 360_000


def test_late_hour_unseals_what_was_made_without_it(archive):
    for stage in ("counts", "spectra", "fringes"):
        archive.seal(NIGHT, stage, "old")
    ingest_night(archive, NightRecords(NIGHT, tuple(BGS(Unplugged(b"7\n" * 360_000)))))
    assert list(archive.manifest(NIGHT).stages) == ["counts"]


LATER = tuple(stage.name for stage in computed())


def sealed_to_its_verdict(archive, *paths):
    """Ingest the files, and pretend that every later stage ran; returns the stages as they are sealed."""
    ingest(archive, *paths)
    for stage in LATER:
        archive.seal(NIGHT, stage, f"{stage} as it was")
    return archive.manifest(NIGHT).stages


@pytest.mark.parametrize("content", ["same", "differing", "shorter", "unreadable"])
def test_a_file_that_adds_no_sample_is_listed_and_leaves_every_later_stage(archive, folder, tmp_path, content):
    stages = sealed_to_its_verdict(archive, put(folder, 0, samples(1)))
    again = put(
        folder, 0, {"same": samples(1), "differing": samples(2), "shorter": samples(1)[:SHORT]}.get(content, [])
    )
    ingest_tar(archive, write_tar(tmp_path / "year.tar.gz", [again]), BGS)
    manifest = archive.manifest(NIGHT)
    assert [s.name for s in manifest.sources] == [again.name, f"year.tar.gz/{again.name}"]
    assert manifest.stages == stages


def test_a_file_that_adds_one_sample_has_every_later_stage_redone(archive, folder, tmp_path):
    gap = samples(1).copy()
    gap[1000] = MISSING
    stages = sealed_to_its_verdict(archive, put(folder, 0, gap))
    ingest_tar(archive, write_tar(tmp_path / "year.tar.gz", [put(folder, 0, samples(1))]), BGS)
    left = archive.manifest(NIGHT).stages
    assert list(left) == ["counts"]
    assert left["counts"].signature != stages["counts"].signature


def test_passes_one_by_one_seal_what_one_pass_does_where_files_hold_the_same(folder, tmp_path):
    paths = [put(folder, 0, samples(1))]
    (tmp_path / "more").mkdir()
    paths.append(put(tmp_path / "more", 0, samples(1)[:SHORT]))
    manifests = []
    for name, passes in (("one", [paths]), ("two", [[path] for path in paths])):
        archive = create_archive(str(tmp_path / name), STATION)
        for part in passes:
            ingest(archive, *part)
        manifests.append(archive.manifest(NIGHT))
    assert manifests[0] == manifests[1]


def test_file_that_was_only_touched_changes_nothing_but_its_time_and_is_read_once_more_only(archive):
    first = Unplugged(b"7\n" * 360_000)
    ingest_night(archive, NightRecords(NIGHT, tuple(BGS(first))))
    before = archive.manifest(NIGHT)
    first.mtime_ns = 2
    ingest_night(archive, NightRecords(NIGHT, tuple(BGS(first))))
    (entry,) = before.sources
    touched = entry.model_copy(update={"mtime_ns": 2, "older_mtimes_ns": (1,)})
    assert archive.manifest(NIGHT) == before.with_sources([touched])
    assert ingest_night(archive, NightRecords(NIGHT, tuple(BGS(first)))).read == ()


def test_copies_in_two_folders_are_each_read_once_and_their_order_leaves_no_trace(folder, tmp_path):
    paths = []
    for name, mtime_ns in (("a", 10**18), ("b", 2 * 10**18)):
        (folder / name).mkdir()
        paths.append(put(folder / name, 0, samples(1, SHORT)))
        os.utime(paths[-1], ns=(mtime_ns, mtime_ns))
    manifests = []
    for name, order in (("forth", paths), ("back", paths[::-1])):
        archive = create_archive(str(tmp_path / name), STATION)
        assert [[report.read for report in ingest(archive, path)] for path in order] == [[(str(p),)] for p in order]
        before = contents(Path(archive.url))
        assert [report.read for report in ingest(archive, folder)] == [()]
        assert contents(Path(archive.url)) == before
        manifests.append(archive.manifest(NIGHT))
    assert manifests[0] == manifests[1]


def test_a_file_that_changes_between_the_look_and_the_read_is_left_for_the_next_pass(archive, folder):
    put(folder, 0, samples(1, SHORT))
    growing = put(folder, 1, samples(2, SHORT))
    (job,) = group_by_night(find_records([folder], BGS).records, 12)
    growing.write_bytes(bgs.encode(samples(2, SHORT + 1)))
    report = ingest_night(archive, job)
    assert (report.changing, len(report.read)) == ((str(growing),), 1)
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1, SHORT))))
    assert kinds(ingest(archive, folder)) == ["short"]
    assert [len(s.name) > 0 and s.samples for s in archive.manifest(NIGHT).sources] == [SHORT, SHORT + 1]


def test_a_file_of_two_channels_is_read_once_for_each_and_again_only_when_it_changes(archive, folder):
    path = folder / "both"
    path.write_bytes(b"x")
    both = tuple(
        RecordFile(source_of(path), channel, NOON, 100.0, SHORT, partial(_one_of_two, channel)) for channel in (0, 1)
    )
    report = ingest_night(archive, NightRecords(NIGHT, both))
    assert report.read == (str(path),)
    np.testing.assert_array_equal(
        counts_of(archive), expected_counts((0, samples(5, SHORT)), (0, samples(6, SHORT), 1))
    )
    assert [(s.name, s.channel) for s in archive.manifest(NIGHT).sources] == [("both", 0), ("both", 1)]
    assert ingest_night(archive, NightRecords(NIGHT, both)).read == ()


def _one_of_two(channel: int, _content: bytes):
    return samples(5 + channel, SHORT), []
