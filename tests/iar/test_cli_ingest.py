"""What a person sees of a bad file, and what the archive keeps of it: one test for each kind of trouble."""

import json
import os
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from obspy import Stream, Trace, UTCDateTime

from iar.archive.store import Archive
from iar.night import HOUR_SAMPLES, MISSING
from iar.records import bgs
from tests.commands import run_apart, run_here
from tests.conftest import NIGHT
from tests.inbox import problems_of, put, put_sierra, values


def station(folder: Path, **fields: object) -> tuple[str, Path]:
    path = folder / "station.yaml"
    path.write_text(json.dumps({"name": "here", **fields}))  # JSON is YAML
    return "--station", path


def check_reported(result: tuple[int, str, str], path: Path, kind: str, detail: str) -> None:
    """A file that gave samples: one line on stderr with its path, what is wrong and how much; exit status 0."""
    status, out, err = result
    assert status == 0, err
    assert f"  {path}: {kind}: {detail}\n" in err
    assert "ingested " in out


class TestFileThatGaveSamples:
    def test_short(self, ingest, inbox, tmp_path):
        path = put(inbox, 0, values(1, 1000))
        check_reported(ingest(inbox), path, "short", "1000 samples instead of 360000")
        assert problems_of(tmp_path) == {path.name: {"short": "1000 samples instead of 360000"}}

    def test_long(self, ingest, inbox, tmp_path):
        path = put(inbox, 0, values(1, HOUR_SAMPLES + 3))
        check_reported(ingest(inbox), path, "long", "360003 samples instead of 360000")
        assert "long" in problems_of(tmp_path)[path.name]

    def test_line_that_is_no_number(self, ingest, inbox, tmp_path):
        lines = bgs.encode(values(1)).split(b"\n")
        lines[122] = b"12#4"
        path = put(inbox, 0, b"\n".join(lines))
        check_reported(ingest(inbox), path, "bad_line", "no whole integer: line 123: '12#4'")
        assert problems_of(tmp_path) == {path.name: {"bad_line": "no whole integer: line 123: '12#4'"}}

    def test_last_line_that_is_cut_is_filled_by_the_whole_file(self, ingest, inbox, tmp_path):
        whole = bgs.encode(values(1))
        lines = whole.splitlines(keepends=True)[:1000]
        path = put(inbox, 0, b"".join(lines)[:-2])
        cut = lines[-1][:-2].decode()
        check_reported(ingest(inbox), path, "bad_line", f"no whole integer: line 1000: '{cut}' has no end")
        put(inbox, 0, whole)
        assert ingest(inbox)[::2] == (0, "")
        assert problems_of(tmp_path) == {path.name: {}}
        archive = Archive(str(tmp_path / "archive"))
        np.testing.assert_array_equal(archive.read(archive.nights()[0], "counts/counts")[0, :HOUR_SAMPLES], values(1))

    def test_clipped(self, ingest, inbox, tmp_path):
        counts = values(1)
        counts[:5] = 2**23 - 1
        path = put(inbox, 0, counts)
        check_reported(ingest(inbox), path, "clipped", "5 samples at or beyond 8388607 counts")
        assert set(problems_of(tmp_path)[path.name]) == {"clipped"}

    def test_clipped_at_the_rate_of_the_digitiser_before_a_filter_hides_it(self, ingest, inbox, tmp_path):
        noise = values(1, 921_600) % 2**15
        noise[1000:1010] = 2**15 - 1
        path = put_sierra(inbox, 1, "12:00:00.000", noise)
        detail = f"{(noise == 2**15 - 1).sum()} samples at or beyond 32767 counts"
        check_reported(ingest(inbox, "--station", "sierra-nevada"), path, "clipped", detail)
        assert problems_of(tmp_path)[path.name] == {"clipped": detail}

    def test_constant(self, ingest, inbox, tmp_path):
        path = put(inbox, 0, np.full(HOUR_SAMPLES, 7, np.int32))
        check_reported(ingest(inbox), path, "constant", "all 360000 samples are 7")
        assert set(problems_of(tmp_path)[path.name]) == {"constant"}

    def test_overlap_with_the_same_content(self, ingest, inbox, tmp_path):
        path = put(inbox, 0, values(1))
        assert ingest(inbox)[0] == 0
        with tarfile.open(tmp_path / "year.tar", "w") as tar:
            tar.add(path, path.name)
        detail = "3600 s were there before, with the same content"
        check_reported(ingest(tmp_path / "year.tar"), Path(f"{tmp_path}/year.tar:{path.name}"), "duplicate", detail)
        assert problems_of(tmp_path) == {path.name: {}, f"year.tar/{path.name}": {"duplicate": detail}}

    def test_overlap_with_another_content(self, ingest, inbox, tmp_path):
        put(inbox, 0, values(1))
        (tmp_path / "late").mkdir()
        path = put(tmp_path / "late", 0, values(1) + (np.arange(HOUR_SAMPLES) < 7))
        assert ingest(inbox)[0] == 0
        detail = "7 samples differ from those sealed before, which stay"
        check_reported(ingest(tmp_path / "late"), path, "conflict", detail)
        archive = Archive(str(tmp_path / "archive"))
        (night,) = archive.nights()
        np.testing.assert_array_equal(archive.read(night, "counts/counts")[0, :HOUR_SAMPLES], values(1))
        assert [s.problems for s in archive.manifest(night).sources] == [(), (("conflict", detail),)]

    @pytest.mark.parametrize(("start", "detail"), [
        ("12:59:59.770", None),  # to the sample: 921600 periods of 3906 us
        ("12:59:59.800", "begins 30 ms after the end of x_sensor_0_0000000001"),
        ("12:59:59.740", "begins 30 ms before the end of x_sensor_0_0000000001"),
    ])  # fmt: skip
    def test_jitter_of_the_clock(self, start, detail, ingest, inbox, tmp_path):
        put_sierra(inbox, 1, "12:00:00.000", values(1, 921_600) % 1000)
        path = put_sierra(inbox, 2, start, values(2, 921_600) % 1000)
        result = ingest(inbox, "--station", "sierra-nevada")
        if detail is None:
            assert result[2] == ""
        else:
            check_reported(result, path, "jitter", detail)
        assert problems_of(tmp_path)[path.name] == ({} if detail is None else {"jitter": detail})

    def test_channel_missing_in_a_file_of_two(self, ingest, inbox, tmp_path):
        path = inbox / "hour.mseed"
        header = {"network": "GB", "station": "ESK", "channel": "HHN", "sampling_rate": 100.0}
        hour = Trace(values(1), {**header, "starttime": UTCDateTime("2014-01-10T12:00")})
        Stream([hour]).write(str(path), format="MSEED")
        result = ingest(inbox, *station(tmp_path, format="miniseed", channels_in_file=2))
        check_reported(result, path, "missing_channel", "only GB.ESK..HHN: 1 of 2 channels")
        assert set(problems_of(tmp_path)["hour.mseed"]) == {"missing_channel"}

    def test_gap_and_damaged_block(self, ingest, inbox, tmp_path):
        path = inbox / "hour.mseed"
        header = {"network": "GB", "station": "ESK", "channel": "HHE", "sampling_rate": 100.0}
        hour = Trace(values(1) % 100, {**header, "starttime": UTCDateTime("2014-01-10T12:00")})
        Stream([hour]).write(str(path), format="MSEED", reclen=512)
        content = path.read_bytes()
        path.write_bytes(content[:51_200] + b"?" * 512 + content[51_712:])
        status, _, err = ingest(inbox, *station(tmp_path, format="miniseed"))
        assert status == 0
        assert f"{path}: bad_block: damaged: block 101 (byte 51200): " in err
        assert f"{path}: missing: " in err
        assert set(problems_of(tmp_path)["hour.mseed"]) == {"bad_block", "missing"}

    def test_very_many_of_a_kind_are_told_by_their_number(self, ingest, inbox):
        for channel in (0, 1):
            for hour in range(15):
                put(inbox, hour, values(hour, 5), channel)
        _, _, err = ingest(inbox)
        assert err.count(": short: ") == 20
        assert err.endswith("  10 more of short: the nights' manifests list them\n")


