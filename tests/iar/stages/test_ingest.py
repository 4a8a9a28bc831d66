import datetime as dt
import io
import os
import tarfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.archive.presence import pack_presence
from iar.archive.store import create_archive
from iar.errors import DamagedArchiveError
from iar.night import HOUR_SAMPLES, MISSING
from iar.records import bgs
from iar.records.finding import FileSource, find_records
from iar.records.record import Expectation, RecordFile
from iar.settings import Station, load_station
from iar.stages.counts import counts_seal
from iar.stages.ingest import NightRecords, group_by_night, ingest_night, station_format, unsealed_jobs
from iar.stages.ingest_tar import ingest_tar

NIGHT = dt.date(2014, 1, 10)
NOON = np.datetime64("2014-01-10T12:00", "ms")
HOUR = np.timedelta64(1, "h")
STATION = Station(first_night=dt.date(2014, 1, 1), last_night=dt.date(2014, 1, 31))
BGS = partial(bgs.recognise, expected=Expectation(100.0, 1))
SHORT = 1000  # lines of a file that is only there to be put in its place


@cache
def samples(seed: int, lines: int = HOUR_SAMPLES) -> np.ndarray:
    return np.random.default_rng(seed).integers(-(10**6), 10**6, lines, dtype=np.int32)


@pytest.fixture
def archive(tmp_path):
    return create_archive(str(tmp_path / "archive"), STATION)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "hours"
    path.mkdir()
    return path


def put(folder: Path, hour: int, values: np.ndarray, channel: int = 0) -> Path:
    """Hour file of the `hour`-th hour of the night."""
    path = folder / bgs.file_name(channel, NOON + hour * HOUR)
    path.write_bytes(bgs.encode(values))
    return path


def source_of(path: Path) -> FileSource:
    return FileSource(path, path.stat().st_size, path.stat().st_mtime_ns)


def ingest(archive, *paths):
    jobs = group_by_night(find_records(list(paths), BGS).records, 12)
    return [ingest_night(archive, job) for job in jobs]


def kinds(reports):
    return [problem.kind for report in reports for _, problem in report.problems]


def counts_of(archive, night=NIGHT):
    counts = archive.read(night, "counts/counts")
    assert archive.manifest(night).stages["counts"] == counts_seal(counts, archive)
    return counts


def expected_counts(*pieces):
    """The night by hand: (hour, values[, channel])."""
    night = np.full((2, 24 * HOUR_SAMPLES), MISSING)
    for hour, values, *channel in pieces:
        night[channel[0] if channel else 0, hour * HOUR_SAMPLES :][: len(values)] = values
    return night


def files_of(archive):
    root = Path(archive.url)
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_every_hour_lies_in_its_place_and_the_rest_is_missing(archive, folder):
    paths = [put(folder, 0, samples(1)), put(folder, 23, samples(2), channel=1)]
    reports = ingest(archive, folder)
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1)), (23, samples(2), 1)))
    assert [(r.night, set(r.read), r.problems) for r in reports] == [(NIGHT, set(map(str, paths)), ())]
    note = archive.manifest(NIGHT).stages["counts"].note
    assert note["effort"] == pytest.approx({"NS": 1 / 24, "EW": 1 / 24}, abs=1e-6)


def test_the_manifest_lists_each_file_with_its_place(archive, folder):
    path = put(folder, 3, samples(1))
    ingest(archive, folder)
    (entry,) = archive.manifest(NIGHT).sources
    assert (entry.name, entry.size, entry.mtime_ns) == (path.name, path.stat().st_size, path.stat().st_mtime_ns)
    assert (entry.channel, entry.first_sample, entry.span, entry.samples) == (0, 3 * 360_000, 360_000, 360_000)
    assert entry.problems == ()


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
    told = ("conflict", "7 samples differ from those sealed before, which stay")
    assert [(p.kind, p.detail) for r in reports for _, p in r.problems] == [told]
    listed = {s.name: s.problems for s in archive.manifest(NIGHT).sources}
    assert listed == {path.name: (), f"year.tar.gz/{path.name}": (told,)}
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1))))


