import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.night import HOUR_SAMPLES, MISSING
from iar.records import bgs
from iar.records.finding import FileSource
from iar.records.members import TarMember
from iar.records.record import Expectation

LAW = settings(max_examples=50)
INT32 = st.integers(-(2**31) + 1, 2**31 - 1)
JUNK = st.text("abcxyz.,;:#?- ", max_size=8).filter(lambda text: text.strip())


def recognise(name, rate_hz=100.0):
    return bgs.recognise(FileSource(Path("/somewhere") / name, 0, 0), Expectation(rate_hz, 1))


def read_line(line: str) -> int:
    """An integer of at most 31 bits, or nothing: by its letters."""
    if re.fullmatch(r"\s*[+-]?\d+\s*", line) and abs(int(line)) < 2**31:
        return int(line)
    return int(MISSING)


def test_the_name_of_the_public_set_says_channel_and_hour():
    (record,) = recognise("CH1_2015_01_01_22.dat")
    assert record.channel == 0
    assert record.start == np.datetime64("2015-01-01T22:00:00")
    assert (record.samples, record.rate_hz) == (360_000, 100.0)
    assert recognise("CH2_2015_01_01_22.dat")[0].channel == 1


def test_an_hour_of_another_station_has_as_many_lines_as_its_rate_says():
    (record,) = recognise("CH1_2015_01_01_22.dat", rate_hz=64.0)
    assert (record.samples, record.rate_hz) == (230_400, 64.0)


@LAW
@given(
    st.integers(0, 1), st.integers(0, 24 * 365 * 40).map(lambda h: np.datetime64("2000-01-01T00", "h") + h)
)  # fmt: skip
def test_a_name_is_recognised_as_what_it_was_made_from(channel, hour):
    (record,) = recognise(bgs.file_name(channel, hour.astype("datetime64[ms]")))
    assert (record.channel, record.start) == (channel, hour)


@pytest.mark.parametrize(
    "name",
    ["CH3_2015_01_01_22.dat", "CH1_2015_01_01.dat", "CH1_2015_01_01_22.dat.tmp", "ch1_2015_01_01_22.dat", "README"],
)
def test_another_name_is_another_format(name):
    assert not recognise(name)


@pytest.mark.parametrize("name", ["CH1_2015_13_01_22.dat", "CH1_2015_02_29_22.dat", "CH1_2015_01_01_24.dat"])
def test_a_name_that_is_no_hour_is_unusable(name):
    with pytest.raises(ValueError, match="out of range"):
        recognise(name)


def test_a_member_of_a_yearly_archive_is_recognised_by_its_last_part():
    member = TarMember(Path("ESKINDCOIL_2015.tar.gz"), "data/2015/CH2_2015_01_01_22.dat", 0, 0, b"")
    assert bgs.recognise(member, Expectation(100.0, 1))[0].channel == 1


def test_counts_come_back_as_they_were_written_one_a_line():
    assert bgs.encode(np.array([1, -20, 300], np.int32)) == b"1\n-20\n300\n"
    assert bgs.encode(np.array([1, MISSING], np.int32)) == b"1\nnan\n"


@LAW
@given(st.lists(INT32, min_size=1, max_size=40))
def test_what_is_encoded_is_decoded_without_a_problem(values):
    counts, problems = bgs.decode(bgs.encode(np.array(values, np.int32)))
    assert counts.dtype == np.int32
    assert counts.tolist() == values
    assert problems == []


@LAW
@given(st.lists(INT32 | st.just(int(MISSING)), min_size=1, max_size=40).filter(lambda v: set(v) != {int(MISSING)}))
def test_a_missing_sample_is_written_and_read_as_missing_in_its_place(values):
    counts, problems = bgs.decode(bgs.encode(np.array(values, np.int32)))
    assert counts.tolist() == values
    assert [p.kind for p in problems] == ["bad_line"] * (int(MISSING) in values)


def test_an_hour_of_24_bit_counts_survives_the_text():
    truth = np.random.default_rng(1).integers(-(2**23), 2**23, HOUR_SAMPLES, dtype=np.int32)
    counts, problems = bgs.decode(bgs.encode(truth))
    np.testing.assert_array_equal(counts, truth)
    assert problems == []


