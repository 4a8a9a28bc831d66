from functools import partial

import numpy as np
import pytest

from iar.records.finding import FileSource, find_records
from iar.records.record import Expectation
from iar.records.resampling import resample_counts
from iar.records.sierra_nevada import decode
from iar.records.sierra_nevada import recognise as recognise_as

PERIOD_S = 3906e-6
RATE_HZ = 1e6 / 3906
recognise = partial(recognise_as, expected=Expectation(RATE_HZ, 1))
INFO = (
    "file name: smpl_sensor_{channel}_1503010049\n"
    "sampling period (usec): {period}\n"
    "sampling gain: 0\n"
    "1st sample timestamp: {start} UTC\n"
    "number of samples: {samples}\n"
)


@pytest.fixture
def station_file(tmp_path):
    def write(values=(), *, channel=0, **fields) -> FileSource:
        raw = np.array(values, dtype="<i2").tobytes()
        path = tmp_path / f"smplGRTU1_sensor_{channel}_1503010049"
        path.write_bytes(raw)
        message = {"period": "3906.000000", "start": "01-03-2015 00:49:34.658", "samples": len(values), **fields}
        path.with_name(f"{path.name}_info.txt").write_text(INFO.format(channel=channel, **message))
        return FileSource(path, len(raw), 0)

    return write


@pytest.fixture(scope="module")
def real(sierra_nevada):
    return find_records([sierra_nevada], recognise)


def line_strength(values: np.ndarray, period_s: float, frequency_hz: float, last_s: float) -> complex:
    """Fourier integral of a Hann window from 0 to `last_s`, at one frequency, of samples at any rate."""
    t = np.arange(len(values)) * period_s
    window = np.where(t < last_s, np.sin(np.pi * t / last_s) ** 2, 0)
    return complex((values * window * np.exp(-2j * np.pi * frequency_hz * t)).sum() * period_s)


def test_the_file_beside_it_says_start_and_length(station_file):
    (record,) = recognise(station_file([0] * 5000, channel=1))
    assert record.channel == 1
    assert record.start == np.datetime64("2015-03-01T00:49:34.658")  # day first
    assert (record.samples, record.rate_hz) == (5000, RATE_HZ)


@pytest.mark.parametrize("name", ["smplGRTU1_sensor_0_1503010049_info.txt", "smpl_sensor_2_1503010049", "x.dat"])
def test_another_name_is_another_format(name, tmp_path):
    assert not recognise(FileSource(tmp_path / name, 0, 0))


def test_a_file_without_its_info_is_unusable(station_file):
    source = station_file([1, 2])
    source.path.with_name(f"{source.name}_info.txt").unlink()
    with pytest.raises(ValueError, match=r"sensor_0_1503010049_info\.txt is not beside it: no start time"):
        recognise(source)


def test_another_sampling_period_is_unusable(station_file):
    message = r"sampling period 4000\.0 us, expected 3906 us \(the station's rate_hz is 256\.016\)"
    with pytest.raises(ValueError, match=message):
        recognise(station_file([1, 2], period="4000.0"))


def test_a_station_of_another_rate_takes_files_of_that_rate(station_file):
    (record,) = recognise_as(station_file([1, 2], period="4000"), Expectation(250.0, 1))
    assert record.rate_hz == 250.0


@pytest.mark.parametrize("start", ["31-02-2015 00:49:34.658", "01-03-2015 24:49:34.658"])
def test_a_start_that_is_no_time_is_shown(start, station_file):
    with pytest.raises(ValueError, match=f"start '{start}' is no time such as"):
        recognise(station_file([1, 2], start=start))


def test_a_missing_line_of_the_info_is_named(station_file):
    with pytest.raises(ValueError, match=r"info\.txt has no line 'number of samples'"):
        recognise(station_file([1, 2], samples="many"))


def test_half_a_sample_at_the_end_is_left_aside():
    raw = np.arange(500, dtype="<i2").tobytes()
    whole, _ = decode(raw)
    torn, problems = decode(raw + b"\x01")
    np.testing.assert_array_equal(torn, whole)
    assert problems == []


@pytest.mark.parametrize("raw", [b"", b"\x01"])
def test_a_file_without_a_whole_sample_is_no_record(raw):
    with pytest.raises(ValueError, match=f"{len(raw)} bytes hold no sample"):
        decode(raw)


def test_the_real_day_is_twelve_hours_of_one_coil_and_six_of_the_other(real, sierra_nevada):
    assert [sum(r.channel == c for r in real.records) for c in (0, 1)] == [12, 6]
    assert real.unusable == []
    assert real.ignored == len(list(sierra_nevada.iterdir())) - 18  # the info files, and published fits


def test_each_real_hour_ends_where_the_next_begins_within_the_known_jitter(real):
    starts = [r.start for r in real.records if r.channel == 0]
    gaps_s = np.diff(starts) / np.timedelta64(1, "ms") / 1000 - 921_600 * PERIOD_S
    assert np.abs(gaps_s).max() < 0.045


def test_a_real_hour_keeps_its_spectrum(real):
    record = real.records[0]
    content = record.source.read()
    raw = np.frombuffer(content, "<i2").astype(float)
    native, problems = record.decode(content)
    assert problems == []
    np.testing.assert_array_equal(native, raw)
    counts = resample_counts(native, record.rate_hz)
    assert counts.mean() == pytest.approx(raw.mean(), abs=0.1)
    frequencies = [0.7, 2.0, 7.8, 14.1]
    before = np.array([line_strength(raw, PERIOD_S, f, 3599) for f in frequencies])
    after = np.array([line_strength(counts, 0.01, f, 3599) for f in frequencies])
    assert np.abs(after / before - 1).max() < 0.01