def test_an_unreadable_file_is_listed_and_the_others_go_on(archive, folder):
    put(folder, 0, samples(1))
    bad = folder / bgs.file_name(0, NOON + HOUR)
    bad.write_bytes(b"<html>not found</html>\n")
    (report,) = ingest(archive, folder)
    assert report.unreadable == [f"{bad}: no line is an integer (line 1: '<html>not found</html>')"]
    entry = next(s for s in archive.manifest(NIGHT).sources if s.name == bad.name)
    assert (entry.unreadable, entry.samples, entry.span) == (True, 0, 0)
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


def test_a_night_of_unreadable_files_only_is_known_but_not_sealed(archive, folder):
    (folder / bgs.file_name(0, NOON)).write_bytes(b"")
    ingest(archive, folder)
    manifest = archive.manifest(NIGHT)
    assert not manifest.is_sealed("counts")
    assert [s.problems for s in manifest.sources] == [(("unreadable", "the file is empty"),)]


def test_a_short_file_is_reported_and_filled_up_when_it_has_grown(archive, folder):
    put(folder, 2, samples(1)[:SHORT])
    assert kinds(ingest(archive, folder)) == ["short"]
    np.testing.assert_array_equal(counts_of(archive), expected_counts((2, samples(1)[:SHORT])))
    assert archive.manifest(NIGHT).sources[0].problems == (("short", "1000 samples instead of 360000"),)
    put(folder, 2, samples(1))
    assert kinds(ingest(archive, folder)) == []
    np.testing.assert_array_equal(counts_of(archive), expected_counts((2, samples(1))))
    assert archive.manifest(NIGHT).sources[0].problems == ()


def test_a_long_file_does_not_reach_into_the_next_hour(archive, folder):
    put(folder, 0, np.concatenate([samples(1), [7, 8, 9]]).astype(np.int32))
    assert kinds(ingest(archive, folder)) == ["long"]
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1))))


def test_a_bad_line_is_listed_with_its_number_and_the_clock_goes_on(archive, folder):
    path = put(folder, 0, samples(1))
    lines = path.read_bytes().split(b"\n")
    lines[122] = b"12#4"
    path.write_bytes(b"\n".join(lines))
    assert kinds(ingest(archive, folder)) == ["bad_line"]
    kind, detail = archive.manifest(NIGHT).sources[0].problems[0]
    assert (kind, "line 123: '12#4'" in detail) == ("bad_line", True)
    expected = expected_counts((0, samples(1)))
    expected[0, 122] = MISSING
    np.testing.assert_array_equal(counts_of(archive), expected)


def test_clipped_and_constant_hours_are_kept_and_listed(archive, folder):
    put(folder, 0, np.full(HOUR_SAMPLES, 2**23 - 1, np.int32))
    assert kinds(ingest(archive, folder)) == ["clipped", "constant"]
    assert (counts_of(archive)[0, :HOUR_SAMPLES] == 2**23 - 1).all()


def test_ingesting_twice_changes_nothing_byte_for_byte(archive, folder):
    put(folder, 0, samples(1, SHORT))
    put(folder, 1, samples(2, SHORT), channel=1)
    (folder / bgs.file_name(0, NOON + 2 * HOUR)).write_bytes(b"x\n")
    ingest(archive, folder)
    before = files_of(archive)
    assert [report.read for report in ingest(archive, folder)] == [()]
    assert files_of(archive) == before


def test_a_file_that_was_only_touched_keeps_the_signature(archive, folder):
    path = put(folder, 0, samples(1, SHORT))
    ingest(archive, folder)
    before = archive.manifest(NIGHT).stages["counts"]
    os.utime(path, ns=(1, 1))
    assert kinds(ingest(archive, folder)) == ["short"]
    assert archive.manifest(NIGHT).stages["counts"] == before


