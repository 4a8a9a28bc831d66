"""Files that ObsPy itself wrote, whole and damaged."""

import io
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from obspy import Stream, Trace, UTCDateTime

from iar.night import MISSING
from iar.records.blocks import read_blocks
from iar.records.finding import FileSource, find_records
from iar.records.record import Expectation, OtherStreamError, Problem
from iar.records.seed import recognise_gcf, recognise_miniseed
from tests.commands import run_apart

HOUR = 360_000
NOON = np.datetime64("2014-01-10T12:00", "ms")
SEED_BLOCK, GCF_BLOCK = 512, 1024


def walk(seed: int, samples: int = HOUR) -> np.ndarray:
    """Counts as a quiet coil gives them: Steim-2 packs them to a third."""
    return np.cumsum(np.random.default_rng(seed).integers(-50, 50, samples), dtype=np.int32)


def trace(values: np.ndarray, channel: str = "HHN", start: object = NOON, rate_hz: float = 100.0) -> Trace:
    header = {"network": "GB", "station": "ESK", "channel": channel, "sampling_rate": rate_hz}
    return Trace(values, {**header, "starttime": UTCDateTime(str(start))})


def miniseed(*traces: Trace, encoding: str = "STEIM2", reclen: int = SEED_BLOCK) -> bytes:
    out = io.BytesIO()
    Stream(traces).write(out, format="MSEED", encoding=encoding, reclen=reclen)
    return out.getvalue()


@pytest.fixture
def gcf(tmp_path):
    def write(*traces: Trace) -> bytes:
        Stream(traces).write(str(tmp_path / "written.gcf"), format="GCF")  # ObsPy writes GCF by name only
        return (tmp_path / "written.gcf").read_bytes()

    return write


@pytest.fixture
def look(tmp_path):
    """Records in a file of these bytes."""

    def records(content: bytes, form=recognise_miniseed, *, channels: int = 1, rate_hz: float = 100.0, **more):
        path = tmp_path / "file.bin"
        path.write_bytes(content)
        return form(FileSource(path, len(content), path.stat().st_mtime_ns), Expectation(rate_hz, channels, **more))

    return records


def decoded(record):
    counts, problems = record.decode(record.source.read())
    return counts, {problem.kind: problem.detail for problem in problems}


def test_both_channels_of_a_file_are_records_in_their_places(look):
    records = look(miniseed(trace(walk(1), "HHN"), trace(walk(2), "HHE")), channels=2)
    assert [(r.channel, r.start, r.rate_hz, r.samples, r.problems) for r in records] == [
        (channel, NOON, 100.0, HOUR, ()) for channel in (0, 1)
    ]
    for record, seed in zip(records, (1, 2), strict=True):
        counts, problems = decoded(record)
        np.testing.assert_array_equal(counts, walk(seed))
        assert (counts.dtype, problems) == (np.int32, {})


@pytest.mark.parametrize(("code", "channel"), [("HHN", 0), ("BF1", 0), ("HHE", 1), ("BF2", 1)])
def test_the_last_letter_of_a_channel_code_is_its_direction(code, channel, look):
    assert [record.channel for record in look(miniseed(trace(walk(1, 500), code)))] == [channel]


def test_blocks_that_are_read_together_are_those_that_are_read_alone():
    whole = bytearray(miniseed(trace(walk(1, 9000), "HHN"), trace(walk(2, 9000), "HHE"), reclen=256))
    for place, byte in ((256 * 12 + 20, 0), (256 * 30 + 54, 9), (256 * 40 + 33, 50), (256 * 50 + 6, 0x58)):
        whole[place] = byte  # no year, a longer block, half the rate, no quality
    blocks, bad = read_blocks(bytes(whole))
    assert (len(blocks) > 60, len(bad)) == (True, 2)
    for block in blocks:
        (alone,), none = read_blocks(bytes(whole[block.place : block.place + block.size]))
        assert alone._replace(number=block.number, place=block.place) == block
        assert none == []


def test_a_vertical_channel_is_left_aside_and_one_alone_is_unusable(look):
    vertical = trace(walk(1, 500), "HHZ")
    assert [r.channel for r in look(miniseed(vertical, trace(walk(2, 500), "HHE")))] == [1]
    with pytest.raises(OtherStreamError, match=r"no stream of the coils \(a horizontal channel\): GB\.ESK\.\.HHZ"):
        look(miniseed(vertical))


def test_a_gcf_file_gives_the_counts_that_were_written(look, gcf):
    records = look(gcf(trace(walk(1), "HHN"), trace(walk(2), "HHE")), recognise_gcf, channels=2)
    assert [(r.channel, r.start, r.samples) for r in records] == [(0, NOON, HOUR), (1, NOON, HOUR)]
    for record, seed in zip(records, (1, 2), strict=True):
        counts, problems = decoded(record)
        np.testing.assert_array_equal(counts, walk(seed))
        assert problems == {}


