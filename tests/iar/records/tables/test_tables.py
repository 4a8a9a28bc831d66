"""Tables as others write them: pandas, NumPy, h5py, netCDF4's own C library, SciPy, Python's wave."""

import io
import struct
import wave

import h5py
import netCDF4
import numpy as np
import pandas as pd
import pytest
import scipy.io

from iar.errors import InputError
from iar.night import MISSING
from iar.records.finding import find_records
from iar.records.record import Expectation, OtherStreamError
from iar.records.tables.recognition import recognise
from iar.settings import Station
from iar.stages.ingest import station_format

NOON = np.datetime64("2014-01-10T12:00:00", "ns")
RATE_HZ = 64.0
BX = np.random.default_rng(1).normal(0, 0.3, 640).round(4)
BY = np.random.default_rng(2).normal(0, 0.3, 640).round(4)
TIMES = NOON + (np.arange(640) * (10**9 / RATE_HZ)).astype("timedelta64[ns]")
COUNTS = [np.rint(values / 1e-4).astype(np.int32) for values in (BX, BY)]
NAME = {"kind": "name", "pattern": "KEV_%Y%m%d_%H%M.*"}


@pytest.fixture
def read(tmp_path):
    """Counts of both coils of a file, by coil; and what is wrong with each."""

    def read(name: str, content: bytes, table: dict, **station):
        path = tmp_path / name
        path.write_bytes(content)
        fields = {"format": "table", "rate_hz": RATE_HZ, "unit": "nT", "channels_in_file": 2, **station}
        recognise = station_format(Station.model_validate({**fields, "table": table}))
        found = find_records([path], recognise)
        if found.unusable:
            raise ValueError(found.unusable[0].reason)
        coils, problems = {}, {}
        for record in found.records:
            counts, met = record.decode(record.source.read())
            coils.setdefault(record.channel, []).append((record.start, counts))
            problems.setdefault(record.channel, []).extend([*record.problems, *met])
        return coils, {channel: {p.kind: p.detail for p in met} for channel, met in problems.items()}

    return read


def check_whole(found, start=NOON):
    coils, problems = found
    assert problems == {0: {}, 1: {}}
    for channel, counts in enumerate(COUNTS):
        ((begin, there),) = coils[channel]
        assert begin == start
        np.testing.assert_array_equal(there, counts)


def csv(**options) -> bytes:
    frame = pd.DataFrame({"time": TIMES, "Bx": BX, "By": BY, "T": 21})
    return frame.to_csv(index=False, **options).encode()