def test_what_a_killed_run_left_unsealed_does_not_count(archive, folder):
    put(folder, 0, samples(1, SHORT))
    ingest(archive, folder)
    archive.write(NIGHT, {"counts/counts": expected_counts((0, samples(1, SHORT)), (5, samples(9)))})  # then killed
    put(folder, 7, samples(2, SHORT))
    ingest(archive, folder)
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1, SHORT)), (7, samples(2, SHORT))))


def test_a_run_killed_before_its_first_seal_is_done_again_from_nothing(archive, folder):
    archive.write(NIGHT, {"counts/counts": expected_counts((0, samples(9)))})  # then killed
    put(folder, 0, samples(1, SHORT))
    assert kinds(ingest(archive, folder)) == ["short"]
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1, SHORT))))


PIECES = [(0, 0, 1), (1, 1, 3), (23, 1, 4)]  # hour, channel, seed


@settings(max_examples=4, deadline=None)
@given(order=st.permutations(PIECES))
def test_any_order_of_hours_gives_the_same_night(tmp_path_factory, order):
    root = tmp_path_factory.mktemp("order")
    archive = create_archive(str(root / "archive"), STATION)
    for hour, channel, seed in order:
        path = put(root, hour, samples(seed, SHORT), channel)
        os.utime(path, ns=(1, 1))
        ingest(archive, path)
    expected = expected_counts(*((hour, samples(seed, SHORT), channel) for hour, channel, seed in PIECES))
    np.testing.assert_array_equal(counts_of(archive), expected)
    at_once = create_archive(str(root / "at-once"), STATION)
    ingest(at_once, *root.glob("*.dat"))
    assert at_once.manifest(NIGHT) == archive.manifest(NIGHT)


def test_hours_of_one_night_that_come_to_several_writers_at_once_are_all_kept(archive, folder):
    paths = [put(folder, hour, samples(hour, SHORT)) for hour in range(4)]
    jobs = [group_by_night(find_records([path], BGS).records, 12)[0] for path in paths]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(partial(ingest_night, archive), jobs))
    expected = expected_counts(*((hour, samples(hour, SHORT)) for hour in range(4)))
    np.testing.assert_array_equal(counts_of(archive), expected)


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
    before = files_of(archive)
    assert [report.read for report in ingest(archive, folder)] == [()]
    assert files_of(archive) == before