@pytest.mark.parametrize("form", [recognise_miniseed, recognise_gcf])
@pytest.mark.parametrize("content", [b"", b"x" * 5000, b"123\n" * 5000, bytes(5000)])
def test_another_kind_of_file_is_another_format(form, content, look):
    assert not look(content, form)


def test_each_format_leaves_the_files_of_the_other(look, gcf):
    assert not look(miniseed(trace(walk(1, 500))), recognise_gcf)
    assert not look(gcf(trace(walk(1, 3000))), recognise_miniseed)


def test_a_gap_stays_missing_and_is_reported(look):
    later = NOON + np.timedelta64(25, "s")
    (record,) = look(miniseed(trace(walk(1, 2000)), trace(walk(2, HOUR - 2500), start=later)))
    counts, problems = decoded(record)
    assert (counts[2000:2500] == MISSING).all()
    np.testing.assert_array_equal(counts[:2000], walk(1, 2000))
    np.testing.assert_array_equal(counts[2500:], walk(2, HOUR - 2500))
    assert problems == {"missing": "5 s in 1 gap(s)"}


def test_of_overlaps_that_differ_the_first_stays_and_the_number_is_reported(look):
    later = NOON + np.timedelta64(10, "s")
    (record,) = look(miniseed(trace(walk(1, 2000)), trace(walk(1, 2000) + 7, start=later)))
    counts, problems = decoded(record)
    np.testing.assert_array_equal(counts[:2000], walk(1, 2000))
    assert problems["conflict"] == "1000 samples are in the file twice and differ: the first stay"


def test_an_overlap_of_the_same_samples_is_no_conflict(look):
    later = NOON + np.timedelta64(10, "s")
    (record,) = look(miniseed(trace(walk(1, 2000)), trace(walk(1, 3000)[1000:], start=later)))
    counts, problems = decoded(record)
    np.testing.assert_array_equal(counts, walk(1, 3000))
    assert problems == {}


