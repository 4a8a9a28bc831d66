"""Hour files into the counts of their night."""

import datetime as dt
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.night import HOUR_SAMPLES, MISSING
from iar.records import bgs
from iar.records.finding import FileSource, find_records
from iar.records.record import RecordFile
from iar.settings import load_station
from iar.stages.creation import create_archive
from iar.stages.ingest import group_by_night, ingest_night, station_format
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
)


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


def test_an_unreadable_file_is_listed_and_the_others_go_on(archive, folder):
    put(folder, 0, samples(1))
    bad = folder / bgs.file_name(0, NOON + HOUR)
    bad.write_bytes(b"<html>not found</html>\n")
    (report,) = ingest(archive, folder)
    assert report.unreadable == [f"{bad}: no line is an integer (line 1: '<html>not found</html>')"]
    entry = next(s for s in archive.manifest(NIGHT).sources if s.name == bad.name)
    assert (entry.unreadable, entry.samples, entry.span) == (True, 0, 0)
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, samples(1))))


def test_a_night_of_unreadable_files_only_is_known_but_not_sealed(archive, folder):
    (folder / bgs.file_name(0, NOON)).write_bytes(b"")
    ingest(archive, folder)
    manifest = archive.manifest(NIGHT)
    assert not manifest.is_sealed("counts")
    assert [s.problems for s in manifest.sources] == [(("unreadable", "the file is empty"),)]


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


PIECES = [(0, 0, 1), (1, 1, 3), (23, 1, 4)]  # hour, channel, seed


@settings(max_examples=4)
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


@settings(max_examples=40)
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