class TestText:
    table = {"kind": "text", "header_lines": 1, "channels": ["Bx", "By"]}  # noqa: RUF012 - a table, not a default

    def test_of_pandas_with_iso_times(self, read):
        start = {"kind": "columns", "of": ["time"]}
        check_whole(read("a.csv", csv(), {**self.table, "start": start}))

    @pytest.mark.parametrize("form", ["%d/%m/%Y %H:%M:%S.%f", "%Y-%j %H:%M:%S.%f"])
    def test_with_times_of_a_form_of_its_own(self, form, read):
        start = {"kind": "columns", "of": ["time"], "form": form}
        check_whole(read("a.csv", csv(date_format=form), {**self.table, "start": start}))

    def test_whose_start_stands_in_its_name_and_columns_have_numbers(self, read):
        table = {**self.table, "channels": [2, 3], "start": NAME}
        check_whole(read("KEV_20140110_1200.csv", csv(), table))

    def test_of_savetxt_with_spaces_and_a_start_in_its_second_line(self, read):
        out = io.BytesIO()
        np.savetxt(out, np.c_[BX, BY], fmt="%12.5f", header="station KEV\nStart: 2014-01-10 12:00:00.000", comments="")
        start = {"kind": "line", "number": 2, "form": "Start: %Y-%m-%d %H:%M:%S.%f"}
        check_whole(read("a.txt", out.getvalue(), {
            "kind": "text", "separator": "space", "header_lines": 2, "start": start
        }))  # fmt: skip

    def test_with_date_and_time_apart_in_whole_seconds_begins_where_the_first_second_would(self, read):
        lines = [f"{str(t)[:10]};{str(t)[11:19]};{x};{y}" for t, x, y in zip(TIMES[20:], BX[20:], BY[20:], strict=True)]
        table = {"kind": "text", "separator": ";", "channels": [3, 4], "start": {
            "kind": "columns", "of": [1, 2], "form": "%Y-%m-%d %H:%M:%S"
        }}  # fmt: skip
        coils, problems = read("a.txt", "\n".join(lines).encode() + b"\n", table)
        assert problems == {0: {}, 1: {}}
        ((begin, counts),) = coils[0]
        assert begin == TIMES[20]
        np.testing.assert_array_equal(counts, COUNTS[0][20:])

    def test_that_misses_lines_has_a_gap_there(self, read):
        lines = csv().splitlines(keepends=True)
        content = b"".join(lines[:100] + lines[132:])
        coils, problems = read("a.csv", content, {**self.table, "start": {"kind": "columns", "of": ["time"]}})
        ((_, counts),) = coils[1]
        assert (counts[99:131] == MISSING).all()
        np.testing.assert_array_equal(np.delete(counts, np.s_[99:131]), np.delete(COUNTS[1], np.s_[99:131]))
        assert problems[1] == {"missing": "0.5 s in 1 gap(s)"}

    def test_whose_clock_drifts_is_cut_and_reported(self, read):
        times = NOON + (np.arange(640) * (10**9 / RATE_HZ) * 1.004).astype("timedelta64[ns]")
        content = pd.DataFrame({"time": times, "Bx": BX, "By": BY}).to_csv(index=False).encode()
        coils, problems = read("a.csv", content, {**self.table, "start": {"kind": "columns", "of": ["time"]}})
        assert set(problems[0]) == {"drift", "missing"}
        assert "+0.04 s against the rate that its headers say: cut in 5 place(s)" in problems[0]["drift"]
        ((_, counts),) = coils[0]
        assert len(counts) == 643  # 0.4 % longer
        np.testing.assert_array_equal(counts[counts != MISSING][-100:], COUNTS[0][-100:])

    def test_with_a_clock_ahead_of_utc_is_set_back(self, read):
        table = {**self.table, "start": NAME, "utc_offset_h": 2}
        check_whole(read("KEV_20140110_1400.csv", csv(), table))

    def test_with_a_number_for_missing_and_words_keeps_its_clock(self, read):
        frame = pd.DataFrame({"Bx": BX.astype(object), "By": BY})
        frame.loc[5, "Bx"] = 99999.9
        frame.loc[7, "Bx"] = "overflow"
        frame.loc[9, "By"] = np.nan
        table = {**self.table, "missing": [99999.9], "start": NAME}
        coils, problems = read("KEV_20140110_1200.csv", frame.to_csv(index=False).encode(), table)
        ((_, bx),), ((_, by),) = coils[0], coils[1]
        assert np.flatnonzero(bx == MISSING).tolist() == [5, 7]
        assert np.flatnonzero(by == MISSING).tolist() == [9]
        np.testing.assert_array_equal(np.delete(bx, [5, 7]), np.delete(COUNTS[0], [5, 7]))
        assert problems[0]["bad_line"] == "no number: row 8: 'overflow'"
        assert "bad_line" not in problems[1]

    def test_that_ends_within_a_number_loses_that_one(self, read):
        content = csv()[:-6]
        coils, problems = read("KEV_20140110_1200.csv", content + b"\n1,2,0.1234,0.1", {**self.table, "start": NAME})
        assert all(counts[-1] == MISSING for ((_, counts),) in coils.values())
        assert problems[1]["bad_line"] == "no number: the last line has no end"

    def test_with_zero_bytes_after_a_power_cut_keeps_what_is_before(self, read):
        content = csv()
        begin = content.find(b"\n", len(content) // 2) + 1
        coils, problems = read("KEV_20140110_1200.csv", content[:begin] + bytes(999), {**self.table, "start": NAME})
        ((_, counts),) = coils[0]
        np.testing.assert_array_equal(counts, COUNTS[0][: len(counts)])
        assert problems[0]["bad_block"] == f"zero bytes from byte {begin + 1} on: what is before them is used"

    @pytest.mark.parametrize(
        ("content", "table", "met"),
        [
            (csv(), {"channels": ["Bx", "Bz"]}, "column 'Bz' is not there: the header has time, Bx, By, T"),
            (csv(), {"channels": [2, 9]}, "column 9 is not there: a line has 4"),
            (b"time,Bx,By\n" + b"x,y,z\n" * 9, {}, "9 of 9 values are no numbers, such as 'y'"),
            (b"time,Bx,By\n", {}, "no line of numbers"),
            (b"time,Bx,By\n1,2,3\n1,2,3,4,5\n", {}, "no table of numbers: Error tokenizing data. C error: Expected 3"),
            (b"", {}, "no table of numbers: No columns to parse"),
        ],
    )
    def test_that_is_not_as_described_is_reported(self, content, table, met, read):
        with pytest.raises(ValueError, match="^" + met.replace(".", r"\.")):
            read("KEV_20140110_1200.csv", content, {**self.table, "start": NAME, **table})

    def test_with_lines_that_hold_no_time_loses_those_and_shows_them(self, read):
        lines = csv().splitlines(keepends=True)
        content = b"".join([*lines[:9], b"yesterday,1,2,3\n", *lines[10:20], b"\n", *lines[21:]])
        start = {"kind": "columns", "of": ["time"]}
        coils, problems = read("a.csv", content, {**self.table, "start": start})
        for channel, ((_, counts),) in coils.items():
            assert np.flatnonzero(counts == MISSING).tolist() == [8, 19]
            np.testing.assert_array_equal(np.delete(counts, [8, 19]), np.delete(COUNTS[channel], [8, 19]))
            assert problems[channel]["bad_time"] == "left out, without a time: row 9: 'yesterday', row 20: ''"

    def test_with_a_date_in_columns_of_numbers_and_an_empty_line_keeps_the_others(self, read):
        stamps = pd.DatetimeIndex(TIMES)
        parts = [stamps.year, stamps.month, stamps.day, stamps.hour, stamps.minute, stamps.second]
        rows = ["{} {} {} {} {} {} {} {}".format(*one) for one in zip(*parts, BX, BY, strict=True)]
        rows[100] = ""
        table = {"kind": "text", "separator": "space", "channels": [7, 8], "start": {
            "kind": "columns", "of": [1, 2, 3, 4, 5, 6], "form": "%Y %m %d %H %M %S"
        }}  # fmt: skip
        coils, problems = read("a.txt", "\n".join(rows).encode() + b"\n", table)
        assert problems[0]["bad_time"].startswith("left out, without a time: row 101: ")
        ((begin, counts),) = coils[0]
        assert begin == NOON
        np.testing.assert_array_equal(counts[:100], COUNTS[0][:100])
        np.testing.assert_array_equal(counts[128:], COUNTS[0][128:])  # the next second has its own time

    @pytest.mark.parametrize("form", ["iso", "unix"])
    def test_most_lines_of_which_hold_no_time_is_reported(self, form, read):
        start = {"kind": "columns", "of": ["time"], "form": form}
        content = b"time,Bx,By\n" + b"yesterday,1,2\n" * 9
        with pytest.raises(ValueError, match="yesterday"):
            read("a.csv", content, {**self.table, "start": start})

    @pytest.mark.parametrize("start", [{"kind": "columns", "of": ["time"]}, NAME])
    def test_two_lines_that_ran_into_each_other_cost_themselves(self, start, read):
        lines = csv().splitlines(keepends=True)
        content = b"".join([*lines[:9], lines[9].strip(), *lines[10:]])  # the tenth runs on into the next
        coils, problems = read("KEV_20140110_1200.csv", content, {**self.table, "start": start})
        ((_, counts),) = coils[0]
        gone = [8, 9] if start != NAME else [8]  # without times of their own those after it are a sample early
        assert np.flatnonzero(counts == MISSING).tolist() == gone
        assert problems[0]["bad_line"].startswith("more columns than the others: '2014-01-10 12:00:00.125")

    def test_of_a_name_without_the_pattern_is_passed_over(self, read):
        assert read("KEV_2014.csv", csv(), {**self.table, "start": NAME}) == ({}, {})

    def test_of_no_such_day_is_reported(self, read):
        with pytest.raises(ValueError, match=r"'KEV_20140230_1200\.csv' has no time of the pattern"):
            read("KEV_20140230_1200.csv", csv(), {**self.table, "start": NAME})


class TestOneCoilAFile:
    table = {"kind": "text", "files": ["*_NS.txt", "*_EW.txt"], "channels": [1, 1],  # noqa: RUF012
             "start": {"kind": "name", "pattern": "%Y%m%d%H_*.txt"}}  # fmt: skip

    def test_goes_to_the_coil_of_its_name(self, read):
        for channel, end in enumerate(("NS", "EW")):
            content = "".join(f"{value}\n" for value in (BX, BY)[channel]).encode()
            coils, problems = read(f"2014011012_{end}.txt", content, self.table, channels_in_file=1)
            assert (list(coils), problems) == ([channel], {channel: {}})
            np.testing.assert_array_equal(coils[channel][0][1], COUNTS[channel])
        assert read("2014011012_Z.txt", content, self.table) == ({}, {})


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


class TestWav:
    table = {"kind": "wav", "start": {"kind": "name", "pattern": "%Y%m%d_%H%M%S.wav"}}  # noqa: RUF012

    @pytest.mark.parametrize(("width", "bits"), [(2, 16), (3, 24), (4, 32)])
    def test_of_integers_gives_the_counts_that_were_written(self, width, bits, read):
        rng = np.random.default_rng(4)
        counts = rng.integers(-(2 ** (bits - 1)) + 1, 2 ** (bits - 1), (500, 2))
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(width)
            file.setframerate(64)
            file.writeframes(b"".join(struct.pack("<q", int(one))[:width] for one in counts.ravel()))
        coils, problems = read("20140110_120000.wav", out.getvalue(), self.table, unit="counts")
        assert problems == {0: {}, 1: {}}
        for channel in (0, 1):
            assert coils[channel][0][0] == NOON
            np.testing.assert_array_equal(coils[channel][0][1], counts[:, channel])

    def test_of_floats_is_scaled(self, read):
        out = io.BytesIO()
        scipy.io.wavfile.write(out, 64, np.c_[BX, BY])
        check_whole(read("20140110_120000.wav", out.getvalue(), self.table))

    def test_of_one_track_or_none_at_all_is_reported(self, read):
        out = io.BytesIO()
        scipy.io.wavfile.write(out, 64, BX)
        with pytest.raises(ValueError, match="track 2 is not there: it has 1"):
            read("20140110_120000.wav", out.getvalue(), self.table)
        with pytest.raises(ValueError, match="no whole WAV file"):
            read("20140110_120000.wav", b"1 2 3\n", self.table)


def test_a_file_of_five_days_comes_in_nights(read):
    samples = 5 * 86_400
    values = np.arange(samples) % 1000
    frame = pd.DataFrame({"x": values})
    table = {"kind": "text", "channels": [1, None], "start": NAME}
    coils, problems = read(
        "KEV_20140110_0600.csv", frame.to_csv(index=False, header=False).encode(), table, rate_hz=1, unit="counts",
        channels_in_file=1,
    )  # fmt: skip
    assert [str(start)[:13] for start, _ in coils[0]] == ["2014-01-10T06", *(f"2014-01-{d}T12" for d in range(10, 15))]
    np.testing.assert_array_equal(np.concatenate([counts for _, counts in coils[0]]), values)
    assert problems == {0: {}}


def test_a_file_without_a_coil_is_passed_over(tmp_path):
    (tmp_path / "a.csv").write_bytes(csv())
    station = Station.model_validate({
        "format": "table", "table": {"kind": "text", "header_lines": 1, "channels": [None, None], "start": NAME}
    })  # fmt: skip
    source = find_records([tmp_path / "a.csv"], station_format(station))
    assert source.records == []
    (tmp_path / "KEV_20140110_1200.csv").write_bytes(csv())
    found = find_records([tmp_path], station_format(station))
    assert [other.reason for other in found.passed_over if "KEV" in other.place] == [str(OtherStreamError(
        "none of the station's coils is in it"
    ))]  # fmt: skip


def test_a_station_without_a_table_cannot_read_one(tmp_path):
    (tmp_path / "a.csv").write_bytes(csv())
    with pytest.raises(InputError, match="the station has no field table"):
        find_records([tmp_path / "a.csv"], lambda source: recognise(source, Expectation(100.0, 1)))


def test_what_a_file_brings_along_stands_in_a_reason_as_it_can_be_printed(read):
    table = {"kind": "text", "header_lines": 1, "channels": ["Bx", "By"], "start": NAME}
    with pytest.raises(ValueError, match=r"column 'Bx' is not there: the header has B\\x1b\[31mx, By") as error:
        read("KEV_20140110_1200.csv", b"B\x1b[31mx,By\n1,2\n", table)
    assert str(error.value).isprintable()