def test_a_file_cut_where_a_block_ends_misses_a_channel_or_is_short(look):
    whole = miniseed(trace(walk(1), "HHN"), trace(walk(2), "HHE"))
    (record,) = look(whole[: len(whole) // 2 // SEED_BLOCK * SEED_BLOCK], channels=2)
    assert [(p.kind, p.detail) for p in record.problems] == [("missing_channel", "only GB.ESK..HHN: 1 of 2 channels")]
    _, record = look(whole[: len(whole) * 3 // 4 // SEED_BLOCK * SEED_BLOCK], channels=2)
    counts, _ = decoded(record)
    assert len(counts) < record.samples == HOUR


def test_a_gcf_file_cut_where_a_block_ends_is_short(look, gcf):
    whole = gcf(trace(walk(1)))
    (record,) = look(whole[: len(whole) // 2 // GCF_BLOCK * GCF_BLOCK], recognise_gcf)
    counts, problems = decoded(record)
    assert record.samples == HOUR
    assert 0.4 * HOUR < len(counts) < 0.6 * HOUR
    np.testing.assert_array_equal(counts, walk(1)[: len(counts)])
    assert problems == {}


@pytest.mark.parametrize(("start", "samples", "expected"), [
    ("2014-01-10T12:00:00", HOUR, HOUR),
    ("2014-01-10T12:00:00", HOUR + 1, HOUR + 1),  # ends with the first sample of the next hour, as many do
    ("2014-01-10T12:00:00", HOUR + 5000, 2 * HOUR),
    ("2014-01-10T12:00:00.004", 1000, HOUR),
    ("2014-01-10T11:59:59.996", 1000, HOUR),
    ("2014-01-10T12:00:07", 1000, 1000),
])  # fmt: skip
def test_a_file_that_begins_with_an_hour_is_expected_to_reach_the_end_of_one(start, samples, expected, look):
    (record,) = look(miniseed(trace(np.arange(samples, dtype=np.int32), start=start)))
    assert record.samples == expected


def damaged(content: bytes, block: int, size: int, place: int = 0, with_: bytes = b"garbage garbage") -> bytes:
    at = block * size + place
    return content[:at] + with_ + content[at + len(with_) :]


@pytest.mark.parametrize("place", [0, 300])
@pytest.mark.parametrize("kind", ["miniseed", "gcf"])
def test_of_a_file_with_a_damaged_block_the_others_are_used(kind, place, look, gcf):
    form, size = (recognise_miniseed, SEED_BLOCK) if kind == "miniseed" else (recognise_gcf, GCF_BLOCK)
    whole = miniseed(trace(walk(1))) if kind == "miniseed" else gcf(trace(walk(1)))
    (record,) = look(damaged(whole, 50, size, place), form)
    counts, problems = decoded(record)
    there = counts != MISSING
    np.testing.assert_array_equal(counts[there], walk(1)[there])
    assert 0 < (~there).sum() <= 1500
    assert problems["bad_block"].startswith(f"damaged: block 51 (byte {50 * size}): ")
    assert "1 gap(s)" in problems["missing"]


@pytest.mark.parametrize("kind", ["miniseed", "gcf"])
def test_a_damaged_first_block_costs_itself_only(kind, look, gcf):
    form, size = (recognise_miniseed, SEED_BLOCK) if kind == "miniseed" else (recognise_gcf, GCF_BLOCK)
    whole = miniseed(trace(walk(1))) if kind == "miniseed" else gcf(trace(walk(1)))
    (record,) = look(damaged(whole, 0, size), form)
    assert NOON < record.start < NOON + np.timedelta64(20, "s")
    counts, problems = decoded(record)
    np.testing.assert_array_equal(counts, walk(1)[-len(counts) :])
    assert problems["bad_block"].startswith("damaged: block 1 (byte 0): ")


def test_a_file_cut_inside_a_block_loses_that_block_only(look, gcf):
    for form, whole in ((recognise_miniseed, miniseed(trace(walk(1)))), (recognise_gcf, gcf(trace(walk(1))))):
        (record,) = look(whole[: len(whole) // 2 + 100], form)
        counts, problems = decoded(record)
        np.testing.assert_array_equal(counts, walk(1)[: len(counts)])
        assert len(counts) < record.samples == HOUR
        assert "bad_block" in problems


def test_a_file_of_damaged_blocks_only_is_unusable_with_the_first_reason(look):
    content = b"".join(b"%06dD %s" % (i, b"?" * 504) for i in range(3))
    with pytest.raises(ValueError, match=r"no block can be read \(block 1 \(byte 0\): "):
        look(content)


def test_a_stream_of_another_rate_than_the_stations_says_its_own(look):
    content = miniseed(trace(walk(1, 500), rate_hz=200.0))
    assert [record.rate_hz for record in look(content)] == [200.0]  # judged once its stream is chosen
    assert [record.rate_hz for record in look(content, rate_hz=200.0)] == [200.0]


def test_some_minutes_of_a_stream_at_another_rate_are_left_aside_and_reported(look):
    later = NOON + np.timedelta64(3600, "s")
    (record,) = look(miniseed(trace(walk(1)), trace(walk(2, 12_000), start=later, rate_hz=20.0)))
    assert record.problems == (Problem("other_rate", "left aside: 600 s at 20 Hz"),)
    np.testing.assert_array_equal(decoded(record)[0], walk(1))


def test_numbers_with_a_fraction_are_no_counts_until_the_station_says_what_a_count_is(look):
    values = np.array([0.25, -3.5, np.nan, 1e3])
    content = miniseed(trace(values, "HHX"), encoding="FLOAT64")
    (record,) = look(content)
    with pytest.raises(ValueError, match=r"GB\.ESK\.\.HHX holds float64 samples, .* station's value_per_count"):
        record.decode(content)
    (record,) = look(content, value_per_count=0.25)
    assert record.decode(content)[0].tolist() == [1, -14, MISSING, 4000]
    (record,) = look(content, value_per_count=1e-7)
    with pytest.raises(ValueError, match=r"reaches 1000: more than 31 bits of 1e-07 each"):
        record.decode(content)


def test_two_sensors_of_one_direction_are_two_records_with_their_streams(look):
    records = look(miniseed(trace(walk(1, 500), "BHN"), trace(walk(2, 500), "HHN"), trace(walk(3, 500), "HHZ")))
    assert [(r.channel, r.stream, r.others) for r in records] == [
        (0, f"GB.ESK..{code}", ("GB.ESK..HHZ",)) for code in ("BHN", "HHN")
    ]
    for record, seed in zip(records, (1, 2), strict=True):
        np.testing.assert_array_equal(decoded(record)[0], walk(seed, 500))


def test_streams_that_the_station_names_are_its_channels_whatever_their_letters(look):
    content = miniseed(trace(walk(1, 500), "UXA"), trace(walk(2, 500), "UXB"), trace(walk(3, 500), "HHN"))
    records = look(content, channels=2, streams=("GB.ESK..UXB", "GB.*.UXA"))
    assert [(r.channel, r.stream, r.others) for r in records] == [
        (0, "GB.ESK..UXB", ("GB.ESK..HHN",)), (1, "GB.ESK..UXA", ("GB.ESK..HHN",)),
    ]  # fmt: skip


def test_of_a_file_a_block_whose_time_cannot_be_true_is_left_aside_and_reported(look):
    (record,) = look(miniseed(trace(walk(1)), trace(walk(2, 400), start="2044-01-10T12:00")))
    assert record.problems == (Problem("bad_time", "far from the rest, left aside: 4 s at 2044-01-10T12:00:00"),)
    np.testing.assert_array_equal(decoded(record)[0], walk(1))


def test_a_file_of_several_days_comes_in_parts_that_end_with_their_nights(look):
    """At 1 Hz, so that days are short; the stream begins at 20:00."""
    values = walk(1, 4 * 86_400)
    evening = NOON + np.timedelta64(8, "h")
    records = look(miniseed(trace(values, start=evening, rate_hz=1.0)), rate_hz=1.0)
    assert [(str(r.start)[:13], r.samples) for r in records] == [
        ("2014-01-10T20", 57_600), *((f"2014-01-1{day}T12", 86_400) for day in (1, 2, 3)), ("2014-01-14T12", 28_800),
    ]  # fmt: skip
    np.testing.assert_array_equal(np.concatenate([decoded(record)[0] for record in records]), values)
    assert [decoded(record)[1] for record in records] == [{}] * 5


@pytest.mark.parametrize("lengths", [(4096, 512, 4096), (512, 4096, 512), (256, 512, 8192)])
def test_blocks_of_several_lengths_in_a_file_are_read_whole(lengths, look):
    parts = [
        miniseed(trace(walk(1)[i * 120_000 : (i + 1) * 120_000], start=NOON + np.timedelta64(i * 20, "m")), reclen=n)
        for i, n in enumerate(lengths)
    ]
    (record,) = look(b"".join(parts))
    counts, problems = decoded(record)
    np.testing.assert_array_equal(counts, walk(1))
    assert problems == {}


@pytest.mark.parametrize("place", [0, 51_200, -30_720])
def test_zero_bytes_of_a_power_cut_cost_themselves(place, look):
    whole = miniseed(trace(walk(1)))
    at = place % len(whole) // SEED_BLOCK * SEED_BLOCK
    (record,) = look(whole[:at] + bytes(30_720) + whole[at + 30_720 :])
    counts, problems = decoded(record)
    first = round((record.start - NOON) / np.timedelta64(10, "ms"))
    there = counts != MISSING
    np.testing.assert_array_equal(counts[there], walk(1)[first : first + len(counts)][there])
    assert there.sum() > 0.9 * HOUR
    assert problems["bad_block"].endswith(f"(byte {at}): 30720 zero bytes")


@pytest.mark.parametrize("ppm", [-4000, -100, 100, 4000])
def test_samples_lie_where_the_time_of_their_block_is_whatever_the_rate_of_the_header(ppm, look):
    """Within half a sample, and what drifts within a block, and half a sample for the grid; and told."""
    step, values = 100, np.arange(1, HOUR // 10 + 1, dtype=np.int32)
    times = NOON.astype("datetime64[us]") + (np.arange(0, HOUR // 10, step) * 10_000 * (1 + ppm * 1e-6)).astype(
        "timedelta64[us]"
    )
    blocks = [trace(values[i * step :][:step], start=time) for i, time in enumerate(times)]
    (record,) = look(b"".join(miniseed(block, encoding="INT32") for block in blocks))
    counts, problems = decoded(record)
    place = np.flatnonzero(counts != MISSING)
    true = (counts[place] - 1) * (1 + ppm * 1e-6)
    assert np.abs(place - true).max() <= 0.5 + abs(ppm) * 1e-6 * step + 0.5
    assert float(problems["drift"].split()[4]) == pytest.approx(ppm * 360e-6, abs=0.02)


def test_a_file_that_cannot_be_used_is_listed_and_the_others_go_on(tmp_path):
    (tmp_path / "good").write_bytes(miniseed(trace(walk(1, 500))))
    (tmp_path / "bad").write_bytes(b"000001D " + b"?" * 504)
    (tmp_path / "log").write_bytes(miniseed(trace(walk(1, 500), "LOG", rate_hz=1.0)))
    (tmp_path / "README").write_text("three files")
    found = find_records([tmp_path], partial(recognise_miniseed, expected=Expectation(100.0, 1)))
    assert [record.source.name for record in found.records] == ["good"]
    assert [Path(bad.place).name for bad in found.unusable] == ["bad"]
    assert sorted(Path(other.place).name for other in found.passed_over) == ["README", "log"]


@pytest.mark.parametrize("form", ["miniseed", "gcf"])
def test_without_obspy_one_line_says_what_to_install(form, tmp_path):
    (tmp_path / "station.yaml").write_text(f"name: here\nformat: {form}\n")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox/file").write_bytes(b"anything")
    blocked = "import sys; sys.modules['obspy'] = None"
    arguments = ["ingest", tmp_path / "inbox", "--archive", tmp_path / "a", "--station", tmp_path / "station.yaml"]
    more = f"iar: files of format {form} are read by ObsPy: pip install -e '.[seed]'\n"
    assert run_apart(*arguments, before=blocked)[::2] == (2, more)