@LAW
@given(st.lists(st.integers(-(2**40), 2**40).map(str) | JUNK, min_size=1, max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_each_line_is_an_integer_or_a_missing_sample_and_the_clock_goes_on(lines, end):
    expected = [read_line(line) for line in lines]
    text = "".join(line + end for line in lines).encode()
    if expected.count(int(MISSING)) > len(lines) / 2:
        with pytest.raises(ValueError, match=r"no line is an integer|lines are no integers"):
            bgs.decode(text)
        return
    counts, problems = bgs.decode(text)
    assert counts.tolist() == expected
    assert bool(problems) == (int(MISSING) in expected)


@LAW
@given(
    st.lists(st.integers(-(10**8) + 1, 10**9 - 1), min_size=2, max_size=9),
    st.data(),
    st.sampled_from("0123456789- +x\n"),
)
def test_lines_of_one_width_are_read_as_any_others(values, data, changed):
    text = "".join(f"{value:9d}\n" for value in values)
    counts, problems = bgs.decode(text.encode())
    assert (counts.tolist(), problems) == (values, [])
    place = data.draw(st.integers(0, len(text) - 2))
    text = text[:place] + changed + text[place + 1 :]
    expected = [read_line(line) for line in text.splitlines()]
    counts, _ = bgs.decode(text.encode())
    assert counts.tolist() == expected


def test_a_long_file_of_lines_of_one_width_is_read_to_its_end():
    truth = np.random.default_rng(1).integers(-(2**23), 2**23, 40_000, dtype=np.int32)
    counts, problems = bgs.decode("".join(f"{value:9d}\n" for value in truth).encode())
    np.testing.assert_array_equal(counts, truth)
    assert problems == []


@pytest.mark.parametrize(
    "bad", ["x", "-", "+", "1.5", "1 2", "12e3", "0x10", "", "2147483648", "99999999999999999999", "5,"]
)
def test_a_bad_line_is_reported_with_its_number_and_text(bad):
    counts, problems = bgs.decode(f"10\n20\n{bad}\n40\n".encode())
    assert counts.tolist() == [10, 20, MISSING, 40]
    assert [p.kind for p in problems] == ["bad_line"]
    assert f"line 3: {bad!r}" in problems[0].detail


def test_of_many_bad_lines_three_are_shown_and_the_others_counted():
    _, problems = bgs.decode(b"1\n" + b"?\n" * 7 + b"2\n" * 6)
    assert problems[0].detail == "no whole integer: line 2: '?', line 3: '?', line 4: '?' and 4 more"


def test_an_endless_bad_line_is_shown_cut_short():
    _, problems = bgs.decode(b"1\n" + b"x" * 100_000 + b"\n")
    assert len(problems[0].detail) < 100


@pytest.mark.parametrize(("byte", "shown"), [(b"\xff", "0xff"), (b"\x80", "0x80")])
def test_bytes_that_are_no_text_make_the_file_unreadable(byte, shown):
    with pytest.raises(ValueError, match=f"^no text: byte 4 is {shown}$"):
        bgs.decode(b"1\n2" + byte + b"\n" + b"3\n" * 1000)


@pytest.mark.parametrize("rest", [b"", b"\n17\n18\n", b"\xff\x80"])
def test_zero_bytes_of_a_power_cut_cost_what_follows_them_and_not_what_was_written(rest):
    """How many lines they took is not known, so what follows has no time."""
    counts, problems = bgs.decode(b"1\n2\n-3\n45" + bytes(4096) + rest, samples=8)
    assert counts.tolist() == [1, 2, -3]
    assert [(p.kind, p.detail) for p in problems] == [
        ("bad_block", "zero bytes from byte 10 on: the 3 samples before them are used")
    ]


def test_a_file_of_zero_bytes_alone_is_no_record():
    for content in (bytes(4096), b"12" + bytes(4096) + b"7\n", b"\n\n" + bytes(9)):
        with pytest.raises(ValueError, match=r"^zero bytes from byte \d on, and no whole line before them$"):
            bgs.decode(content)


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\n"])
def test_text_with_one_line_end_too_many_in_each_line_is_not_stretched_over_two_hours(end):
    with pytest.raises(ValueError, match=r"^1999 lines, 999 of them no integers, expected 1000: it is not known when"):
        bgs.decode(b"".join(b"%d" % i + end for i in range(1000)), samples=1000)


def test_two_hours_in_one_file_have_no_clock_and_a_few_lines_more_are_long():
    with pytest.raises(ValueError, match=r"^2000 lines, expected 1000: it is not known when each was taken$"):
        bgs.decode(b"7\n" * 2000, samples=1000)
    assert len(bgs.decode(b"7\n" * 1003, samples=1000)[0]) == 1003


def test_random_bytes_are_no_counts():
    """Of 100 kB, a few lines are an integer by chance."""
    noise = np.random.default_rng(1).integers(256, size=100_000, dtype=np.uint8).tobytes()
    with pytest.raises(ValueError, match="no text"):
        bgs.decode(noise)
    letters = np.random.default_rng(2).choice(np.frombuffer(b"0123456789 abcdef\n\n\n", np.uint8), 100_000).tobytes()
    assert any(line.isdigit() for line in letters.splitlines())
    with pytest.raises(ValueError, match=r"of \d+ lines are no integers \(line 1: "):
        bgs.decode(letters)


def test_missing_samples_are_no_garbage_however_many():
    counts, problems = bgs.decode(b"nan\n" * 999 + b"7\n")
    assert counts.tolist() == [MISSING] * 999 + [7]
    assert [p.kind for p in problems] == ["bad_line"]


@pytest.mark.parametrize("text", [b"1\n2\n", b"1\r\n2\r\n", b"1\n2\n\n", b" 1\n 2 \n"])
def test_the_end_of_lines_and_of_the_file_do_not_matter(text):
    counts, problems = bgs.decode(text)
    assert counts.tolist() == [1, 2]
    assert problems == []


def test_last_line_that_is_still_being_written_is_missing():
    counts, problems = bgs.decode(b"1\n2\n12")  # perhaps 12345, once the line is whole
    assert counts.tolist() == [1, 2, MISSING]
    assert "line 3: '12'" in problems[0].detail


def test_a_whole_hour_may_end_without_a_line_end():
    """Many writers put line ends between the samples only."""
    counts, problems = bgs.decode(b"7\n" * (HOUR_SAMPLES - 1) + b"7")
    assert (counts == 7).all()
    assert problems == []


def test_the_last_line_of_an_hour_that_is_cut_is_missing():
    """Nobody can know whether 12 was 1234 once: a whole file fills the gap later, but cannot replace a wrong value."""
    counts, problems = bgs.decode((b"1234\n" * 359_000)[:-3])
    assert (counts[:-1] == 1234).all()
    assert (len(counts), counts[-1]) == (359_000, MISSING)
    assert [(p.kind, p.detail) for p in problems] == [("bad_line", "no whole integer: line 359000: '12' has no end")]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(list(b"0123456789+-xXeE.,;\"'#_ \t\r\n\xef")), max_size=20), st.booleans())
