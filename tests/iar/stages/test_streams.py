"""Whose samples an archive takes: those of its own streams, whatever else lies in its files."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from iar.night import HOUR_SAMPLES, MISSING
from iar.records.finding import find_records
from iar.settings import Station
from iar.stages.creation import create_archive
from iar.stages.ingest import group_by_night, ingest_night, station_format
from iar.stages.streams import choose_streams
from tests.iar.records.test_seed import NOON, miniseed, trace, walk

NIGHT = dt.date(2014, 1, 10)
STATION = Station(
    name="here", format="miniseed", first_night=dt.date(2014, 1, 1), last_night=dt.date(2014, 1, 31), rate_hz=100.0
)
SHORT = 2000


def of(station: str, location: str, code: str, seed: int, hour: int = 0, rate_hz: float = 100.0) -> bytes:
    one = trace(walk(seed, SHORT), code, NOON + np.timedelta64(hour, "h"), rate_hz)
    one.stats.station, one.stats.location = station, location
    return miniseed(one)


@pytest.fixture
def take(tmp_path):
    """What was chosen of these files, by name; counts of it are in the archive."""
    (tmp_path / "in").mkdir()

    def ingested(station: Station = STATION, **files: bytes):
        for name, content in files.items():
            (tmp_path / "in" / name).write_bytes(content)
        archive = create_archive(str(tmp_path / "archive"), station)
        found = choose_streams(archive, find_records([tmp_path / "in"], station_format(station)))
        for job in group_by_night(found.records, station.boundary_hour):
            ingest_night(archive, job)
        return archive, found

    return ingested


def held(archive, hour: int, channel: int = 0) -> np.ndarray:
    counts = archive.read(NIGHT, "counts/counts")[channel, hour * HOUR_SAMPLES :][:SHORT]
    return counts[counts != MISSING]


def test_hours_of_another_station_or_sensor_fill_no_hole_and_are_reported(take):
    ours = {"a": of("ESK", "", "HHN", 1, 1), "b": of("ESK", "", "HHN", 2, 3)}
    archive, found = take(**ours, c=of("LER", "", "HHN", 3, 2), d=of("ESK", "10", "HNN", 4, 4))
    for hour, seed in ((1, 1), (3, 2)):
        np.testing.assert_array_equal(held(archive, hour), walk(seed, SHORT))
    assert not len(held(archive, 2))
    assert not len(held(archive, 4))
    assert [(one.stream, one.reason) for one in found.passed_over] == [
        (stream, "the stream of NS is GB.ESK..HHN") for stream in ("GB.LER..HHN", "GB.ESK.10.HNN")
    ]


def test_the_stream_that_came_first_stays_that_of_the_archive(take):
    archive, _ = take(a=of("ESK", "", "HHN", 1))
    assert archive.streams() == {"NS": "GB.ESK..HHN"}
    archive, found = take(b=of("AAA", "", "HHN", 2, -2), c=of("AAA", "", "HHE", 3))
    assert archive.streams() == {"NS": "GB.ESK..HHN", "EW": "GB.AAA..HHE"}
    assert [one.stream for one in found.passed_over] == ["GB.AAA..HHN"]


def test_streams_that_the_station_names_are_taken_and_none_is_kept(take):
    named = STATION.model_copy(update={"streams": ("GB.LER..HHN", "GB.ESK.??.HH?")})
    archive, found = take(named, a=of("ESK", "", "HHN", 1), b=of("LER", "", "HHN", 2), c=of("ESK", "10", "HHZ", 3))
    np.testing.assert_array_equal(held(archive, 0), walk(2, SHORT))
    np.testing.assert_array_equal(held(archive, 0, 1), walk(3, SHORT))
    assert archive.streams() == {}
    assert [one.reason for one in found.passed_over] == [
        "no stream of the coils (GB.LER..HHN or GB.ESK.??.HH?): GB.ESK..HHN"
    ]


@pytest.mark.parametrize("code", ["HHZ", "LCE", "VM1", "LHN"])
def test_what_is_no_coil_costs_the_coils_nothing(code, take):
    coils = of("ESK", "", "HHN", 1) + of("ESK", "", "HHE", 2)
    archive, found = take(a=coils + of("ESK", "", code, 3, rate_hz=100.0 if code == "HHZ" else 1.0))
    for channel in (0, 1):
        np.testing.assert_array_equal(held(archive, 0, channel), walk(channel + 1, SHORT))
    assert found.unusable == []
    assert [one.stream for one in found.passed_over] == [f"GB.ESK..{code}"]


def test_a_chosen_stream_of_another_rate_is_unusable_and_one_that_is_not_is_passed_over(take):
    _, found = take(
        a=of("ESK", "", "HHN", 1), b=of("ESK", "", "HHN", 2, 2, rate_hz=20.0), c=of("ESK", "", "LHN", 3, rate_hz=1.0)
    )
    assert [bad.reason for bad in found.unusable] == [
        "GB.ESK..HHN has 20 samples a second, expected 100 (the station's rate_hz)"
    ]
    assert [one.stream for one in found.passed_over] == ["GB.ESK..LHN"]


def test_records_of_formats_that_know_no_streams_are_left_as_they_are(take):
    archive, found = take(a=of("ESK", "", "HHN", 1))
    plain = replace(found, records=[replace(record, stream="") for record in found.records])
    assert choose_streams(archive, plain) == plain