def test_a_source_that_is_a_pipe_ends_in_one_line(ingest, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    status, out, err = ingest(tmp_path / "pipe")
    assert (status, out, err) == (2, "", f"iar: {tmp_path}/pipe is neither a file nor a folder\n")


class TestFileThatIsStillWritten:
    def test_left_for_the_next_pass_and_nothing_of_it_is_kept(self, ingest, inbox, tmp_path):
        old, young = put(inbox, 0, values(1)), put(inbox, 1, values(2))
        (inbox / "CH1_2014_02_30_12.dat").write_text("1\n")
        os.utime(old, (1, 1))
        status, out, err = ingest(inbox, settle_s=None)
        assert (status, err) == (0, "")
        assert "ingested 1 file(s) of 1 night(s)" in out
        assert "left 2 file(s) for the next pass: younger than 60 s; --settle-s 0 takes them now\n" in out
        assert problems_of(tmp_path) == {old.name: {}}
        os.utime(young, (time.time() - 61,) * 2)
        assert "ingested 1 file(s)" in ingest(inbox, settle_s=None)[1]
        assert set(problems_of(tmp_path)) == {old.name, young.name}

    def test_nothing_but_young_files_is_no_error(self, ingest, inbox):
        put(inbox, 0, values(1, 10))
        status, out, err = ingest(inbox, settle_s=1000)
        assert (status, err) == (0, "")
        assert "left 1 file(s) for the next pass: younger than 1000 s" in out

    def test_archive_that_was_just_written_is_taken(self, ingest, inbox, tmp_path):
        with tarfile.open(tmp_path / "year.tar", "w") as tar:
            tar.add(put(inbox, 0, values(1, 10)), "CH1_2014_01_10_12.dat")
        assert "ingested 1 file(s)" in ingest(tmp_path / "year.tar", settle_s=None)[1]


def test_int16_of_another_rate_lies_in_its_place_from_a_tar_as_from_a_folder(ingest, inbox, tmp_path, capsys):
    counts = np.rint(9000 * np.sin(2 * np.pi * 2.0 * np.arange(100_000) * 3906e-6))
    path = put_sierra(inbox, 1, "15:00:00.000", counts)
    with tarfile.open(tmp_path / "year.tar.gz", "w:gz") as tar:
        tar.add(path, path.name)
        tar.add(f"{path}_info.txt", f"{path.name}_info.txt")
    assert ingest(tmp_path / "year.tar.gz", "--station", "sierra-nevada")[0] == 0
    archive = Archive(str(tmp_path / "archive"))
    (night,) = archive.nights()
    ns, ew = archive.read(night, "counts/counts")
    there = np.flatnonzero(ns != MISSING)
    assert (there[0], len(there)) == (3 * HOUR_SAMPLES, 39_060)
    expected = 9000 * np.sin(2 * np.pi * 2.0 * np.arange(39_060) / 100)
    np.testing.assert_allclose(ns[there][100:-100], expected[100:-100], atol=3)
    assert (ew == MISSING).all()
    folder = tmp_path / "folder"
    arguments = ("ingest", inbox, "--archive", folder, "--station", "sierra-nevada", "--settle-s", 0)
    assert run_here(capsys, *arguments)[0] == 0
    np.testing.assert_array_equal(Archive(str(folder)).read(night, "counts/counts")[0], ns)


def test_files_of_other_names_are_passed_over_and_counted(ingest, inbox):
    put(inbox, 0, values(1, 1000))
    for name in ("CH1_2014_01_10_13.dat.old", "notes.txt"):
        (inbox / name).write_bytes(b"other")
    status, out, _ = ingest(inbox)
    assert status == 0
    assert "passed over 2 other file(s): no bgs records by their names" in out


def test_files_of_equal_name_size_and_time_in_two_folders_are_both_read_and_then_known(ingest, inbox, tmp_path):
    for folder, seed in (("a", 1), ("b", 2), ("copy", 2)):
        (inbox / folder).mkdir()
        os.utime(put(inbox / folder, 0, values(seed, 1000) % 90_000 + 10_000), (1, 1))
    assert "ingested 3 file(s)" in ingest(inbox)[1]
    names = [source.name for source in Archive(str(tmp_path / "archive")).manifest(NIGHT).sources]
    assert len(names) == 2  # of two contents
    status, out, err = ingest(inbox, "--list")
    assert (status, err) == (0, "")
    assert "ingested 0 file(s)" in out
    assert [line.split("  ")[0] for line in out.splitlines()[1:-1]] == ["known"] * 3
    assert out.endswith("3 file(s) were known\n")


def test_a_terminal_that_cannot_show_a_character_shows_its_number(inbox, tmp_path):
    put(inbox, 0, values(1, 1000))
    arguments = ("ingest", inbox, "--archive", tmp_path / "Δf", "--settle-s", 0)
    status, out, _ = run_apart(*arguments, PYTHONIOENCODING="iso-8859-1")
    assert status == 0
    assert out.startswith(f"ingested 1 file(s) of 1 night(s) into {tmp_path}/\\u0394f")
