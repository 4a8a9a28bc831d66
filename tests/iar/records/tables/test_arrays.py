"""Arrays as h5py, netCDF4's own C library and SciPy write them."""

import io

import h5py
import netCDF4
import numpy as np
import pytest
import scipy.io

from iar.night import MISSING
from iar.records.finding import find_records
from iar.settings import Station
from iar.stages.ingest import station_format
from tests.iar.records.tables.samples import BX, BY, COUNTS, NAME, NOON, TIMES, check_whole


class TestHdf5:
    @pytest.fixture
    def content(self, tmp_path):
        path = tmp_path / "written.h5"
        with h5py.File(path, "w") as file:
            file.attrs["start"] = "2014-01-10T12:00:00Z"
            group = file.create_group("run")
            group.create_dataset("b", data=np.c_[BX, BY], compression="gzip")
            group["bx"], group["by"] = BX, BY.astype(np.float32)
            group["bx"].attrs["sample_rate"] = 64.0
            group["t"] = (TIMES - np.datetime64("2014-01-01")) / np.timedelta64(1, "s")
            group["t"].attrs["units"] = "seconds since 2014-01-01"
            group["words"] = np.array([b"x"] * 3)
        return path.read_bytes()

    def test_with_its_start_and_rate_in_attributes(self, content, read):
        check_whole(read("a.h5", content, {
            "kind": "hdf5", "channels": ["/run/bx", "/run/by"], "rate": "/run/bx@sample_rate",
            "start": {"kind": "value", "of": "@start"},
        }))  # fmt: skip

    def test_with_both_coils_in_one_array_and_a_time_for_each_sample(self, content, read):
        check_whole(read("a.h5", content, {
            "kind": "hdf5", "channels": ["/run/b[0]", "/run/b[1]"], "start": {"kind": "array", "of": "/run/t"},
        }))  # fmt: skip

    @pytest.mark.parametrize(
        ("table", "met"),
        [
            ({"channels": ["/run/bz", None]}, "/run/bz is not in it: there are run"),
            ({"channels": ["/run/b", None]}, r"/run/b has the shape (640, 2): expected one row, or which: /run/b[0]"),
            ({"channels": ["/run/b[2]", None]}, "/run/b[2]: the array has the shape (640, 2)"),
            ({"channels": ["/run/words", None]}, "/run/words holds |S1: expected numbers"),
            ({"rate": "@fs"}, "@fs is not in it: there are @start"),
            ({"rate": "@start"}, "@start is 2014-01-10T12:00:00Z: expected a number"),
            ({"start": {"kind": "array", "of": "/run/words"}}, "/run/words holds |S1: expected numbers"),
            (
                {"start": {"kind": "array", "of": "/run/bx"}},
                "/run/bx@units is not in it: there are /run/bx@sample_rate",
            ),
        ],
    )
    def test_that_is_not_as_described_is_reported(self, table, met, content, read):
        whole = {"kind": "hdf5", "channels": ["/run/bx", "/run/by"], "start": {"kind": "value", "of": "@start"}}
        with pytest.raises(ValueError) as error:  # noqa: PT011 - compared below, whole
            read("a.h5", content, {**whole, **table})
        assert str(error.value) == met

    def test_that_is_cut_is_reported(self, content, read):
        whole = {"kind": "hdf5", "channels": ["/run/bx", "/run/by"], "start": {"kind": "value", "of": "@start"}}
        with pytest.raises(ValueError, match="no whole hdf5 file: "):
            read("a.h5", content[: len(content) // 2], whole)

    def test_at_another_rate_than_the_stations_is_told_by_its_record(self, content, tmp_path):
        (tmp_path / "a.h5").write_bytes(content)
        station = Station.model_validate({
            "format": "table", "rate_hz": 100, "unit": "nT", "table": {
                "kind": "hdf5", "channels": ["/run/bx", None], "rate": "/run/bx@sample_rate",
                "start": {"kind": "value", "of": "@start"},
            }
        })  # fmt: skip
        (record,) = find_records([tmp_path / "a.h5"], station_format(station)).records
        assert (record.rate_hz, record.stream) == (64.0, "/run/bx")


@pytest.mark.parametrize("model", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF4"])
def test_netcdf_of_the_c_library_is_read_with_times_since_a_day(model, read, tmp_path):
    path = tmp_path / "written.nc"
    with netCDF4.Dataset(path, "w", format=model) as file:
        file.createDimension("time", 640)
        time = file.createVariable("time", "f8", ("time",))
        time.units = "days since 2014-01-01 00:00:00 UTC"
        time[:] = (TIMES - np.datetime64("2014-01-01")) / np.timedelta64(1, "D")
        for name, values in (("bx", BX), ("by", BY)):
            file.createVariable(name, "f8", ("time",), fill_value=-999.0)[:] = values
        file["bx"][3] = -999.0
    table = {"kind": "netcdf", "channels": ["bx", "by"], "missing": [-999], "start": {"kind": "array", "of": "time"}}
    coils, problems = read("a.nc", path.read_bytes(), table)
    ((begin, bx),), ((_, by),) = coils[0], coils[1]
    assert begin == NOON
    assert np.flatnonzero(bx == MISSING).tolist() == [3]
    np.testing.assert_array_equal(np.delete(bx, 3), np.delete(COUNTS[0], 3))
    np.testing.assert_array_equal(by, COUNTS[1])
    assert problems == {0: {"missing": "0.015625 s in 1 gap(s)"}, 1: {}}


@pytest.mark.parametrize("version", ["4", "5"])
def test_matlab_files_are_read_with_a_start_as_datenum(version, read):
    out = io.BytesIO()
    day = 735_609.5  # datenum(2014, 1, 10, 12, 0, 0), as MATLAB prints it
    scipy.io.savemat(out, {"H": BX[:, None], "D": BY, "t0": day, "fs": 64}, format=version)
    check_whole(read("a.mat", out.getvalue(), {
        "kind": "mat", "channels": ["H", "D"], "rate": "fs", "start": {"kind": "value", "of": "t0", "form": "matlab"},
    }))  # fmt: skip


@pytest.mark.parametrize("rate", [0.0, -64.0, 1e-310, 1e300, np.nan])
def test_a_rate_of_no_logger_is_reported(rate, read):
    out = io.BytesIO()
    scipy.io.savemat(out, {"H": BX, "D": BY, "fs": rate})
    table = {"kind": "mat", "channels": ["H", "D"], "rate": "fs", "start": NAME}
    with pytest.raises(ValueError, match=r"it tells a rate of \S+ Hz: expected 0\.001 to 1e\+06"):
        read("KEV_20140110_1200.mat", out.getvalue(), table)


def test_an_hour_of_sodankyla_a_component_a_file_is_read_by_its_name(read):
    counts = np.random.default_rng(3).integers(-32768, 32768, 144_000)  # 40 Hz, 16 bits: its page on the format
    for channel, letter in enumerate("hd"):
        out = io.BytesIO()
        scipy.io.savemat(out, {"dat": counts.astype(np.float64) + channel}, format="4")
        coils, problems = read(f"sod{letter}1401101200.mat", out.getvalue(), {
            "kind": "mat", "files": ["sodh*.mat", "sodd*.mat"], "channels": ["dat", "dat"],
            "start": {"kind": "name", "pattern": "sod?%y%m%d%H%M.mat"},
        }, rate_hz=40, unit="counts", channels_in_file=1)  # fmt: skip
        assert (list(coils), problems) == ([channel], {channel: {}})
        np.testing.assert_array_equal(coils[channel][0][1], counts + channel)