def write_tar(path: Path, files: list[Path]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for file in files:
            member = tarfile.TarInfo(f"2014/{file.name}")
            member.size = file.stat().st_size
            tar.addfile(member, io.BytesIO(file.read_bytes()))
    return path


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
    before = files_of(archive)
    reports = ingest_tar(archive, tar, BGS).reports
    assert [report.read for report in reports] == [(), ()]
    assert files_of(archive) == before


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


def test_a_record_across_the_boundary_lies_in_both_nights(archive, folder):
    path = put(folder, 0, samples(1))
    source = source_of(path)
    half_past_eleven = NOON - np.timedelta64(30, "m")
    jobs = group_by_night([RecordFile(source, 0, half_past_eleven, 100.0, HOUR_SAMPLES, bgs.decode)], 12)
    assert [job.night for job in jobs] == [NIGHT - dt.timedelta(days=1), NIGHT]
    for job in jobs:
        ingest_night(archive, job)
    half = HOUR_SAMPLES // 2
    evening, morning = (counts_of(archive, job.night)[0] for job in jobs)
    np.testing.assert_array_equal(evening[-half:], samples(1)[:half])
    np.testing.assert_array_equal(morning[:half], samples(1)[half:])
    assert (evening != MISSING).sum() == (morning != MISSING).sum() == half
    assert [archive.manifest(job.night).sources[0].span for job in jobs] == [half, half]


@pytest.mark.parametrize(("overlap", "told"), [(4, ["jitter"]), (10, ["conflict"])])
def test_an_overlap_within_the_jitter_of_the_clock_is_no_conflict(overlap, told, folder, tmp_path):
    station = Station.model_validate({**STATION.model_dump(), "jitter_s": 0.05})
    archive = create_archive(str(tmp_path / "archive"), station)
    records = []
    for seed, place in ((1, 0), (2, SHORT - overlap)):
        path = put(folder, seed, samples(seed, SHORT))
        start = NOON + np.timedelta64(10 * place, "ms")
        records.append(RecordFile(source_of(path), 0, start, 100.0, SHORT, bgs.decode))
    reports = [ingest_night(archive, job) for job in group_by_night(records, 12)]
    assert kinds(reports) == told
    joined = np.concatenate([samples(1, SHORT), samples(2, SHORT)[overlap:]])
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, joined)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 2500)), max_size=6), st.integers(0, 23))
def test_each_record_goes_to_the_nights_it_touches_and_nights_come_in_order(stretches, boundary_hour):
    source = FileSource(Path("x"), 0, 0)
    records = [
        RecordFile(source, i, NOON + np.timedelta64(start, "m"), 100.0, 6000 * minutes, bgs.decode)
        for i, (start, minutes) in enumerate(stretches)
    ]
    jobs = group_by_night(records, boundary_hour)
    expected = set()
    for i, (start, minutes) in enumerate(stretches):
        for minute in range(start, start + minutes):
            shifted = dt.datetime(2014, 1, 10, 12) + dt.timedelta(minutes=minute, hours=-boundary_hour)  # noqa: DTZ001
            expected.add((shifted.date(), i))
    assert {(job.night, record.channel) for job in jobs for record in job.records} == expected
    assert [job.night for job in jobs] == sorted({night for night, _ in expected})
    assert [str(job) for job in jobs] == [str(job.night) for job in jobs]


def test_the_real_day_fills_the_hours_it_has(sierra_nevada, tmp_path):
    station = load_station("sierra-nevada")
    archive = create_archive(str(tmp_path / "archive"), station)
    jobs = group_by_night(find_records([sierra_nevada], station_format(station)).records, 12)
    reports = [ingest_night(archive, job) for job in jobs]
    assert [job.night for job in jobs] == [dt.date(2015, 2, 28), dt.date(2015, 3, 1)]
    assert set(kinds(reports)) <= {"clipped", "jitter"}
    start_s, file_s = (49 * 60 + 34.658), 921_600 * 3906e-6
    effort = [archive.manifest(job.night).stages["counts"].note["effort"] for job in jobs]
    assert effort[0] == pytest.approx({"NS": (43_200 - start_s) / 86_400, "EW": 6 * file_s / 86_400}, abs=1e-5)
    assert effort[1] == pytest.approx({"NS": (start_s + 12 * file_s - 43_200) / 86_400, "EW": 0}, abs=1e-4)


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


LATER = ("spectra", "classical", "probability", "fringes")


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


def chunk_of(archive, hour):
    place = (NIGHT - STATION.first_night).days
    return Path(archive.url) / f"counts/counts/c/{place}/0/{hour}"


def test_a_late_hour_is_refused_by_a_night_that_lost_another_and_nothing_is_sealed_anew(archive, folder):
    ingest(archive, put(folder, 0, samples(1)), put(folder, 6, samples(2)))
    before = archive.manifest(NIGHT)
    chunk_of(archive, 6).unlink()
    late = put(folder, 9, samples(3))
    lost = r"night 2014-01-10 .* counts hold 0 samples of CH1_2014_01_10_18\.dat, the manifest says 360000; to make it"
    with pytest.raises(DamagedArchiveError, match=lost):
        ingest(archive, late)
    assert archive.manifest(NIGHT) == before
    (Path(archive.url) / "manifest/2014/2014-01-10.json").unlink()
    ingest(archive, folder)
    whole = expected_counts((0, samples(1)), (6, samples(2)), (9, samples(3)))
    np.testing.assert_array_equal(counts_of(archive), whole)