def test_what_is_read_at_once_is_what_is_read_line_by_line(letters, plain):
    """Arrow, which reads a file at once, knows more than integers: 0x10, quotes, a second column."""
    text = (b"7\n" if plain else b"") + bytes(letters) + b"\n8\n"
    if b"\xef" in text:
        with pytest.raises(ValueError, match="no text"):
            bgs.decode(text)
        return
    expected = [read_line(line) for line in text.decode().rstrip().splitlines()]
    if expected.count(int(MISSING)) > len(expected) / 2:
        with pytest.raises(ValueError, match="lines are no integers"):
            bgs.decode(text)
        return
    counts, problems = bgs.decode(text)
    assert counts.tolist() == expected
    assert bool(problems) == (int(MISSING) in expected)


def test_an_empty_file_is_no_record():
    with pytest.raises(ValueError, match="the file is empty"):
        bgs.decode(b"")


def test_a_file_without_any_integer_is_no_record():
    with pytest.raises(ValueError, match=r"no line is an integer \(line 1: '<html>'\)"):
        bgs.decode(b"<html>\nnot found\n</html>\n")


@pytest.mark.parametrize("text", [b"\n", b" \n", b"\n\n", b"\r\n"])
def test_a_file_of_blank_lines_holds_no_zero(text):
    with pytest.raises(ValueError, match=r"empty|no line is an integer"):
        bgs.decode(text)


def test_the_lowest_int64_is_a_bad_line_not_a_zero():
    counts, problems = bgs.decode(b"1\n-9223372036854775808\n3\n")
    assert counts.tolist() == [1, MISSING, 3]
    assert "line 2" in problems[0].detail


@pytest.mark.parametrize("text", [b"1\n-", b"1\n-\n", b"1\n+"])
def test_a_sign_that_is_cut_from_its_number_is_a_bad_line_not_a_zero(text):
    counts, problems = bgs.decode(text)
    assert counts.tolist() == [1, MISSING]
    assert "line 2" in problems[0].detail
