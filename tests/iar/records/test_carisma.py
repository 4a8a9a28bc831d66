"""CARISMA's hours, written here line by line as they are described: HHMMSS.sss, N, E, a flag, below a header."""

import gzip

import numpy as np
import pytest

from iar.night import MISSING
from tests.iar.records.looked import look

NAME = "20140110FCHU05.ICM20"
START = np.datetime64("2014-01-10T05:00:00", "ns")
N, E = np.random.default_rng(4).normal(0, 40, (2, 1200)).round(2)
STATION = {"format": "carisma", "rate_hz": 20, "channels_in_file": 2, "unit": "pT"}


def lines(start: str = "05:00:00", flag: str = ".", step_ms: int = 50) -> list[str]:
    """A minute; each time is spelled by integer arithmetic from the first."""
    hour, minute, second = map(int, start.split(":"))
    out = ["# FCHU 20140110 58.763 265.920 H 0.0 D 0.0 pT 20Hz"]
    for place, (n, e) in enumerate(zip(N, E, strict=True)):
        s, ms = divmod(place * step_ms, 1000)
        all_s = hour * 3600 + minute * 60 + second + s
        clock = f"{all_s // 3600 % 24:02d}{all_s // 60 % 60:02d}{all_s % 60:02d}.{ms:03d}"
        out.append(f"{clock} {n:10.2f} {e:10.2f} {flag}")
    return out


def text(rows: list[str]) -> bytes:
    return "".join(f"{row}\n" for row in rows).encode()


def test_both_coils_are_read_in_pt_at_the_times_of_the_lines(tmp_path):
    (tmp_path / NAME).write_bytes(text(lines()))
    decoded, unusable, passed = look(tmp_path, **STATION)
    assert (unusable, passed) == ([], [])
    assert [(r.channel, r.stream) for r, *_ in decoded] == [(0, ".FCHU..N"), (1, ".FCHU..E")]
    for (record, counts, problems), truth in zip(decoded, (N, E), strict=True):
        assert (record.start, record.rate_hz, problems) == (START, 20.0, {})
        np.testing.assert_array_equal(counts, np.rint(truth / 0.1))  # a tenth of a pT a count


def test_a_packed_hour_at_100_hz_in_nt(tmp_path):
    rows = [row.replace("pT 20Hz", "nT 100Hz") for row in lines(step_ms=10)]
    (tmp_path / "20140110PINA05.ICM100.gz").write_bytes(gzip.compress(text(rows)))
    decoded, _, _ = look(tmp_path, **{**STATION, "rate_hz": 100, "unit": "nT"})
    for (record, counts, problems), truth in zip(decoded, (N, E), strict=True):
        assert (record.start, record.rate_hz, problems) == (START, 100.0, {})
        np.testing.assert_array_equal(counts, np.rint(truth / 1e-4))


def test_lines_that_are_missing_and_those_of_flag_x_are_gaps(tmp_path):
    rows = lines()
    for place in (301, 302):
        rows[place] = rows[place].replace(" .", " x")
    (tmp_path / NAME).write_bytes(text(rows[:101] + rows[141:]))
    for (_, counts, problems), truth in zip(look(tmp_path, **STATION)[0], (N, E), strict=True):
        gone = [*range(100, 140), 300, 301]
        assert np.flatnonzero(counts == MISSING).tolist() == gone
        np.testing.assert_array_equal(np.delete(counts, gone), np.delete(np.rint(truth / 0.1), gone))
        assert problems == {"missing": "2.1 s in 2 gap(s)"}


def test_an_hour_goes_on_after_midnight(tmp_path):
    rows = lines("23:59:40")
    (tmp_path / "20140110FCHU23.ICM20").write_bytes(text(rows))
    for record, counts, problems in look(tmp_path, **STATION)[0]:
        assert record.start == np.datetime64("2014-01-10T23:59:40")
        assert (len(counts), problems) == (1200, {})


def test_a_line_that_was_cut_costs_itself(tmp_path):
    rows = lines()
    rows[500] = "0500x"
    rows[600] = rows[600].replace(f"{N[599]:10.2f}", "  -------- ")
    (tmp_path / NAME).write_bytes(text(rows))
    (_, north, of_n), (_, east, of_e) = look(tmp_path, **STATION)[0]
    assert np.flatnonzero(north == MISSING).tolist() == [499, 599]
    assert np.flatnonzero(east == MISSING).tolist() == [499]
    assert of_n["bad_line"].endswith("'--------'")
    assert of_n["bad_time"] == of_e["bad_time"] == "1 lines without a time: row 500: '0500x'"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (NAME, text(lines()).replace(b"pT", b"nT"), "its header says nT, the station's unit is pT: set unit: nT"),
        (NAME, b"# FCHU\n", "no table of numbers: No columns to parse from file"),
        (NAME, b"# FCHU\n1 2\n", "a line has 2 columns: expected a time, both coils, a flag"),
        (NAME, b"# FCHU\n256060.0 1 2 .\n", "no line has a time such as 235959.950"),
        ("20140230FCHU05.ICM20", text(lines()), "20140230 is no day"),
        ("20140110FCHU05.ICM0", text(lines()), "it tells a rate of 0 Hz: expected 0.001 to 1e+06"),
    ],
)
def test_what_is_not_as_described_is_reported(name, content, message, tmp_path):
    (tmp_path / name).write_bytes(content)
    assert look(tmp_path, **STATION)[1] == [message]


def test_another_name_is_passed_over(tmp_path):
    (tmp_path / "20140110FCHU.F01").write_bytes(text(lines()))
    assert look(tmp_path, **STATION)[2] == ["no record of the station's format"]