def test_samples_that_changed_on_disk_are_not_sealed_anew_by_a_late_hour(archive, folder):
    ingest(archive, put(folder, 0, samples(1, SHORT)))
    archive.write(NIGHT, {"counts/counts": expected_counts((0, samples(2, SHORT)))})
    with pytest.raises(DamagedArchiveError, match="counts are not the samples that were sealed"):
        ingest(archive, put(folder, 9, samples(3)))


def test_a_night_whose_ingest_was_killed_is_sealed_as_it_was_without_its_files(archive, folder):
    ingest(archive, put(folder, 0, samples(1)))
    before, sealed = files_of(archive), archive.read(NIGHT, "counts/counts") != MISSING
    assert unsealed_jobs(archive) == []
    archive.unseal(NIGHT, ["counts"], pack_presence(sealed))
    archive.write(NIGHT, {"counts/counts": expected_counts((0, samples(1)), (5, samples(9)))})  # then killed
    (job,) = unsealed_jobs(archive)
    assert ingest_night(archive, job).read == ()
    assert unsealed_jobs(archive) == []
    assert files_of(archive) == before


def test_a_mark_that_a_run_killed_at_its_end_left_is_taken_away(archive, folder):
    ingest(archive, put(folder, 0, samples(1, SHORT)))
    before, manifest = files_of(archive), archive.manifest(NIGHT)
    archive.unseal(NIGHT, ["counts"], "some")
    mark = Path(archive.url) / "manifest/.unsealed/2014-01-10"
    archive.replace_manifest(manifest)
    mark.touch()  # killed before it was gone
    for job in unsealed_jobs(archive):
        ingest_night(archive, job)
    assert files_of(archive) == before


def test_a_night_that_lost_samples_after_a_kill_is_not_restored(archive, folder):
    ingest(archive, put(folder, 0, samples(1)))
    archive.unseal(NIGHT, ["counts"], pack_presence(archive.read(NIGHT, "counts/counts") != MISSING))
    chunk_of(archive, 0).unlink()
    with pytest.raises(DamagedArchiveError, match="counts lack 360000 samples that were sealed"):
        ingest(archive, put(folder, 9, samples(3)))


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
        before = files_of(archive)
        assert [report.read for report in ingest(archive, folder)] == [()]
        assert files_of(archive) == before
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


JITTERY = Station.model_validate({**STATION.model_dump(), "jitter_s": 0.05})


@settings(max_examples=6, deadline=None)
@given(order=st.permutations([(1, 0), (2, SHORT - 3), (3, 2 * SHORT + 2), (4, 3 * SHORT + 100)]))
def test_jitter_is_told_of_the_later_record_whichever_comes_first(tmp_path_factory, order):
    root = tmp_path_factory.mktemp("jitter")
    archive = create_archive(str(root / "archive"), JITTERY)
    reports = []
    for seed, place in order:
        path = root / f"{seed}.dat"
        path.write_bytes(bgs.encode(samples(seed, SHORT)))
        os.utime(path, (1, 1))
        record = RecordFile(source_of(path), 0, NOON + np.timedelta64(10 * place, "ms"), 100.0, SHORT, bgs.decode)
        reports.append(ingest_night(archive, NightRecords(NIGHT, (record,))))
    assert {s.name: s.problems for s in archive.manifest(NIGHT).sources} == {
        "1.dat": (),
        "2.dat": (("jitter", "begins 30 ms before the end of 1.dat"),),
        "3.dat": (("jitter", "begins 50 ms after the end of 2.dat"),),
        "4.dat": (),
    }
    assert sorted(kinds(reports)) == ["jitter", "jitter"]


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
