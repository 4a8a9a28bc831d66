"""MTH5 by h5py, with the groups and attributes that mth5 0.6.9 writes in its versions 0.1.0 and 0.2.0."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from iar.night import MISSING
from tests.iar.records.looked import look

NOON = np.datetime64("2014-01-10T12:00:00", "ns")
HX, HY = np.random.default_rng(6).normal(0, 0.3, (2, 640)).round(4)
STATION = {"format": "mth5", "rate_hz": 64, "channels_in_file": 2, "unit": "nT"}


def write_run(file: h5py.File, place: str, start: str = "2014-01-10T12:00:00+00:00", *, rate=64.0, unit="nanoTesla"):
    group = file.require_group(place)
    for name, samples in (("hx", HX), ("hy", HY), ("ex", HX)):
        array = group.create_dataset(name, data=samples, compression="gzip", chunks=True)
        kind = "magnetic" if name[0] == "h" else "electric"
        array.attrs.update({
            "component": name, "type": kind, "mth5_type": kind.title(), "sample_rate": rate, "units": unit,
            "time_period.start": start, "time_period.end": "1980-01-01T00:00:00+00:00", "measurement_azimuth": 0.0,
        })  # fmt: skip


def write(path: Path, *places: str, **options) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs.update({"file.type": "MTH5", "file.version": "0.2.0", "mth5.software.name": "mth5"})
        for place in places:
            write_run(file, place, **options)
    return path


def check_whole(decoded, stream: str):
    assert [(r.channel, r.stream) for r, *_ in decoded] == [(0, f"{stream}..hx"), (1, f"{stream}..hy")]
    for (record, counts, problems), truth in zip(decoded, (HX, HY), strict=True):
        assert (record.start, record.rate_hz, problems) == (NOON, 64, {})
        np.testing.assert_array_equal(counts, np.rint(truth / 1e-4))


@pytest.mark.parametrize(
    ("place", "stream"),
    [
        ("Survey/Stations/mt001/sr64_0001", ".mt001"),
        ("Experiment/Surveys/alps/Stations/mt001/sr64_0001", "alps.mt001"),
    ],
)
def test_both_coils_of_each_version_are_read(place, stream, tmp_path):
    decoded, unusable, _ = look(write(tmp_path / "a.h5", place), **STATION)
    assert unusable == []
    check_whole(decoded, stream)


def test_runs_of_one_rate_are_one_record_with_a_gap(tmp_path):
    path = write(tmp_path / "a.mth5", "Survey/Stations/mt001/sr64_0001")
    with h5py.File(path, "a") as file:
        write_run(file, "Survey/Stations/mt001/sr64_0002", "2014-01-10T12:00:12+00:00")
        write_run(file, "Survey/Stations/mt001/sr4096_0001", rate=4096.0)
    for (record, counts, problems), truth in zip(look(path, **STATION)[0], (HX, HY), strict=True):
        assert (record.start, problems) == (NOON, {"missing": "2 s in 1 gap(s)"})
        np.testing.assert_array_equal(counts[:640], np.rint(truth / 1e-4))
        assert (counts[640:768] == MISSING).all()
        np.testing.assert_array_equal(counts[768:], np.rint(truth / 1e-4))


def test_of_several_stations_one_is_to_be_named(tmp_path):
    path = write(tmp_path / "a.h5", "Survey/Stations/mt001/a", "Survey/Stations/mt002/a")
    assert look(path, **STATION)[1] == ["it holds .mt001..hx, .mt002..hx: which is coil 1? Name it in streams"]
    check_whole(look(path, **STATION, streams=[".mt002..hx", ".mt002..hy"])[0], ".mt002")


def test_another_rate_is_passed_over_and_reported(tmp_path):
    path = write(tmp_path / "a.h5", "Survey/Stations/mt001/a", rate=4096.0)
    assert look(path, **STATION)[2] == ["its runs are at 4096 Hz, the station's rate_hz is 64"]
    path = write(tmp_path / "b.h5")
    assert look(path, **STATION)[2] == ["no stream of the coils (hx or hy): none"]


def test_counts_are_not_taken_for_nt(tmp_path):
    path = write(tmp_path / "a.h5", "Survey/Stations/mt001/a", unit="digital counts")
    message = "Survey/Stations/mt001/a/hx is in digital counts, the station's unit is nT: set unit: counts"
    assert look(path, **STATION)[1] == [message]


def test_another_hdf5_is_passed_over_and_a_damaged_one_reported(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["bx"] = HX
    assert look(tmp_path / "other.h5", **STATION)[2] == ["no record of the station's format"]
    path = write(tmp_path / "a.h5", "Survey/Stations/mt001/a")
    path.write_bytes(path.read_bytes()[:4000])
    (message,) = look(path, **STATION)[1]
    assert message.startswith("no whole MTH5 file: ")
