"""Tables of text as pandas and NumPy write them, and as a logger leaves them after a power cut."""

import io

import numpy as np
import pandas as pd
import pytest

from iar.night import MISSING
from tests.iar.records.tables.samples import BX, BY, COUNTS, NAME, NOON, RATE_HZ, TIMES, check_whole, csv


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
