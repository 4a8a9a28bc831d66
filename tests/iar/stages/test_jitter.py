"""Clocks that are a little off."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.records import bgs
from iar.records.record import RecordFile
from iar.settings import Station
from iar.stages.creation import create_archive
from iar.stages.ingest import NightRecords, group_by_night, ingest_night
from tests.iar.hours import (
    NIGHT,
    NOON,
    SHORT,
    STATION,
    counts_of,
    expected_counts,
    kinds,
    put,
    samples,
    source_of,
)


@pytest.mark.parametrize(("overlap", "expected"), [(4, ["jitter"]), (10, ["conflict"])])
def test_an_overlap_within_the_jitter_of_the_clock_is_no_conflict(overlap, expected, folder, tmp_path):
    station = Station.model_validate({**STATION.model_dump(), "jitter_s": 0.05})
    archive = create_archive(str(tmp_path / "archive"), station)
    records = []
    for seed, place in ((1, 0), (2, SHORT - overlap)):
        path = put(folder, seed, samples(seed, SHORT))
        start = NOON + np.timedelta64(10 * place, "ms")
        records.append(RecordFile(source_of(path), 0, start, 100.0, SHORT, bgs.decode))
    reports = [ingest_night(archive, job) for job in group_by_night(records, 12)]
    assert kinds(reports) == expected
    joined = np.concatenate([samples(1, SHORT), samples(2, SHORT)[overlap:]])
    np.testing.assert_array_equal(counts_of(archive), expected_counts((0, joined)))


JITTERY = Station.model_validate({**STATION.model_dump(), "jitter_s": 0.05})


@settings(max_examples=6)
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
